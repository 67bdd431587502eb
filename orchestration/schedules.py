"""When what runs: council every six hours, all of it again and statistics weekly, jittered."""

import datetime as dt
import hashlib

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from orchestration.environment import cities
from orchestration.jobs import FULL, council_job, links_job, run_tags, statistics_job


def jitter(city_id: str, salt: str, below: int) -> int:
    """A number in [0, below) that is the city's own: spreads the load, the same every day."""
    return int(hashlib.sha256(f"{salt}:{city_id}".encode()).hexdigest(), 16) % below


def is_due(city_id: str, day: dt.date, every: int) -> bool:
    """Whether a city's reconciliation falls on a day: every so many days, on its own ones."""
    return (day.toordinal() + jitter(city_id, "reconcile day", every)) % every == 0


def _reconciliation(city_id: str, every: int) -> dg.ScheduleDefinition:
    minute, hour = jitter(city_id, "reconcile", 60), 1 + jitter(city_id, "reconcile hour", 4)

    @dg.schedule(
        name=f"reconcile_{city_id}",
        job=council_job,
        cron_schedule=f"{minute} {hour} * * *",
        execution_timezone="Europe/Berlin",
        description=f"Everything of {city_id} again, every {every} days at night.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    def evaluate(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        planned = context.scheduled_execution_time
        if not is_due(city_id, planned.date(), every):
            return dg.SkipReason(f"every {every} days, not today")
        return dg.RunRequest(
            run_key=f"reconcile-{city_id}-{planned.isoformat()}",
            partition_key=city_id,
            tags=run_tags(city_id, council_job.name) | {FULL: "yes"},
        )

    return evaluate


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
    """Per city file that has the source: council, its reconciliation, statistics; links weekly."""
    made = [
        dg.ScheduleDefinition(
            name="links",
            job=links_job,
            cron_schedule="20 9 * * 6",
            execution_timezone="Europe/Berlin",
            description="Whether what is published still answers; Saturdays, when few look.",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ]
    for city in cities().values():
        if city.council:
            minute, hour = jitter(city.id, "council", 60), jitter(city.id, "hour", 6)
            made.append(
                _schedule(council_job, city.id, f"{minute} {hour}-23/6 * * *"),
            )
            made.append(_reconciliation(city.id, city.council.reconcile_days))
        if city.statistics:
            minute, hour = jitter(city.id, "statistics", 60), 2 + jitter(city.id, "statistics", 4)
            made.append(_schedule(statistics_job, city.id, f"{minute} {hour} * * 1"))
    return made
