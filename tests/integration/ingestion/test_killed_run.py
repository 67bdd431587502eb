"""A run that is killed anywhere and run again ends where an undisturbed run ends."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import killed_run

# A crawl that is killed while it fetches is in test_resumed_crawl.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.long]

# When something happened differs between runs, what happened does not.
TIMES = {
    "retrieved_at",
    "first_seen_at",
    "last_seen_at",
    "started_at",
    "finished_at",
    "at",
    "_dlt_valid_from",
}


def child(folder: Path, *point: str) -> int:
    script = Path(killed_run.__file__)
    done = subprocess.run(
        [sys.executable, str(script), str(folder), *point],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (folder / "first-done").exists(), done.stderr
    return done.returncode


def state(folder: Path) -> dict[str, list[tuple[tuple[str, Any], ...]]]:
    """Every raw table's rows without times and dlt's ids, in a fixed order."""
    lake = killed_run.lake_in(folder)
    tables = {}
    for table in sorted(lake.tables("raw_mainz")):
        if table.startswith("_dlt"):
            continue
        rows = lake.arrow(f"SELECT * FROM raw_mainz.{table}").to_pylist()
        kept = [_timeless(table, row) for row in rows]
        if table == "crawl":
            # A crawl that was booked before the kill is told of twice: it was done twice.
            kept = list(set(kept))
        tables[table] = sorted(kept, key=repr)
    return tables


def _timeless(table: str, row: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    ignored = set(TIMES)
    if table == "crawl":
        # A run that finds half of its work done has less to do, and asks for less.
        ignored |= {"requests", "counts"}
    kept = {name: value for name, value in row.items() if name not in ignored}
    if "_dlt_valid_to" in kept:
        kept["_dlt_valid_to"] = kept["_dlt_valid_to"] is None
    return tuple(sorted(kept.items()))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert child(folder) == 0
    return state(folder)


@pytest.mark.parametrize(
    "point",
    [
        "dlt:1",  # all fetched, nothing written
        "merge:2",  # one table is in, the other is not
        "tombstones:1",  # inside of the bookkeeping's transaction
        "dlt:2",  # the council is done, the documents are read
        "merge:4",  # the documents are in, their pages are not
        "sightings:2",  # the documents are in, but not booked
    ],
)
def test_killed_and_run_again(point: str, undisturbed: dict[str, Any], tmp_path: Path) -> None:
    assert child(tmp_path, point) == -9
    killed_run.run(tmp_path, killed_run.second())
    again = state(tmp_path)
    assert again.keys() == undisturbed.keys()
    for table, rows in undisturbed.items():
        assert again[table] == rows, table
    leftovers = [path for path in (tmp_path / "blobs").rglob(".*") if path.is_file()]
    assert leftovers == []
