"""Harmonised to the outside: static catalogue, CKAN, OParl; siblings behind the same checks."""

import dagster as dg

from orchestration import oparl, preview, publication
from orchestration.assets import Result
from orchestration.assets.harmonised import TABLES
from orchestration.checks import held_in
from orchestration.report import current

_DEPS = [dg.AssetKey(["harmonised", name]) for name in TABLES]


@dg.asset(
    key=["published", "catalogue"],
    deps=_DEPS,
    group_name="published",
    kinds={"file", "rdf"},
    description="The static DCAT-AP.de catalogue with CSV and Parquet files; needs no portal.",
)
def catalogue(context: dg.AssetExecutionContext) -> Result:
    """Write what changed."""
    held = held_in(context.run_id)
    done = publication.write_catalogue(held)
    return dg.MaterializeResult(
        metadata={
            "data_sets": done.datasets,
            "changed": done.changed,
            "held_back": ", ".join(done.kept) or "none",
            "retired": ", ".join(done.retired) or "none",
            "folder": dg.MetadataValue.path(str(done.folder)),
        },
    )


@dg.asset(
    key=["published", "ckan"],
    deps=[*_DEPS, catalogue],
    group_name="published",
    kinds={"ckan"},
    description="Every data set on the portal: metadata, files, DataStore; only what changed.",
)
def ckan(context: dg.AssetExecutionContext) -> Result:
    """Publish; a data set that fails keeps its last good version and fails the step at the end."""
    held = held_in(context.run_id)
    done = publication.publish_ckan(held)
    result = done.ckan
    if result is None:
        context.log.warning(done.note)
        return dg.MaterializeResult(metadata={"note": done.note})
    current().changed("published", len(result.created) + len(result.updated))
    for problem in result.problems:
        context.log.error(str(problem))
    rows = [
        {"data set": name, "rows": done.rows.get(name, 0), "page": url}
        for name, url in sorted(result.urls.items())
    ]
    context.add_output_metadata(
        {
            "portal": dg.MetadataValue.url(done.url),
            "created": len(result.created),
            "updated": len(result.updated),
            "unchanged": len(result.unchanged),
            "held_back": ", ".join(result.blocked) or "none",
            "retired": ", ".join(result.retired) or "none",
            "rows_sent": result.rows_upserted,
            "rows_deleted": result.rows_deleted,
            "requests": result.requests,
            "data_sets": preview.markdown(rows),
        },
    )
    result.raise_for_problems()
    return dg.MaterializeResult()


@dg.asset(
    key=["published", "oparl"],
    deps=_DEPS,
    group_name="published",
    kinds={"ducklake"},
    description="The council data as the OParl 1.1 service shows it; only what changed is written.",
)
def oparl_service(context: dg.AssetExecutionContext) -> Result:
    """Publish; a city that a check holds back keeps what is served."""
    done = oparl.publish(held_in(context.run_id))
    current().changed("published", done.total)
    rows = [
        {"kind": kind, "changed": done.changed.get(kind, 0), "gone": done.gone.get(kind, 0)}
        for kind in sorted({*done.changed, *done.gone})
    ]
    return dg.MaterializeResult(
        metadata={
            "changed": sum(done.changed.values()),
            "gone": sum(done.gone.values()),
            "held_back": ", ".join(done.held) or "none",
            "objects": preview.markdown(rows),
        },
    )
