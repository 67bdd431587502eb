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

from ingestion.absence import PARENTS, Known, Seen
from ingestion.bookkeeping import (
    UNSIGHTED,
    Key,
    Sighting,
    State,
    columns_of,
    keys_table,
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
        first: First day.
        last: Last day; None: there is none.
        seen: What the crawl brought, per object type: what hangs on it had to come too.
    """

    first: dt.date
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
        Current rows, sightings and tombstones of all these.
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
        if reach is not None:
            for kind, ids in self._within(reach.first, reach.last, reach.seen).items():
                wanted.setdefault(kind, set()).update(ids)
        for kind in self._tables:
            if wanted.get(kind):
                state.known[kind] = self._known(kind, "id", wanted[kind])
        if "sighting" in self._columns:
            state.sightings = self._sightings(wanted)
        named = ((kind, id_) for kind, ids in wanted.items() for id_ in ids)
        state.tombstones = read_tombstones(self._con, self._schema, among=named)
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

    def _known(self, kind: str, column: str, values: AbstractSet[str]) -> dict[str, Known]:
        """Current rows of a type whose column has one of the values."""
        table = self._tables.get(kind)
        columns = self._columns.get(table or "", set())
        if table is None or column not in columns or not values:
            return {}
        parents = sorted(columns & PARENTS.keys())
        start = "start_at" if "start_at" in columns else "NULL"
        names = ", ".join(["id", "content_sha256", start, *parents])
        self._con.register(_WANTED, pa.table({"value": pa.array(list(values), pa.string())}))
        rows = self._con.execute(
            f"SELECT {names} FROM {self._schema}.{table} WHERE _dlt_valid_to IS NULL "  # noqa: S608
            f"AND {column} IN (SELECT value FROM {_WANTED})"
        ).fetchall()
        return {
            id_: Known(
                sha256,
                start_at,
                {name: value for name, value in zip(parents, told, strict=True) if value},
            )
            for id_, sha256, start_at, *told in rows
        }

    def _sightings(self, named: Mapping[str, AbstractSet[str]]) -> dict[Key, Sighting]:
        sighted = named.keys() - UNSIGHTED
        wanted = keys_table((kind, id_) for kind in sighted for id_ in named[kind])
        self._con.register(_WANTED, wanted)
        rows = self._con.execute(
            f"SELECT object_type, id, last_seen_at, missed FROM {self._schema}.sighting "  # noqa: S608
            f"WHERE system = ? AND (object_type, id) IN (SELECT (object_type, id) FROM {_WANTED})",
            [self._system],
        ).fetchall()
        return {(kind, id_): Sighting(at, missed) for kind, id_, at, missed in rows}
