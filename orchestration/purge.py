"""What was withdrawn, or is under a deletion request, is physically gone: lake, bytes, histories.

Harmonised tables, index and catalogues follow the tombstones by themselves, one run later at most.
What stays behind them are old versions: rows that ended, snapshots and their files, answers that
newer ones replaced, previews in Dagster's log, failing rows in the history of checks. This module
takes those out. It may be run at any time and twice: the second time finds nothing.
"""

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from duckdb import DuckDBPyConnection

from catalog import oparl
from ingestion.bookkeeping import columns_of
from ingestion.systems import COUNCIL_SYSTEMS
from ingestion.tables import OWN
from orchestration import dbt
from orchestration.changes import is_untouched, snapshot
from orchestration.environment import blobs, cities, folder
from orchestration.lake import NAME, Lake, lake

# The documents of a request are gone with their files.
_FOLLOWS: Final = {"document": "file", "document_page": "file", "document_section": "file"}
_TEXTS: Final = frozenset({"document_page", "document_section"})
_MAINTENANCE: Final = (
    f"CALL ducklake_flush_inlined_data('{NAME}')",
    f"CALL ducklake_rewrite_data_files('{NAME}', delete_threshold => 0)",
    f"CALL ducklake_expire_snapshots('{NAME}', older_than => now() + INTERVAL 1 SECOND)",
    f"CALL ducklake_cleanup_old_files('{NAME}', cleanup_all => true)",
    f"CALL ducklake_delete_orphaned_files('{NAME}', cleanup_all => true)",
)


@dataclass
class Purged:
    """What a purge took out.

    Attributes:
        rows: Rows of the raw layer, per table.
        blobs: Answers and documents.
        runs: Dagster's records of earlier runs.
        is_rewritten: Whether files, snapshots and histories were cleared of old versions.
    """

    rows: dict[str, int] = field(default_factory=dict)
    blobs: int = 0
    runs: int = 0
    is_rewritten: bool = False

    def text(self) -> str:
        """In words."""
        if not self.is_rewritten:
            return "nothing to purge"
        return f"{sum(self.rows.values())} rows, {self.blobs} blobs, {self.runs} runs purged"


def purge() -> Purged:
    """Take out every trace of what must not be kept; without any, look only.

    Returns:
        What was taken out.

    Raises:
        LakeError: Another process holds the lake.
    """
    at = lake()
    done = Purged()
    seen = _seen()
    if _is_looked_through(at, seen):
        return done
    with at.read() as con:
        newest = _newest_request(con)
        is_due = any(_is_due(con, f"raw_{city_id}") for city_id in cities())
    if not is_due and newest == seen.get("request") and not seen.get("again"):
        _mark_looked_through(at, newest, again=False)
        return done
    with at.lock():
        was_built = dbt.is_built(at)
        with at.write() as con:
            gone = _residues(con, done)
            _forget_checks(con)
            for statement in _MAINTENANCE:
                con.execute(statement)
            is_left = not was_built or oparl.is_behind(con)
        _shrink(at)
        done.blobs = _delete_unused(at, gone)
        if was_built:
            dbt.mark_built(at, dbt.verdicts())
    for each in folder("dlt").iterdir():
        shutil.rmtree(each, ignore_errors=True)
    done.runs = _forget_runs()
    done.is_rewritten = True
    # Tables that are built or served after this leave versions behind that hold what is gone.
    _mark_looked_through(at, newest, again=is_left and bool(at.tables("harmonised")))
    return done


def _newest_request(con: DuckDBPyConnection) -> str:
    """When the newest deletion request came: its name or object is in versions from before."""
    found = [
        con.execute(f'SELECT max("at") FROM {schema}.privacy_request').fetchall()[0][0]  # noqa: S608 - our own names
        for schema in (f"raw_{city_id}" for city_id in cities())
        if "privacy_request" in columns_of(con, schema)
    ]
    return max((at.isoformat() for at in found if at), default="")


