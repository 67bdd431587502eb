"""The whole pipeline: once, again, and killed in the middle; the end is always the same."""

import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest
from filelock import FileLock

from catalog.dataset import (
    COUNCIL,
    COUNCIL_NETWORK,
    KNOWLEDGE,
    REFERENCE,
    STATISTICS,
    STATISTICS_NETWORK,
)
from catalog.oparl.tables import KINDS
from ingestion.sampleworld import elections, statistics_apis
from ingestion.sampleworld.agenda import items
from ingestion.sampleworld.documents import meeting_files
from ingestion.sampleworld.genesis import state
from ingestion.sampleworld.papers import attachments, paper
from ingestion.sampleworld.server import World, build
from tests import oparl_client
from tests.e2e.pipeline import (
    CITIES,
    PAPERS,
    SEED,
    Home,
    ckan,
    difference,
    lasting,
    publication,
)

pytestmark = [pytest.mark.portal, pytest.mark.slow, pytest.mark.timeout(1800)]

_REGIONS = {"koblenz": "07111", "ludwigshafen": "07314", "mainz": "07315", "trier": "07211"}


def _truth(world: World, city: str) -> dict[str, int]:
    council = world.councils[city]
    of_papers = sum(
        len(attachments(council, paper(council, index))) for index in range(council.paper_count)
    )
    of_meetings = sum(len(meeting_files(council, meeting)) for meeting in council.meetings)
    return {
        "meetings": len(council.meetings),
        "agenda_items": sum(len(items(council, meeting)) for meeting in council.meetings),
        "papers": council.paper_count,
        "files": of_papers + of_meetings,
        "observations": _observations(world, _REGIONS[city]),
        "pilots": 1,
    }


def _observations(world: World, district: str) -> int:
    """Of the office, INKAR, the directory of municipalities, an election, Trier's districts."""
    office = sum(figure.region == district for figure in state(world.today))
    inkar = sum(of == district for _, of, *_ in statistics_apis.figures())
    directory = len(("area", "population", "male", "female"))
    votes = len(("voters", "valid", *elections.PARTIES))
    below = len(statistics_apis.districts()) if district == _REGIONS["trier"] else 0
    return office + inkar + directory + votes + below


def test_the_demo_brings_what_the_sample_world_has(demo) -> None:
    assert demo.first.code == 0, demo.first.said
    status = demo.status
    assert sorted(status["cities"]) == sorted(CITIES)
    world = build(SEED, PAPERS)
    for city in CITIES:
        told = status["cities"][city]
        truth = _truth(world, city)
        assert {name: told[name] for name in truth} == truth, city
        assert told["passages"] > 0
        assert told["pages"] > 0
    last = status["last_run"]
    assert last["finished"]
    assert last["problems"] == []
    assert all(last["changes"][layer] > 0 for layer in ("raw", "documents", "harmonised"))


def test_ckan_has_the_data_sets_of_the_summary(demo) -> None:
    told = {each["name"]: each["rows"] for each in demo.status["portal"]["datasets"]}
    assert {name: len(each.rows) for name, each in demo.published.items()} == told
    tables = Counter(name.partition("-")[0] for name in told)
    assert all(tables[city] == len(COUNCIL) + len(STATISTICS) for city in CITIES)
    statistics = (*STATISTICS, *STATISTICS_NETWORK)
    of_all = (*COUNCIL, *COUNCIL_NETWORK, *KNOWLEDGE, *statistics, *REFERENCE)
    # No city of the sample world names terms, has lost anything yet or has figures of two
    # vintages: no rows, no data set.
    without = len(("legislative_term", "tombstone", "vintage_difference"))
    assert tables["alle"] == len(of_all) - without
    for city in CITIES:
        assert told[f"{city}-paper"] == PAPERS
    assert told["alle-paper"] == len(CITIES) * PAPERS
    for each in demo.status["portal"]["datasets"]:
        assert each["url"] == f"{demo.home.portal.url}/dataset/{each['name']}"


