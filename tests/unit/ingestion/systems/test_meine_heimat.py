"""Exports of "Meine Heimat" in the documented columns; what was not asked for is not loaded."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import UnknownStructureError
from ingestion.systems import meine_heimat, parse_saved
from tests.unit.ingestion.systems.statistics import (
    fetched,
    observations,
    only_known_errors,
    read,
    rejections,
)

HEAD = "ARS;Jahr;Lfdnr;Wert"
CONTEXT = {"region": "071110000000", "units": json.dumps({"1.2.3": "Anzahl"})}


def export(*lines: str, **context: str):
    return fetched("\n".join((*lines, "")), "export", **(CONTEXT | context))


def test_a_row_is_an_observation():
    (found,) = observations(read(meine_heimat, export(HEAD, "071110000000;2024;1.2.3;1.234,5")))
    assert (found.region_code, found.variable_code) == ("071110000000", "1.2.3")
    assert (found.value, found.unit, found.time_text) == (1_234.5, "Anzahl", "2024")


def test_columns_can_be_named_otherwise():
    named = {"region": "Schlüssel", "year": "J", "variable": "Nr", "value": "W", "unit": "Einheit"}
    answer = export(
        "Schlüssel;J;Nr;Einheit;W",
        '071110000000;2024;1.2.3;"ha";3,0',
        columns=json.dumps(named | {"region_label": None, "label": None}),
    )
    (found,) = observations(read(meine_heimat, answer))
    assert (found.unit, found.value) == ("ha", 3.0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("071110000001;2024;1.2.3;1", "was not asked for"),
        ("07111;2024;1.2.3;1", "no region of twelve digits"),
        ("071110000000;2024;9.9;1", "was not asked for"),
        ("071110000000;24;1.2.3;1", "no year"),
        ("071110000000;2024;1.2.3;", "empty value"),
        ("071110000000;2024;1.2.3;12,3,4", "neither a number"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected(row, reason):
    found = read(meine_heimat, export(HEAD, row))
    assert not observations(found)
    assert reason in rejections(found)[0]


def test_years_that_are_not_there_yet_bring_no_row():
    assert read(meine_heimat, export(HEAD)) == []


def test_a_sign_is_kept():
    (found,) = observations(read(meine_heimat, export(HEAD, "071110000000;2024;1.2.3;-")))
    assert (found.value, found.sign) == (None, "-")


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ((), "empty"),
        (("<html>",), "HTML"),
        (("ARS;Jahr;Lfdnr",), "missing columns 'Wert'"),
        (("ARS;Jahr;Lfdnr;Wert;Fußnote",), "unknown columns 'Fußnote'"),
        (("ARS;Jahr;Lfdnr;Wert;Wert",), "a column is there twice"),
        ((HEAD, "071110000000;2024;1.2.3"), "3 fields"),
        ((HEAD, '"offen'), "not CSV"),
    ],
)
def test_an_answer_that_is_not_what_it_was_is_refused(lines, what):
    with pytest.raises(UnknownStructureError) as caught:
        read(meine_heimat, export(*lines))
    assert what in str(caught.value)


def test_a_saved_file_is_known_by_itself():
    body = f"{HEAD}\n071110000000;2024;1.2.3;5\n".encode()
    assert meine_heimat.page_kind("x", body) == "export"
    assert meine_heimat.page_kind("x", b"a;b\n") is None
    assert len(parse_saved("meine_heimat", body)) == 1


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=100), st.binary(max_size=100))
def test_anything(text, noise):
    only_known_errors(meine_heimat, fetched(noise, "export", **CONTEXT))
    raw = f"{HEAD}\n071110000000;2024;1.2.3;{text}\n".encode(errors="replace")
    only_known_errors(meine_heimat, fetched(raw, "export", **CONTEXT))
    only_known_errors(meine_heimat, fetched(HEAD.encode() + b"\n" + noise, "export"))
