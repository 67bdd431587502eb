"""What the lake knows of the objects that a load is about, and of no others.

A load compares what came with what is known. It reads the rows of what came and, where it has to
say what is missing, of what had to come: the meetings within its days and what hangs on them. What
a crawl of everything missed is judged in the lake (see ``absence_lake``). So a run's memory follows
from what it brought and not from how long a city has been read.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.absence import LASTING, PARENTS, Known, Seen
from ingestion.bookkeeping import (
    UNSIGHTED,
    Key,
    Sighting,
    State,
    columns_of,
    read_tombstones,
)
from ingestion.record import OBJECT_TYPES
from ingestion.tables import OWN_OF, table_name

_WANTED: Final = "wanted"
_DAY: Final = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Reach:
    """Of what a load has to say whether it is missing.

    Attributes:
        first: First day; None: of all that there is.
        last: Last day; None: there is none.
        seen: What the crawl brought, per object type: what hangs on it had to come too.
    """

    first: dt.date | None
    last: dt.date | None
    seen: Seen


def read_state(
    con: DuckDBPyConnection,
    schema: str,
    system: str,
    keys: Iterable[Key],
    reach: Reach | None = None,
) -> State:
    """What the lake knows of some objects and of what had to come with them.

    Args:
        con: Reads the lake.
        schema: The city's dataset.
        system: The kind of server, or ``documents``.
        keys: The objects that came, or that are to go.
        reach: Of what it has to be said whether it is missing; None: of nothing.

    Returns:
        Current rows and sightings of all these; every tombstone.
    """
    return _Reader(con, schema, system).state(keys, reach)


class _Reader:
    """One reading: which tables there are, and the connection."""

    def __init__(self, con: DuckDBPyConnection, schema: str, system: str) -> None:
        self._con, self._schema, self._system = con, schema, system
        self._columns = columns_of(con, schema)
        kinds = OWN_OF.get(system, OBJECT_TYPES)
        tables = {kind: table_name(system, kind) for kind in sorted(kinds)}
        self._tables = {kind: name for kind, name in tables.items() if name in self._columns}

    def state(self, keys: Iterable[Key], reach: Reach | None) -> State:
        state = State()
        wanted: dict[str, set[str]] = {}
        for kind, id_ in keys:
            wanted.setdefault(kind, set()).add(id_)
        if reach is not None and reach.first is not None:
            for kind, ids in self._within(reach.first, reach.last, reach.seen).items():
                wanted.setdefault(kind, set()).update(ids)
        judged = self._tables.keys() - LASTING
        is_all = reach is not None and reach.first is None and bool(judged)
        for kind in self._tables:
            if is_all and kind in judged:
                state.known[kind] = self._known(kind)
            elif wanted.get(kind):
                state.known[kind] = self._known(kind, "id", wanted[kind])
        if "sighting" in self._columns:
            named = {kind: state.known.get(kind, {}).keys() | ids for kind, ids in wanted.items()}
            state.sightings = self._sightings(None if is_all else named)
        state.tombstones = read_tombstones(self._con, self._schema)
        return state

    def _within(self, first: dt.date, last: dt.date | None, seen: Seen) -> dict[str, set[str]]:
        """What may hang on the meetings of some days or on what was seen, and a little more.

        Whether it had to come is decided by ``absence.covered``, which has to find everything
        here that it would find among all rows. So a paper brings all of its items.
        """
        met = self._met(first, last) | set(seen.get("meeting", ()))
        items = self._known("agenda_item", "meeting_id", met)
        papers = {row.parents["paper_id"] for row in items.values() if "paper_id" in row.parents}
        on = {
            "meeting_id": met,
            "paper_id": papers | set(seen.get("paper", ())),
            "agenda_item_id": items.keys() | set(seen.get("agenda_item", ())),
        }
        found = {
            "meeting": met,
            "agenda_item": items.keys() | self._known("agenda_item", "paper_id", papers).keys(),
            "paper": papers,
            "consultation": set(self._known("consultation", "paper_id", on["paper_id"])),
        }
        for kind in ("vote", "file"):
            found[kind] = set()
            for column, ids in on.items():
                found[kind].update(self._known(kind, column, ids))
        return found

    def _met(self, first: dt.date, last: dt.date | None) -> set[str]:
        if "meeting" not in self._tables:
            return set()
        # A day more on either side: which day it is depends on the zone.
        rows = self._con.execute(
            f"SELECT id FROM {self._schema}.{self._tables['meeting']} "  # noqa: S608 - names are ours
            "WHERE _dlt_valid_to IS NULL AND start_at >= ? AND (?::DATE IS NULL OR start_at <= ?)",
            [first - _DAY, last, last + 2 * _DAY if last is not None else None],
        ).fetchall()
        return {id_ for (id_,) in rows}

    def _known(
        self, kind: str, column: str | None = None, values: AbstractSet[str] = frozenset()
    ) -> dict[str, Known]:
        """Current rows of a type whose column has one of the values; no column: all of them."""
        table = self._tables.get(kind)
        columns = self._columns.get(table or "", set())
        if table is None or (column is not None and (column not in columns or not values)):
            return {}
        parents = sorted(columns & PARENTS.keys())
        start = "start_at" if "start_at" in columns else "NULL"
        names = ", ".join(["id", "content_sha256", start, *parents])
        sql = f"SELECT {names} FROM {self._schema}.{table} WHERE _dlt_valid_to IS NULL"  # noqa: S608
        if column is not None:
            self._con.register(_WANTED, pa.table({"value": pa.array(list(values), pa.string())}))
            sql += f" AND {column} IN (SELECT value FROM {_WANTED})"  # noqa: S608 - names are ours
        rows = self._con.execute(sql).fetchall()
        return {
            id_: Known(
                sha256,
                start_at,
                {name: value for name, value in zip(parents, told, strict=True) if value},
            )
            for id_, sha256, start_at, *told in rows
        }

    def _sightings(self, named: Mapping[str, AbstractSet[str]] | None) -> dict[Key, Sighting]:
        sql = (
            f"SELECT object_type, id, last_seen_at, missed FROM {self._schema}.sighting "  # noqa: S608
            "WHERE system = ?"
        )
        if named is not None:
            sighted = named.keys() - UNSIGHTED
            pairs = [(kind, id_) for kind in sighted for id_ in named[kind]]
            kinds, ids = zip(*pairs, strict=True) if pairs else ((), ())
            columns = {"kind": pa.array(kinds, pa.string()), "id": pa.array(ids, pa.string())}
            self._con.register(_WANTED, pa.table(columns))
            sql += f" AND (object_type, id) IN (SELECT (kind, id) FROM {_WANTED})"  # noqa: S608
        rows = self._con.execute(sql, [self._system]).fetchall()
        return {(kind, id_): Sighting(at, missed) for kind, id_, at, missed in rows}
