"""The city's own reports on its pilots, from beside its city file."""

from typing import Any

import dagster as dg

from ingestion.city import CITIES as CITY_FILES
from ingestion.pilot_load import load_pilots
from orchestration import preview
from orchestration.assets import Result
from orchestration.assets.noting import check_of, noted
from orchestration.assets.raw import city_file
from orchestration.environment import cities, store
from orchestration.jobs import ACCEPT_DROP
from orchestration.partitions import CITIES
from orchestration.report import current
from orchestration.settings import settings


@dg.asset(
    key=["raw", "pilot_report"],
    deps=[city_file],
    partitions_def=CITIES,
    group_name="raw",
    kinds={"markdown", "ducklake"},
    check_specs=[check_of(["raw", "pilot_report"])],
    description="What the city tries out, as it documents it in Markdown beside its city file.",
)
def pilot_report(context: dg.AssetExecutionContext) -> Result:
    """Read, check, redact, store; what is not valid keeps its last good version."""
    city = cities()[context.partition_key]
    with noted(city.id, "pilots", context.run.run_id) as noting:
        done = load_pilots(
            city,
            store(city),
            settings().cities or CITY_FILES,
            accept_drop=ACCEPT_DROP in context.run.tags,
        )
        noting.read(done.problems)
    for problem in done.problems:
        current().problems.append(f"{city.id}: {problem.url}: {problem.what} → {problem.mend}")
    current().changed("raw", done.changed)
    metadata: dict[str, Any] = {
        "outcome": noting.ending,
        "dagster/row_count": dg.MetadataValue.int(done.reports),
        "changed": dg.MetadataValue.int(done.changed),
    }
    if done.left_out:
        why = "true reports in the sample world" if city.is_sample else "invented examples"
        note = f"{why}: {', '.join(done.left_out)}"
        context.log.info("left out, %s", note)
        metadata["left_out"] = dg.MetadataValue.text(note)
    if done.problems:
        metadata["problems"] = preview.problems(done.problems)
    return dg.MaterializeResult(metadata=metadata, check_results=[noting.check()])
