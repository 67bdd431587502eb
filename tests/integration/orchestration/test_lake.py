"""The lake on its embedded catalog: one consistent store for writers and readers."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from ingestion.dlt_load import load_tables
from orchestration import databases
from orchestration.lake import Lake, LakeError
from orchestration.settings import Settings

pytestmark = pytest.mark.integration


def lake_in(folder: Path) -> Lake:
    return Lake.of(Settings(data=folder, _env_file=None))


def test_a_new_lake_is_made_where_the_settings_say(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    assert lake.is_sqlite
    assert lake.tables("raw_mainz") == set()
    assert (tmp_path / "lake" / "catalog.sqlite").exists()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.write() as con:
        con.execute("CREATE SCHEMA s")
        con.execute("CREATE TABLE s.t AS SELECT 1 AS a, TIMESTAMPTZ '2026-01-01 00:00:00+01' AS b")
    assert lake.tables("s") == {"t"}
    assert lake.arrow("SELECT a FROM s.t WHERE a = ?", [1]).to_pylist() == [{"a": 1}]
    # Times come back in UTC wherever the machine stands.
    assert lake.arrow("SELECT b::VARCHAR AS b FROM s.t").to_pylist() == [
        {"b": "2025-12-31 23:00:00+00"}
    ]


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.read() as con, pytest.raises(duckdb.Error, match="read-only"):
        con.execute("CREATE SCHEMA s")


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.write() as con:
        con.begin()
        con.execute("CREATE SCHEMA s")
        con.execute("CREATE TABLE s.t (a INTEGER)")
        con.rollback()
    assert lake.tables("s") == set()


def test_what_a_writer_leaves_behind_meets_no_other(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.write() as con:
        con.execute("CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS a")
    with lake.write() as con:  # ends in the middle
        con.register("arriving", pa.table({"a": [2]}))
        con.execute("CREATE TEMP TABLE half AS SELECT 3 AS a")
        con.begin()
        con.execute("INSERT INTO s.t FROM arriving")
    with lake.write() as con:  # the same DuckDB, given back
        for name in ("arriving", "half"):
            with pytest.raises(duckdb.CatalogException, match=name):
                con.execute(f"SELECT * FROM {name}")
        con.execute("INSERT INTO s.t SELECT 4")
    assert lake.arrow("SELECT a FROM s.t ORDER BY a").to_pylist() == [{"a": 1}, {"a": 4}]


def test_writers_and_loads_open_few_databases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_in(tmp_path)
    opened, connect = list[str](), duckdb.connect

    def counted(*arguments: Any, **options: Any) -> duckdb.DuckDBPyConnection:
        opened.append("one")
        return connect(*arguments, **options)

    monkeypatch.setattr(duckdb, "connect", counted)
    destination = lake.dlt_destination()
    for value in "ab":
        rows = pa.table({"id": ["1"], "content_sha256": [value], "name": [value]})
        load_tables("raw_x", {"t": rows}, destination=destination, pipelines=tmp_path / "dlt")
        with lake.write() as con:
            con.execute(f"CREATE SCHEMA {value}")
    # One to install extensions, one of ours, and of dlt's as many as work side by side.
    assert len(opened) <= 6
    current = lake.arrow("SELECT name FROM raw_x.t WHERE _dlt_valid_to IS NULL").to_pylist()
    assert current == [{"name": "b"}]


def test_only_so_many_databases_are_kept(tmp_path: Path) -> None:
    for number in range(databases._MOST_KEPT + 2):
        con = duckdb.connect()
        assert databases.give(f"{tmp_path} {number}", con)
    assert databases.take(f"{tmp_path} 0") is None
    assert databases.take(f"{tmp_path} {number}") is con
    assert databases.take(f"{tmp_path} {number}") is None
    con.close()
    assert not databases.give(str(tmp_path), con)


def test_a_database_that_holds_much_memory_is_not_kept(tmp_path: Path) -> None:
    con = duckdb.connect()
    con.execute("CREATE TABLE much AS SELECT hash(range) AS h FROM range(3000000)")
    assert not databases.give(str(tmp_path), con)
    assert databases.take(str(tmp_path)) is None
    con.close()


def test_a_limit_of_memory_is_every_databases(tmp_path: Path) -> None:
    lake = Lake.of(Settings(data=tmp_path, lake_memory="300MiB", _env_file=None))
    asked = "SELECT current_setting('memory_limit') AS m, current_setting('temp_directory') AS t"
    (row,) = lake.arrow(asked).to_pylist()
    assert row == {"m": "300.0 MiB", "t": str(lake.root / "spilled")}
    with pytest.raises(ValueError, match="lake_memory"):
        Settings(lake_memory="much", _env_file=None)


def test_the_lock_can_be_taken_again_by_its_holder(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with lake.lock(), lake.write() as con:
        con.execute("CREATE SCHEMA s")


@contextmanager
def another_process_holds(lake: Lake) -> Iterator[subprocess.Popen[str]]:
    code = (
        "import sys; from pathlib import Path; from orchestration.lake import Lake\n"
        "lake = Lake(root=Path(sys.argv[1]), catalog=sys.argv[2], storage='')\n"
        "with lake.lock(): print('held', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(lake.root), lake.catalog]
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def test_a_held_lake_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = lake_in(tmp_path)
    monkeypatch.setattr("orchestration.lake._LOCK_SECONDS", 0.2)
    with (
        another_process_holds(lake),
        pytest.raises(LakeError, match="held by another process → end it"),
        lake.lock(),
    ):
        pass


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    with another_process_holds(lake) as holder:
        holder.kill()
        holder.wait()
        with lake.lock():
            pass


def test_a_path_with_a_quote_and_a_blank_works(tmp_path: Path) -> None:
    folder = tmp_path / "it's a lake"
    folder.mkdir()
    lake = lake_in(folder)
    with lake.write() as con:
        con.execute("CREATE SCHEMA s")
        con.execute("CREATE TABLE s.t AS SELECT 1 AS a")
    assert lake.tables("s") == {"t"}


def test_extensions_come_from_their_wheels_and_nothing_is_downloaded(tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    assert lake.config["autoinstall_known_extensions"] == "false"
    names = {path.stem.removesuffix(".duckdb_extension") for path in lake.extensions.rglob("*")}
    assert {"ducklake", "sqlite_scanner", "httpfs", "icu"} <= names


def test_a_server_catalog_needs_no_file_lock(tmp_path: Path) -> None:
    lake = Lake(root=tmp_path, catalog="postgres://lake@db/lake", storage="s3://bucket/lake/")
    assert not lake.is_sqlite
    assert lake.attach == "ducklake:postgres://lake@db/lake"
    assert lake.attach_options == {"DATA_PATH": "s3://bucket/lake/", "METADATA_SCHEMA": "public"}
    with lake.lock():
        assert not (tmp_path / ".write-lock").exists()
