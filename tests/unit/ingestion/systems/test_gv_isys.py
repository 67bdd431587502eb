"""The directory of municipalities: invented units on the sheet as the office lays it out."""

import datetime as dt
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import Fetched, Place, RejectedRow, UnknownStructureError
from ingestion.systems import gv_isys
from tests.unit.ingestion.systems.xlsx_files import xlsx

NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)
AS_OF = "Gebietsstand am 31.12.2025 (4. Quartal)"
TOP = (
    *("Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None, None),
    *("Gemeindename", "Fläche km2 1)", "Bevölkerung auf Grundlage des Zensus 2022 2)", None, None),
    *(None, "Postleit-zahl3)", "Geografische Mittelpunktkoordinaten", None),
    *("Reisegebiete", None, "Grad der Verstädterung", None),
)
MIDDLE = (
    *(None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None),
    *("insgesamt", "männlich", "weiblich", "je km2", None, "Längengrad", "Breitengrad"),
    *(None, None, None, None),
)
BOTTOM = (
    *(None, None, AS_OF, None, None, None, None, None, "31.12.2024 (Jahr)"),
    *("am 31.12.2024 (Jahr)", None, None, None, None, "Zuordnungsstand am 31.12.2024", None),
    *("Schlüssel", "Bezeichnung", "Schlüssel", "Bezeichnung"),
)
MERGES = (
    *("A3:A5", "B3:B5", "C3:G3", "H3:H4", "I3:I4", "J3:M3", "N3:N5", "O3:P3", "Q3:R4", "S3:T4"),
    *("C5:H5", "J5:M5", "O5:P5"),
)
FIGURES = (10.5, 1000, 480, 520, 95, "01234", "8,5", "49,75", "J1", "Tal", "01", "dicht")
UNITS = (
    ("10", None, "07", None, None, None, None, "Musterland"),
    ("20", None, "07", "3", None, None, None, "Musterbezirk"),
    ("30", None, "07", "3", "9", None, None, "Musterregion"),
    ("40", "44", "07", "3", "99", None, None, "Musterkreis"),
    ("50", "53", "07", "3", "99", "5001", None, "Musterverband"),
    ("60", "64", "07", "3", "99", "5001", "007", "Musterdorf", *FIGURES),
    ("60", "66", "07", "0", "00", "9999", "999", "Wald", 6.2, 0, 0, 0, 0, None, "0", "0"),
)
NOTES = ((), ("Quelle: Gemeindeverzeichnis",), ("1) Eine Fußnote.",))


def book(*units, head=(TOP, MIDDLE, BOTTOM), name="Onlineprodukt_Gemeinden31122025") -> bytes:
    rows = (("Gemeinden am 31.12.2025",), (), *head, (), *units, *NOTES)
    return xlsx(rows, sheet=name, merges=MERGES)


def read(body: bytes, **context: str) -> list:
    return list(gv_isys.parse(Fetched("file:gv", "directory", 200, {}, body, NOW, context)))


def test_each_level_is_a_place_with_its_key_and_its_parent():
    places = read(book(*UNITS))
    assert [(each.level, each.ars, each.ags, each.parent_ars) for each in places] == [
        ("state", "07", "07", None),
        ("government_region", "073", "073", "07"),
        ("region", "0739", "0739", "073"),
        ("district", "07399", "07399", "0739"),
        ("association", "073995001", None, "07399"),
        ("municipality", "073995001007", "07399007", "073995001"),
        ("municipality", "070009999999", "07000999", "07"),
    ]
    assert {each.valid_on for each in places} == {dt.date(2025, 12, 31)}
    assert len({each.id for each in places}) == len(places)


def test_a_municipality_has_its_figures_with_their_days():
    place = read(book(*UNITS))[5]
    assert place.model_dump(exclude={"id", "url", "ars", "ags", "level", "parent_ars"}) == {
        "name": "Musterdorf",
        "kind_code": "64",
        "kind": "Kreisangehörige Gemeinde",
        "area_km2": 10.5,
        "area_on": dt.date(2024, 12, 31),
        "population": 1000,
        "population_on": dt.date(2024, 12, 31),
        "population_basis": "census-2022",
        "postal_code": "01234",
        "longitude": 8.5,
        "latitude": 49.75,
        "valid_on": dt.date(2025, 12, 31),
        "geometry": None,
    }


def test_two_zeros_are_no_place_on_earth():
    wood = read(book(*UNITS))[6]
    assert (wood.longitude, wood.latitude, wood.population, wood.postal_code) == (
        None,
        None,
        0,
        None,
    )


def test_a_city_reads_itself_and_what_it_belongs_to():
    places = read(book(*UNITS), ars="073995001007")
    assert [each.ars for each in places] == [
        "07",
        "073",
        "0739",
        "07399",
        "073995001",
        "073995001007",
    ]
    with pytest.raises(UnknownStructureError, match="no row for the municipality 010000000000"):
        read(book(*UNITS), ars="010000000000")


def test_two_snapshots_are_two_rows_of_one_place():
    newer = tuple(None if each is None else str(each).replace("2025", "2026") for each in BOTTOM)
    old, new = read(book(UNITS[0])), read(book(UNITS[0], head=(TOP, MIDDLE, newer)))
    assert old[0].ars == new[0].ars
    assert (old[0].id, new[0].id) == ("07@2025-12-31", "07@2026-12-31")


GOOD = UNITS[5]


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        (0, "70", "unknown Satzart '70'"),
        (0, 60, None),
        (1, "99", "unknown Textkennzeichen"),
        (2, 7, "state: '7' is no part of a key"),
        (2, "7", "state: '7' has not 2 digits"),
        (5, None, "association: '' is no part"),
        (7, None, "names no unit"),
        (8, "viel", "area: no figure"),
        (9, "1 000", "population: no figure"),
        (9, 0.5, "population: no figure"),
        (13, 1234, "postal_code: not five digits"),
        (14, "181,0", "longitude: not on earth"),
        (15, "49.7.5", "latitude: no degrees"),
    ],
)
def test_a_row_that_cannot_be_read_is_rejected_with_the_reason(column, value, reason):
    row = [*GOOD]
    row[column] = value
    first, *rest = read(book(UNITS[0], tuple(row)))
    assert isinstance(first, Place)
    (found,) = rest
    if reason is None:
        assert isinstance(found, Place)
        return
    assert isinstance(found, RejectedRow)
    assert reason in found.reason
    assert found.row_no == 8
    assert json.loads(found.row).keys() == gv_isys.COLUMNS.keys()


