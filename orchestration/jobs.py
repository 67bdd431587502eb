"""The jobs: one city's sources (partitioned), and what follows for the whole network."""

from typing import Any, Final
from urllib.parse import urlsplit

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration import preview
from orchestration.environment import cities

_COUNCIL: Final = [["raw", "city"], ["raw", "council"], ["documents", "document"]]
_STATISTICS: Final = [["raw", "statistics"]]
# A folder of this machine: read beside whatever else of the city is.
_PILOTS: Final = [["raw", "pilot_report"]]


def _keys(of: list[list[str]]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(key) for key in of))


council_job = dg.define_asset_job(
    "council",
    selection=_keys(_COUNCIL + _PILOTS),
    executor_def=dg.in_process_executor,
    description="One city's council information system, its documents and its pilot reports.",
)
statistics_job = dg.define_asset_job(
    "statistics",
    selection=_keys(_STATISTICS + _PILOTS),
    executor_def=dg.in_process_executor,
    description="One city's statistics tables and its pilot reports.",
)
city_job = dg.define_asset_job(
    "city",
    selection=_keys(_COUNCIL + _STATISTICS + _PILOTS),
    executor_def=dg.in_process_executor,
    description="Everything of one city: council, documents, statistics, pilot reports.",
)
network_job = dg.define_asset_job(
    "network",
    selection=dg.AssetSelection.groups("seed", "staging", "harmonised", "published", "indexed"),
    executor_def=dg.in_process_executor,
    tags={"seehaus/harmonise": "yes"},
    description="Harmonise, check, publish and index all cities' newest data.",
)


@dg.op(name="take_out", description="Takes out what was withdrawn or is under a deletion request.")
def _purge(context: dg.OpExecutionContext) -> None:
    from orchestration import purge  # noqa: PLC0415 - reads the dbt project

    done = purge.purge()
    if done.is_rewritten:
        purge.note(done)
    context.log.info(done.text())


@dg.job(
    name="purge",
    executor_def=dg.in_process_executor,
    description="What was withdrawn is physically gone: old versions, bytes, previews.",
)
def purge_job() -> None:
    """One step: whoever needs it at once runs `seehaus privacy purge`."""
    _purge()


@dg.op(name="ask_links", description="Asks a few hundred of the published addresses, politely.")
def _links(context: dg.OpExecutionContext) -> None:
    from orchestration import links  # noqa: PLC0415 - reads the dbt project

    report = links.check()
    for one in report.bad:
        context.log.warning("%s (%s, %s): %s", one.url, one.dataset, one.place, one.why)
    context.add_output_metadata({**report.counts, "bad_links": preview.markdown(_rows(report))})


def _rows(report: Any) -> list[dict[str, str]]:
    return [
        {"address": one.url, "data set": one.dataset, "found": one.why, "since": one.since}
        for one in report.bad
    ]


@dg.job(
    name="links",
    executor_def=dg.in_process_executor,
    description="Whether the addresses in what is published still answer.",
)
def links_job() -> None:
    """One step: whoever wants to know now runs `seehaus links`."""
    _links()


ACCEPT_DROP: Final = "seehaus/accept_drop"
"""Tag of a run that loads although much of what is known is missing: somebody looked."""
FULL: Final = "seehaus/full"
"""Tag of a run that asks for everything again: the reconciliation."""
SOURCE_JOBS: Final = [council_job, statistics_job, city_job]
JOBS: Final[list[UnresolvedAssetJobDefinition | dg.JobDefinition]] = [
    *SOURCE_JOBS,
    network_job,
    purge_job,
    links_job,
]


def run_tags(city_id: str, job: str) -> dict[str, str]:
    """The tag by which the queue lets one run per host in at a time."""
    city = cities()[city_id]
    if job == statistics_job.name:
        # The same offices serve all cities: their tables are asked for one city after another.
        host = "statistics"
    else:
        host = urlsplit(str(city.council.url)).netloc if city.council else city_id
    return {"seehaus/host": host, "seehaus/city": city_id}
