"""The served tables at hand: sorted, indexed copies in SQLite, in step with the lake.

A question to the lake costs about 15 ms however little it asks for, and a list's page asks six;
here it costs less than one. What is asked before every answer is only whether the lake moved.
The database has no name and no file that outlives the process: what is withdrawn is in no copy of
a copy.
"""

import datetime as dt
import json
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

import duckdb
from duckdb import DuckDBPyConnection

from catalog.oparl.objects import Row
from catalog.oparl.tables import KINDS, OParlError, Outgoing, columns

TEXTS: Final = "harmonised.document_page"
"""Where the texts of files lie, which are not copied."""

_CACHE_KIB: Final = 131_072
_AT_ONCE: Final = 10_000
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_TABLES: Final = tuple(of.table for of in KINDS.values())
# What else rows are found by: the lists of an organisation, and where a meeting takes place.
_LISTED: Final[Mapping[str, tuple[str, ...]]] = {
    "location": ("id",),
    "meeting": ("organization_id",),
    "consultation": ("organization_id",),
}


class Tables(Protocol):
    """Where the served tables are."""

    def read(self) -> AbstractContextManager[DuckDBPyConnection]:
        """A read-only connection whose current database has them."""

    def version(self, tables: Collection[str]) -> str:
        """A text that changes with every change of these tables; cheap."""


class MovedError(Exception):
    """The tables are newer than when the answer was begun: begin again."""


def microseconds(moment: dt.datetime) -> int:
    """A moment as it is kept here: since 1970, so that moments compare as numbers."""
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


@lru_cache(4_096)  # a publication gives one to many rows
def moment(of: int) -> dt.datetime:
    """The moment behind ``microseconds``."""
    return _EPOCH + dt.timedelta(microseconds=of)


# Type in the lake → how it is asked for, and how it is made again of what is kept.
_KEPT: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = {
    "TIMESTAMP WITH TIME ZONE": ("epoch_us({})", moment),
    "DATE": ("CAST({} AS VARCHAR)", dt.date.fromisoformat),
    "BOOLEAN": ("{}", bool),
    # Of a publication by an older version of this software: empty until the next one.
    "": ("NULL", str),
}


@dataclass(frozen=True, slots=True)
class _Sum:
    """Whether two copies of a table are the same: every change has a moment of its own."""

    types: tuple[tuple[str, str], ...] = ()
    rows: int = 0
    seconds: int = 0
    newest: int = 0


