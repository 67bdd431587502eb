"""The jobs: one city's sources (partitioned), and what follows for the whole network."""

from typing import Final
from urllib.parse import urlsplit

import dagster as dg

from orchestration.environment import cities

_COUNCIL: Final = [["raw", "city"], ["raw", "council"], ["documents", "document"]]
_STATISTICS: Final = [["raw", "statistics"]]


def _keys(of: list[list[str]]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(*(dg.AssetKey(key) for key in of))


council_job = dg.define_asset_job(
    "council",
    selection=_keys(_COUNCIL),
    executor_def=dg.in_process_executor,
    description="One city's council information system and its documents.",
)
statistics_job = dg.define_asset_job(
    "statistics",
    selection=_keys(_STATISTICS),
    executor_def=dg.in_process_executor,
    description="One city's statistics tables.",
)
city_job = dg.define_asset_job(
    "city",
    selection=_keys(_COUNCIL + _STATISTICS),
    executor_def=dg.in_process_executor,
    description="Everything of one city: council, documents, statistics.",
)
network_job = dg.define_asset_job(
    "network",
    selection=dg.AssetSelection.groups("seed", "staging", "harmonised", "published", "indexed"),
    executor_def=dg.in_process_executor,
    tags={"seehaus/harmonise": "yes"},
    description="Harmonise, check, publish and index all cities' newest data.",
)
ACCEPT_DROP: Final = "seehaus/accept_drop"
"""Tag of a run that loads although much of what is known is missing: somebody looked."""
FULL: Final = "seehaus/full"
"""Tag of a run that asks for everything again: the reconciliation."""
SOURCE_JOBS: Final = [council_job, statistics_job, city_job]
JOBS: Final = [*SOURCE_JOBS, network_job]


def run_tags(city_id: str, job: str) -> dict[str, str]:
    """The tag by which the queue lets one run per host in at a time."""
    city = cities()[city_id]
    if job == statistics_job.name:
        host = urlsplit(str(city.statistics[0].url)).netloc
    else:
        host = urlsplit(str(city.council.url)).netloc if city.council else city_id
    return {"seehaus/host": host, "seehaus/city": city_id}
