"""Key figures of the BA: rows by their order, months by their heads; invented figures."""

import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import UnknownStructureError
from ingestion.systems import arbeitsagentur
from tests.unit.ingestion.systems.statistics import (
    FIRST,
    fetched,
    observations,
    only_known_errors,
    read,
    rejections,
)

ROWS = [
    {"label": "Arbeitslose insgesamt", "variable": "ALO", "unit": "Anzahl"},
    {"label": "im Rechtskreis SGB II", "variable": "ALO", "member": "SGB2", "unit": "Anzahl"},
    {"label": "Arbeitslosenquote", "variable": "ALQ", "unit": "%"},
    {"label": "im Rechtskreis SGB II", "variable": "ALQ", "member": "SGB2", "unit": "%"},
]
ABOUT = [
    "Kreis:; Trier, kreisfreie Stadt",
    "Hinweis:; Am aktuellen Rand werden vorläufige Daten ausgewiesen.",
    "",
]
HEAD = "Ausgewählte Merkmale;März 2026;Februar 2026;März 2025;Veränderung absolut;in %;"
HEAD = HEAD.replace(";in %;", ";Veränderung in %;")
BODY = [
    "Arbeitslose insgesamt;3.210;3.300;3.000;210;7;",
    "im Rechtskreis SGB II;2.000;2.100;1.900;100;5;",
    "Arbeitslosenquote;5,1;5,2;4,9;0,2;-;",
    "im Rechtskreis SGB II;3,1;.;2,9;0,2;-;",
]
NOTES = ["© Statistik der Bundesagentur für Arbeit", "Aus Gründen der Geheimhaltung gerundet."]
CONTEXT = {
    "region": "07211",
    "region_name": "Trier, kreisfreie Stadt",
    "rows": json.dumps(ROWS),
}


def table(*lines: str, **context: str):
    return fetched("\n".join(lines) + "\n", "table", **(CONTEXT | context))


def test_every_row_and_month_is_an_observation():
    found = observations(read(arbeitsagentur, table(*ABOUT, HEAD, *BODY, *NOTES)))
    assert len(found) == 12
    first = found[0]
    assert (first.value, first.unit, first.time) == (3_210, "Anzahl", dt.date(2026, 3, 31))
    assert (first.time_code, first.time_text, first.quality) == ("MONAT", "März 2026", "p")
    assert [each.quality for each in found[1:3]] == [None, None]
    part = found[3]
    assert (part.variable_code, part.variable_label) == ("ALO", "Arbeitslose insgesamt")
    assert json.loads(part.dimensions) == {"RECHTSKREIS": "SGB2"}
    assert found[9].variable_code == "ALQ"
    assert (found[10].value, found[10].sign) == (None, ".")


def test_bytes_that_came_before_are_no_new_vintage():
    answer = table(*ABOUT, HEAD, *BODY)
    again = replace(answer, first_retrieved_at=FIRST)
    assert {each.vintage for each in observations(read(arbeitsagentur, again))} == {FIRST.date()}


def test_a_value_that_is_none_is_rejected():
    odd = [BODY[0].replace("3.210", "3.2100"), *BODY[1:]]
    found = read(arbeitsagentur, table(*ABOUT, HEAD, *odd))
    assert len(observations(found)) == 11
    assert "neither a number" in rejections(found)[0]


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (table("<html>"), "HTML"),
        (table(*ABOUT, *BODY), "no header"),
        (table("Kreis:; Mainz", HEAD, *BODY), "not 'Trier"),
        (table(*ABOUT, HEAD, *BODY[:-1]), "'3 rows' where '4'"),
        (table(*ABOUT, HEAD, BODY[1], BODY[0], *BODY[2:]), "where 'Arbeitslose insgesamt'"),
        (table(*ABOUT, HEAD, *BODY, "Neu;1;2;3;4;5;"), "'5 rows' where '4'"),
        (table(*ABOUT, HEAD, *BODY[:-1], "im Rechtskreis SGB II;3,1;3"), "3 fields"),
        (table(*ABOUT, HEAD.replace("Februar 2026", "Vormonat"), *BODY), "neither a month"),
        (table(*ABOUT, HEAD.replace("Februar 2026", "März 2026"), *BODY), "a month twice"),
        (table(*ABOUT, "Ausgewählte Merkmale;", *BODY), "names no month"),
        (fetched("Ausgewählte Merkmale;März 2026\nA;1\n", "table"), "not declared"),
    ],
)
def test_a_table_that_is_not_what_it_was_is_refused(answer, what):
    with pytest.raises(UnknownStructureError) as caught:
        read(arbeitsagentur, answer)
    assert what in str(caught.value)


def test_a_saved_file_is_known_by_itself():
    assert arbeitsagentur.page_kind("x", "\n".join([*ABOUT, HEAD]).encode()) == "table"
    assert arbeitsagentur.page_kind("x", b"a;b") is None


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=100), st.binary(max_size=100))
def test_anything(text, noise):
    only_known_errors(arbeitsagentur, fetched(noise, "table", **CONTEXT))
    for lines in (
        [*ABOUT, HEAD, text],
        [*ABOUT, HEAD, BODY[0].replace("3.210", text), *BODY[1:]],
        [*ABOUT, HEAD.replace("März 2026", text), *BODY],
        [text, HEAD, *BODY],
    ):
        raw = "\n".join(lines).encode(errors="replace")
        only_known_errors(arbeitsagentur, fetched(raw, "table", **CONTEXT))
