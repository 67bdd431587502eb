"""What differs between a data set and the portal: pure, from both sides' words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.chart_view import FIELD as CHARTS
from catalog.chart_view import chart_hash
from catalog.ckan import Package
from catalog.dataset import DataSet
from catalog.dictionary import datastore_fields
from catalog.distribution import Distribution
from catalog.files import sha256
from catalog.package import differs, package, resource

# The resource field that says which data dictionary the DataStore table was made with.
DICTIONARY: Final = "data_dictionary_sha256"
# A field that only our extension's schema has: such a portal can draw charts.
HAS_CHARTS: Final = "series"


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be sent for one data set.

    Attributes:
        fields: The package as it should be.
        changed_fields: Those in which the portal says something else.
        resources: Resource name to its fields as they should be.
        changed_resources: Names of those in which the portal says something else.
        changed_files: Those whose hash the portal does not have.
        dictionary_changed: Whether the DataStore table has other columns or another dictionary.
        write_rows: Whether the DataStore table has to be written.
    """

    fields: Mapping[str, Any]
    changed_fields: tuple[str, ...]
    resources: Mapping[str, Mapping[str, Any]]
    changed_resources: tuple[str, ...]
    changed_files: tuple[Distribution, ...]
    dictionary_changed: bool
    write_rows: bool

    @property
    def differences(self) -> tuple[str, ...]:
        """Everything that differs, in words."""
        files = (f"file {file.name}" for file in self.changed_files)
        resources = (f"resource {name}" for name in self.changed_resources)
        rows = ("rows",) if self.write_rows else ()
        return (*self.changed_fields, *resources, *files, *rows)


def make_plan(
    dataset: DataSet, found: Package | None, schema: frozenset[str], *, is_unfinished: bool
) -> Plan:
    """Compare a data set with the portal's package.

    Args:
        dataset: What it should be.
        found: The portal's package, None where it has none.
        schema: Field names of the portal's dataset schema, see ``catalog.package``.
        is_unfinished: Whether an ended run left the DataStore table half written.
    """
    fields = package(dataset, schema)
    resources: dict[str, dict[str, Any]] = {}
    changed_resources, changed_files = [], []
    dictionary_changed = False
    for file in dataset.distributions:
        wanted = resource(dataset, file)
        have = resource_of(found, file.name) or {}
        if file.key == "csv" and dataset.has_datastore:
            wanted[DICTIONARY] = dictionary_hash(dataset)
            dictionary_changed = have.get(DICTIONARY) != wanted[DICTIONARY]
            if HAS_CHARTS in schema and (told := chart_hash(dataset)):
                wanted[CHARTS] = told
        resources[file.name] = wanted
        if differs(wanted, have):
            changed_resources.append(file.name)
        if have.get("hash") != file.sha256:
            changed_files.append(file)
    changed_resources += [f"-{one}" for one in stale(dataset, found or {})]
    csv_changed = any(file.key == "csv" for file in changed_files)
    changed_fields = differs(fields, found) if found is not None else []
    if found is not None and not is_complete(found):
        fields["private"] = False
        changed_fields = [*changed_fields, "private"]
    return Plan(
        fields=fields,
        changed_fields=tuple(changed_fields),
        resources=resources,
        changed_resources=tuple(changed_resources),
        changed_files=tuple(changed_files),
        dictionary_changed=dictionary_changed,
        write_rows=dataset.has_datastore and (csv_changed or dictionary_changed or is_unfinished),
    )


def resource_of(found: Package | None, name: str) -> dict[str, Any] | None:
    """The package's resource of this name."""
    resources = (found or {}).get("resources") or []
    return next((dict(one) for one in resources if one.get("name") == name), None)


def stale(dataset: DataSet, found: Package) -> list[str]:
    """The ids of files that we published once and that the data set no longer has."""
    wanted = {file.key for file in dataset.distributions}
    return [
        str(one["id"])
        for one in found.get("resources") or []
        if one.get("part") not in {None, *wanted}
    ]


def is_complete(found: Package) -> bool:
    """Whether it was ever published: then an administrator who hides it has the last word."""
    return bool((resource_of(found, "CSV") or {}).get("hash"))


def dictionary_hash(dataset: DataSet) -> str:
    """By which the DataStore table's columns, texts and key are known."""
    known = [datastore_fields(dataset.table), list(dataset.table.keys)]
    return sha256(json.dumps(known, ensure_ascii=False, sort_keys=True).encode())
