"""What the raw layer knows about its own crawls: read at the start of a load, written at its end.

The tables are ours (``tables.BOOKKEEPING``), not dlt's, and change in one transaction.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.absence import Known
from ingestion.loaded import Loaded
from ingestion.tables import BOOKKEEPING, table_name
from ingestion.window import Kind

DOCUMENTS: Final = "documents"

# Pages and sections come and go with their document, whose sighting speaks for them.
UNSIGHTED: Final = frozenset({"document_page", "document_section"})

Key = tuple[str, str]
"""Object type and the server's id."""

FetchRow = tuple[str, int, str | None, str | None, str, dt.datetime, str | None]
"""URL, status, ETag, Last-Modified, hash, time and content type of an answer."""

_FETCH_ROWS: Final = 5_000
_URL: Final = "url"

_UTC_TIMESTAMP: Final = pa.timestamp("us", tz="UTC")


@dataclass
class Crawl:
    """One crawl: who feeds the store fills it while it yields records; the store reads it after.

    A crawl may come to the store in portions, and over several runs; it is one crawl all the same.

    Attributes:
        system: The kind of server, or ``documents``.
        since: First day of the window that was asked for; None: everything.
        until: Last day of the window; None: it has no end.
        kind: What for; see ``window.Kind``.
        changed_since: Only what was modified from this day on was asked for.
        started_at: When it began, in UTC.
        resumed_at: When this run went on with it; None: this run began it.
        retrieved_at: When the answer was fetched whose records are being yielded.
        page_kind: The kind of that answer.
        page_sha256: The hash of its body.
        is_complete: Whether everything in the window was read without a problem, in all parts.
        requests: Requests sent by this run.
        problems: What this run reported, as ``{"url", "what", "mend"}``.
        retire: Objects whose rows end now, without a tombstone.
        tombstones: Objects that are gone by other signs than a record → the reason.
        accept_drop: The operator looked: what is missing is really gone.
        is_last: Whether this portion is the last of this run.
        is_ended: Whether it is the last of the crawl: the walk came to its end.
        span: The days of this portion, both half proven as those of a window are; None: no days.
        milestones: Milestones reached since the last commit.
        answered: What was asked since the last commit: URL → URL under which the answer is kept.
        before: Problems of the runs before this one.
        requests_before: Requests of the runs before this one.
        portions: Portions that are in the lake, those of earlier runs included.
        has_checkpoint: Whether the lake holds one of this crawl.
        totals: What this run's portions did together, per object type.
        loaded: Answers whose records are in the portion, by their URLs.
    """

    system: str
    since: dt.date | None = None
    until: dt.date | None = None
    kind: Kind = "full"
    changed_since: dt.date | None = None
    started_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))
    resumed_at: dt.datetime | None = None
    retrieved_at: dt.datetime | None = None
    page_kind: str | None = None
    page_sha256: str | None = None
    is_complete: bool = False
    requests: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)
    retire: set[Key] = field(default_factory=set)
    tombstones: dict[Key, str] = field(default_factory=dict)
    accept_drop: bool = False
    is_last: bool = True
    is_ended: bool = True
    span: tuple[dt.date, dt.date] | None = None
    milestones: set[str] = field(default_factory=set)
    answered: dict[str, str] = field(default_factory=dict)
    before: list[dict[str, str]] = field(default_factory=list)
    requests_before: int = 0
    portions: int = 0
    has_checkpoint: bool = False
    totals: dict[str, "Counts"] = field(default_factory=dict)
    loaded: dict[str, Loaded] = field(default_factory=dict)
    _booked_problems: int = 0
    _booked_requests: int = 0

    def committed(self) -> None:
        """What was new for the last commit is in the lake now."""
        self._booked_problems, self._booked_requests = len(self.problems), self.requests
        self.milestones, self.answered = set(), {}
        self.has_checkpoint = True

    def count_known(self, known: Loaded) -> None:
        """Count an answer that is in the lake as it stands."""
        for kind, number in known.counts.items():
            total = self.totals.setdefault(kind, Counts())
            total.add(Counts(seen=number, unchanged=number), seen_again=0)

    def count(self, counts: Mapping[str, "Counts"], again: Mapping[str, AbstractSet[str]]) -> None:
        """Add a portion's counts; an object that two portions bring is seen once.

        Args:
            counts: Per object type, what the portion did.
            again: What the portion brought and an earlier one too.
        """
        for kind, each in counts.items():
            total = self.totals.setdefault(kind, Counts())
            total.add(each, seen_again=len(again.get(kind, ())))

    @property
    def unbooked(self) -> tuple[int, list[dict[str, str]]]:
        """Requests and problems since the last commit."""
        return self.requests - self._booked_requests, self.problems[self._booked_problems :]

    @property
    def is_whole(self) -> bool:
        """Whether all was asked for from the first day on."""
        return self.kind != "increment"

    @property
    def is_of_all(self) -> bool:
        """Whether it says of everything, and not only of some days, whether it is still there."""
        return self.is_whole or self.since is None


