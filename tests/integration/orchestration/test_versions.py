"""The version of tables: another one after every change of them, the same after everything else."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.lake import Lake
from orchestration.settings import Settings
from orchestration.versions import Versions

pytestmark = pytest.mark.integration
TABLES = ("published.mine", "published.second")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake.of(Settings(data=tmp_path_factory.mktemp("versions")))
    with lake.write() as con:
        con.execute("CREATE SCHEMA published; CREATE SCHEMA raw")
        con.execute("CREATE TABLE published.mine AS SELECT 1 AS a")
        con.execute("CREATE TABLE raw.others AS SELECT 1 AS a")
    return lake


@pytest.fixture(scope="module")
def write(lake: Lake) -> Iterator[Callable[[str], object]]:
    """Each statement is a snapshot of its own."""
    with lake.write() as con:
        yield con.execute


def test_a_version_changes_with_the_tables_and_with_nothing_else(
    lake: Lake, write: Callable[[str], object]
) -> None:
    version = lake.version(TABLES)
    for sql in (
        "INSERT INTO raw.others SELECT * FROM range(20)",
        "CREATE TABLE raw.mine AS SELECT 1 AS a",
        "UPDATE raw.others SET a = 5",
        "CREATE SCHEMA more",
    ):
        write(sql)
        assert lake.version(TABLES) == version, sql
    seen = {version}
    for sql in (
        "INSERT INTO published.mine VALUES (2)",  # kept in the catalog
        "INSERT INTO published.mine SELECT * FROM range(2000)",  # a file
        "UPDATE published.mine SET a = 3 WHERE a = 2",
        "DELETE FROM published.mine WHERE a = 1",
        "ALTER TABLE published.mine ADD COLUMN b VARCHAR",
        "CREATE OR REPLACE TABLE published.mine AS SELECT 7 AS a",
        "INSERT INTO published.mine VALUES (8)",
        "CREATE TABLE published.second AS SELECT 1 AS a",
        "DROP TABLE published.second",
        "TRUNCATE published.mine",
    ):
        write(sql)
        version = lake.version(TABLES)
        assert version not in seen, sql
        seen.add(version)
        # Of another process, which has seen nothing before.
        assert Versions().of(lake, TABLES) == version, sql


def test_it_is_asked_of_the_catalog_only_where_a_snapshot_is_new(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = lake.version(TABLES)
    monkeypatch.setattr(Lake, "read", None)
    assert lake.version(TABLES) == version


def test_expired_snapshots_give_no_version_again(
    lake: Lake, write: Callable[[str], object]
) -> None:
    seen = {lake.version(TABLES)}
    for _ in range(2):
        write("INSERT INTO published.mine VALUES (9)")
        write("INSERT INTO raw.others VALUES (9)")
        seen.add(lake.version(TABLES))
        write("CALL ducklake_expire_snapshots('lake', older_than => now())")
        seen |= {lake.version(TABLES), Versions().of(lake, TABLES)}
        write("INSERT INTO published.mine VALUES (10)")
        after = lake.version(TABLES)
        assert after not in seen
        seen.add(after)


def test_a_lake_that_was_put_back_has_versions_of_its_own(
    lake: Lake, write: Callable[[str], object], tmp_path: Path
) -> None:
    """Its snapshots have the numbers of those that are lost, but not their moments."""
    copied = tmp_path / "catalog.sqlite"
    with (
        closing(sqlite3.connect(lake.catalog.removeprefix("sqlite:///"))) as old,
        closing(sqlite3.connect(copied)) as new,
    ):
        old.backup(new)
    lost = replace(lake, catalog=f"sqlite:///{copied}")
    before = lake.version(TABLES)
    assert lost.version(TABLES) == before
    write("INSERT INTO published.mine VALUES (11)")
    with lost.write() as con:
        con.execute("INSERT INTO published.mine VALUES (11)")
    assert lake.newest()[0] == lost.newest()[0]
    assert len({before, lake.version(TABLES), lost.version(TABLES)}) == 3
