"""The difference between a data set and the portal, for people and programs (dry run)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.changes import RowChanges
from catalog.ckan import Package
from catalog.dataset import DataSet
from catalog.package import value_of
from catalog.plan import Plan


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One metadata field: what the portal says and what it will say."""

    name: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one data set.

    Attributes:
        fields: Metadata fields; all of a new data set.
        resources: Names of the resources whose fields differ.
        files: Names of the files whose bytes differ.
        rows_added: Likewise ``rows_changed`` and ``rows_removed``.
        cells_changed: Changed rows times the columns that differ in them, keys left out.
        is_reload: Whether all rows are sent, because what the table holds is not known here or has
            other columns; then all count as added.
    """

    fields: tuple[FieldChange, ...] = ()
    resources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    rows_added: int = 0
    rows_changed: int = 0
    rows_removed: int = 0
    cells_changed: int = 0
    is_reload: bool = False
    rows_differ: bool = False

    @property
    def rows_upserted(self) -> int:
        """How many rows are sent whole or in part."""
        return self.rows_added + self.rows_changed

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that differs, in words."""
        return (
            *(one.name for one in self.fields),
            *(f"resource {name}" for name in self.resources),
            *(f"file {name}" for name in self.files),
            *(("rows",) if self.rows_differ else ()),
        )

    def for_programs(self) -> dict[str, Any]:
        """The same as JSON-ready values."""
        return {
            "fields": {one.name: {"old": one.old, "new": one.new} for one in self.fields},
            "resources": list(self.resources),
            "files": list(self.files),
            "rows": {
                "added": self.rows_added,
                "changed": self.rows_changed,
                "removed": self.rows_removed,
                "cells_changed": self.cells_changed,
                "is_reload": self.is_reload,
            },
        }


def difference(
    dataset: DataSet, found: Package | None, plan: Plan, changes: RowChanges | None
) -> Difference:
    """What a plan and the rows' changes amount to.

    Args:
        dataset: What it should be.
        found: The portal's package, None where it has none.
        plan: What differs.
        changes: The rows' changes; None where all rows are sent, or none.
    """
    is_reload = plan.write_rows and (changes is None or plan.dictionary_changed)
    keys = len(dataset.table.keys)
    return Difference(
        fields=tuple(_fields(found or {}, plan)) if found is not None else (),
        resources=plan.changed_resources,
        files=tuple(file.name for file in plan.changed_files),
        rows_added=dataset.rows.num_rows if is_reload else changes.added if changes else 0,
        rows_changed=0 if is_reload or changes is None else changes.changed,
        rows_removed=changes.removed if changes else 0,
        cells_changed=(
            0
            if is_reload or changes is None
            else sum(len(part) * (part.width - keys) for part in changes.updates)
        ),
        is_reload=is_reload,
        rows_differ=plan.write_rows,
    )


def _fields(found: Mapping[str, Any], plan: Plan) -> list[FieldChange]:
    return [
        FieldChange(name, value_of(name, found), value_of(name, plan.fields))
        for name in plan.changed_fields
    ]