@dataclass
class Unfinished:
    """What the lake knows of a crawl that has not come to its end.

    What it met and what it was answered grow with the crawl: see ``met`` and ``read_answered``.

    Attributes:
        kind: Which kind of crawl.
        started_at: When it began.
        since: First day of its window.
        until: Last day of its window.
        changed_since: What it asked to be newer than.
        milestones: What is loaded.
        problems: What was reported.
        requests: Requests sent.
        portions: Portions loaded.
    """

    kind: Kind
    started_at: dt.datetime
    since: dt.date | None
    until: dt.date | None
    changed_since: dt.date | None
    milestones: set[str] = field(default_factory=set)
    problems: list[dict[str, str]] = field(default_factory=list)
    requests: int = 0
    portions: int = 0


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

    def add(self, other: "Counts", *, seen_again: int) -> None:
        """Add a later portion's counts, ``seen_again`` of whose objects are counted already."""
        self.seen += max(0, other.seen - seen_again)
        self.new += other.new
        self.changed += other.changed
        self.unchanged += max(0, other.unchanged - seen_again)
        self.held_back += other.held_back
        self.missing += other.missing
        self.removed += other.removed


@dataclass(frozen=True, slots=True)
class Sighting:
    """When an object was last brought, and how many complete crawls have missed it since."""

    last_seen_at: dt.datetime
    missed: int


