"""Raw to harmonised: the dbt project, one asset per model, one run under the lake's lock."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any, Final

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)

from orchestration import dbt, preview, series_changes
from orchestration.changes import Change, changed_rows, snapshot
from orchestration.environment import TRANSFORMS, dbt_variables
from orchestration.lake import lake
from orchestration.progress import step
from orchestration.report import current

# What staging reads; dbt finds the raw tables by macro, so it cannot tell this itself.
_COUNCIL: Final = ("raw", "council")
_STATISTICS: Final = ("raw", "statistics")
_UPSTREAM: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "statistics": (_STATISTICS,),
    "stg_store__city": (("raw", "city"),),
    "stg_store__document": (("documents", "document"),),
    "stg_store__document_page": (("documents", "document"),),
    "stg_store__document_section": (("documents", "document"),),
    "stg_store__pilot_report": (("raw", "pilot_report"),),
    "store": (_COUNCIL, _STATISTICS, ("documents", "document"), ("raw", "pilot_report")),
}


class Translator(DagsterDbtTranslator):
    """Keys and groups by layer; staging models hang on the assets that fill the raw tables."""

    def __init__(self) -> None:
        """Tests of dbt become asset checks."""
        super().__init__(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))

    def get_asset_spec(
        self,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: Any,
    ) -> dg.AssetSpec:
        """The spec of one model or seed."""
        node = manifest["nodes"].get(unique_id) or manifest["sources"][unique_id]
        spec = super().get_asset_spec(manifest, unique_id, project)
        # dagster-dbt puts the SQL into the description, where lists show it as prose.
        spec = spec.replace_attributes(description=node["description"])
        if node["resource_type"] == "seed":
            return spec.replace_attributes(
                key=dg.AssetKey(["seed", node["name"]]), group_name="seed"
            )
        layer = node["schema"]
        spec = spec.replace_attributes(key=dg.AssetKey([layer, node["name"]]), group_name=layer)
        upstream = sorted(set(_upstream(manifest, node)))
        known = {dep.asset_key for dep in spec.deps}
        keys = [key for key in map(dg.AssetKey, upstream) if key not in known]
        return spec.replace_attributes(deps=[*spec.deps, *map(dg.AssetDep, keys)])


def _upstream(manifest: Mapping[str, Any], node: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The raw assets that a model reads, by itself or through staging that is compiled into it."""
    if node["schema"] == "staging":
        folder = node["fqn"][1]
        yield from _UPSTREAM.get(node["name"]) or _UPSTREAM.get(folder, (_COUNCIL,))
    for unique_id in node["depends_on"]["nodes"]:
        below = manifest["nodes"].get(unique_id)
        if below and below["config"]["materialized"] == "ephemeral":
            yield from _upstream(manifest, below)


def resource() -> DbtCliResource:
    """Dagster's handle on dbt."""
    return DbtCliResource(
        project_dir=str(TRANSFORMS),
        profiles_dir=str(TRANSFORMS),
        dbt_executable=dbt.EXECUTABLE,
    )


_PREVIEW_ROWS: Final = 5
_PREVIEW_COLUMNS: Final = 7
TABLES: Final = dbt.harmonised_tables(dbt.manifest())


@dbt_assets(manifest=dbt.manifest_path(), dagster_dbt_translator=Translator(), name="harmonise")
def harmonise(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Build and test every model; a failed test stops what comes after.

    Where nothing came in since the last build of the same project, there is nothing to build.
    """
    at = lake()
    with step("harmonise", current().seconds) as tell, at.lock():
        if dbt.is_built(at):
            context.log.info("nothing came in since the last build: the tables stay as they are")
            current().changed("harmonised", 0)
            yield from _unchanged(context)
            return
        before = snapshot(at)
        events: list[Any] = []
        try:
            for event in _build(context):
                events.append(event)
                if isinstance(event, dg.Output):
                    tell(len(events), None, event.output_name)
        except Exception:
            yield from events  # what was built before the failure is built: Dagster is told
            raise
        changes = changed_rows(at, TABLES, since=before)
        if not context.is_subset:  # some tables built by hand say nothing of the others
            dbt.mark_built(at, _verdicts(events))
    current().changed("harmonised", sum(change.total for change in changes.values()))
    yield from (_with_figures(event, changes, before) for event in events)


def _verdicts(events: Iterable[Any]) -> Iterator[dbt.Verdict]:
    for event in events:
        if isinstance(event, dg.AssetCheckResult):
            assert event.asset_key is not None
            assert event.check_name is not None
            yield dbt.Verdict(
                tuple(event.asset_key.path), event.check_name, event.passed, event.severity.value
            )


def _unchanged(context: dg.AssetExecutionContext) -> Iterator[Any]:
    """Every selected asset as it is, what others hang on first (Dagster insists), and its tests.

    The same rows get the same verdict, and what comes after needs one to be gated by.
    """
    order = TopologicalSorter(context.assets_def.asset_deps).static_order()
    selected = context.selected_asset_keys
    for key in order:
        if key in selected:
            yield dg.MaterializeResult(asset_key=key, metadata={"changed": 0})
    wanted = context.selected_asset_check_keys
    for verdict in dbt.verdicts():
        key = dg.AssetKey(verdict.key)
        if dg.AssetCheckKey(key, verdict.name) in wanted:
            yield dg.AssetCheckResult(
                asset_key=key,
                check_name=verdict.name,
                passed=verdict.passed,
                severity=dg.AssetCheckSeverity(verdict.severity),
                description="Nothing came in since the last build, whose verdict this is.",
            )


def _build(context: dg.AssetExecutionContext) -> Iterator[Any]:
    at = lake()
    # dagster-dbt hands this process's environment on; the profile reads it from there.
    os.environ.update(dbt.environment(at))
    invocation = resource().cli(
        ["build", "--vars", json.dumps(dbt_variables())],
        context=context,
        manifest=dbt.manifest_path(),
        dagster_dbt_translator=Translator(),
    )
    yield from invocation.stream()


def _with_figures(event: Any, changes: Mapping[str, Change], before: int) -> Any:
    """An output of dbt with rows, changes and a preview, where it is a harmonised table."""
    if not isinstance(event, dg.Output):
        return event
    name = event.output_name.removeprefix("harmonised__")
    if name not in changes:
        return event
    change = changes[name]
    rows = lake().arrow(f'SELECT * FROM lake.harmonised."{name}" LIMIT {_PREVIEW_ROWS}').to_pylist()  # noqa: S608 - names from the manifest
    columns = list(rows[0])[:_PREVIEW_COLUMNS] if rows else []
    return dg.Output(
        event.value,
        output_name=event.output_name,
        metadata={
            **event.metadata,
            "dagster/row_count": change.rows,
            "changed": change.total,
            "added": change.added,
            "removed": change.removed,
            "preview": dg.MetadataValue.md(preview.table(rows, columns)),
            **(_series(name, before) if name in series_changes.OBSERVED and change.total else {}),
        },
        data_version=event.data_version,
    )


def _series(name: str, before: int) -> dict[str, Any]:
    """Which series of figures changed since a snapshot, as a table and as a plot."""
    found = series_changes.since(lake(), before, name)
    if not found:
        return {}
    return {
        "changed_series": preview.markdown([one.row() for one in found]),
        "plot": dg.MetadataValue.md(series_changes.plots(found)),
    }