class Served:
    """The copies, and how far they are. One connection; any thread may ask."""

    def __init__(self, tables: Tables) -> None:
        """Copy nothing before the first question."""
        self._tables = tables
        self._lock = threading.RLock()
        self.generation = 0
        self._forget()

    def _forget(self) -> None:
        # No name: SQLite keeps it in memory, and what does not fit in a file that has no name.
        self._con = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            "secure_delete = ON",
            f"cache_size = -{_CACHE_KIB}",
        ):
            self._con.execute(f"PRAGMA {setting}")
        self._version = ""
        self.generation += 1
        self._sums: dict[str, _Sum] = {}
        self._of_cities: dict[str, dict[str, tuple[int, int]]] = {}
        self._remembered: dict[tuple[Any, ...], Any] = {}

    def refresh(self) -> int:
        """Bring the copies to the lake's newest state.

        Returns:
            The generation of the copies, to be given with every question of one answer.

        Raises:
            OParlError: Nothing was published yet.
        """
        if self._tables.version(_TABLES) != self._version:
            with self._lock:
                version = self._tables.version(_TABLES)
                if version != self._version:
                    try:
                        self._update()
                    except BaseException:
                        self._forget()
                        raise
                    self._version = version
        return self.generation

    def _update(self) -> None:
        with _reading(self._tables) as con:
            told = _sums(con)
            self._con.execute("BEGIN")  # else every row is a transaction of its own
            for kind, of in KINDS.items():
                have = self._sums.get(kind)
                if have == told[kind]:
                    continue
                self.generation += 1
                self._remembered = {}
                if have is None or have.types != told[kind].types:
                    self._copy(con, of, told[kind])
                else:
                    self._add(con, of, have)
                if self._sum(of, told[kind].types) != told[kind]:  # the lake was put back
                    self._copy(con, of, told[kind])
                self._sums[kind] = told[kind]
                self._of_cities[kind] = {
                    city: (alive, newest)
                    for city, alive, newest in self._con.execute(
                        "SELECT city_id, count(*) FILTER (WHERE NOT is_deleted), max(modified_at) "
                        f"FROM {_name(of)} GROUP BY city_id"
                    )
                }
            self._con.execute("COMMIT")

    def _copy(self, con: DuckDBPyConnection, of: Outgoing, told: _Sum) -> None:
        """The whole table, in the order of its pages."""
        name = _name(of)
        self._con.execute(f"DROP TABLE IF EXISTS {name}")
        listed = ", ".join(column for column, _ in told.types)
        self._con.execute(
            f"CREATE TABLE {name} ({listed}, PRIMARY KEY (city_id, id)) WITHOUT ROWID"
        )
        self._fill(con, of, told.types, "true ORDER BY city_id, id", [])
        for column in dict.fromkeys((*of.inside, *_LISTED.get(of.kind, ()))):
            self._con.execute(f"CREATE INDEX {of.kind}_by_{column} ON {name} ({column})")
        for column in ("created_at", "modified_at"):
            self._con.execute(f"CREATE INDEX {of.kind}_by_{column} ON {name} (city_id, {column})")

    def _add(self, con: DuckDBPyConnection, of: Outgoing, have: _Sum) -> None:
        """What was published since; a moment twice does no harm."""
        self._fill(con, of, have.types, "modified_at >= ?", [moment(have.newest)])

    def _fill(
        self,
        con: DuckDBPyConnection,
        of: Outgoing,
        types: tuple[tuple[str, str], ...],
        where: str,
        values: list[Any],
    ) -> None:
        asked = [_KEPT[kind][0].format(name) if kind in _KEPT else name for name, kind in types]
        found = con.execute(f"SELECT {', '.join(asked)} FROM {of.table} WHERE {where}", values)
        places = ", ".join("?" for _ in types)
        while rows := found.fetchmany(_AT_ONCE):
            self._con.executemany(f"INSERT OR REPLACE INTO {_name(of)} VALUES ({places})", rows)

    def _sum(self, of: Outgoing, types: tuple[tuple[str, str], ...]) -> _Sum:
        found = self._con.execute(
            "SELECT count(*), coalesce(sum(modified_at / 1000000), 0), "
            f"coalesce(max(modified_at), 0) FROM {_name(of)}"
        ).fetchone()
        return _Sum(types, *found)

    def of_city(self, kind: str, city_id: str | None) -> tuple[int, int]:
        """Living objects of a kind in a city (None: in all), and the moment of the last change."""
        of_cities = self._of_cities.get(kind, {})
        if city_id is not None:
            return of_cities.get(city_id, (0, 0))
        alive, newest = zip(*of_cities.values(), strict=True) if of_cities else ((0,), (0,))
        return sum(alive), max(newest)

    def text_version(self) -> str:
        """Changes whenever a file's text may be another one, or be left out."""
        return self._tables.version((TEXTS,))

    def rows(self, kind: str, rest: str, values: Sequence[Any], generation: int) -> Sequence[Row]:
        """Rows of a kind.

        Args:
            kind: As in ``catalog.oparl.tables``.
            rest: What follows ``SELECT * FROM <table>``; a list of values is one parameter, to be
                read with ``json_each``.
            values: Its parameters.
            generation: What ``refresh`` gave when the answer was begun.

        Raises:
            MovedError: The copies were brought up to date since.
        """
        with self._lock:
            found = self._asked(f"SELECT * FROM {_name(KINDS[kind])} {rest}", values, generation)
            types = self._sums[kind].types
        made = [(name, _KEPT[kind_][1]) for name, kind_ in types if kind_ in _KEPT]
        names = [name for name, _ in types]
        told = []
        for each in found:
            row = dict(zip(names, each, strict=True))
            for name, make in made:
                if row[name] is not None:
                    row[name] = make(row[name])
            told.append(row)
        return told

    def value(self, kind: str, what: str, rest: str, values: Sequence[Any], generation: int) -> Any:
        """One value of the rows of a kind, e.g. their number; remembered until the lake moves."""
        key = (generation, kind, what, rest, *values)
        with self._lock:
            if key not in self._remembered:
                sql = f"SELECT {what} FROM {_name(KINDS[kind])} {rest}"
                ((found,),) = self._asked(sql, values, generation)
                if len(self._remembered) >= _AT_ONCE:
                    self._remembered.clear()
                self._remembered[key] = found
            return self._remembered[key]

    def _asked(self, sql: str, values: Sequence[Any], generation: int) -> list[tuple[Any, ...]]:
        if generation != self.generation:
            raise MovedError
        told = [json.dumps(value) if isinstance(value, list) else value for value in values]
        return self._con.execute(sql, told).fetchall()

    @contextmanager
    def lake(self) -> Iterator[DuckDBPyConnection]:
        """The lake itself, in one snapshot."""
        with _reading(self._tables) as con:
            yield con


@contextmanager
def _reading(tables: Tables) -> Iterator[DuckDBPyConnection]:
    with tables.read() as con:
        con.begin()
        try:
            yield con
        except duckdb.CatalogException as error:
            raise OParlError(
                "no council data published yet → seehaus run (or `seehaus publish`)"
            ) from error
        finally:
            con.rollback()


def _name(of: Outgoing) -> str:
    return of.table.rpartition(".")[2]


def _sums(con: DuckDBPyConnection) -> dict[str, _Sum]:
    types: dict[str, list[tuple[str, str]]] = {of.table: [] for of in KINDS.values()}
    for of in KINDS.values():
        described = con.execute(f"DESCRIBE {of.table}").fetchall()
        types[of.table] = [(name, kind) for name, kind, *_ in described]
        there = {name for name, _ in types[of.table]}
        types[of.table] += [(name, "") for name in columns(of) if name not in there]
    found = con.execute(
        " UNION ALL ".join(
            f"SELECT '{kind}', count(*), CAST(coalesce(sum(epoch_us(modified_at) // 1000000), 0) "
            f"AS BIGINT), coalesce(epoch_us(max(modified_at)), 0) FROM {of.table}"
            for kind, of in KINDS.items()
        )
    ).fetchall()
    return {kind: _Sum(tuple(types[KINDS[kind].table]), *of) for kind, *of in found}
