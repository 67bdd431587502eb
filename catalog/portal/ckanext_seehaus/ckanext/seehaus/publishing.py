"""One action that changes a data set whole: rows, files and metadata, or nothing.

CKAN keeps rows in another database than metadata, so its own actions leave a time in which a
reader gets the rows of one publication with the metadata of another. Here the rows change in one
transaction that stays open while the metadata are saved, and that keeps readers of this table
waiting for this moment. Who asks for the metadata before and after the rows, and gets the same
twice, has rows that belong to them.
"""

import gzip
import json
import secrets
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from ckan.plugins import toolkit
from ckanext.datastore.backend import postgres

# A line holds one portion of rows; a longer one is no file of ours.
_LONGEST_LINE = 256 * 2**20
# Milliseconds: a query of the table that takes longer is not waited for; the publisher asks again.
_WAIT = 20_000
_OURS = ("resource_id", "rows", "table", "count")


def seehaus_publish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change the DataStore table of a resource and its package, both or none.

    Args:
        context: CKAN's.
        data_dict: ``resource_id``; ``rows``, an upload: gzip, one JSON list per line,
            ``[operation, columns, records]`` with operation ``insert`` (or overwrite), ``update``
            (these columns and the key) or ``delete`` (key only); ``table`` with ``fields``,
            ``primary_key`` and ``indexes`` as in ``datastore_create`` where the table is made
            anew; ``count``, how many rows it must have in the end. All else goes to
            ``package_revise``.

    Returns:
        The answer of ``package_revise``.

    Raises:
        toolkit.ValidationError: ``rows``: the table is not what the publisher takes it for.
    """
    ours = {name: data_dict.pop(name, None) for name in _OURS}
    resource_id = str(ours["resource_id"] or "")
    toolkit.check_access("datastore_upsert", context, {"resource_id": resource_id})
    toolkit.get_action("resource_show")(toolkit.fresh_context(context), {"id": resource_id})
    engine = postgres.get_write_engine()
    postgres._cache_types(engine)
    with closing(engine.connect()) as connection, connection.begin():
        # The same request sent again waits for the first one instead of crossing it.
        connection.execute(
            sa.text("SELECT pg_advisory_xact_lock(hashtext(:it))"), {"it": resource_id}
        )
        connection.execute(sa.text(f"SET LOCAL lock_timeout TO {_WAIT}"))
        try:
            _change(connection, resource_id, ours)
        except (sa.exc.DataError, sa.exc.IntegrityError, sa.exc.ProgrammingError) as error:
            raise _refused(str(error.orig)) from None
        # From here on readers of the table wait for the end.
        connection.exec_driver_sql(f"LOCK TABLE {_quoted(resource_id)} IN ACCESS EXCLUSIVE MODE")
        connection.execute(
            sa.text("DELETE FROM _table_stats WHERE resource_id = :it"), {"it": resource_id}
        )
        return dict(toolkit.get_action("package_revise")(toolkit.fresh_context(context), data_dict))


def _refused(why: str) -> Exception:
    return toolkit.ValidationError({"rows": [why[:500]]})


def _quoted(name: str) -> str:
    # The driver takes a percent sign for a parameter.
    return str(postgres.identifier(name)).replace("%", "%%")


def _change(connection: Any, resource_id: str, ours: Mapping[str, Any]) -> None:
    if ours["table"]:
        _replace(connection, resource_id, json.loads(ours["table"]), ours["rows"])
    else:
        keys = postgres._get_unique_key({"connection": connection}, {"resource_id": resource_id})
        if not keys:
            raise _refused("there is no table with a key")
        _fill(_Table(connection, resource_id, tuple(keys), is_new=False), ours["rows"])
    counted = connection.exec_driver_sql(f"SELECT count(*) FROM {_quoted(resource_id)}").scalar()
    if counted != int(ours["count"]):
        raise _refused(f"the table would have {counted} rows, not {ours['count']}")


def _replace(connection: Any, resource_id: str, wanted: Mapping[str, Any], upload: Any) -> None:
    """Make the table beside the one that is read, then let it take its place."""
    # Indexes and sequences keep the name that they get here.
    name = f"{resource_id}_{secrets.token_hex(4)}"
    task: Any = {"connection": connection}
    keys = list(wanted["primary_key"])
    spec = {
        "resource_id": name,
        "fields": wanted["fields"],
        "primary_key": keys,
        "indexes": list(wanted.get("indexes") or ()),
    }
    postgres.create_table(task, spec, {})
    postgres._create_fulltext_trigger(connection, name)
    _fill(_Table(connection, name, tuple(keys), is_new=True), upload)
    postgres.create_indexes(task, spec)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {_quoted(resource_id)} CASCADE")
    connection.exec_driver_sql(f"ALTER TABLE {_quoted(name)} RENAME TO {_quoted(resource_id)}")


@dataclass(frozen=True)
class _Table:
    connection: Any
    name: str
    keys: tuple[str, ...]
    is_new: bool

    def run(self, operation: str, columns: Sequence[str], records: Sequence[Any]) -> None:
        """Insert (or overwrite), update or delete one portion of rows."""
        table = _quoted(self.name)
        # The types are the table's own: PostgreSQL reads the records as rows of it.
        given = f"jsonb_populate_recordset(NULL::{table}, CAST(%(records)s AS jsonb))"
        same = " AND ".join(f"old.{_quoted(key)} = new.{_quoted(key)}" for key in self.keys)
        others = [column for column in columns if column not in self.keys]
        if operation == "insert":
            listed = ", ".join(map(_quoted, columns))
            sql = f"INSERT INTO {table} ({listed}) SELECT {listed} FROM {given}"
            if not self.is_new:
                key = ", ".join(map(_quoted, self.keys))
                sql += f" ON CONFLICT ({key}) DO UPDATE SET {_taken('excluded', others)}"
        elif operation == "update":
            taken = _taken("new", others)
            sql = f"UPDATE {table} AS old SET {taken} FROM {given} AS new WHERE {same}"
        elif operation == "delete":
            sql = f"DELETE FROM {table} AS old USING {given} AS new WHERE {same}"
        else:
            raise _refused(f"operation {operation!r} is none of insert, update, delete")
        text = json.dumps(records, ensure_ascii=False)
        done = self.connection.exec_driver_sql(sql, {"records": text})
        if operation == "update" and done.rowcount != len(records):
            raise _refused("rows to be changed are not in the table")


def _taken(source: str, columns: Sequence[str]) -> str:
    # CKAN's trigger writes the full text where there is none.
    taken = [f"{_quoted(column)} = {source}.{_quoted(column)}" for column in columns]
    return ", ".join([*taken, '"_full_text" = NULL'])


def _fill(table: _Table, upload: Any) -> None:
    for operation, columns, records in _portions(upload):
        table.run(operation, columns, records)


def _portions(upload: Any) -> Iterator[tuple[str, list[str], list[Any]]]:
    """Operation, columns and records, line by line."""
    try:
        with gzip.open(upload.stream, "rt", encoding="utf-8") as lines:
            while line := lines.readline(_LONGEST_LINE):
                operation, columns, records = json.loads(line)
                yield operation, columns, records
    except (AttributeError, EOFError, OSError, ValueError, zlib.error) as error:
        raise _refused(f"the upload cannot be read: {error}") from None
