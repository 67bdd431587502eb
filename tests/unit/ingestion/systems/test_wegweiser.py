"""Wegweiser Kommune: lists and exports; invented answers in the documented form."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import UnknownStructureError
from ingestion.systems import parse_saved, wegweiser
from tests.unit.ingestion.systems.statistics import (
    fetched,
    observations,
    only_known_errors,
    read,
    rejections,
)

HEAD = '"Indikatoren";"2021\nTrier";"2022\nTrier";"2023\nTrier"'
ROW = '"Bevölkerung (Anzahl)";"110.570";"-";"112.737"'
CONTEXT = {"region": "07211000", "region_name": "Trier", "variable": "bevoelkerung"}
REGION = {"ags": "07211000", "friendlyUrl": "trier", "name": "Trier", "type": "KREISFREIE_STADT"}


def export(*lines: str, **context: str):
    return fetched("\n".join(lines) + "\n", "export", **(CONTEXT | context))


def listed(kind: str, content: object):
    return fetched(json.dumps(content), kind)


def test_a_column_is_an_observation():
    found = observations(read(wegweiser, export("Titel", "", HEAD, ROW, "", "Quelle: Ämter")))
    assert [(each.time_text, each.value, each.sign) for each in found] == [
        ("2021", 110_570, None),
        ("2022", None, "-"),
        ("2023", 112_737, None),
    ]
    assert {each.unit for each in found} == {"Anzahl"}
    assert {each.variable_code for each in found} == {"bevoelkerung"}
    assert {each.variable_label for each in found} == {"Bevölkerung"}
    assert {each.region_code for each in found} == {"07211000"}


def test_a_semicolon_at_the_end_is_no_column():
    assert len(read(wegweiser, export(HEAD + ";", ROW + ";"))) == 3


def test_a_value_that_is_none_is_rejected():
    found = read(wegweiser, export(HEAD, '"Bevölkerung (Anzahl)";"1.10";"viele";""'))
    assert not observations(found)
    assert len(rejections(found)) == 3


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (export("<html>"), "HTML"),
        (export("a;b"), "no header"),
        (export('"Indikatoren"', ROW), "names no year"),
        (export(HEAD.replace("Trier", "Mainz"), ROW), "'Mainz' instead of 'Trier'"),
        (export(HEAD), "0 rows of figures"),
        (export(HEAD, ROW, ROW), "2 rows of figures"),
        (export(HEAD, ROW + ';"1"'), "5 fields"),
        (export(HEAD, '"Bevölkerung (Anzahl)";"1"'), "2 fields"),
        (listed("region_list", {}), "not a list"),
        (listed("region_list", [1]), "not a list of objects"),
        (listed("region_list", [REGION | {"friendlyUrl": "../x"}]), "without a usable"),
        (listed("region_list", [REGION, REGION | {"friendlyUrl": "treves"}]), "there twice"),
        (listed("indicator_list", [{"friendlyUrl": "x"}]), "without friendlyUrl or years"),
        (listed("indicator_list", [{"friendlyUrl": "x", "years": ["a"]}]), "no numbers"),
        (fetched("[" * 100_000, "region_list"), "not JSON"),
    ],
)
def test_an_answer_that_is_not_what_it_was_is_refused(answer, what):
    with pytest.raises(UnknownStructureError) as caught:
        read(wegweiser, answer)
    assert what in str(caught.value)


def test_a_list_holds_no_record():
    assert read(wegweiser, listed("region_list", [REGION, {"ags": "07", "type": "LAND"}])) == []
    years = [{"friendlyUrl": "bevoelkerung", "years": [2022]}]
    assert read(wegweiser, listed("indicator_list", years)) == []


def test_a_saved_file_is_known_by_itself():
    text = f"Titel\n\n{HEAD}\n{ROW}\n"
    assert wegweiser.page_kind("x", text.encode()) == "export"
    assert wegweiser.page_kind("x", json.dumps([REGION]).encode()) == "region_list"
    assert wegweiser.page_kind("x", b'[{"friendlyUrl": "x", "years": []}]') == "indicator_list"
    assert wegweiser.page_kind("x", b"nothing") is None
    assert len(parse_saved("wegweiser", text.encode())) == 3


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200), st.binary(max_size=200))
def test_anything(text, noise):
    for kind in wegweiser.PAGES:
        only_known_errors(wegweiser, fetched(noise, kind, **CONTEXT))
    raw = text.encode("utf-8", "surrogatepass")
    only_known_errors(wegweiser, fetched(HEAD.encode() + b"\n" + raw, "export", **CONTEXT))
    only_known_errors(
        wegweiser, fetched(f'"Indikatoren";"{text}Trier"\n{ROW}'.encode(errors="replace"), "export")
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["ags", "friendlyUrl", "name", "type", "years"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=80, deadline=None)
@given(JSON)
def test_any_json(content):
    for kind in ("region_list", "indicator_list"):
        only_known_errors(wegweiser, listed(kind, content))
