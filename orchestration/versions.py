"""Which snapshot last touched some tables: cheap enough to be asked before every answer."""

import datetime as dt
import threading
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol

import duckdb

Snapshot = tuple[int, dt.datetime]
"""Number and moment: a lake that was put back counts its snapshots again, at other moments."""


class _Lake(Protocol):
    def read(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]: ...

    def newest(self) -> Snapshot: ...

    def metadata(self, sql: str) -> list[tuple[Any, ...]]: ...


class Versions:
    """What was last found out about one lake; any thread may ask."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._lock = threading.Lock()
        self._known: dict[frozenset[str], tuple[Snapshot, Snapshot]] = {}

    def of(self, lake: _Lake, tables: Collection[str]) -> str:
        """A text that no other state of these tables ever had.

        It names the newest snapshot that touched one of them; where none of those kept did, the
        oldest one kept. About a millisecond where no snapshot is new.

        Args:
            lake: Whose tables.
            tables: With their schema, e.g. ``published.published_paper``; they need not be there.
        """
        wanted = frozenset(tables)
        newest = lake.newest()
        with self._lock:
            known = self._known.get(wanted)
        if known is None or known[0] != newest:
            known = _looked(lake, wanted, known)
            with self._lock:
                self._known[wanted] = known
        number, moment = known[1]
        return f"{number}@{moment.astimezone(dt.UTC).isoformat()}"


def _looked(
    lake: _Lake, wanted: frozenset[str], known: tuple[Snapshot, Snapshot] | None
) -> tuple[Snapshot, Snapshot]:
    """The newest snapshot, and the one that last touched one of the tables."""
    with lake.read() as con:
        con.begin()
        try:
            rows = con.execute(
                "SELECT snapshot_id, snapshot_time, changes FROM ducklake_snapshots('lake') "
                "WHERE snapshot_id >= ? ORDER BY snapshot_id",
                [known[0][0] if known else 0],
            ).fetchall()
            if known and (not rows or rows[0][:2] != known[0]):
                known = None  # expired, or another history
                rows = con.execute(
                    "SELECT snapshot_id, snapshot_time, changes FROM ducklake_snapshots('lake') "
                    "ORDER BY snapshot_id"
                ).fetchall()
            numbers = _numbers(lake, wanted)
        finally:
            con.rollback()
    touched = known[1] if known else rows[0][:2]
    for *snapshot, changes in rows[1 if known else 0 :]:
        if _touches(changes, wanted, numbers):
            touched = (snapshot[0], snapshot[1])
    return rows[-1][:2], touched


def _numbers(lake: _Lake, wanted: frozenset[str]) -> frozenset[str]:
    """The tables' numbers in the catalog, also of those that had the names before."""
    rows = lake.metadata(
        "SELECT schema_name || '.' || table_name, table_id FROM {0}.ducklake_table "
        "JOIN {0}.ducklake_schema USING (schema_id)"
    )
    return frozenset(str(number) for name, number in rows if name in wanted)


# A kind of change that is not about tables by number or name is taken for one of all tables.
_NO_TABLES: Final = frozenset({"schemas_created"})


def _touches(
    changes: Mapping[str, Iterable[str]], wanted: frozenset[str], numbers: frozenset[str]
) -> bool:
    for kind, things in changes.items():
        if kind in _NO_TABLES:
            continue
        for thing in things:
            name = thing.replace('"', "")
            if name in numbers or name in wanted or not (name.isdigit() or "." in name):
                return True
    return False
