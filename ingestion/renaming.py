"""SessionNet's seats under their new ids, once per lake: the day a seat began is a part of its id.

Before, a person's newest seat in a committee was ``<committee>-<person>``. A lake that holds such
ids is renamed where it stands, history, sightings, tombstones and checkpoints alike, so that no
seat is taken for gone and another for new. A lake that has been renamed has nothing left to rename.
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.bookkeeping import columns_of
from ingestion.privacy import DELETION_REQUEST
from ingestion.record import Membership

SYSTEM: Final = "sessionnet"

_TABLE: Final = "sessionnet_membership"
_KEY: Final = re.compile(r"(\d+-[0-9a-f]+)(?:-\d{8})?")
_FIELDS: Final = tuple(Membership.model_fields)


def is_due(con: DuckDBPyConnection, schema: str) -> bool:
    """Whether a city's lake has seats that began on a known day under an id without it."""
    if _TABLE not in columns_of(con, schema):
        return False
    rows = con.execute(
        f"SELECT 1 FROM {schema}.{_TABLE} WHERE start_date IS NOT NULL "  # noqa: S608 - names are ours
        "AND NOT ends_with(id, strftime(start_date, '-%Y%m%d')) LIMIT 1"
    ).fetchall()
    return bool(rows)


def rename_seats(con: DuckDBPyConnection, schema: str) -> dict[str, str]:
    """Give every seat that began on a known day its new id; two tellings of one seat become one.

    Args:
        con: A connection that may write, in a transaction; the caller holds the lock.
        schema: The city's dataset.

    Returns:
        Old id → the new id of its last version. Deletion requests keep the old id too: they cover
        the seat whatever day the source tells (see ``privacy.is_held_back``).
    """
    tables = columns_of(con, schema)
    names = ", ".join(f'"{name}"' for name in _FIELDS)
    rows = con.execute(
        f"SELECT {names}, content_sha256, _dlt_valid_from, _dlt_valid_to "  # noqa: S608 - names are ours
        f"FROM {schema}.{_TABLE} WHERE start_date IS NOT NULL ORDER BY _dlt_valid_from"
    ).fetchall()
    told = [(dict(zip(_FIELDS, row, strict=False)), *row[-3:]) for row in rows]
    current = _current({f["id"]: _new_id(f) for f, *_, valid_to in told if valid_to is None})
    changes: list[dict[str, Any]] = []
    last: dict[str, str] = {}
    for fields, sha256, valid_from, valid_to in told:
        new = _new_id(fields)
        if new == fields["id"]:
            continue
        last[fields["id"]] = new
        record = Membership.model_validate(fields | {"id": new})
        changes.append(
            {
                "old": fields["id"],
                "old_sha256": sha256,
                "valid_from": valid_from,
                "new": new,
                "new_sha256": record.content_sha256,
                "is_double": valid_to is None and current[new] != fields["id"],
            }
        )
    if changes:
        con.register("renaming", pa.Table.from_pylist(changes))
        con.execute(
            f"UPDATE {schema}.{_TABLE} AS seat SET id = r.new, content_sha256 = r.new_sha256, "  # noqa: S608
            "_dlt_valid_to = CASE WHEN r.is_double THEN now() ELSE _dlt_valid_to END "
            "FROM renaming AS r WHERE seat.id = r.old AND seat.content_sha256 = r.old_sha256 "
            "AND seat._dlt_valid_from = r.valid_from"
        )
        con.unregister("renaming")
        _rename_books(con, schema, tables, last)
    return last


def _new_id(seat: Mapping[str, Any]) -> str:
    match = _KEY.fullmatch(seat["id"])
    return f"{match[1]}-{seat['start_date']:%Y%m%d}" if match else seat["id"]


def _current(renamed: Mapping[str, str]) -> dict[str, str]:
    """New id → the one current row that keeps it: who has it already, otherwise the newest row.

    Args:
        renamed: Id → new id of the current rows, the newest last.
    """
    newest = {new: old for old, new in renamed.items()}
    return newest | {new: old for old, new in renamed.items() if new == old}


def _rename_books(
    con: DuckDBPyConnection,
    schema: str,
    tables: Mapping[str, AbstractSet[str]],
    last: Mapping[str, str],
) -> None:
    """What the bookkeeping knows of the seats; what it knows of a new id already stays."""
    con.register("renamed", pa.table({"old": list(last), "new": list(last.values())}))
    for table, which in (
        ("sighting", f"system = '{SYSTEM}' AND object_type = 'membership'"),
        ("tombstone", f"reason <> '{DELETION_REQUEST}' AND object_type = 'membership'"),
        ("checkpoint_item", f"system = '{SYSTEM}' AND what = 'membership'"),
    ):
        if table in tables:
            _rename_book(con, f"{schema}.{table}", which)
    if "tombstone" in tables:
        con.execute(
            f"INSERT INTO {schema}.tombstone BY NAME "  # noqa: S608 - names are ours
            'SELECT object_type, r.new AS id, reason, min("at") AS "at" '
            f"FROM {schema}.tombstone AS t JOIN renamed AS r ON t.id = r.old "
            f"WHERE reason = '{DELETION_REQUEST}' AND object_type = 'membership' "
            f"AND r.new NOT IN (SELECT id FROM {schema}.tombstone "
            "WHERE object_type = 'membership') GROUP BY object_type, r.new, reason"
        )
    con.unregister("renamed")


def _rename_book(con: DuckDBPyConnection, table: str, which: str) -> None:
    """Rename in one book; of several rows that get one id only one stays."""
    mine = f"(SELECT id FROM {table} WHERE {which})"  # noqa: S608 - names are ours
    con.execute(
        f"DELETE FROM {table} WHERE {which} AND id IN ("  # noqa: S608
        f"SELECT old FROM renamed WHERE old IN {mine} AND new IN {mine} "
        "AND new NOT IN (SELECT old FROM renamed) UNION ALL "
        "SELECT old FROM (SELECT old, min(old) OVER (PARTITION BY new) AS first "
        f"FROM renamed WHERE old IN {mine}) WHERE old <> first)"
    )
    con.execute(
        f"UPDATE {table} SET id = r.new FROM renamed AS r WHERE {which} AND id = r.old"  # noqa: S608
    )
