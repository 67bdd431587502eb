"""What a crawl of everything from a first day on did not bring, judged in the lake.

What hangs on meetings of before is not missing, as in ``absence.covered``; all else is, also what
has no day. A whole crawl had to bring nearly all that is known, so what is known is not read into
this process: the current rows are held against what the crawl met by queries, which may use the
disk. Only what is missing comes back, and only if it is not so much that the load stops.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from duckdb import DuckDBPyConnection

from ingestion.absence import DATED, LASTING, PARENTS, drops
from ingestion.bookkeeping import Key, columns_of, keys_table
from ingestion.record import OBJECT_TYPES
from ingestion.tables import OWN_OF, table_name

# In this order: each hangs on earlier ones only.
_CHAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "meeting": (),
    "agenda_item": ("meeting_id",),
    "paper": (),
    "consultation": ("paper_id",),
    "vote": tuple(PARENTS),
    "file": tuple(PARENTS),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a crawl of everything proves.

    Attributes:
        dropped: Object types of which too many are missing: kind → (missing, had to come).
        absent: What is missing, ids per object type; empty where too much is.
    """

    dropped: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    absent: Mapping[str, set[str]] = field(default_factory=dict)


def judge(  # noqa: PLR0913 - what came and what was asked for, by name
    con: DuckDBPyConnection,
    schema: str,
    system: str,
    *,
    brought: Mapping[str, AbstractSet[str]],
    deleted: AbstractSet[Key],
    since: dt.date | None,
    until: dt.date | None,
    accept_drop: bool = False,
) -> Judgement:
    """Hold all that is known against what a complete crawl of everything met.

    Args:
        con: Reads the lake; temporary tables are made in it.
        schema: The city's dataset.
        system: The kind of server, or what else loads objects.
        brought: What the last portion brought; what earlier ones did stands in the lake.
        deleted: What the server itself calls deleted: no riddle, and no reason to stop.
        since: First day that was asked for; None: everything.
        until: Last day; None: there is none.
        accept_drop: Too much that is missing is missing all the same.

    Returns:
        What is missing, or of what too much is.
    """
    tables = columns_of(con, schema)
    kinds = set(OWN_OF.get(system, OBJECT_TYPES)) - LASTING
    named = {kind: table_name(system, kind) for kind in kinds}
    con.register("brought", keys_table((kind, id_) for kind, ids in brought.items() for id_ in ids))
    con.register("deleted", keys_table(deleted))
    court = _Court(
        con,
        schema,
        {kind: (name, tables[name]) for kind, name in named.items() if name in tables},
        system if "checkpoint_item" in tables else None,
    )
    court.cover(since, until)
    had_to_come, missing = court.counts(deleted)
    dropped = {} if accept_drop else drops(had_to_come, missing)
    return Judgement(dropped) if dropped else Judgement(absent=dict(court.absent(missing)))


class _Court:
    """One judgement: the tables there are, and the temporary ones that it makes."""

    def __init__(
        self,
        con: DuckDBPyConnection,
        schema: str,
        tables: Mapping[str, tuple[str, AbstractSet[str]]],
        unfinished: str | None,
    ) -> None:
        self._con, self._schema, self._tables = con, schema, tables
        self._unfinished = unfinished
        chained = [kind for kind in _CHAIN if kind in tables]
        self._kinds = sorted(tables.keys() - _CHAIN.keys()) + chained

    def cover(self, since: dt.date | None, until: dt.date | None) -> None:
        """Make the tables ``covered_<kind>``: the ids that had to come."""
        for kind in self._kinds:
            table, columns = self._tables[kind]
            conditions = ["_dlt_valid_to IS NULL"]
            if since is not None and kind in DATED:
                conditions += self._conditions(kind, columns, since, until)
            self._con.execute(
                f"CREATE OR REPLACE TEMP TABLE covered_{kind} AS SELECT id "  # noqa: S608 - names are ours
                f"FROM {self._schema}.{table} WHERE {' AND '.join(conditions)}"
            )

    def counts(self, deleted: AbstractSet[Key]) -> tuple[dict[str, range], dict[str, range]]:
        """How many had to come, and how many of them did not, as things of that length.

        What came, or is told deleted, is taken out of the tables.
        """
        had_to_come: dict[str, range] = {}
        missing: dict[str, range] = {}
        for kind in self._kinds:
            if any(of == kind for of, _ in deleted):
                self._take_out(kind, f"SELECT id FROM deleted WHERE object_type = '{kind}'")  # noqa: S608
            had_to_come[kind] = range(self._number(kind))
            self._take_out(kind, self._met(kind))
            if number := self._number(kind):
                missing[kind] = range(number)
        return had_to_come, missing

    def absent(self, kinds: Iterable[str]) -> Iterator[tuple[str, set[str]]]:
        """What is left in the tables: the ids that had to come and did not."""
        for kind in kinds:
            rows = self._con.execute(f"SELECT id FROM covered_{kind}").fetchall()  # noqa: S608
            yield kind, {id_ for (id_,) in rows}

    def _met(self, kind: str) -> str:
        """A query for the ids of a type that any portion of the crawl met."""
        sql = f"SELECT id FROM brought WHERE object_type = '{kind}'"  # noqa: S608 - names are ours
        if self._unfinished is None:
            return sql
        return (
            f"{sql} UNION ALL SELECT id FROM {self._schema}.checkpoint_item "  # noqa: S608
            f"WHERE system = '{self._unfinished}' AND what = '{kind}'"
        )

    def _conditions(
        self, kind: str, columns: AbstractSet[str], since: dt.date, until: dt.date | None
    ) -> Iterator[str]:
        if kind == "meeting" and "start_at" in columns:
            # The outermost days may be cut in half by time zones.
            day = "(start_at AT TIME ZONE 'UTC')::DATE"
            last = f" AND {day} < DATE '{until}'" if until is not None else ""
            yield f"(start_at IS NULL OR ({day} > DATE '{since}'{last}))"
        items, fields = self._tables.get("agenda_item", ("", frozenset()))
        if kind == "paper" and "paper_id" in fields:
            # A paper is met through the items that link it, not by itself.
            yield (
                f"id NOT IN (SELECT paper_id FROM {self._schema}.{items} "  # noqa: S608
                "WHERE _dlt_valid_to IS NULL AND paper_id <> '' "
                "AND id NOT IN (SELECT id FROM covered_agenda_item))"
            )
        for column in _CHAIN[kind]:
            if column in columns:
                yield f"(coalesce({column}, '') = '' OR {column} IN ({self._counting(column)}))"

    def _counting(self, column: str) -> str:
        """A query for the ids of what was met, or had to be: what hangs on it had to come too."""
        carrier = PARENTS[column]
        met = self._met(carrier)
        if carrier not in self._tables:
            return met
        return f"{met} UNION ALL SELECT id FROM covered_{carrier}"  # noqa: S608

    def _take_out(self, kind: str, ids: str) -> None:
        self._con.execute(f"DELETE FROM covered_{kind} WHERE id IN ({ids})")  # noqa: S608

    def _number(self, kind: str) -> int:
        return int(self._con.execute(f"SELECT count(*) FROM covered_{kind}").fetchall()[0][0])  # noqa: S608
