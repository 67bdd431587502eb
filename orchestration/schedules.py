"""When what runs: council every six hours, statistics weekly, each city at its own minute."""

import hashlib

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.environment import cities
from orchestration.jobs import council_job, run_tags, statistics_job


def jitter(city_id: str, salt: str, below: int) -> int:
    """A number in [0, below) that is the city's own: spreads the load, the same every day."""
    return int(hashlib.sha256(f"{salt}:{city_id}".encode()).hexdigest(), 16) % below


def _schedule(job: UnresolvedAssetJobDefinition, city_id: str, cron: str) -> dg.ScheduleDefinition:
    @dg.schedule(
        name=f"{job.name}_{city_id}",
        job=job,
        cron_schedule=cron,
        execution_timezone="Europe/Berlin",
        description=f"{job.name} of {city_id}; the minute is the city's own.",
        # Only the daemon acts on it: whoever starts the daemon wants fresh data.
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def evaluate(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        planned = context.scheduled_execution_time.isoformat()
        return dg.RunRequest(
            run_key=f"{city_id}-{planned}",
            partition_key=city_id,
            tags=run_tags(city_id, job.name),
        )

    return evaluate


def schedules() -> list[dg.ScheduleDefinition]:
    """One council and one statistics schedule per city file that has the source."""
    made = []
    for city in cities().values():
        if city.council:
            minute, hour = jitter(city.id, "council", 60), jitter(city.id, "hour", 6)
            made.append(
                _schedule(council_job, city.id, f"{minute} {hour}-23/6 * * *"),
            )
        if city.statistics:
            minute, hour = jitter(city.id, "statistics", 60), 2 + jitter(city.id, "statistics", 4)
            made.append(_schedule(statistics_job, city.id, f"{minute} {hour} * * 1"))
    return made
