"""Which kind of crawl is due, and what it asks for: worked out from the lake and the city file."""

import datetime as dt
from typing import Final

from duckdb import DuckDBPyConnection

from ingestion.bookkeeping import Unfinished, columns_of
from ingestion.city_model import Council
from ingestion.crawl import is_same
from ingestion.store import Store
from ingestion.tables import table_name
from ingestion.window import Kind, Window, around, today

OVERLAP: Final = dt.timedelta(days=1)
"""What was modified while the last crawl ran, or by a clock that is behind, is asked for again."""
OPEN_DAYS: Final = 180
"""Results of a meeting come with its minutes, weeks later; after half a year nobody waits."""
MOST_OPEN: Final = 20
"""Open meetings that one increment looks at, those not seen for the longest time first."""

_BY_CHANGE: Final = frozenset({"oparl"})


def choose(
    store: Store, council: Council, *, is_full: bool = False, now: dt.datetime | None = None
) -> Window:
    """The window of the crawl that is due.

    Args:
        store: The city's store.
        council: The city's council system.
        is_full: A reconciliation is asked for.
        now: The moment; None: the machine's clock.

    Returns:
        What a crawl that was broken off asked for; else everything until it was all read once
        or where ``is_full``; else what is near today.
    """
    now = now or dt.datetime.now(dt.UTC)
    system = council.system
    found = store.unfinished(system)
    if found is not None and not (is_full and found.kind == "increment"):
        window = _of(found)
        if is_same(found, window, now):
            return _with_open(store, council, window)
    day = today(now, council.zone)
    first, last = around(day, council.window_days_back, council.window_days_ahead)
    with store.read() as con:
        whole, clean = _last_crawls(con, store.schema, system)
    if whole is None or is_full:
        kind: Kind = "first" if whole is None else "full"
        if system in _BY_CHANGE:
            return Window(kind=kind)
        return Window(kind=kind, first=council.since, last=last)
    if system in _BY_CHANGE:
        changed_since = ((clean or whole) - OVERLAP).astimezone(dt.UTC).date()
        return Window(kind="increment", first=changed_since, changed_since=changed_since)
    window = Window(kind="increment", first=max(first, council.since), last=last)
    return _with_open(store, council, window)


def _of(found: Unfinished) -> Window:
    return Window(
        kind=found.kind, first=found.since, last=found.until, changed_since=found.changed_since
    )


def _with_open(store: Store, council: Council, window: Window) -> Window:
    if window.kind == "increment" and window.first and council.system not in _BY_CHANGE:
        with store.read() as con:
            window.open_meetings = open_meetings(con, store.schema, council.system, window.first)
    return window


def _last_crawls(
    con: DuckDBPyConnection, schema: str, system: str
) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When the last crawl of everything began that came to its end, and the last without problems.

    Rows from before there were kinds do not count: everything is then read once more.
    """
    if "is_ended" not in columns_of(con, schema).get("crawl", set()):
        return None, None
    rows = con.execute(
        "SELECT max(started_at) FILTER (WHERE kind IN ('first', 'full')), "  # noqa: S608
        "max(started_at) FILTER (WHERE problems = '[]') "
        f"FROM {schema}.crawl WHERE system = ? AND is_ended",
        [system],
    ).fetchall()
    whole, clean = rows[0]
    return whole, clean


def open_meetings(
    con: DuckDBPyConnection, schema: str, system: str, first: dt.date
) -> dict[str, dt.date]:
    """Meetings before a window that have an agenda but no result yet.

    Args:
        con: Reads the lake.
        schema: The city's dataset.
        system: The kind of server.
        first: First day of the window.

    Returns:
        Server id → day, at most ``MOST_OPEN``.
    """
    meeting, item = table_name(system, "meeting"), table_name(system, "agenda_item")
    tables = columns_of(con, schema)
    if not {meeting, item, "sighting"} <= tables.keys():
        return {}
    rows = con.execute(
        f"SELECT m.id, m.start_at FROM {schema}.{meeting} AS m "  # noqa: S608 - names are ours
        f"LEFT JOIN {schema}.sighting AS s "
        "ON s.system = ? AND s.object_type = 'meeting' AND s.id = m.id "
        "WHERE m._dlt_valid_to IS NULL AND m.has_agenda AND NOT coalesce(m.is_cancelled, false) "
        "AND m.start_at >= ? AND m.start_at < ? "
        f"AND NOT EXISTS (SELECT 1 FROM {schema}.{item} AS i WHERE i._dlt_valid_to IS NULL "
        "AND i.meeting_id = m.id AND (i.result IS NOT NULL OR i.resolution_text IS NOT NULL "
        "OR i.vote_text IS NOT NULL)) "
        "ORDER BY s.last_seen_at NULLS FIRST, m.id LIMIT ?",
        [system, first - dt.timedelta(days=OPEN_DAYS), first, MOST_OPEN],
    ).fetchall()
    return {id_: start_at.date() for id_, start_at in rows}
