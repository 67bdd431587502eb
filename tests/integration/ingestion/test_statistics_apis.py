"""The statistics services over loopback, by the production path: fetch, parse, store, again."""

import base64
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from ingestion import systems
from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import City, load
from ingestion.crawl import crawl_city
from ingestion.http import Client
from ingestion.record import Observation, Place, Record
from ingestion.sampleworld import World, world
from ingestion.sampleworld.statistics_apis import (
    BA,
    DISTRICTS,
    INKAR,
    MEINE_HEIMAT,
    POPULATION,
    WEGWEISER,
    WFS,
    figures,
    population,
)
from ingestion.statistics import entries, named
from ingestion.statistics_model import SourceFile
from ingestion.store import Store
from orchestration.lake import Lake

pytestmark = pytest.mark.integration

SECRET = "streng-geheim"
INDICATOR = """
      - id: test_population
        variable: {variable}
        label: {{de: Bevölkerung, en: Population}}
        definition: {{de: Bevölkerung}}
        unit: persons
        source_units: [Anzahl]
        measure_type: stock
"""
SOURCE = """
name: Dienst
page: https://dienst.example/
licence: other-closed
attribution: Dienst
is_redistributable: false
access: {access}
tables:
  - code: TEST-1
    title: {{de: Tabelle, en: Table}}
    request: {request}
    theme: soci
    accrual: ANNUAL
    seen: documented
    indicators: {indicators}
"""


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


@pytest.fixture
def client_for() -> Iterator[Callable[..., Client]]:
    opened: list[Client] = []

    def make(city: City, system: str, **options: Any) -> Client:
        made = Client(
            allowed=city.base_urls(system),
            user_agent="Seehaus/0 (+https://example.org)",
            requests_per_second=10_000,
            retries=0,
            **options,
        )
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.__exit__(None, None, None)


def shipped(served: World, city_id: str) -> City:
    """A city as the demo runs it."""
    return load(city_id).with_urls(served.ready()["cities"][city_id])


def own(city_id: str, url: str, access: str, request: str, variable: str = "") -> City:
    """A city with one source of its own."""
    text = SOURCE.format(
        access=f"{{{access}, url: '{url}'}}",
        request=request,
        indicators=INDICATOR.format(variable=variable) if variable else "[]",
    )
    source = named("test_source", SourceFile.model_validate(YAML(typ="safe").load(text)))
    city = load(city_id)
    return city.model_copy(update={"statistics": entries(city, [source]), "is_sample": True})


def records(city: City, system: str, client: Client) -> list[Record]:
    module = systems.load(system)
    return [each for one in module.fetch(city, None, client) for each in module.parse(one)]


def test_inkar_is_cut_to_the_city_and_not_asked_for_twice(
    served: World, make_store: Callable[[str], Store], lake: Lake, tmp_path: Path, client_for
) -> None:
    city = shipped(served, "trier")
    wanted = {(k, y): float(v) for k, district, y, v in figures() if district == "07211"}
    counts = []
    for _ in range(2):
        store = make_store("trier")
        blobs = Blobs(tmp_path / "blobs")
        client = client_for(city, "inkar", answers=StoredAnswers(store, blobs))
        result = crawl_city(city, systems.load("inkar"), client, store, None)
        assert result.is_complete
        assert not result.problems
        counts.append((result.load.counts["observation"].new, result.not_modified))
    assert counts == [(len(wanted), 0), (0, 1)]
    rows = lake.arrow(
        "SELECT variable_code, year(time) AS year, value FROM lake.raw_trier.inkar_observation"
        " WHERE _dlt_valid_to IS NULL"
    ).to_pylist()
    assert {(row["variable_code"], row["year"]): row["value"] for row in rows} == wanted
    kept = [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]
    assert max(path.stat().st_size for path in kept) < 20_000


def test_an_indicator_that_the_edition_lacks_is_told(served: World, client_for) -> None:
    city = own(
        "mainz",
        served.api_url(INKAR),
        "system: inkar, edition: inkar_2025.zip",
        "{region_level: district}",
        "q_weg",
    )
    client = client_for(city, "inkar")
    (fetched,) = systems.load("inkar").fetch(city, None, client)
    assert "no row of q_weg for 07315" in client.problems[0].what
    assert len(fetched.body) < 1_000


def test_districts_come_page_by_page(served: World, client_for) -> None:
    city = shipped(served, "trier")
    client = client_for(city, "ogc_features")
    found = records(city, "ogc_features", client)
    places = [each for each in found if isinstance(each, Place)]
    assert sorted(each.ars for each in places) == [
        f"072110000000-{key}" for key in ("11", "12", "21", "31", "41")
    ]
    assert all("erfunden" in each.name for each in places)
    figures = [each for each in found if isinstance(each, Observation)]
    assert {each.region_code for each in figures} == {each.ars for each in places}
    assert sum(each.value or 0 for each in figures) == population()["07211"][2024]
    assert client.requests == 4  # robots.txt and three pages
    assert not client.problems


