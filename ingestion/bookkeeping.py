"""What the raw layer knows about its own crawls: read at the start of a load, written at its end.

The tables are ours (``tables.BOOKKEEPING``), not dlt's, and change in one transaction.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.absence import PARENTS, Known
from ingestion.record import OBJECT_TYPES
from ingestion.tables import BOOKKEEPING, OWN, table_name

DOCUMENTS: Final = "documents"

# Pages and sections come and go with their document, whose sighting speaks for them.
UNSIGHTED: Final = frozenset({"document_page", "document_section"})

Key = tuple[str, str]
"""Object type and the server's id."""

_UTC_TIMESTAMP: Final = pa.timestamp("us", tz="UTC")


@dataclass
class Crawl:
    """One crawl: who feeds the store fills it while it yields records; the store reads it after.

    Attributes:
        system: The kind of server, or ``documents``.
        since: First day of the window that was asked for; None: everything.
        started_at: When it began, in UTC.
        retrieved_at: When the answer was fetched whose records are being yielded.
        is_complete: Whether everything in the window was read without a problem.
        requests: Requests sent.
        problems: What was reported, as ``{"url", "what", "mend"}``.
        retire: Objects whose rows end now, without a tombstone.
        tombstones: Objects that are gone by other signs than a record → the reason.
        accept_drop: The operator looked: what is missing is really gone.
    """

    system: str
    since: dt.date | None = None
    started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    retrieved_at: dt.datetime | None = None
    is_complete: bool = False
    requests: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    retire: set[Key] = field(default_factory=set)
    tombstones: dict[Key, str] = field(default_factory=dict)
    accept_drop: bool = False


@dataclass
class Counts:
    """What a load did to one object type, in objects.

    Attributes:
        seen: Brought by the crawl.
        new: Without a current row before.
        changed: With another content than its current row.
        unchanged: With the same content; nothing written.
        held_back: Brought, but under a deletion request.
        missing: Known, in the window of a complete crawl, and not brought.
        removed: Whose current row ended.
    """

    seen: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    held_back: int = 0
    missing: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """When an object was last brought, and how many complete crawls have missed it since."""

    last_seen_at: dt.datetime
    missed: int


@dataclass
class State:
    """What the lake knows of one city and system before a load."""

    known: dict[str, dict[str, Known]] = field(default_factory=dict)
    sightings: dict[Key, Sighting] = field(default_factory=dict)
    tombstones: dict[Key, str] = field(default_factory=dict)


@dataclass
class Book:
    """What one load adds to the bookkeeping.

    Attributes:
        seen: Objects that the crawl brought.
        missing: Objects it should have brought.
        gone: Objects that get a tombstone → the reason.
        back: Objects that lose their tombstone: the server has them again.
        retire: Objects whose current rows end.
        counts: Per object type.
    """

    seen: set[Key]
    missing: set[Key]
    gone: Mapping[Key, str]
    back: set[Key]
    retire: set[Key]
    counts: Mapping[str, Counts]


