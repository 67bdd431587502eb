"""The harmonised council data into the tables that are served, as a diff.

Only what changed is written, with the moment of the publication: a client that asks for what was
modified since its last visit gets all of it, also where an old object came in late, a text was
redacted afterwards, or something stopped being public. What is gone stays as a row without content.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from duckdb import DuckDBPyConnection

from catalog.oparl.tables import KINDS, SCHEMA, STAMPS, Outgoing, columns

_TEXTS: Final = """
    SELECT file_id, sha256(string_agg(content_sha256, '' ORDER BY page, part, content_sha256))
        AS text_sha256
    FROM harmonised.document_page WHERE text IS NOT NULL GROUP BY file_id
"""


@dataclass
class Published:
    """What a publication changed.

    Attributes:
        changed: Kind → objects that are new or not as they were.
        gone: Kind → objects that are served as deleted from now on.
        held: Cities that keep what was served before.
    """

    changed: dict[str, int] = field(default_factory=dict)
    gone: dict[str, int] = field(default_factory=dict)
    held: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """Objects that changed or went."""
        return sum(self.changed.values()) + sum(self.gone.values())

    def text(self) -> str:
        """In words."""
        kept = f"; kept as they were: {', '.join(self.held)}" if self.held else ""
        return f"{sum(self.changed.values())} changed, {sum(self.gone.values())} gone{kept}"


def publish(
    con: DuckDBPyConnection,
    held: Collection[tuple[str, str]] = (),
    now: dt.datetime | None = None,
) -> Published:
    """Bring the served tables to what is harmonised, in one transaction.

    Args:
        con: May write; the lake is its current database.
        held: City and harmonised table that a check holds back. Such a city is kept as it was
            served before, for its objects name each other; only what has a tombstone goes.
        now: The moment of the publication; by default the current one. No two publications have
            the same, and a clock that was put back does not put it back: clients, tags and copies
            know by it what is new.

    Returns:
        What changed; without a change nothing is written.
    """
    tables = {*KINDS, "document_page"}
    done = Published(held=tuple(sorted({city for city, table in held if table in tables})))
    moment = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE held_city AS SELECT unnest(?::VARCHAR[]) AS city_id",
        [list(done.held)],
    )
    con.begin()
    try:
        _prepare(con)
        moment = _after_the_last(con, moment)
        for of in KINDS.values():
            _compare(con, of)
        for of in KINDS.values():
            _spread(con, of)
        for of in KINDS.values():
            _write(con, of, moment, done)
        con.commit()
    except BaseException:
        con.rollback()
        raise
    return done


def is_behind(con: DuckDBPyConnection) -> bool:
    """Whether something is served otherwise than it is harmonised, or is no longer there.

    A purge asks: the version that the next publication replaces still holds what must go.

    Args:
        con: May write, and writes nothing; the lake is its current database.
    """
    con.begin()
    try:
        served = con.execute(
            "SELECT 1 FROM duckdb_tables() "
            "WHERE database_name = current_database() AND schema_name = ? LIMIT 1",
            [SCHEMA],
        ).fetchall()
        if not served:
            return False
        con.execute("CREATE OR REPLACE TEMP TABLE held_city (city_id VARCHAR)")
        _prepare(con)
        for of in KINDS.values():
            _compare(con, of)
        looks = [
            f"EXISTS (FROM temp.touched_{of.kind} SEMI JOIN {of.table} USING (id))"
            for of in KINDS.values()
        ]
        found = con.execute(f"SELECT {' OR '.join(looks)}").fetchone()
        return bool(found and found[0])
    finally:
        con.rollback()


def _prepare(con: DuckDBPyConnection) -> None:
    """Make what is not there yet; a column that came later begins empty."""
    have: dict[str, set[str]] = {}
    for table, column in con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ?",
        [SCHEMA],
    ).fetchall():
        have.setdefault(f"{SCHEMA}.{table}", set()).add(column)
    if not have:
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for of in KINDS.values():
        con.execute(f"CREATE OR REPLACE TEMP TABLE new_{of.kind} AS {_source(of)}")
        types = {
            name: kind for name, kind, *_ in con.execute(f"DESCRIBE temp.new_{of.kind}").fetchall()
        }
        if of.table not in have:
            told = [f"{name} {kind}" for name, kind in types.items()]
            stamps = "created_at TIMESTAMPTZ, modified_at TIMESTAMPTZ, is_deleted BOOLEAN"
            con.execute(f"CREATE TABLE {of.table} ({', '.join(told)}, {stamps})")
            continue
        for name in types.keys() - have[of.table]:
            con.execute(f"ALTER TABLE {of.table} ADD COLUMN {name} {types[name]}")


def _after_the_last(con: DuckDBPyConnection, moment: dt.datetime) -> dt.datetime:
    """The moment, or the second after the last publication's where that is later."""
    each = " UNION ALL ".join(
        f"SELECT max(modified_at) AS moment FROM {of.table}" for of in KINDS.values()
    )
    found = con.execute(f"SELECT max(moment) FROM ({each})").fetchone()
    last = found[0] if found else None
    return moment if last is None else max(moment, last + dt.timedelta(seconds=1))


