"""Table files and the directory of municipalities over loopback, fetched as a crawl does."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ingestion.city import City, load
from ingestion.http import Client
from ingestion.record import Observation, Place, Record
from ingestion.sampleworld import World, world
from ingestion.sampleworld.genesis import NEW, TABLE, state
from ingestion.sampleworld.table_files import FILES
from ingestion.statistics import entries, named
from ingestion.statistics_model import SourceFile
from ingestion.systems import load as system

pytestmark = pytest.mark.integration

KEY = {"role": "region_key", "digits": 8, "header": "Schlüssel"}
SKIPPED = {"role": "skip", "header": "Stadt", "reason": "the key says it"}
CODES = {"insgesamt": "", "männlich": "GESM", "weiblich": "GESW"}
MEASURE = {"role": "measure", "variable": "EW", "label": "Einwohner", "unit": "Anzahl"}
LONG = {
    "file": "bevoelkerung.csv",
    "format": "csv",
    "encoding": "iso-8859-1",
    "separator": ";",
    "decimal": ",",
    "thousands": ".",
    "header_rows": [2],
    "footnotes": [r"\d\) "],
    "end": "Quelle: ",
    "columns": [
        KEY,
        SKIPPED,
        {"role": "time", "header": "Stichtag", "form": "date"},
        {"role": "dimension", "header": "Geschlecht", "variable": "GES", "codes": CODES},
        MEASURE | {"header": "Einwohner"},
    ],
}
WIDE = {
    "file": "bevoelkerung.xlsx",
    "format": "xlsx",
    "sheet": "Bevölkerung",
    "header_rows": [2, 3],
    "footnotes": [r"\d\) "],
    "end": "Quelle: ",
    "region_level": "district",
    "time_code": "STAG",
    "columns": [
        KEY | {"digits": 5, "lost_zeros": True},
        SKIPPED,
        *(
            MEASURE
            | {"header": f"{year} | {word}", "time": year}
            | ({"dimensions": {"GES": code}, "labels": {"GES": word}} if code else {})
            for year in ("2023", "2024")
            for word, code in CODES.items()
        ),
    ],
}


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


def source(url: str) -> SourceFile:
    """A city's own source with a table of each shape."""
    indicator: dict[str, Any] = {
        "variable": "EW",
        "label": {"de": "Einwohner", "en": "Inhabitants"},
        "definition": {"de": "Einwohner am Stichtag"},
        "unit": "persons",
        "source_units": ["Anzahl"],
        "measure_type": "stock",
    }
    table: dict[str, Any] = {
        "title": {"de": "Einwohner", "en": "Inhabitants"},
        "theme": "soci",
        "accrual": "ANNUAL",
        "seen": "recorded",
    }
    return SourceFile.model_validate(
        {
            "name": "Statistikstelle",
            "page": "https://stadt.example/",
            "licence": "dl-de/by-2-0",
            "attribution": "Stadt",
            "is_redistributable": True,
            "access": {"system": "table_file", "url": url},
            "signs": [
                {
                    "sign": "-",
                    "position": "value",
                    "obs_status": "O",
                    "meaning": {"de": "nichts", "en": "nothing"},
                }
            ],
            "tables": [
                table
                | {"code": f"own-{name}", "request": request}
                | {"indicators": [indicator | {"id": f"own_{name}"}]}
                for name, request in (("long", LONG), ("wide", WIDE))
            ],
        }
    )


def crawled(city: City, kind: str) -> list[Record]:
    with Client(
        allowed=city.base_urls(kind), user_agent="Seehaus/0.1", requests_per_second=1e6
    ) as client:
        answers = list(system(kind).fetch(city, None, client))
        assert client.problems == []
    return [record for answer in answers for record in system(kind).parse(answer)]


@pytest.mark.parametrize("city_id", ["mainz", "trier", "koblenz", "ludwigshafen"])
def test_a_city_reads_its_figures_and_places_from_the_directory(
    served: World, city_id: str
) -> None:
    city = load(city_id).with_urls(served.ready()["cities"][city_id])
    found = crawled(city, "table_file")
    assert all(isinstance(each, Observation) for each in found)
    values = {
        (each.variable_code, each.dimensions): each.value
        for each in found
        if isinstance(each, Observation) and each.region_code == city.ars
    }
    assert len(values) == 4
    men, women = (
        values["BEVOELKERUNG", '{"GES": "GESM"}'],
        values["BEVOELKERUNG", '{"GES": "GESW"}'],
    )
    assert men is not None
    assert women is not None
    assert values["BEVOELKERUNG", "{}"] == men + women
    places = crawled(city, "gv_isys")
    assert Counter(each.level for each in places if isinstance(each, Place)) == {
        "state": 1,
        "government_region": 1,
        "district": 1,
        "association": 1,
        "municipality": 1,
    }
    # One file, two readers: what they say of the city is the same.
    told = {each.ars: each.population for each in places if isinstance(each, Place)}
    assert values["BEVOELKERUNG", "{}"] == told[city.ars]


def test_two_shapes_of_one_table_give_the_same_true_figures(served: World) -> None:
    """S1 and S2: a long CSV in ISO-8859-1 and a wide XLSX whose keys have lost their zeros."""
    city = load("trier")
    files = served.ready()["cities"]["trier"]["statistics"]["GV-ISys"].partition("/gemeinde")[0]
    own = named("own", source(f"{files}{FILES}"))
    city = city.model_copy(update={"statistics": entries(city, [own])})
    records = crawled(city, "table_file")
    facts = {
        code: {
            (each.time.isoformat(), each.dimensions): (each.value, each.region_code[:5])
            for each in records
            if isinstance(each, Observation) and each.table_code == code
        }
        for code in ("own-long", "own-wide")
    }
    assert facts["own-long"] == facts["own-wide"]
    newest = {
        (each.time, f'{{"GES": "{sex}"}}' if (sex := each.members[0]) else "{}"): float(each.value)
        for each in state(NEW, TABLE)
        if each.region == "07211"
    }
    assert facts["own-long"] == {key: (value, "07211") for key, value in newest.items()}
    assert len(records) == 2 * len(newest)
    assert {each.vintage.isoformat() for each in records if isinstance(each, Observation)} == {
        "2026-03-10"
    }


def test_an_unchanged_file_is_not_sent_again(served: World) -> None:
    city = load("mainz").with_urls(served.ready()["cities"]["mainz"])

    class Stored:
        def __init__(self, answer: Any) -> None:
            self.etag = answer.headers.get("etag")
            self.last_modified = answer.headers.get("last-modified")
            self.sha256, self._body = answer.sha256, answer.body

        def body(self) -> bytes:
            return self._body

    kept: dict[str, Any] = {}

    class Answers:
        def lookup(self, url: str) -> Any:
            return kept.get(url)

        def remember(self, fetched: Any) -> None:
            kept[fetched.url] = Stored(fetched)

    told = []
    for _ in range(2):
        with Client(
            allowed=city.base_urls("gv_isys"),
            user_agent="Seehaus/0.1",
            requests_per_second=1e6,
            answers=Answers(),
        ) as client:
            told += list(system("gv_isys").fetch(city, None, client))
    assert [each.not_modified for each in told] == [False, True]
    assert told[0].body == told[1].body