@dataclass
class State:
    """What the lake knows, before a load, of the objects that it is about."""

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
        met: What the portion brought first of the crawl, also where it must not be kept; ids per
            object type.
    """

    seen: set[Key]
    missing: set[Key]
    gone: Mapping[Key, str]
    back: set[Key]
    retire: set[Key]
    counts: Mapping[str, Counts]
    met: Mapping[str, set[str]] = field(default_factory=dict)

    @property
    def is_of_something(self) -> bool:
        """Whether the portion brought anything, be it for the second time."""
        return bool(self.seen) or any(self.met.values())


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


def read_tombstones(
    con: DuckDBPyConnection,
    schema: str,
    *,
    among: Iterable[Key] | None = None,
    reason: str | None = None,
) -> dict[Key, str]:
    """Tombstones of a city.

    Args:
        con: Reads the lake.
        schema: The city's dataset.
        among: Of these objects only; None: of all.
        reason: For this reason only; None: for any.

    Returns:
        (Object type, id) → reason.
    """
    if "tombstone" not in columns_of(con, schema):
        return {}
    sql = (
        f"SELECT object_type, id, reason FROM {schema}.tombstone "  # noqa: S608 - names are ours
        "WHERE (?::VARCHAR IS NULL OR reason = ?)"
    )
    if among is not None:
        con.register("among", keys_table(among))
        sql += " AND (object_type, id) IN (SELECT (object_type, id) FROM among)"
    rows = con.execute(sql, [reason, reason]).fetchall()
    return {(kind, id_): why for kind, id_, why in rows}


def read_fetches(con: DuckDBPyConnection, schema: str) -> Iterator[list[FetchRow]]:
    """Every answer that was kept, a few thousand at a time, in no order.

    Yields:
        Rows of url, status, etag, last_modified, sha256, retrieved_at and content_type; a URL
        that answered differently over time has several.
    """
    columns = columns_of(con, schema).get("fetch", set())
    if not columns:
        return
    content_type = "content_type" if "content_type" in columns else "NULL"
    con.execute(
        f"SELECT url, status, etag, last_modified, sha256, retrieved_at, {content_type} "  # noqa: S608
        f"FROM {schema}.fetch"
    )
    while rows := con.fetchmany(_FETCH_ROWS):
        yield rows


def shown_elsewhere(con: DuckDBPyConnection, schema: str, hashes: Iterable[str]) -> set[str]:
    """Which bytes another city still shows: they are that city's to take back.

    Args:
        con: A connection that reads the lake.
        schema: The dataset of the city that takes them back.
        hashes: SHA-256 of the bytes.

    Returns:
        Those that a current document or an answer of another city's dataset names.
    """
    lake = con.execute("SELECT current_database()").fetchall()[0][0]
    places = con.execute(
        f"SELECT schema_name FROM __ducklake_metadata_{lake}.ducklake_schema "  # noqa: S608 - our own names
        "WHERE end_snapshot IS NULL AND starts_with(schema_name, 'raw_') AND schema_name <> ?",
        [schema],
    ).fetchall()
    wanted = sorted(set(hashes))
    found: set[str] = set()
    for (place,) in places if wanted else ():
        tables = columns_of(con, place)
        for table, is_shown in (("document", "_dlt_valid_to IS NULL"), ("fetch", "true")):
            if table in tables:
                rows = con.execute(
                    f"SELECT DISTINCT sha256 FROM {place}.{table} "  # noqa: S608
                    f"WHERE {is_shown} AND list_contains(?, sha256)",
                    [wanted],
                ).fetchall()
                found |= {sha256 for (sha256,) in rows}
    return found


def withhold(con: DuckDBPyConnection, schema: str, hashes: Iterable[str], reason: str) -> None:
    """Note why the bodies of answers are not kept.

    Args:
        con: A connection that may write; the caller holds the lock.
        schema: The city's dataset.
        hashes: SHA-256 of the bodies.
        reason: Why, e.g. ``deletion_request``.
    """
    con.execute(
        f"UPDATE {schema}.fetch SET withheld = ? "  # noqa: S608 - our own names
        "WHERE withheld IS NULL AND list_contains(?, sha256)",
        [reason, sorted(set(hashes))],
    )


def read_unfinished(con: DuckDBPyConnection, schema: str, system: str) -> Unfinished | None:
    """The crawl of a system that was begun and has not ended, if there is one."""
    if "checkpoint" not in columns_of(con, schema):
        return None
    rows = con.execute(
        "SELECT kind, started_at, window_first, window_last, changed_since, milestones, requests, "  # noqa: S608
        f"problems FROM {schema}.checkpoint WHERE system = ? ORDER BY committed_at",
        [system],
    ).fetchall()
    if not rows:
        return None
    found = Unfinished(*rows[0][:5])
    for *_, milestones, requests, problems in rows:
        names = json.loads(milestones)
        found.milestones.update(names)
        found.portions += bool(names)
        found.requests += requests
        found.problems += json.loads(problems)
    return found


def read_answered(
    con: DuckDBPyConnection, schema: str, system: str
) -> Iterator[list[tuple[str, str]]]:
    """What an unfinished crawl was answered, a few thousand at a time.

    Yields:
        Pairs of the URL that was asked and the URL under which the answer is kept.
    """
    if "checkpoint_item" not in columns_of(con, schema):
        return
    con.execute(
        f"SELECT id, answered FROM {schema}.checkpoint_item WHERE system = ? AND what = ?",  # noqa: S608
        [system, _URL],
    )
    while rows := con.fetchmany(_FETCH_ROWS):
        yield rows


def met(
    con: DuckDBPyConnection,
    schema: str,
    system: str,
    among: Mapping[str, AbstractSet[str]] | None = None,
) -> dict[str, set[str]]:
    """What the committed portions of an unfinished crawl brought.

    Args:
        con: Reads the lake.
        schema: The city's dataset.
        system: The kind of server.
        among: Of these objects, per type; None: of all, for a crawl that is short by its nature.

    Returns:
        Ids per object type.
    """
    found: dict[str, set[str]] = {}
    if "checkpoint_item" not in columns_of(con, schema):
        return found
    sql = f"SELECT what, id FROM {schema}.checkpoint_item WHERE system = ? AND what <> ?"  # noqa: S608
    if among is not None:
        con.register("among", keys_table((kind, id_) for kind, ids in among.items() for id_ in ids))
        sql += " AND (what, id) IN (SELECT (object_type, id) FROM among)"
    for kind, id_ in con.execute(sql, [system, _URL]).fetchall():
        found.setdefault(kind, set()).add(id_)
    return found


def read_loaded(con: DuckDBPyConnection, schema: str, system: str) -> dict[str, Loaded]:
    """The answers of a system that are in the lake as they stand, by their URLs."""
    if "loaded" not in columns_of(con, schema):
        return {}
    rows = con.execute(
        f"SELECT url, fingerprint, state, counts, asked_at FROM {schema}.loaded WHERE system = ?",  # noqa: S608
        [system],
    ).fetchall()
    return {
        url: Loaded(fingerprint, state, json.loads(counts), asked_at)
        for url, fingerprint, state, counts, asked_at in rows
    }


def _write_loaded(
    con: DuckDBPyConnection, schema: str, system: str, loaded: Mapping[str, Loaded]
) -> None:
    con.execute(
        f"DELETE FROM {schema}.loaded WHERE system = ? AND list_contains(?, url)",  # noqa: S608
        [system, sorted(loaded)],
    )
    rows = (
        asdict(each) | {"counts": json.dumps(each.counts), "system": system, "url": url}
        for url, each in sorted(loaded.items())
    )
    _insert(con, f"{schema}.loaded", _rows(rows))


def _prepare(con: DuckDBPyConnection, schema: str) -> None:
    """Make the city's schema and bookkeeping tables, and columns that a table still lacks."""
    have = columns_of(con, schema)
    missing = BOOKKEEPING.keys() - have.keys()
    if missing:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name in sorted(missing):
            con.execute(f"CREATE TABLE {schema}.{name} ({BOOKKEEPING[name]})")
    for name in sorted(BOOKKEEPING.keys() & have.keys()):
        for column in BOOKKEEPING[name].split(", "):
            if column.split()[0].strip('"') not in have[name]:
                con.execute(f"ALTER TABLE {schema}.{name} ADD COLUMN {column}")


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
        crawl: The crawl that ends with this, or (``is_ended``) goes on after it.
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
        if crawl.loaded:
            _write_loaded(con, schema, crawl.system, crawl.loaded)
        if not crawl.is_ended and (crawl.answered or crawl.milestones or book.is_of_something):
            _write_checkpoint(con, schema, crawl, book.met, now)
        elif crawl.is_ended and crawl.has_checkpoint:
            _delete_checkpoint(con, schema, crawl.system)
        if crawl.is_last:
            _insert(con, f"{schema}.crawl", _rows([_crawl_row(crawl, book, now)]))