def _seen() -> dict[str, Any]:
    """What the last look found: lake, snapshot, newest request, whether to look once more."""
    try:
        seen: dict[str, Any] = json.loads(_mark().read_text())
    except FileNotFoundError:
        return {"request": ""}
    return seen


def _is_looked_through(at: Lake, seen: dict[str, Any]) -> bool:
    """Whether nothing came into the lake since somebody looked: there is no need to look again."""
    return (
        seen.get("lake") == at.catalog
        and not seen.get("again")
        and is_untouched(at, since=seen["snapshot"])
    )


def _mark_looked_through(at: Lake, request: str, *, again: bool) -> None:
    beside = _mark().with_suffix(".tmp")
    seen = {"lake": at.catalog, "snapshot": snapshot(at), "request": request, "again": again}
    beside.write_text(json.dumps(seen))
    beside.replace(_mark())


def _mark() -> Path:
    return folder("runs") / "looked_through.json"


def _residues(con: DuckDBPyConnection, done: Purged) -> set[str]:
    """Delete the rows; gives the hashes of bytes that these rows named."""
    gone: set[str] = set()
    con.begin()
    for city_id in cities():
        schema = f"raw_{city_id}"
        if not _is_due(con, schema):
            continue
        tables = columns_of(con, schema)
        for table, condition in _conditions(tables, schema):
            gone |= _delete(con, f"{schema}.{table}", tables[table], condition, done)
    con.commit()
    return gone


def _conditions(tables: dict[str, set[str]], schema: str) -> Iterator[tuple[str, str]]:
    """Table → which of its rows must not be kept."""
    stones = f"SELECT id FROM {schema}.tombstone WHERE object_type = '{{kind}}'"  # noqa: S608 - our own names
    requests = f"{stones} AND reason = 'deletion_request'"
    # The answers' URLs are read from the rows, so these go before the rows themselves.
    pages = [
        f"SELECT url FROM {schema}.{table} WHERE id IN ({stones.format(kind=_kind(table))})"  # noqa: S608
        for table in sorted(tables)
        if _kind(table) and {"url", "id"} <= tables[table] and table not in _TEXTS
    ]
    if "fetch" in tables:
        # Only the newest answer of a council's page is of use; statistics keep their vintages.
        newest = f"SELECT (url, max(retrieved_at)) FROM {schema}.fetch GROUP BY url"  # noqa: S608 - our own names
        of_gone = f" OR url IN ({' UNION '.join(pages)})" if pages else ""
        replaced = f"(url, retrieved_at) NOT IN ({newest})"
        yield "fetch", f"kind <> 'tablefile' AND ({replaced}{of_gone})"
    for table in sorted(tables):
        kind = _kind(table)
        if kind is None or "_dlt_valid_to" not in tables[table]:
            continue
        conditions = [
            f"id IN ({requests.format(kind=kind)})",
            f"_dlt_valid_to IS NOT NULL AND id IN ({stones.format(kind=kind)})",
        ]
        if kind in _FOLLOWS:
            conditions.append(f"file_id IN ({requests.format(kind='file')})")
        if kind in _TEXTS:
            # What replaced a page's text may have been a stricter rule: old versions are no use.
            conditions.append("_dlt_valid_to IS NOT NULL")
        if kind == "document":
            now = (
                f"SELECT id FROM {schema}.document WHERE _dlt_valid_to IS NULL "  # noqa: S608
                "AND privacy_status IN ('withdrawn', 'quarantined')"
            )
            conditions.append(f"_dlt_valid_to IS NOT NULL AND id IN ({now})")
        if "is_public" in tables[table]:
            closed = (
                f"SELECT id FROM {schema}.{table} WHERE _dlt_valid_to IS NULL AND NOT is_public"  # noqa: S608
            )
            conditions.append(f"_dlt_valid_to IS NOT NULL AND id IN ({closed})")
        yield table, " OR ".join(f"({each})" for each in conditions)