def test_a_key_that_comes_twice_is_rejected():
    first, second = read(book(GOOD, GOOD))
    assert isinstance(first, Place)
    assert "a second time" in second.reason


def changed(line: tuple, column: int, value: object) -> tuple:
    return (*line[:column], value, *line[column + 1 :])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (book(GOOD, name="Tabelle1"), "0 such sheets instead of one"),
        (book(GOOD, head=(changed(TOP, 8, "Fläche ha"), MIDDLE, BOTTOM)), "column I is 'Fläche ha"),
        (book((*GOOD, "mehr")), "column U is more"),
        (book(GOOD, head=(TOP, MIDDLE, changed(BOTTOM, 2, "Stand: heute"))), "column C is"),
        (book(GOOD, head=(TOP, MIDDLE, changed(BOTTOM, 8, "31.02.2024"))), "impossible day"),
        (book(), "no row for the municipality (any)"),
        (b"a;b", "not a readable XLSX"),
    ],
)
def test_another_workbook_is_refused_with_place_and_mend(body, said):
    with pytest.raises(UnknownStructureError, match=r".") as caught:
        read(body)
    assert said in str(caught.value)
    assert caught.value.mend


_CELLS = st.one_of(
    st.none(),
    st.text("äß 0123456789,.-", max_size=12),
    st.integers(-99, 10**9),
    st.sampled_from(GOOD),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(_CELLS, max_size=20), max_size=6))
def test_every_row_with_a_word_is_a_place_or_rejected(rows):
    filled = [
        number
        for number, row in enumerate(rows, start=7)
        if any(str("" if each is None else each).split() for each in row)
    ]
    if not filled:
        with pytest.raises(UnknownStructureError, match="no row"):
            read(book(*map(tuple, rows)))
        return
    found = read(book(*map(tuple, rows)))
    assert len(found) == len(filled)
    assert [each.row_no for each in found if isinstance(each, RejectedRow)] == [
        number for number, each in zip(filled, found, strict=True) if isinstance(each, RejectedRow)
    ]
