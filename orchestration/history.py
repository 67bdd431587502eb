"""What became of one object: every version that the raw layer holds, as changes.

The same, for all objects that are shown, is the harmonised table ``object_change``; this reads the
raw layer itself, so it needs no network run and tells of what is not shown too.
"""

from typing import Any, Final

from ingestion.pilot_model import PilotReport
from ingestion.record import OBJECT_TYPES
from ingestion.tables import table_name
from orchestration.environment import cities
from orchestration.lake import lake

_TYPES: Final = frozenset({*OBJECT_TYPES, PilotReport.object_type})
# They change with every version and say nothing about the object.
_OURS: Final = frozenset({"content_sha256", "retrieved_at"})


def of(object_id: str, object_type: str | None = None) -> list[dict[str, Any]]:
    """The changes of an object, oldest first. Names of fields only, never their content.

    Args:
        object_id: ``<city>:<server id>``.
        object_type: E.g. ``paper`` or ``pilot_report``; None: whatever has this id.

    Returns:
        Rows of object_type, object_id, city_id, changed_at, change (``created``, ``changed``,
        ``withdrawn``, ``restored``), changed_fields, old_content_sha256, new_content_sha256 and
        source_url.

    Raises:
        ValueError: The id names no city, or the type is unknown.
    """
    city_id, _, server_id = object_id.partition(":")
    if city_id not in cities() or not server_id:
        raise ValueError(f"{object_id}: no object id → write <city>:<server id>, e.g. mainz:20023")
    if object_type is not None and object_type not in _TYPES:
        known = ", ".join(sorted(_TYPES))
        raise ValueError(f"{object_type}: no type of object → write one of {known}")
    council = cities()[city_id].council
    # A city without a council has reports on pilots all the same: their table names no system.
    system = council.system if council else ""
    at, schema = lake(), f"raw_{city_id}"
    have = at.tables(schema)
    changes: list[dict[str, Any]] = []
    for kind in [object_type] if object_type else sorted(_TYPES):
        table = table_name(system, kind)
        if table in have:
            versions = at.arrow(
                f"SELECT * FROM {schema}.{table} WHERE id = ? "  # noqa: S608 - names are ours
                "ORDER BY _dlt_valid_from, _dlt_valid_to NULLS LAST",
                [server_id],
            ).to_pylist()
            about = {"object_type": kind, "object_id": object_id, "city_id": city_id}
            changes += [about | change for change in changes_of(versions)]
    return changes


def changes_of(versions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The changes between an object's versions.

    Args:
        versions: Rows of a raw table for one id, oldest first.

    Returns:
        One row for the first version, per version that differs from the one before, and two
        where the object was away between them; one where a version ended without a next one.
    """
    changes: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for row in versions:
        began = row["_dlt_valid_from"]
        if before is None:
            changes.append(_change("created", began, None, row))
        elif _was_away(before, row):
            changes.append(_change("withdrawn", before["_dlt_valid_to"], before, None))
            changes.append(_change("restored", began, None, row))
        elif (change := _change("changed", began, before, row))["changed_fields"]:
            # A version may be new for us alone: a field that the parser did not know before.
            changes.append(change)
        before = row
    if before is not None and before["_dlt_valid_to"] is not None:
        changes.append(_change("withdrawn", before["_dlt_valid_to"], before, None))
    return changes


def _was_away(before: dict[str, Any], row: dict[str, Any]) -> bool:
    ended = before["_dlt_valid_to"]
    return ended is not None and ended < row["_dlt_valid_from"]


def _change(
    kind: str, at: Any, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, Any]:
    fields: list[str] = []
    if before is not None and after is not None:
        names = {name for name in after if not name.startswith("_dlt")} - _OURS
        fields = sorted(name for name in names if after[name] != before.get(name))
    told = after or before or {}
    return {
        "changed_at": at,
        "change": kind,
        "changed_fields": fields,
        "old_content_sha256": before["content_sha256"] if before else None,
        "new_content_sha256": after["content_sha256"] if after else None,
        "source_url": told.get("url"),
    }
