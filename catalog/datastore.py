"""The DataStore table of one data set: made, filled, swept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from catalog.changes import RowChanges, batches, vanished
from catalog.ckan import NotThereError, Portal, RefusedError
from catalog.dataset import DataSet
from catalog.dictionary import datastore_fields, datastore_indexes

_KEYS_PER_PAGE: Final = 30_000
_DELETES_PER_CALL: Final = 1_000


@dataclass(frozen=True, slots=True)
class DataStore:
    """The DataStore table of one data set."""

    portal: Portal
    dataset: DataSet
    resource_id: str

    def _call(self, action: str, **data: Any) -> Any:
        data = {"resource_id": self.resource_id, **data}
        return self.portal.call(action, data, dataset=self.dataset.name)

    def prepare(self, *, is_new: bool) -> bool:
        """Make the table, or bring its columns and data dictionary up to date.

        CKAN cannot change a column's type: then the table is dropped and made anew.

        Returns:
            Whether the table is empty now.
        """
        fields = datastore_fields(self.dataset.table)
        has_table = not is_new and self._has_table()
        if has_table and not self._fits(fields):
            self._call("datastore_delete", force=True)
            has_table = False
        self._call(
            "datastore_create",
            force=True,
            fields=fields,
            delete_fields=True,
            primary_key=list(self.dataset.table.keys),
            indexes=datastore_indexes(self.dataset.table),
            calculate_record_count=False,
        )
        return not has_table

    def _has_table(self) -> bool:
        try:
            self._call("datastore_search", limit=0, include_total=False)
        except NotThereError:
            return False
        return True

    def _fits(self, fields: Sequence[Mapping[str, Any]]) -> bool:
        found = self._call("datastore_search", limit=0, include_total=False)["fields"]
        types = {field["id"]: field["type"] for field in found}
        return all(types.get(field["id"], field["type"]) == field["type"] for field in fields)

    def insert(self, frame: pl.DataFrame, *, method: str = "upsert") -> None:
        """Insert or overwrite rows; ``method="update"`` refuses those that are not there."""
        for batch in batches(frame):
            self._call(
                "datastore_upsert",
                force=True,
                method=method,
                records=batch,
                calculate_record_count=False,
            )

    def try_apply(self, changes: RowChanges) -> tuple[int, int] | None:
        """Apply changes to a table that should hold the last publication: rows, then deletions.

        Returns:
            Rows upserted and deleted; None where the table was not what it should have been, so
            that all rows have to be sent.
        """
        try:
            self.insert(changes.inserts)
            for update in changes.updates:
                self.insert(update, method="update")
            self._delete(changes.deletes.to_dicts())
            is_right = self.count() == self.dataset.rows.num_rows
        except NotThereError:
            self.prepare(is_new=False)
            return None
        except RefusedError as error:
            # CKAN names the key where a row to be updated is not there.
            if "key" not in error.fields:
                raise
            return None
        return (changes.added + changes.changed, changes.removed) if is_right else None

    def _delete(self, keys: Sequence[Mapping[str, Any]]) -> None:
        names = self.dataset.table.keys
        if len(names) == 1:
            (name,) = names
            values = [key[name] for key in keys]
            filters: list[Mapping[str, Any]] = [
                {name: values[at : at + _DELETES_PER_CALL]}
                for at in range(0, len(values), _DELETES_PER_CALL)
            ]
        else:
            filters = list(keys)
        for one in filters:
            # Never without filters: CKAN would drop the table.
            self._call(
                "datastore_records_delete", force=True, filters=one, calculate_record_count=False
            )

    def count(self) -> int:
        """How many rows the table has."""
        return int(self._call("datastore_search", limit=0, include_total=True)["total"])

    def sweep(self) -> int:
        """Delete the rows that the data set does not have; returns how many."""
        keys = self.dataset.table.keys
        stored: list[dict[str, Any]] = []
        while True:
            page = self._call(
                "datastore_search",
                fields=list(keys),
                sort="_id",
                limit=_KEYS_PER_PAGE,
                offset=len(stored),
                include_total=False,
            )["records"]
            stored += page
            if len(page) < _KEYS_PER_PAGE:
                break
        gone = vanished(stored, self.dataset.rows, keys).to_dicts()
        self._delete(gone)
        return len(gone)

    def show(self) -> None:
        """Give the resource its table view; CKAN makes none that is there already."""
        self.portal.call(
            "package_create_default_resource_views",
            {
                "package": {
                    "id": self.dataset.name,
                    "resources": [
                        {"id": self.resource_id, "format": "CSV", "datastore_active": True}
                    ],
                },
                "create_datastore_views": True,
            },
            dataset=self.dataset.name,
        )