def test_the_demo_answers_a_question(demo) -> None:
    answer = demo.status["last_run"]["answer"]
    assert answer["question"].endswith("?")
    assert answer["hits"]
    for hit in answer["hits"]:
        assert "<mark>" in hit["snippet_html"]
        # A pilot report has no page at a server: its data set is where it is published.
        if hit["kind"] != "pilot_report":
            assert hit["source_url"].startswith("http://127.0.0.1:")
        assert ckan(demo.home.portal, "package_show", id=hit["dataset_url"].rpartition("/")[2])
        assert hit["title"].split()[0] in demo.first.out


@pytest.mark.long
def test_every_oparl_object_of_the_demo_is_valid(demo, samples: Path) -> None:
    """And every harmonised object of the council is one."""
    schemas = oparl_client.Schemas(samples)
    with oparl_client.service(demo.home.lake) as client:
        objects = oparl_client.everything(client)
    for told in objects:
        schemas.check(told)
    found = Counter(told["type"].rpartition("/")[2] for told in objects)
    assert found.pop("System") == 1
    assert found == Counter(
        {of.type: rows for of in KINDS.values() if (rows := len(demo.harmonised[of.kind]))}
    )


def test_a_second_run_changes_nothing(demo) -> None:
    assert demo.second.code == 0, demo.second.said
    last = demo.status_again["last_run"]
    assert last["finished"]
    assert last["problems"] == []
    assert set(last["changes"]) >= {"raw", "documents", "harmonised", "indexed", "published"}
    assert set(last["changes"].values()) == {0}
    assert demo.status_again["cities"] == demo.status["cities"]
    assert demo.status_again["index"]["version"] == demo.status["index"]["version"]


def test_a_second_run_leaves_no_trace_in_ckan_and_files(demo) -> None:
    assert difference(demo.published, demo.published_again) == {}
    assert difference(demo.static, demo.static_again) == {}


def test_a_second_run_leaves_the_lake_as_it_is(demo) -> None:
    assert difference(demo.harmonised, demo.harmonised_again) == {}
    assert demo.passages_again == demo.passages


def test_nothing_is_there_twice(demo) -> None:
    checked = 0
    for table in demo.harmonised:
        key = "city_id" if table == "city" else f"{table.removesuffix('_current')}_id"
        key = {"place": "ars", "statistic_table": "table_code"}.get(table, key)
        (found,) = demo.home.rows(
            f"SELECT count(*) AS n, count(DISTINCT {key}) AS ids FROM harmonised.{table}"
        )
        assert found["n"] == found["ids"], table
        checked += found["n"]
    assert checked > 1000


@pytest.mark.long
def test_killed_and_run_again_ends_the_same(demo, sampleworld: World, tmp_path) -> None:
    """Killed while it crawls, while dbt builds and while it publishes; then once to the end."""
    good = demo.home
    # The publication is brought to something else first: putting it right is work.
    sampleworld.faults.on("changed@mainz")
    altered = good.run("mainz")
    assert altered.code == 0, altered.said
    sampleworld.faults.clear()
    assert lasting(publication(good.portal)) != lasting(demo.published)

    fresh = Home(tmp_path / "data", good.portal).with_(SEEHAUS_CITY_URLS=str(good.ready))
    # The built-in model is a cache: what builds it is tested elsewhere.
    shutil.copytree(good.data / "models", fresh.data / "models")
    for step, done, cities in (
        ("Koblenz: council", 30, ("--city", "koblenz")),
        ("harmonise", 8, ()),
        ("publish to CKAN", 5, ("--city", "mainz")),
    ):
        killed = fresh.killed(step, done, "run", "--full", *cities)
        assert killed.code == -signal.SIGKILL, f"{step}: {killed.said}"
        assert fresh.settled() == [], f"{step}: what it started goes on without it"
    ended = fresh.run()
    assert ended.code == 0, ended.said
    assert fresh.account()["problems"] == []

    assert difference(demo.harmonised, fresh.harmonised()) == {}
    assert difference({"index": demo.passages}, {"index": fresh.passages()}) == {}
    assert difference(lasting(demo.published), lasting(publication(good.portal))) == {}
    assert fresh.settled() == []
    with FileLock(fresh.data / "lake" / ".write-lock", timeout=0):
        pass