def columns_of(con: DuckDBPyConnection, schema: str) -> dict[str, set[str]]:
    """Table name → its column names; empty where the schema is not there yet."""
    lake = con.execute("SELECT current_database()").fetchall()[0][0]
    # From the catalog itself: the information schema would bind every view of the lake.
    home = f"__ducklake_metadata_{lake}"
    rows = con.execute(
        f"SELECT thing.table_name, field.column_name FROM {home}.ducklake_column AS field "  # noqa: S608 - our own names
        f"JOIN {home}.ducklake_table AS thing USING (table_id) "
        f"JOIN {home}.ducklake_schema AS place USING (schema_id) "
        "WHERE field.end_snapshot IS NULL AND thing.end_snapshot IS NULL "
        "AND place.end_snapshot IS NULL AND place.schema_name = ?",
        [schema],
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in rows:
        tables.setdefault(table, set()).add(column)
    return tables


def read_state(con: DuckDBPyConnection, schema: str, system: str) -> State:
    """What the lake knows of a system: its current rows, their sightings, all tombstones."""
    tables = columns_of(con, schema)
    state = State()
    kinds = OWN if system == DOCUMENTS else OBJECT_TYPES
    for kind in sorted(kinds):
        table = table_name(system, kind)
        if table in tables:
            state.known[kind] = _read_known(con, f"{schema}.{table}", tables[table])
    if "sighting" in tables:
        state.sightings = {
            (kind, id_): Sighting(at, missed)
            for kind, id_, at, missed in con.execute(
                f"SELECT object_type, id, last_seen_at, missed FROM {schema}.sighting "  # noqa: S608
                "WHERE system = ?",
                [system],
            ).fetchall()
        }
    if "tombstone" in tables:
        state.tombstones = read_tombstones(con, schema)
    return state


def read_tombstones(con: DuckDBPyConnection, schema: str) -> dict[Key, str]:
    """Every tombstone of a city: (object type, id) → reason."""
    if "tombstone" not in columns_of(con, schema):
        return {}
    rows = con.execute(f"SELECT object_type, id, reason FROM {schema}.tombstone").fetchall()  # noqa: S608
    return {(kind, id_): reason for kind, id_, reason in rows}


def read_fetches(
    con: DuckDBPyConnection, schema: str
) -> list[tuple[str, int, str | None, str | None, str]]:
    """The newest answer of every URL: (url, status, etag, last_modified, sha256)."""
    if "fetch" not in columns_of(con, schema):
        return []
    return con.execute(
        f"SELECT url, status, etag, last_modified, sha256 FROM {schema}.fetch "  # noqa: S608
        "QUALIFY row_number() OVER (PARTITION BY url ORDER BY retrieved_at DESC) = 1"
    ).fetchall()


def _read_known(con: DuckDBPyConnection, table: str, columns: set[str]) -> dict[str, Known]:
    parents = sorted(columns & set(PARENTS))
    start = "start_at" if "start_at" in columns else "NULL"
    wanted = ", ".join(["id", "content_sha256", start, *parents])
    rows = con.execute(
        f"SELECT {wanted} FROM {table} WHERE _dlt_valid_to IS NULL"  # noqa: S608 - names are ours
    ).fetchall()
    return {
        id_: Known(
            sha256,
            start_at,
            {column: value for column, value in zip(parents, values, strict=True) if value},
        )
        for id_, sha256, start_at, *values in rows
    }


def _prepare(con: DuckDBPyConnection, schema: str) -> None:
    """Make the city's schema and bookkeeping tables where they are missing."""
    missing = BOOKKEEPING.keys() - columns_of(con, schema).keys()
    if missing:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name in sorted(missing):
            con.execute(f"CREATE TABLE {schema}.{name} ({BOOKKEEPING[name]})")


def write(
    con: DuckDBPyConnection,
    schema: str,
    crawl: Crawl,
    state: State,
    book: Book,
    fetches: Sequence[Mapping[str, Any]],
) -> None:
    """Write a load's bookkeeping: all of it or nothing.

    Args:
        con: A connection that may write; the caller holds the lock.
        schema: The city's dataset.
        crawl: The crawl that ends with this.
        state: What was known when the load began.
        book: What to add.
        fetches: Rows for the fetch table.
    """
    now = dt.datetime.now(dt.UTC)
    with _transaction(con):
        _prepare(con, schema)
        _end_rows(con, schema, crawl.system, book.retire, now)
        _write_sightings(con, schema, crawl.system, state, book, now)
        _write_tombstones(con, schema, state, book, now)
        if fetches:
            _insert(con, f"{schema}.fetch", _rows(fetches))
        _insert(con, f"{schema}.crawl", _rows([_crawl_row(crawl, book, now)]))


def replace_city(con: DuckDBPyConnection, schema: str, row: Mapping[str, Any]) -> None:
    """Put the one row of the city's table in place of the one that is there."""
    with _transaction(con):
        _prepare(con, schema)
        con.execute(f"DELETE FROM {schema}.city")  # noqa: S608 - names are ours
        _insert(con, f"{schema}.city", _rows([row]))


@contextmanager
def _transaction(con: DuckDBPyConnection) -> Iterator[None]:
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


def _crawl_row(crawl: Crawl, book: Book, now: dt.datetime) -> dict[str, Any]:
    counts = {kind: asdict(each) for kind, each in sorted(book.counts.items())}
    return {
        "system": crawl.system,
        "started_at": crawl.started_at,
        "finished_at": now,
        "is_complete": crawl.is_complete,
        "requests": crawl.requests,
        "problems": json.dumps(crawl.problems, ensure_ascii=False),
        "counts": json.dumps(counts),
    }


def _end_rows(
    con: DuckDBPyConnection, schema: str, system: str, retire: set[Key], now: dt.datetime
) -> None:
    tables = columns_of(con, schema)
    for kind in sorted({kind for kind, _ in retire}):
        table = table_name(system, kind)
        if table in tables:
            ids = _keys(key for key in retire if key[0] == kind)
            con.register("ending", ids)
            con.execute(
                f"UPDATE {schema}.{table} SET _dlt_valid_to = ? "  # noqa: S608 - names are ours
                "WHERE _dlt_valid_to IS NULL AND id IN (SELECT id FROM ending)",
                [now],
            )
            con.unregister("ending")


def _write_sightings(
    con: DuckDBPyConnection, schema: str, system: str, state: State, book: Book, now: dt.datetime
) -> None:
    sighted = {key for key in book.seen if key[0] not in UNSIGHTED}
    new = sorted(sighted - state.sightings.keys())
    # Once a day is often enough to know, and keeps a run that finds nothing new from writing.
    again = [
        key
        for key in sighted & state.sightings.keys()
        if state.sightings[key].missed or state.sightings[key].last_seen_at.date() < now.date()
    ]
    missed = [key for key in book.missing if key in state.sightings and key not in book.gone]
    if new:
        _insert(
            con,
            f"{schema}.sighting",
            _rows(
                {
                    "object_type": kind,
                    "system": system,
                    "id": id_,
                    "first_seen_at": now,
                    "last_seen_at": now,
                    "missed": 0,
                }
                for kind, id_ in new
            ),
        )
    for keys, change in (
        (again, f"last_seen_at = TIMESTAMPTZ '{now.isoformat()}', missed = 0"),
        (missed, "missed = missed + 1"),
    ):
        if keys:
            con.register("sighted", _keys(keys))
            con.execute(
                f"UPDATE {schema}.sighting SET {change} FROM sighted AS s "  # noqa: S608
                "WHERE sighting.system = ? AND sighting.object_type = s.object_type "
                "AND sighting.id = s.id",
                [system],
            )
            con.unregister("sighted")


def _write_tombstones(
    con: DuckDBPyConnection, schema: str, state: State, book: Book, now: dt.datetime
) -> None:
    replaced = book.back | (book.gone.keys() & state.tombstones.keys())
    if replaced:
        con.register("replaced", _keys(replaced))
        con.execute(
            f"DELETE FROM {schema}.tombstone WHERE (object_type, id) IN "  # noqa: S608
            "(SELECT (object_type, id) FROM replaced)"
        )
        con.unregister("replaced")
    if book.gone:
        _insert(
            con,
            f"{schema}.tombstone",
            _rows(
                {"object_type": kind, "id": id_, "reason": reason, "at": now}
                for (kind, id_), reason in sorted(book.gone.items())
            ),
        )


def _keys(keys: Iterable[Key]) -> pa.Table:
    pairs = sorted(keys)
    return pa.table(
        {
            "object_type": pa.array([kind for kind, _ in pairs], pa.string()),
            "id": pa.array([id_ for _, id_ in pairs], pa.string()),
        }
    )


def _rows(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows])


def _insert(con: DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    con.register("arriving", rows)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arriving")  # noqa: S608 - names are ours
    con.unregister("arriving")
