"""SessionNet's seats under their new ids, once per lake: the day a seat began is a part of its id.

Before, a person's newest seat in a committee was ``<committee>-<person>``. A lake that holds such
ids is renamed where it stands, history, sightings, tombstones and checkpoints alike, so that no
seat is taken for gone and another for new. A lake that has been renamed has nothing left to rename.
"""

import re
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
    current = {row[0] for row in rows if row[-1] is None}
    changes: list[dict[str, Any]] = []
    last: dict[str, str] = {}
    for row in rows:
        fields = dict(zip(_FIELDS, row, strict=False))
        match = _KEY.fullmatch(fields["id"])
        new = f"{match[1]}-{fields['start_date']:%Y%m%d}" if match else fields["id"]
        if new == fields["id"]:
            continue
        last[fields["id"]] = new
        record = Membership.model_validate(fields | {"id": new})
        changes.append(
            {
                "old": fields["id"],
                "old_sha256": row[-3],
                "valid_from": row[-2],
                "new": new,
                "new_sha256": record.content_sha256,
                "is_double": row[-1] is None and new in current,
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
    for old, new in last.items():
        _rename_books(con, schema, tables, old, new)
    return last


def _rename_books(
    con: DuckDBPyConnection, schema: str, tables: dict[str, set[str]], old: str, new: str
) -> None:
    """What the bookkeeping knows of one seat; what it knows of the new id already stays."""
    mine = "object_type = 'membership' AND id = ?"
    for table, which in (
        ("sighting", f"system = '{SYSTEM}' AND {mine}"),
        ("tombstone", f"reason <> '{DELETION_REQUEST}' AND {mine}"),
        ("checkpoint_item", f"system = '{SYSTEM}' AND what = 'membership' AND id = ?"),
    ):
        if table not in tables:
            continue
        known = con.execute(f"SELECT 1 FROM {schema}.{table} WHERE {which}", [new]).fetchall()  # noqa: S608
        change = "DELETE FROM {}" if known else "UPDATE {} SET id = ?"
        values = [old] if known else [new, old]
        con.execute(f"{change.format(f'{schema}.{table}')} WHERE {which}", values)
    if "tombstone" in tables:
        con.execute(
            f'INSERT INTO {schema}.tombstone BY NAME SELECT object_type, ? AS id, reason, "at" '  # noqa: S608
            f"FROM {schema}.tombstone AS t WHERE reason = '{DELETION_REQUEST}' "
            "AND object_type = 'membership' AND t.id = ? "
            f"AND NOT EXISTS (SELECT 1 FROM {schema}.tombstone "
            "WHERE object_type = 'membership' AND id = ?)",
            [new, old, new],
        )