def _source(of: Outgoing) -> str:
    """A kind's harmonised rows, as they are served."""
    names = [f"told.{of.key} AS id", "told.city_id"]
    names += [f"told.{name}" for name in (*of.columns, *of.inside)]
    names += [f"city.{name}" for name in of.city_columns]
    joins = "JOIN harmonised.city AS city USING (city_id)" if of.city_columns else ""
    if of.kind == "file":
        names.append("texts.text_sha256")
        joins = f"LEFT JOIN ({_TEXTS}) AS texts ON told.file_id = texts.file_id"
    return f"SELECT {', '.join(names)} FROM harmonised.{of.kind} AS told {joins}"


def _compare(con: DuckDBPyConnection, of: Outgoing) -> None:
    """Which objects differ from what is served, or are gone, as ``touched_<kind>``."""
    names = columns(of)
    ours, theirs = (
        f"row({', '.join(f'{side}.{name}' for name in names)})" for side in ("new", "old")
    )
    gone_of_held = " OR ".join([f"old.id IN ({_tombstones(of.kind)})", *_gone_with(of)])
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE touched_{of.kind} AS
        SELECT new.id, false AS is_gone
        FROM temp.new_{of.kind} AS new
        LEFT JOIN {of.table} AS old ON new.id = old.id
        WHERE new.city_id NOT IN (FROM temp.held_city)
            AND (old.id IS NULL OR old.is_deleted OR {ours} IS DISTINCT FROM {theirs})
        UNION ALL
        SELECT old.id, true AS is_gone
        FROM {of.table} AS old
        ANTI JOIN temp.new_{of.kind} AS new ON old.id = new.id
        WHERE NOT old.is_deleted
            AND (old.city_id NOT IN (FROM temp.held_city) OR {gone_of_held})
        """
    )


def _tombstones(kind: str) -> str:
    return f"SELECT object_id FROM harmonised.tombstone WHERE object_type = '{kind}'"


def _gone_with(of: Outgoing) -> Iterator[str]:
    """What hangs on an object that is gone goes with it."""
    for column, kind in of.inside.items():
        yield f"old.{column} IN ({_tombstones(kind)})"


def _spread(con: DuckDBPyConnection, of: Outgoing) -> None:
    """What has a touched object in it is touched as well: by what it was and by what it is."""
    touched = f"SELECT id FROM temp.touched_{of.kind}"
    for column, kind in of.inside.items():
        for where in _before_and_after(of):
            _touch(con, kind, f"SELECT {column} AS id FROM {where} WHERE id IN ({touched})")
    for kind, column in of.around.items():
        for where in _before_and_after(KINDS[kind]):
            _touch(con, kind, f"SELECT id FROM {where} WHERE {column} IN ({touched})")


def _before_and_after(of: Outgoing) -> tuple[str, str]:
    return of.table, f"temp.new_{of.kind}"


def _touch(con: DuckDBPyConnection, kind: str, owners: str) -> None:
    con.execute(
        f"""
        INSERT INTO temp.touched_{kind}
        SELECT DISTINCT owner.id, false FROM ({owners}) AS owner
        SEMI JOIN (
            SELECT id FROM {KINDS[kind].table} WHERE NOT is_deleted
        ) AS served ON owner.id = served.id
        ANTI JOIN temp.touched_{kind} AS known ON owner.id = known.id
        """
    )


def _write(con: DuckDBPyConnection, of: Outgoing, moment: dt.datetime, done: Published) -> None:
    """Replace the touched rows; in the order of the ids, so that a page lies in few places."""
    counts = dict(
        con.execute(
            f"SELECT is_gone, count(*) FROM temp.touched_{of.kind} GROUP BY is_gone"
        ).fetchall()
    )
    if not counts:
        return
    done.changed |= {of.kind: counts[False]} if False in counts else {}
    done.gone |= {of.kind: counts[True]} if True in counts else {}
    names = columns(of)
    # A held city's row may be touched by what went out of it: it stays as it was served.
    kept = "new.id IS NULL OR new.city_id IN (FROM temp.held_city)"
    told = [
        f"CASE WHEN touched.is_gone THEN NULL WHEN {kept} THEN old.{name} ELSE new.{name} END "
        f"AS {name}"
        for name in names
    ]
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE written AS
        SELECT touched.id, coalesce(old.city_id, new.city_id) AS city_id, {", ".join(told)},
            coalesce(old.created_at, ?) AS created_at, CAST(? AS TIMESTAMPTZ) AS modified_at,
            touched.is_gone AS is_deleted
        FROM temp.touched_{of.kind} AS touched
        LEFT JOIN {of.table} AS old ON touched.id = old.id
        LEFT JOIN temp.new_{of.kind} AS new ON touched.id = new.id
        """,
        [moment, moment],
    )
    con.execute(f"DELETE FROM {of.table} WHERE id IN (SELECT id FROM temp.written)")
    listed = ", ".join(("id", "city_id", *names, *STAMPS))
    con.execute(f"INSERT INTO {of.table} ({listed}) SELECT {listed} FROM temp.written ORDER BY id")
