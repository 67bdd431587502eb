"""One data set to the portal: only what differs, in an order that a kill cannot break.

A portal with our extension takes rows, files and metadata in one request that does all or nothing
(``seehaus_publish``). On any other CKAN rows go first, and the hashes of the files last, in the
one request that also carries the files and the metadata; ``State`` remembers that the rows were
begun. A new data set is private until that last request. See
docs/decisions/0011-atomic-publishing.md.
"""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from catalog import upload
from catalog.changes import RowChanges, State, everything, row_changes
from catalog.chart_view import FIELD as CHARTS
from catalog.chart_view import show_charts
from catalog.ckan import NotThereError, Package, Portal, PublishError, RefusedError
from catalog.dataset import DataSet
from catalog.datastore import DataStore
from catalog.dictionary import datastore_fields, datastore_indexes
from catalog.difference import Difference, FieldChange, difference
from catalog.distribution import Distribution
from catalog.package import is_empty, merged_extras, value_of
from catalog.plan import DICTIONARY, Plan, dictionary_hash, make_plan, resource_of, stale
from catalog.retiring import retirement

ATOMIC: Final = "seehaus_publish"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or would be, for one data set."""

    name: str
    what: Literal["created", "updated", "unchanged", "retired"]
    difference: Difference = field(default_factory=Difference)
    rows_upserted: int = 0
    rows_deleted: int = 0


@dataclass(frozen=True, slots=True)
class Sender:
    """Brings single data sets to the portal.

    Attributes:
        schema: Field names of the portal's dataset schema, see ``catalog.package``.
        folder: Where the last published rows are kept.
    """

    portal: Portal
    schema: frozenset[str]
    folder: Path
    dry_run: bool = False

    def send(self, dataset: DataSet, found: Package | None) -> Outcome:
        """Publish one data set.

        Args:
            dataset: What it should be.
            found: The portal's package, None where it has none of this name.

        Raises:
            PublishError: Names data set and step; what was published before is still there.
        """
        state = State(self.folder, dataset.name)
        if found is None and dataset.rows.num_rows == 0:
            return Outcome(dataset.name, "unchanged")
        plan = make_plan(dataset, found, self.schema, is_unfinished=state.is_unfinished)
        if found is not None and not plan.differences:
            parquet = dataset.file("parquet")
            if not self.dry_run and not state.has(parquet.sha256):
                state.finish(parquet.body)
            return Outcome(dataset.name, "unchanged")
        changes = self._diff(dataset, found, state) if plan.write_rows else None
        differs = difference(dataset, found, plan, changes)
        what: Literal["created", "updated"] = "updated" if found is not None else "created"
        if self.dry_run:
            return Outcome(dataset.name, what, differs, differs.rows_upserted, differs.rows_removed)
        is_new = found is None
        if found is None:
            found = self._create(dataset, plan)
            plan = make_plan(dataset, found, self.schema, is_unfinished=state.is_unfinished)
        if CHARTS in plan.resources[dataset.file("csv").name]:
            # Before the table's own view: the first one is what people see first.
            show_charts(self.portal, dataset, self._csv(dataset, found))
        upserted, deleted = 0, 0
        if not plan.write_rows:
            self._revise(dataset, found, plan)
        elif self.portal.knows(ATOMIC):
            upserted, deleted = self._publish(dataset, found, plan, changes)
        else:
            upserted, deleted = self._write_rows(dataset, found, state, changes, is_new=is_new)
            self._revise(dataset, found, plan)
        state.finish(dataset.file("parquet").body)
        return Outcome(dataset.name, what, differs, upserted, deleted)

    def retire(self, found: Package) -> Outcome | None:
        """Say of a data set that its city has left; None where that is said, or it is not ours.

        Raises:
            PublishError: Names data set and step.
        """
        name = str(found["name"])
        if not State(self.folder, name).was_published:
            return None
        fields = retirement(found, self.schema)
        if not fields:
            return None
        differs = Difference(
            tuple(
                FieldChange(key, value_of(key, found), value_of(key, fields))
                for key in sorted(fields)
            )
        )
        if not self.dry_run:
            self.portal.call("package_revise", revision_of(name, fields), dataset=name)
        return Outcome(name, "retired", differs)

    def _create(self, dataset: DataSet, plan: Plan) -> Package:
        """Make it, private and without files; or take over what an ended run has made."""
        resources = [
            {
                "name": file.name,
                "format": file.format,
                "url": file.file_name,
                "url_type": "upload",
                # Said at once: datastore_create would say it in a request of its own.
                "datastore_active": file.key == "csv" and dataset.has_datastore,
            }
            for file in dataset.distributions
        ]
        fields = {key: value for key, value in plan.fields.items() if not is_empty(value)}
        wanted = {**fields, "private": True, "resources": resources}
        try:
            made = self.portal.call("package_create", wanted, dataset=dataset.name)
        except RefusedError:
            # A lost answer, or a search index that does not know it yet.
            try:
                made = self.portal.call("package_show", {"id": dataset.name}, dataset=dataset.name)
            except NotThereError:
                made = None
            if made is None:
                raise
        return dict(made)

    def _diff(self, dataset: DataSet, found: Package | None, state: State) -> RowChanges | None:
        """What turns the table of the last publication into this one; None where nobody knows."""
        parquet = resource_of(found, dataset.file("parquet").name) or {}
        if state.is_unfinished or not parquet.get("hash"):
            return None
        base = state.base(str(parquet["hash"]))
        return None if base is None else row_changes(base, dataset.rows, dataset.table.keys)

    def _csv(self, dataset: DataSet, found: Package) -> dict[str, Any]:
        csv = resource_of(found, dataset.file("csv").name)
        if csv is None:
            raise PublishError(
                dataset.name,
                "rows",
                "its CSV resource was taken away on the portal",
                "delete the data set there and publish again",
            )
        return csv

    def _publish(
        self, dataset: DataSet, found: Package, plan: Plan, changes: RowChanges | None
    ) -> tuple[int, int]:
        """Rows, files and metadata in one request; gives rows upserted and deleted."""
        csv = self._csv(dataset, found)
        if csv.get(DICTIONARY) is None:
            DataStore(self.portal, dataset, str(csv["id"])).show()
        data, files = _revision(dataset, found, plan)
        data |= {"resource_id": str(csv["id"]), "count": str(dataset.rows.num_rows)}
        if changes is not None and not plan.dictionary_changed:
            files["rows"] = (upload.FILE_NAME, upload.changed_rows(changes), upload.MEDIA_TYPE)
            try:
                self.portal.call(ATOMIC, data, dataset=dataset.name, files=files)
            except RefusedError as error:
                # The table is not what was published last: then all rows are sent.
                if "rows" not in error.fields:
                    raise
            else:
                return changes.added + changes.changed, changes.removed
        table = {
            "fields": datastore_fields(dataset.table),
            "primary_key": dataset.table.keys,
            "indexes": datastore_indexes(dataset.table),
        }
        data["table"] = json.dumps(table, ensure_ascii=False)
        rows = upload.all_rows(everything(dataset.rows))
        files["rows"] = (upload.FILE_NAME, rows, upload.MEDIA_TYPE)
        self.portal.call(ATOMIC, data, dataset=dataset.name, files=files)
        return dataset.rows.num_rows, changes.removed if changes else 0

    def _write_rows(
        self,
        dataset: DataSet,
        found: Package,
        state: State,
        changes: RowChanges | None,
        *,
        is_new: bool,
    ) -> tuple[int, int]:
        """The rows by CKAN's own actions; gives rows upserted and deleted."""
        csv = self._csv(dataset, found)
        table = DataStore(self.portal, dataset, str(csv["id"]))
        state.begin()
        if csv.get(DICTIONARY) != dictionary_hash(dataset):
            is_empty_now = table.prepare(is_new=is_new)
            changes = None if is_empty_now else changes
        if changes is not None:
            done = table.try_apply(changes)
            if done is not None:
                return done
        table.insert(everything(dataset.rows))
        deleted = 0 if is_new else table.sweep()
        if csv.get(DICTIONARY) is None:
            table.show()
        return dataset.rows.num_rows, deleted

    def _revise(self, dataset: DataSet, found: Package, plan: Plan) -> None:
        """Metadata, files and their hashes in one request, which is one transaction in CKAN."""
        data, files = _revision(dataset, found, plan)
        self.portal.call("package_revise", data, dataset=dataset.name, files=files or None)


