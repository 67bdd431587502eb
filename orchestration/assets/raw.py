"""City file, council information system and statistics into the raw layer, one city a partition."""

from typing import Any, Final

import dagster as dg

from ingestion import systems
from ingestion.city import City
from ingestion.crawl import CrawlResult, crawl_city
from ingestion.plan import choose
from ingestion.store import city_row
from orchestration import preview
from orchestration.assets import Result
from orchestration.assets.noting import Noting, check_of, noted
from orchestration.environment import cities, client, store
from orchestration.jobs import ACCEPT_DROP, FULL
from orchestration.lake import lake
from orchestration.partitions import CITIES
from orchestration.progress import step
from orchestration.report import current

_PREVIEW: Final = {"meeting": "name, start_at, state", "paper": "reference, name, paper_type"}
_RETRY: Final = dg.RetryPolicy(max_retries=1, delay=5, backoff=dg.Backoff.EXPONENTIAL)


@dg.asset(
    key=["raw", "city"],
    partitions_def=CITIES,
    group_name="raw",
    kinds={"yaml", "ducklake"},
    description="The city file as a row: publisher, keys, licence.",
)
def city_file(context: dg.AssetExecutionContext) -> Result:
    """One row per city."""
    city = cities()[context.partition_key]
    changed = store(city).city(city_row(city))
    current().changed("raw", int(changed))
    return dg.MaterializeResult(metadata={"dagster/row_count": 1, "changed": changed})


@dg.asset(
    key=["raw", "council"],
    deps=[city_file],
    partitions_def=CITIES,
    group_name="raw",
    kinds={"dlt", "ducklake"},
    retry_policy=_RETRY,
    check_specs=[check_of(["raw", "council"])],
    description="Meetings, agendas, papers and files as the council information system tells them.",
)
def council(context: dg.AssetExecutionContext) -> Result:
    """Crawl one council information system."""
    city = cities()[context.partition_key]
    if city.council is None:
        return _nothing_to_do(city, "the city file names no council system")
    return _crawl(context, city.council.system)


@dg.asset(
    key=["raw", "statistics"],
    deps=[city_file],
    partitions_def=CITIES,
    group_name="raw",
    kinds={"dlt", "ducklake"},
    retry_policy=_RETRY,
    check_specs=[check_of(["raw", "statistics"])],
    pool="statistics_office",
    description="Tables of the statistics office, cut to the city; signs and vintages kept.",
)
def statistics(context: dg.AssetExecutionContext) -> Result:
    """Load the city's statistics tables."""
    city = cities()[context.partition_key]
    if not city.statistics:
        return _nothing_to_do(city, "the city file names no statistics")
    return _crawl(context, "genesis")


def _crawl(context: dg.AssetExecutionContext, system: str) -> Result:
    city = cities()[context.partition_key]
    into = store(city)
    source = "statistics" if system == "genesis" else "council"
    with (
        step(f"{city.name}: {source}", current().seconds) as tell,
        noted(city.id, source, context.run.run_id) as noting,
        client(city, system, into, context.run.run_id) as talks,
    ):
        window = None
        if city.council is not None and system == city.council.system:
            window = choose(into, city.council, is_full=FULL in context.run.tags)
        result = crawl_city(
            city,
            systems.load(system),
            talks,
            into,
            window,
            accept_drop=ACCEPT_DROP in context.run.tags,
            progress=lambda done, message: tell(done, None, message),
        )
        if result.problems and not result.answers:
            raise noting.nothing(result.problems, result.stopped)
        noting.read(result.problems, result.stopped)
    for problem in result.problems:
        current().problems.append(f"{city.id}: {problem}")
        context.log.warning(str(problem))
    current().changed("raw", changed(result))
    metadata = {"outcome": noting.ending} | _metadata(city, system, result)
    return dg.MaterializeResult(metadata=metadata, check_results=[noting.check()])


def _nothing_to_do(city: City, note: str) -> Result:
    done = Noting(city.id).check()
    return dg.MaterializeResult(metadata={"note": note}, check_results=[done])


def changed(result: CrawlResult) -> int:
    """Objects that are new, changed or gone."""
    return sum(each.new + each.changed + each.removed for each in result.load.counts.values())


def _metadata(city: City, system: str, result: CrawlResult) -> dict[str, Any]:
    counts = [
        {
            "object": name,
            "seen": each.seen,
            "new": each.new,
            "changed": each.changed,
            "removed": each.removed,
        }
        for name, each in sorted(result.load.counts.items())
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": dg.MetadataValue.int(
            sum(each.seen for each in result.load.counts.values())
        ),
        "changed": dg.MetadataValue.int(changed(result)),
        "requests": dg.MetadataValue.int(result.requests),
        "not_modified": dg.MetadataValue.int(result.not_modified),
        "complete": dg.MetadataValue.bool(result.is_complete),
        "objects": preview.markdown(counts),
        "kind": result.window.kind,
        "window": f"{result.window.first or 'everything'} to {result.window.last or 'now'}",
        "portions": result.portions,
    }
    if result.resumed_from is not None:
        metadata["resumed_from"] = result.resumed_from.isoformat()
    if result.stopped is not None:
        metadata["stopped"] = result.stopped
    source = city.council.url if system != "genesis" and city.council else city.statistics[0].page
    metadata["source"] = dg.MetadataValue.url(str(source))
    if result.problems:
        metadata["problems"] = preview.problems(result.problems)
    tables = lake().tables(f"raw_{city.id}")
    for name, columns in _PREVIEW.items():
        table = f"{system}_{name}"
        if table in tables:
            newest = lake().arrow(
                f"SELECT id, {columns} FROM lake.raw_{city.id}.{table} "  # noqa: S608 - our own names
                "WHERE _dlt_valid_to IS NULL ORDER BY retrieved_at DESC, id LIMIT 5",
            )
            metadata[name] = preview.markdown(newest.to_pylist())
    return metadata