def write_answers(
    con: DuckDBPyConnection, schema: str, crawl: Crawl, fetches: Sequence[Mapping[str, Any]]
) -> None:
    """Keep what was answered in the middle of a portion, so that nobody asks for it again.

    Args:
        con: A connection that may write; the caller holds the lock.
        schema: The city's dataset.
        crawl: The crawl that goes on after this.
        fetches: Rows for the fetch table.
    """
    with _transaction(con):
        _prepare(con, schema)
        if fetches:
            _insert(con, f"{schema}.fetch", _rows(fetches))
        _write_checkpoint(con, schema, crawl, {}, dt.datetime.now(dt.UTC))


def forget(con: DuckDBPyConnection, schema: str, system: str) -> None:
    """Give an unfinished crawl up: the next one begins anew."""
    with _transaction(con):
        _prepare(con, schema)
        _delete_checkpoint(con, schema, system)


def _write_checkpoint(
    con: DuckDBPyConnection,
    schema: str,
    crawl: Crawl,
    met: Mapping[str, set[str]],
    now: dt.datetime,
) -> None:
    items: list[dict[str, str | None]] = [
        {"system": crawl.system, "what": _URL, "id": url, "answered": answered}
        for url, answered in sorted(crawl.answered.items())
    ]
    for kind, ids in sorted(met.items()):
        items += [
            {"system": crawl.system, "what": kind, "id": id_, "answered": None}
            for id_ in sorted(ids)
        ]
    if items:
        _insert(con, f"{schema}.checkpoint_item", _rows(items))
    requests, problems = crawl.unbooked
    row = {
        "system": crawl.system,
        "started_at": crawl.started_at,
        "kind": crawl.kind,
        "window_first": crawl.since,
        "window_last": crawl.until,
        "changed_since": crawl.changed_since,
        "milestones": json.dumps(sorted(crawl.milestones)),
        "requests": requests,
        "problems": json.dumps(problems, ensure_ascii=False),
        "committed_at": now,
    }
    _insert(con, f"{schema}.checkpoint", _rows([row]))


def _delete_checkpoint(con: DuckDBPyConnection, schema: str, system: str) -> None:
    for table in ("checkpoint", "checkpoint_item"):
        con.execute(f"DELETE FROM {schema}.{table} WHERE system = ?", [system])  # noqa: S608


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
    totals = crawl.totals or book.counts
    counts = {kind: asdict(each) for kind, each in sorted(totals.items())}
    return {
        "system": crawl.system,
        "started_at": crawl.started_at,
        "finished_at": now,
        "is_complete": crawl.is_complete,
        "requests": crawl.requests_before + crawl.requests,
        "problems": json.dumps(crawl.before + crawl.problems, ensure_ascii=False),
        "counts": json.dumps(counts),
        "kind": crawl.kind,
        "window_first": crawl.since,
        "window_last": crawl.until,
        "is_ended": crawl.is_ended,
        "portions": crawl.portions,
        "resumed_at": crawl.resumed_at,
    }


def _end_rows(
    con: DuckDBPyConnection, schema: str, system: str, retire: set[Key], now: dt.datetime
) -> None:
    tables = columns_of(con, schema)
    for kind in sorted({kind for kind, _ in retire}):
        table = table_name(system, kind)
        if table in tables:
            ids = keys_table(key for key in retire if key[0] == kind)
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
            con.register("sighted", keys_table(keys))
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
        con.register("replaced", keys_table(replaced))
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


def keys_table(keys: Iterable[Key]) -> pa.Table:
    """Keys as a table with the columns ``object_type`` and ``id``."""
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
