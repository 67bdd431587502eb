"""Harmonised to the search index, sibling of the publication behind the same checks."""

import dagster as dg

from orchestration import indexing, preview
from orchestration.assets import Result
from orchestration.assets.harmonised import TABLES
from orchestration.checks import held_in
from orchestration.report import current


@dg.asset(
    key=["indexed", "search"],
    deps=[dg.AssetKey(["harmonised", name]) for name in TABLES],
    group_name="indexed",
    kinds={"faiss"},
    description="Passages, vectors and lexical index of all cities, swapped in one rename.",
)
def search(context: dg.AssetExecutionContext) -> Result:
    """Build beside the old one; the same passages build nothing."""
    done = indexing.build(held_in(context.run_id))
    result = done.result
    current().changed("indexed", result.embedded + result.removed)
    rows = [{"city": city, "passages": count} for city, count in sorted(done.by_city.items())]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": result.total,
            "embedded": result.embedded,
            "reused": result.reused,
            "removed": result.removed,
            "changed": result.changed,
            "version": result.version,
            "passages": preview.markdown(rows),
        },
    )
