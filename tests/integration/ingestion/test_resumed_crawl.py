"""A first load that is killed anywhere goes on where it was; nothing committed is asked again."""

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import killed_run
import resumed_run
from test_killed_run import TIMES

from ingestion.sampleworld import World, world
from ingestion.sampleworld.web import FaultyHost

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# How the work was cut differs between runs, what came of it does not.
CUT = TIMES | {"requests", "counts", "portions", "resumed_at", "_dlt_id", "_dlt_load_id"}


class Asked:
    """What the server was asked by those who had its cookie, since the last look."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def take(self) -> Counter[str]:
        taken, self.urls = Counter(self.urls), []
        return taken


@pytest.fixture(scope="module")
def asked() -> Asked:
    return Asked()


@pytest.fixture(scope="module", autouse=True)
def counting(asked: Asked) -> Iterator[None]:
    """Every world of this module tells what it is asked."""
    original = FaultyHost.__call__

    async def counted(self: FaultyHost, scope: Any, receive: Any, send: Any) -> None:
        # Without its cookie a session begins with a redirect of the first page to itself.
        if any(name == b"cookie" for name, _ in scope["headers"]):
            query = scope["query_string"].decode()
            asked.urls.append(f"{scope['path']}?{query}" if query else scope["path"])
        await original(self, scope, receive, send)

    patch = pytest.MonkeyPatch()
    patch.setattr(FaultyHost, "__call__", counted)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=20) as made:
        yield made


def child(folder: Path, *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, resumed_run.__file__, str(folder), *arguments],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode


def state(folder: Path) -> dict[str, list[str]]:
    lake = killed_run.lake_in(folder)
    return {
        table: sorted(
            repr({name: value for name, value in sorted(row.items()) if name not in CUT})
            for row in lake.arrow(f"SELECT * FROM raw_mainz.{table}").to_pylist()
        )
        for table in sorted(lake.tables("raw_mainz"))
        if not table.startswith("_dlt")
    }


def committed(folder: Path, base: str) -> set[str]:
    lake = killed_run.lake_in(folder)
    if "checkpoint_item" not in lake.tables("raw_mainz"):
        return set()
    rows = lake.arrow("SELECT id FROM raw_mainz.checkpoint_item WHERE what = 'url'").to_pylist()
    return {row["id"].removeprefix(base.rstrip("/")) for row in rows}


@pytest.fixture(scope="module")
def undisturbed(
    served: World, asked: Asked, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, list[str]], Counter[str]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    resumed_run.run(folder, served.url("mainz"), "small")
    return state(folder), asked.take()


def test_an_undisturbed_crawl_asks_for_nothing_twice(
    undisturbed: tuple[dict[str, list[str]], Counter[str]],
) -> None:
    tables, asked = undisturbed
    assert set(asked.values()) == {1}
    assert len(tables["crawl"]) == 1
    assert "'is_complete': True" in tables["crawl"][0]
    assert tables["checkpoint"] == tables["checkpoint_item"] == []
    # Loaded in portions, and yet each object has one version: no page took another's away.
    assert not any("'_dlt_valid_to': datetime" in row for rows in tables.values() for row in rows)


@pytest.mark.parametrize("point", ["answers:3", pytest.param("portion:2", marks=pytest.mark.long)])
def test_killed_and_run_again(
    point: str,
    served: World,
    asked: Asked,
    undisturbed: tuple[dict[str, list[str]], Counter[str]],
    tmp_path: Path,
) -> None:
    url = served.url("mainz")
    assert child(tmp_path, url, "small", point) == -9
    before, kept = asked.take(), committed(tmp_path, url)
    assert kept
    again = resumed_run.run(tmp_path, url, "small")
    after = asked.take()
    assert again.resumed_from is not None
    assert again.is_complete
    # Nothing that was committed is asked for again, and all of it together is one crawl.
    assert not kept & after.keys()
    assert before.keys() | after.keys() == undisturbed[1].keys()
    assert len(before.keys() & after.keys()) <= resumed_run.SIZES["small"][1].kept_answers
    assert state(tmp_path) == undisturbed[0]


@pytest.mark.long
def test_killed_ten_times_at_random_and_run_again(asked: Asked, tmp_path: Path) -> None:
    """However a first load is cut to pieces: the same end, no row twice, little asked again."""
    chance = random.Random(1)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    with world(seed=1, papers=400) as served:
        url = served.url("mainz")
        assert resumed_run.run(whole, url, "long").is_complete
        undisturbed = asked.take()
        for _ in range(10):
            what = chance.choice(["request", "request", "answers", "portion"])
            number = chance.randint(20, 60) if what == "request" else chance.randint(1, 3)
            number = 1 if what == "portion" else number
            assert child(broken, url, "long", f"{what}:{number}") == -9
        assert resumed_run.run(broken, url, "long").is_complete
        again = asked.take()
    assert state(broken) == state(whole)
    assert again.keys() == undisturbed.keys()
    kept = resumed_run.SIZES["long"][1].kept_answers
    assert again.total() <= undisturbed.total() + 10 * (kept + 1)
    lake = killed_run.lake_in(broken)
    for table in sorted(lake.tables("raw_mainz")):
        if table.startswith("sessionnet_"):
            ids = lake.arrow(f"SELECT id FROM raw_mainz.{table}")["id"].to_pylist()
            assert len(ids) == len(set(ids)), table
