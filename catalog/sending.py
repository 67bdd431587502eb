"""One data set to the portal: only what differs, in an order that a kill cannot break.

The hashes of the files are written last, in the one request that also carries the files and the
metadata. Until then the portal shows the earlier publication, or nothing: a new data set is
private while it is being made. A DataStore table is written before, rows first and deletions
after, so a reader never finds a half-empty table; ``State`` remembers that it was begun.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from catalog.changes import RowChanges, State, everything, row_changes
from catalog.ckan import NotThereError, Package, Portal, PublishError, RefusedError
from catalog.dataset import DataSet
from catalog.datastore import DataStore
from catalog.dictionary import datastore_fields
from catalog.distribution import Distribution
from catalog.files import sha256
from catalog.package import differs, is_empty, merged_extras, package, resource

# The resource field that says which data dictionary the DataStore table was made with.
DICTIONARY: Final = "data_dictionary_sha256"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, or would be, for one data set."""

    name: str
    what: Literal["created", "updated", "unchanged"]
    differences: tuple[str, ...] = ()
    rows_upserted: int = 0
    rows_deleted: int = 0


@dataclass(frozen=True, slots=True)
class _Plan:
    """What differs between a data set and the portal."""

    fields: Mapping[str, Any]
    changed_fields: tuple[str, ...]
    resources: Mapping[str, Mapping[str, Any]]
    changed_resources: tuple[str, ...]
    changed_files: tuple[Distribution, ...]
    dictionary_changed: bool
    write_rows: bool

    @property
    def differences(self) -> tuple[str, ...]:
        files = (f"file {file.name}" for file in self.changed_files)
        resources = (f"resource {name}" for name in self.changed_resources)
        rows = ("rows",) if self.write_rows else ()
        return (*self.changed_fields, *resources, *files, *rows)


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
        plan = self._plan(dataset, found, state)
        if found is not None and not plan.differences:
            parquet = dataset.file("parquet")
            if not self.dry_run and not state.has(parquet.sha256):
                state.finish(parquet.body)
            return Outcome(dataset.name, "unchanged")
        what: Literal["created", "updated"] = "updated" if found is not None else "created"
        if self.dry_run:
            changes = self._changes(dataset, found or {}, state) if plan.write_rows else None
            upserts, deletes = (len(changes.upserts), len(changes.deletes)) if changes else (0, 0)
            return Outcome(dataset.name, what, plan.differences, upserts, deletes)
        is_new = found is None
        if found is None:
            found = self._create(dataset, plan)
            plan = self._plan(dataset, found, state)
        upserted, deleted = 0, 0
        if plan.write_rows:
            upserted, deleted = self._write_rows(dataset, found, state, is_new=is_new)
        self._revise(dataset, found, plan)
        state.finish(dataset.file("parquet").body)
        return Outcome(dataset.name, what, plan.differences, upserted, deleted)

    def _plan(self, dataset: DataSet, found: Package | None, state: State) -> _Plan:
        fields = package(dataset, self.schema)
        resources: dict[str, dict[str, Any]] = {}
        changed_resources, changed_files = [], []
        dictionary_changed = False
        for file in dataset.distributions:
            wanted = resource(dataset, file)
            have = _resource(found, file.name) or {}
            if file.key == "csv" and dataset.has_datastore:
                wanted[DICTIONARY] = _dictionary_hash(dataset)
                dictionary_changed = have.get(DICTIONARY) != wanted[DICTIONARY]
            resources[file.name] = wanted
            if differs(wanted, have):
                changed_resources.append(file.name)
            if have.get("hash") != file.sha256:
                changed_files.append(file)
        changed_resources += [f"-{one}" for one in _stale(dataset, found or {})]
        csv_changed = any(file.key == "csv" for file in changed_files)
        changed_fields = differs(fields, found) if found is not None else []
        if found is not None and not _is_complete(found):
            fields["private"] = False
            changed_fields = [*changed_fields, "private"]
        return _Plan(
            fields=fields,
            changed_fields=tuple(changed_fields),
            resources=resources,
            changed_resources=tuple(changed_resources),
            changed_files=tuple(changed_files),
            dictionary_changed=dictionary_changed,
            write_rows=dataset.has_datastore
            and (csv_changed or dictionary_changed or state.is_unfinished),
        )

    def _create(self, dataset: DataSet, plan: _Plan) -> Package:
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

    def _changes(self, dataset: DataSet, found: Package, state: State) -> RowChanges:
        """The rows to send, taking the last publication for what the table holds."""
        return self._diff(dataset, found, state) or everything(dataset.rows, dataset.table.keys)

    def _diff(self, dataset: DataSet, found: Package, state: State) -> RowChanges | None:
        parquet = _resource(found, dataset.file("parquet").name) or {}
        if state.is_unfinished or not parquet.get("hash"):
            return None
        base = state.base(str(parquet["hash"]))
        return None if base is None else row_changes(base, dataset.rows, dataset.table.keys)

    def _write_rows(
        self, dataset: DataSet, found: Package, state: State, *, is_new: bool
    ) -> tuple[int, int]:
        csv = _resource(found, dataset.file("csv").name)
        if csv is None:
            raise PublishError(
                dataset.name,
                "rows",
                "its CSV resource was taken away on the portal",
                "delete the data set there and publish again",
            )
        table = DataStore(self.portal, dataset, str(csv["id"]))
        changes = self._diff(dataset, found, state)
        state.begin()
        if csv.get(DICTIONARY) != _dictionary_hash(dataset):
            is_empty = table.prepare(is_new=is_new)
            changes = None if is_empty else changes
        if changes is not None:
            done = table.try_apply(changes)
            if done is not None:
                return done
        table.apply(everything(dataset.rows, dataset.table.keys))
        deleted = 0 if is_new else table.sweep()
        if csv.get(DICTIONARY) is None:
            table.show()
        return dataset.rows.num_rows, deleted

    def _revise(self, dataset: DataSet, found: Package, plan: _Plan) -> None:
        """Metadata, files and their hashes in one request, which is one transaction in CKAN."""
        fields = {key: plan.fields[key] for key in plan.changed_fields}
        if "extras" in fields:
            fields["extras"] = merged_extras(found.get("extras") or [], fields["extras"])
        data: dict[str, Any] = {
            "match__name": dataset.name,
            # Lists would be merged place by place, so the old values are taken away first.
            "filter": json.dumps(
                [
                    *(f"-{key}" for key in fields),
                    *(f"-resources__{one}" for one in _stale(dataset, found)),
                ]
            ),
            "update": json.dumps(
                {key: value for key, value in fields.items() if not is_empty(value)}
            ),
            "include": json.dumps(["+package__id", "-*"]),
        }
        files: dict[str, tuple[str, io.BytesIO, str]] = {}
        changed = {file.name for file in plan.changed_files}
        new = [one for one in dataset.distributions if _resource(found, one.name) is None]
        if new:
            data["update__resources__extend"] = json.dumps(
                [{**plan.resources[file.name], **_place(file)} for file in new]
            )
        for index, file in enumerate(new, start=-len(new)):
            content = (file.file_name, io.BytesIO(file.body), file.media_type)
            files[f"update__resources__{index}__upload"] = content
        for file in dataset.distributions:
            have = _resource(found, file.name)
            if have is None or file.name not in {*plan.changed_resources, *changed}:
                continue
            place = f"update__resources__{have['id']}"
            data[place] = json.dumps(plan.resources[file.name])
            if file.name in changed:
                body = (file.file_name, io.BytesIO(file.body), file.media_type)
                files[f"{place}__upload"] = body
        self.portal.call("package_revise", data, dataset=dataset.name, files=files or None)


def _resource(found: Package | None, name: str) -> dict[str, Any] | None:
    resources = (found or {}).get("resources") or []
    return next((dict(one) for one in resources if one.get("name") == name), None)


def _place(file: Distribution) -> dict[str, str]:
    return {"url": file.file_name, "url_type": "upload"}


def _stale(dataset: DataSet, found: Package) -> list[str]:
    """The ids of files that we published once and that the data set no longer has."""
    wanted = {file.key for file in dataset.distributions}
    return [
        str(one["id"])
        for one in found.get("resources") or []
        if one.get("part") not in {None, *wanted}
    ]


def _is_complete(found: Package) -> bool:
    """Whether it was ever published: then an administrator who hides it has the last word."""
    return bool((_resource(found, "CSV") or {}).get("hash"))


def _dictionary_hash(dataset: DataSet) -> str:
    known = [datastore_fields(dataset.table), list(dataset.table.keys)]
    return sha256(json.dumps(known, ensure_ascii=False, sort_keys=True).encode())
