"""City file, council information system and statistics into the raw layer, one city a partition."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import dagster as dg

from ingestion import systems
from ingestion.city import City
from ingestion.crawl import CrawlResult, crawl_city
from ingestion.plan import choose
from ingestion.store import DropError, Store, city_row
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
        return _nothing_to_do(city, "the network's list has no table for this city")
    return _crawl(context, *city.statistics_systems)


def _crawl(context: dg.AssetExecutionContext, *names: str) -> Result:
    """Crawl a city's council, or one after another its statistics systems; told as one source."""
    city = cities()[context.partition_key]
    source = "statistics" if names[0] in systems.STATISTICS_SYSTEMS else "council"
    results: list[CrawlResult] = []
    held: list[DropError] = []
    into = store(city)
    with (
        step(f"{city.name}: {source}", current().seconds) as tell,
        noted(city.id, source, context.run.run_id) as noting,
    ):
        with into.together():
            for name in names:
                try:
                    results.append(_crawled(context, city, name, into, tell))
                except DropError as error:  # of one server: the others are read all the same
                    held.append(error)
        if held:
            raise held[0]
        problems = [problem for each in results for problem in each.problems]
        stopped = next((each.stopped for each in results if each.stopped), None)
        if problems and not any(each.answers for each in results):
            raise noting.nothing(problems, stopped)
        noting.read(problems, stopped)
    for problem in problems:
        current().problems.append(f"{city.id}: {problem}")
        context.log.warning(str(problem))
    current().changed("raw", sum(map(changed, results)))
    metadata = {"outcome": noting.ending} | _metadata(city, results)
    return dg.MaterializeResult(metadata=metadata, check_results=[noting.check()])


def _crawled(
    context: dg.AssetExecutionContext,
    city: City,
    system: str,
    into: Store,
    tell: Callable[..., None],
) -> CrawlResult:
    with client(city, system, into, context.run.run_id) as talks:
        window = None
        if city.council is not None and system == city.council.system:
            window = choose(into, city.council, is_full=FULL in context.run.tags)
        return crawl_city(
            city,
            systems.load(system),
            talks,
            into,
            window,
            accept_drop=ACCEPT_DROP in context.run.tags,
            progress=lambda done, message: tell(done, None, message),
        )


def _nothing_to_do(city: City, note: str) -> Result:
    done = Noting(city.id).check()
    return dg.MaterializeResult(metadata={"note": note}, check_results=[done])


def changed(result: CrawlResult) -> int:
    """Objects that are new, changed or gone."""
    return sum(each.new + each.changed + each.removed for each in result.load.counts.values())


def _metadata(city: City, results: Sequence[CrawlResult]) -> dict[str, Any]:
    first = results[0]
    counts: list[dict[str, Any]] = [
        {
            "object": name if len(results) == 1 else f"{result.system}: {name}",
            "seen": each.seen,
            "new": each.new,
            "changed": each.changed,
            "removed": each.removed,
        }
        for result in results
        for name, each in sorted(result.load.counts.items())
    ]
    metadata: dict[str, Any] = {
        "dagster/row_count": dg.MetadataValue.int(sum(each["seen"] for each in counts)),
        "changed": dg.MetadataValue.int(sum(map(changed, results))),
        "requests": dg.MetadataValue.int(sum(each.requests for each in results)),
        "not_modified": dg.MetadataValue.int(sum(each.not_modified for each in results)),
        "complete": dg.MetadataValue.bool(all(each.is_complete for each in results)),
        "objects": preview.markdown(counts),
        "kind": first.window.kind,
        "window": f"{first.window.first or 'everything'} to {first.window.last or 'now'}",
        "portions": sum(each.portions for each in results),
        "source": dg.MetadataValue.url(_page(city, first.system)),
    }
    resumed = [each.resumed_from for each in results if each.resumed_from is not None]
    if resumed:
        metadata["resumed_from"] = min(resumed).isoformat()
    stopped = [each.stopped for each in results if each.stopped is not None]
    if stopped:
        metadata["stopped"] = "; ".join(stopped)
    problems = [problem for each in results for problem in each.problems]
    if problems:
        metadata["problems"] = preview.problems(problems)
    return metadata | _newest(city, first.system)


def _page(city: City, system: str) -> str:
    """Where people see what was read."""
    if city.council is not None and city.council.system == system:
        return str(city.council.url)
    return str(city.statistics_of(system)[0].page)


def _newest(city: City, system: str) -> dict[str, dg.MetadataValue]:
    found: dict[str, dg.MetadataValue] = {}
    tables = lake().tables(f"raw_{city.id}")
    for name, columns in _PREVIEW.items():
        table = f"{system}_{name}"
        if table in tables:
            newest = lake().arrow(
                f"SELECT id, {columns} FROM lake.raw_{city.id}.{table} "  # noqa: S608 - our own names
                "WHERE _dlt_valid_to IS NULL ORDER BY retrieved_at DESC, id LIMIT 5",
            )
            found[name] = preview.markdown(newest.to_pylist())
    return found