def _is_due(con: DuckDBPyConnection, schema: str) -> bool:
    """Whether an object's row must go: replaced answers alone are no reason to rewrite files."""
    tables = columns_of(con, schema)
    if "tombstone" not in tables:
        return False
    looks = [
        f"EXISTS (SELECT 1 FROM {schema}.{table} WHERE {condition})"  # noqa: S608 - our own names
        for table, condition in _conditions(tables, schema)
        if table != "fetch"
    ]
    # One question for the city, not one per table: most runs find nothing.
    found = con.execute(f"SELECT {' OR '.join(looks)}").fetchone() if looks else None
    return bool(found and found[0])


def _kind(table: str) -> str | None:
    """The object type of a raw table; None for what is no object's."""
    if table in OWN:
        return table
    system, _, kind = table.partition("_")
    return kind if system in COUNCIL_SYSTEMS else None


def _delete(
    con: DuckDBPyConnection, table: str, columns: set[str], condition: str, done: Purged
) -> set[str]:
    gone: set[str] = set()
    if "sha256" in columns:
        rows = con.execute(f"SELECT sha256 FROM {table} WHERE {condition}").fetchall()  # noqa: S608 - our own names
        gone = {sha256 for (sha256,) in rows if sha256}
    counted = con.execute(f"DELETE FROM {table} WHERE {condition}").fetchall()  # noqa: S608
    if counted and counted[0][0]:
        done.rows[table] = counted[0][0]
    return gone


def _forget_checks(con: DuckDBPyConnection) -> None:
    """Rows that once broke a rule are shown in the history of checks: their values go."""
    if "check_result" in columns_of(con, "quality"):
        con.execute(
            "UPDATE quality.check_result SET failing_rows = '[]' WHERE failing_rows <> '[]'"
        )


def _shrink(at: Lake) -> None:
    """Overwrite what the embedded catalog freed: small tables lie in it as rows."""
    if at.is_sqlite:
        _vacuum(Path(at.catalog.removeprefix("sqlite:///")))


def _vacuum(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=60)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.execute("VACUUM")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _delete_unused(at: Lake, gone: set[str]) -> int:
    """Delete bytes that no row of any city names any more."""
    used: set[str] = set()
    with at.read() as con:
        for city_id in cities():
            tables = columns_of(con, f"raw_{city_id}")
            for table in ("fetch", "document"):
                if table in tables:
                    rows = con.execute(f"SELECT sha256 FROM raw_{city_id}.{table}").fetchall()  # noqa: S608 - our own names
                    used |= {sha256 for (sha256,) in rows if sha256}
    kept = blobs()
    for sha256 in gone - used:
        kept.delete(sha256)
    return len(gone - used)


def _forget_runs() -> int:
    """Delete ended runs from Dagster's records, but the newest of each job and city.

    Their metadata shows previews of rows. The newest ones were made after the withdrawal.
    """
    home = folder("dagster")
    if not (home / "dagster.yaml").exists():
        return 0
    import dagster as dg  # noqa: PLC0415 - seconds of import

    forgotten = 0
    with dg.DagsterInstance.from_config(str(home)) as instance:
        seen: set[tuple[str, str]] = set()
        for record in instance.get_run_records():
            run: Any = record.dagster_run
            key = (run.job_name, run.tags.get("dagster/partition", ""))
            if key in seen and run.is_finished:
                instance.delete_run(run.run_id)
                shutil.rmtree(home / "storage" / run.run_id, ignore_errors=True)
                forgotten += 1
            seen.add(key)
    for path in home.rglob("*.db"):
        _vacuum(path)
    return forgotten


def note(done: Purged) -> None:
    """Keep an account of the purge: when and how much, never what."""
    path = folder("runs") / "purges.jsonl"
    line = {
        "at": dt.datetime.now(dt.UTC).isoformat(),
        "rows": done.rows,
        "blobs": done.blobs,
        "runs": done.runs,
    }
    with path.open("a") as lines:
        lines.write(json.dumps(line) + "\n")