def test_the_same_districts_by_wfs(served: World, client_for) -> None:
    request = (
        "{region_level: ars, collection: stadtbezirke, key: bezirk_nr, name: bezirk,"
        " ignored: [hinweis, einwohner, stand], bbox: [6.55, 49.68, 6.76, 49.83], page_size: 2}"
    )
    by_wfs = own("trier", served.api_url(WFS), "system: ogc_features, protocol: wfs", request)
    found = records(by_wfs, "ogc_features", client_for(by_wfs, "ogc_features"))
    api = own("trier", served.api_url(DISTRICTS), "system: ogc_features", request)
    expected = records(api, "ogc_features", client_for(api, "ogc_features"))
    assert [each.geometry for each in found] == [each.geometry for each in expected]
    assert len(found) == 5


def test_more_features_than_a_city_has_are_refused(served: World, client_for) -> None:
    request = (
        "{region_level: ars, collection: stadtbezirke, key: bezirk_nr, name: bezirk,"
        " ignored: [hinweis, einwohner, stand], bbox: [6.55, 49.68, 6.76, 49.83], max_features: 3}"
    )
    city = own("trier", served.api_url(DISTRICTS), "system: ogc_features", request)
    client = client_for(city, "ogc_features")
    assert len(records(city, "ogc_features", client)) == 2
    assert "more than 3 features" in client.problems[0].what


def test_wegweiser_finds_the_city_by_its_key(served: World, client_for) -> None:
    city = own(
        "ludwigshafen",
        served.api_url(WEGWEISER),
        "system: wegweiser",
        "{first_year: 2006, last_year: 2030}",
        "bevoelkerung",
    )
    client = client_for(city, "wegweiser")
    found = records(city, "wegweiser", client)
    told = {int(each.time_text): each.value for each in found if isinstance(each, Observation)}
    assert told == population()["07314"]
    assert {each.region_code for each in found} == {"07314000"}
    assert not client.problems


def test_an_indicator_that_the_list_lacks_is_not_asked_for(served: World, client_for) -> None:
    city = own(
        "mainz",
        served.api_url(WEGWEISER),
        "system: wegweiser",
        "{first_year: 2006, last_year: 2030}",
        "gibt-es-nicht",
    )
    client = client_for(city, "wegweiser")
    assert records(city, "wegweiser", client) == []
    assert "no indicator gibt-es-nicht" in client.problems[0].what


def heimat(served: World) -> City:
    return own(
        "koblenz",
        served.api_url(MEINE_HEIMAT),
        "system: meine_heimat",
        "{first_year: 2015, last_year: 2026}",
        POPULATION,
    )


def test_meine_heimat_signs_in_and_leaves_no_trace_of_it(
    served: World,
    make_store: Callable[[str], Store],
    tmp_path: Path,
    client_for,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    city, store = heimat(served), make_store("koblenz")
    secrets = {
        "meine_heimat_username": SecretStr("konto"),
        "meine_heimat_password": SecretStr(SECRET),
    }
    answers = StoredAnswers(store, Blobs(tmp_path / "blobs"))
    client = client_for(city, "meine_heimat", secrets=secrets, answers=answers)
    result = crawl_city(city, systems.load("meine_heimat"), client, store, None)
    wanted = {year: value for year, value in population()["07111"].items() if year >= 2015}
    assert result.load.counts["observation"].new == len(wanted)
    assert not result.problems
    for word in (SECRET, base64.b64encode(f"konto:{SECRET}".encode()).decode()):
        assert word not in caplog.text
        for path in tmp_path.rglob("*"):
            assert not path.is_file() or word.encode() not in path.read_bytes(), path


@pytest.mark.parametrize(
    ("secrets", "what"),
    [
        ({}, "wants an account"),
        (
            {
                "meine_heimat_username": SecretStr("konto"),
                "meine_heimat_password": SecretStr("falsch"),
            },
            "HTTP 401: the account is refused",
        ),
    ],
)
def test_meine_heimat_without_a_right_account_is_told(served, client_for, secrets, what) -> None:
    city = heimat(served)
    client = client_for(city, "meine_heimat", secrets=secrets)
    assert records(city, "meine_heimat", client) == []
    assert what in client.problems[0].what
    assert "SEEHAUS_MEINE_HEIMAT_PASSWORD" in client.problems[0].mend
    assert "falsch" not in str(client.problems)


def test_the_shipped_table_of_the_ba_is_read(served: World, client_for) -> None:
    city = load("mainz").with_urls({"statistics": {"BA-ALO-KR": served.api_url(BA)}})
    client = client_for(city, "arbeitsagentur")
    found = records(city, "arbeitsagentur", client)
    assert len(found) == 24
    assert all(isinstance(each, Observation) for each in found)
    assert {each.variable_code for each in found} == {"ALO", "UNTERB", "ALQ", "UBQ"}
    assert {each.region_code for each in found} == {"07315"}
    assert not client.problems