def _revision(
    dataset: DataSet, found: Package, plan: Plan
) -> tuple[dict[str, Any], dict[str, tuple[str, io.BytesIO, str]]]:
    """What ``package_revise`` has to be told, and the files that go with it."""
    fields = {key: plan.fields[key] for key in plan.changed_fields}
    if "extras" in fields:
        fields["extras"] = merged_extras(found.get("extras") or [], fields["extras"])
    data = revision_of(
        dataset.name, fields, without=[f"resources__{one}" for one in stale(dataset, found)]
    )
    files: dict[str, tuple[str, io.BytesIO, str]] = {}
    changed = {file.name for file in plan.changed_files}
    new = [one for one in dataset.distributions if resource_of(found, one.name) is None]
    if new:
        data["update__resources__extend"] = json.dumps(
            [{**plan.resources[file.name], **_place(file)} for file in new]
        )
    for index, file in enumerate(new, start=-len(new)):
        body = (file.file_name, io.BytesIO(file.body), file.media_type)
        files[f"update__resources__{index}__upload"] = body
    for file in dataset.distributions:
        have = resource_of(found, file.name)
        if have is None or file.name not in {*plan.changed_resources, *changed}:
            continue
        place = f"update__resources__{have['id']}"
        data[place] = json.dumps(plan.resources[file.name])
        if file.name in changed:
            body = (file.file_name, io.BytesIO(file.body), file.media_type)
            files[f"{place}__upload"] = body
    return data, files


def _place(file: Distribution) -> dict[str, str]:
    return {"url": file.file_name, "url_type": "upload"}


def revision_of(
    name: str, fields: Mapping[str, Any], *, without: Sequence[str] = ()
) -> dict[str, Any]:
    """A revision of these package fields, the empty ones and ``without`` taken away."""
    return {
        "match__name": name,
        # Lists would be merged place by place, so the old values are taken away first.
        "filter": json.dumps([f"-{key}" for key in (*fields, *without)]),
        "update": json.dumps({key: value for key, value in fields.items() if not is_empty(value)}),
        "include": json.dumps(["+package__id", "-*"]),
    }
