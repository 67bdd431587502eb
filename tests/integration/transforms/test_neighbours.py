"""A municipality on one of the neighbours' systems joins: its city file, a crawl, staging."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ingestion import city as cities
from ingestion.city_template import template
from ingestion.crawl import crawl_city
from ingestion.http import Client
from ingestion.sampleworld import World, world
from ingestion.store import Store
from ingestion.systems import load
from orchestration.lake import Lake

pytestmark = pytest.mark.integration

SYSTEMS = ("allris3", "sdnet", "rubin")
OBJECTS = ("organization", "meeting", "agenda_item", "paper", "file")


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20, neighbours=SYSTEMS) as made:
        yield made


@pytest.fixture(scope="module")
def joined(
    served: World,
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lake:
    """A lake with one city per system, each by its file alone, and dbt's staging over it."""
    lake, home = make_lake("neighbours"), tmp_path_factory.mktemp("cities")
    for system in SYSTEMS:
        path = home / f"stadt_{system}.yml"
        path.write_text(
            template("Musterstadt", "00000000", system=system, url=served.url(system)), "utf-8"
        )
        assert cities.check(path) == []
        city = cities.load(path.stem, home)
        store = Store(
            city.id,
            destination=lake.dlt_destination(),
            read=lake.read,
            write=lake.write,
            lock=lake.lock,
            pipelines=home / "pipelines",
        )
        first = min(each.date for each in served.councils[system].meetings)
        with Client(
            allowed=[served.url(system)], user_agent="t", requests_per_second=1000, retries=0
        ) as client:
            result = crawl_city(city, load(system), client, store, first)
        assert result.problems == ()
        # SD.NET RIM has no list of everything: what its crawl does not show is not gone.
        assert result.is_complete is (system != "sdnet")
    known = [{"city_id": f"stadt_{system}", "systems": [system]} for system in SYSTEMS]
    staging = [f"path:staging/{each}" for each in SYSTEMS]
    run_dbt(lake, "compile", "--quiet", "--select", *staging, cities=known)
    return lake


def staged(lake: Lake, system: str, name: str) -> str:
    """Staging of a council leaves no view: its compiled query, to stand in a FROM."""
    folder = Path(lake.dbt_environment()["DBT_TARGET_PATH"]) / "compiled" / "seehaus" / "staging"
    return f"({(folder / system / f'stg_{system}__{name}.sql').read_text('utf-8')})"


def rows(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    with lake.read() as con:
        return con.execute(sql).fetchall()


@pytest.mark.parametrize("system", SYSTEMS)
def test_staging_sees_what_a_city_file_and_a_crawl_brought(
    served: World, joined: Lake, system: str
) -> None:
    council = served.councils[system]
    for name in OBJECTS:
        table = staged(joined, system, name)
        told = rows(joined, f"SELECT DISTINCT city_id, system FROM {table}")
        # SD.NET RIM numbers no committee: its meetings name them, and that is enough.
        is_empty = (system, name) == ("sdnet", "organization")
        assert told == ([] if is_empty else [(f"stadt_{system}", system)])
    paper, item = (staged(joined, system, name) for name in ("paper", "agenda_item"))
    papers = rows(joined, f"SELECT paper_id, is_public FROM {paper}")
    assert len(papers) == council.paper_count
    assert all(
        paper_id.startswith(f"stadt_{system}:") and is_public for paper_id, is_public in papers
    )
    lost = rows(
        joined,
        f"SELECT count(*) FROM {item} AS item LEFT JOIN {paper} AS paper USING (paper_id) "
        "WHERE item.paper_id IS NOT NULL AND reference IS NULL",
    )
    assert lost == [(0,)]
    closed = rows(
        joined,
        "SELECT DISTINCT paper_id, paper_reference, result, resolution_text, vote_text "
        f"FROM {item} WHERE NOT is_public",
    )
    assert closed == [(None, None, None, None, None)]


def test_staging_keeps_when_the_meetings_begin(served: World, joined: Lake) -> None:
    meeting = staged(joined, "rubin", "meeting")
    found = rows(joined, f"SELECT epoch(start_at) FROM {meeting} ORDER BY 1")
    assert [moment for (moment,) in found] == sorted(
        dt.datetime.combine(each.date, each.start, ZoneInfo("Europe/Berlin")).timestamp()
        for each in served.councils["rubin"].meetings
    )


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_city_file_names_the_folder_of_its_pages(system: str, tmp_path: Path) -> None:
    text = template("Musterstadt", "00000000", system=system, url="https://rat.example/bi/")
    path = tmp_path / "stadt.yml"
    path.write_text(text.replace("/bi/", "/bi/page.asp"), "utf-8")
    (problem,) = cities.check(path)
    assert "ends with /" in str(problem)
