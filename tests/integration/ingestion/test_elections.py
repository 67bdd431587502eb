"""The result of the Landtag's election over loopback: for four cities, from no other file."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.city import City, load
from ingestion.http import Client
from ingestion.record import Fetched, Observation, UnknownStructureError
from ingestion.sampleworld import World, world
from ingestion.sampleworld.elections import FILE, PARTIES, TABLE, header, result
from ingestion.sampleworld.workbook import workbook
from ingestion.statistics import load_sources
from ingestion.systems import table_file

pytestmark = pytest.mark.integration

SOURCE = load_sources()["wahlen_rlp"]
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
KEYS = {"koblenz": "0001110000000", "mainz": "0003150000000"}


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


def fetched(served: World, city: City) -> Fetched:
    city = city.with_urls(served.ready()["cities"][city.id])
    with Client(
        allowed=city.base_urls("table_file"), user_agent="Seehaus/0.1", requests_per_second=1e6
    ) as client:
        answers = list(table_file.fetch(city, None, client))
        assert client.problems == []
    (answer,) = (each for each in answers if each.context["table"] == TABLE)
    return answer


@pytest.mark.parametrize("city_id", ["mainz", "trier", "koblenz", "ludwigshafen"])
def test_the_votes_of_all_parties_are_the_valid_votes_of_the_city(
    served: World, city_id: str
) -> None:
    city = load(city_id)
    records = list(table_file.parse(fetched(served, city)))
    found = [each for each in records if isinstance(each, Observation)]
    assert found == records
    assert {
        (each.table_code, each.region_code, each.time_code, each.time, each.vintage)
        for each in found
    } == {(TABLE, city.ags[:5], "WAHLTG", dt.date(2026, 3, 22), dt.date(2026, 4, 2))}
    values = {(each.variable_code, each.dimension_labels): each.value or 0 for each in found}
    parties = {words: votes for (code, words), votes in values.items() if words != "{}"}
    assert set(parties) == {f'{{"PARTEI": "{party}"}}' for party in PARTIES}
    assert values["STIMMEN", "{}"] == sum(parties.values())
    assert values["WAEHLENDE", "{}"] > values["STIMMEN", "{}"] > 0
    assert len(found) == len(values) == 2 + len(PARTIES)


def test_every_city_asks_for_it_and_nobody_may_pass_it_on() -> None:
    assert (SOURCE.licence, SOURCE.is_redistributable) == ("other-closed", False)
    (table,) = SOURCE.tables
    assert table.seen == "documented"
    for city_id in ("mainz", "trier", "koblenz", "ludwigshafen"):
        assert TABLE in {entry.table.code for entry in load(city_id).statistics}


def parsed(body: bytes, region: str = "07315") -> list[Any]:
    saved = Fetched(f"file:{FILE}", "table", 200, {}, body, NOW, {})
    return [each for each in table_file.parse(saved) if each.region_code == region]


def test_a_saved_file_is_read_by_its_name() -> None:
    assert len(parsed(result())) == 2 + len(PARTIES)


def sheet(titles: list[str | None], city: str = "mainz", sheets: str = "LW") -> bytes:
    """A file with one row, of a city, in which every number is that of its column."""
    numbers = list(range(1, len(titles) + 1))
    row = [KEYS[city], 0, "KS", "Eine Stadt", "G", *numbers[5:]]
    return workbook((("Ergebnis",), (), titles, row), sheet=sheets)


def changed(name: str, new: str | None) -> list[str | None]:
    """The header with the last column of a name called otherwise, or cut out."""
    titles: list[str | None] = list(header())
    at = max(place for place, title in enumerate(titles) if title == name)
    titles[at : at + 1] = [] if new is None else [new]
    return titles


@pytest.mark.parametrize(
    ("titles", "told"),
    [
        (changed("Volt", None), "column EH is 'Volt Prozent' where 'Volt' is declared"),
        (changed("BSW", "BSW neu"), "column EL is 'BSW neu' where 'BSW' is declared"),
        (changed("Identifikationsschlüssel", "Key"), "column A is 'Key' where"),
        (changed("gültige Landesstimmen", "Landesstimmen"), "column DP is 'Landesstimmen' where"),
        (changed("Wählende", "Wahlberechtigte"), "column K is 'Wahlberechtigte' where"),
        (list(header())[:119], "is missing in column DP"),
    ],
)
def test_a_file_in_which_a_named_column_is_missing_is_not_loaded(
    titles: list[str | None], told: str
) -> None:
    with pytest.raises(UnknownStructureError) as stopped:
        parsed(sheet(titles))
    assert re.search(r"LW_2026_Endergebnis_Stimmbezirksebene\.xlsx.*, row 3: ", str(stopped.value))
    assert told in str(stopped.value)
    assert "until then nothing of it is loaded" in stopped.value.mend


def test_a_column_that_nobody_named_does_no_harm() -> None:
    titles = changed("Stand", "Neu in dieser Ausgabe")
    values = {each.dimensions: each.value for each in parsed(sheet(titles)) if each.value}
    assert values['{"PARTEI": "SPD"}'] == header().index("SPD", 100) + 1


def test_another_level_is_no_city() -> None:
    body = sheet(list(header()), city="koblenz")
    assert parsed(body) == []
    assert len(parsed(body, "07111")) == 2 + len(PARTIES)
