"""The recorded directory of municipalities: counts per level, the four cities, every row once."""

import datetime as dt
from collections import Counter
from pathlib import Path

import pytest

from ingestion.record import Fetched, Observation, Place, Record
from ingestion.systems import gv_isys, parse_saved

FILE = "places/AuszugGV4QAktuell_2024.xlsx"
LEVELS = {
    "state": 16,
    "government_region": 29,
    "region": 12,
    "district": 400,
    "association": 4596,
    "municipality": 10959,
}
# Name, area in km², population on 2023-12-31 (census 2011), postal code, longitude, latitude.
# © Statistisches Bundesamt (Destatis), 2025.
CITIES = {
    "073150000000": ("Mainz, Stadt", 97.73, 222889, "55116", 8.271855, 50.001959),
    "072110000000": ("Trier, Stadt", 117.06, 112737, "54290", 6.638021, 49.757603),
    "071110000000": ("Koblenz, Stadt", 105.25, 115298, "56068", 7.597956, 50.359516),
    "073140000000": ("Ludwigshafen am Rhein, Stadt", 77.43, 176110, "67059", 8.447899, 49.483235),
}
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def records(samples: Path) -> list[Record]:
    body = (samples / FILE).read_bytes()
    return list(gv_isys.parse(Fetched("file:gv", "directory", 200, {}, body, NOW)))


def test_every_row_of_the_recorded_directory_is_a_place(records: list[Record]) -> None:
    """Rows 7 to 16018 of the sheet: S2 by count."""
    assert len(records) == 16018 - 7 + 1
    places = [each for each in records if isinstance(each, Place)]
    assert len(places) == len(records)
    assert Counter(each.level for each in places) == LEVELS
    assert len({each.ars for each in places}) == len(places)
    assert {each.valid_on for each in places} == {dt.date(2024, 12, 31)}


def test_every_unit_but_the_states_has_its_parent(records: list[Record]) -> None:
    places = {each.ars: each for each in records if isinstance(each, Place)}
    orphans = [each.level for each in places.values() if each.parent_ars not in places]
    assert Counter(orphans) == {"state": 16}


def test_the_four_cities_are_as_the_office_has_them(records: list[Record]) -> None:
    found = {
        each.ars: (
            each.name,
            each.area_km2,
            each.population,
            each.postal_code,
            each.longitude,
            each.latitude,
        )
        for each in records
        if isinstance(each, Place) and each.ars in CITIES
    }
    assert found == CITIES
    for each in records:
        if isinstance(each, Place) and each.ars in CITIES:
            assert each.ags == each.ars[:5] + "000"
            assert (each.kind_code, each.kind) == ("61", "Kreisfreie Stadt")
            assert (each.population_on, each.population_basis) == (
                dt.date(2023, 12, 31),
                "census-2011",
            )


def test_the_people_of_all_municipalities_are_those_of_germany(records: list[Record]) -> None:
    """84,669,326 on 2023-12-31 by the census of 2011, as Destatis publishes it."""
    towns = [each for each in records if isinstance(each, Place) and each.level == "municipality"]
    assert sum(each.population or 0 for each in towns) == 84_669_326


def test_the_same_sheet_as_a_table_file_gives_each_figure_of_each_municipality(
    samples: Path, records: list[Record]
) -> None:
    """Four figures of 10,959 municipalities, nothing rejected: S2 by count."""
    found = parse_saved("table_file", (samples / FILE).read_bytes(), name="AuszugGV4QAktuell.xlsx")
    figures = [each for each in found if isinstance(each, Observation)]
    assert len(figures) == len(found) == 4 * LEVELS["municipality"]
    told: dict[str, dict[tuple[str, str], float | None]] = {}
    for each in figures:
        told.setdefault(each.region_code, {})[each.variable_code, each.dimensions] = each.value
    for place in records:
        if isinstance(place, Place) and place.level == "municipality":
            values = told[place.ars]
            total = values["BEVOELKERUNG", "{}"]
            assert (values["FLAECHE", "{}"], total) == (place.area_km2, place.population)
            parts = [values["BEVOELKERUNG", f'{{"GES": "{sex}"}}'] or 0 for sex in ("GESM", "GESW")]
            assert sum(parts) == total
    assert {each.time for each in figures} == {dt.date(2023, 12, 31)}
