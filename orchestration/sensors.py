"""What follows by itself: harmonising after new raw data, and a notice when a run fails."""

from collections.abc import Iterator

import dagster as dg

from orchestration.jobs import SOURCE_JOBS, network_job, purge_job
from orchestration.notices import notice


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=SOURCE_JOBS,
    request_job=network_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="After a city's data came in: harmonise, check, publish and index.",
)
def follow_new_data(context: dg.RunStatusSensorContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """Ask for one network run; several cities in a row share the run that is still waiting."""
    waiting = context.instance.get_run_records(
        dg.RunsFilter(
            job_name=network_job.name,
            statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED],
        ),
        limit=1,
    )
    if waiting:
        yield dg.SkipReason(f"run {waiting[0].dagster_run.run_id} is waiting and will see it")
        return
    yield dg.RunRequest(run_key=f"after-{context.dagster_run.run_id}")


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[network_job],
    request_job=purge_job,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="After a publication: take out what was withdrawn, with all its old versions.",
)
def purge_what_is_gone(context: dg.RunStatusSensorContext) -> dg.RunRequest:
    """Behind publication and index: what they replaced is an old version like every other."""
    return dg.RunRequest(run_key=f"behind-{context.dagster_run.run_id}")


@dg.run_failure_sensor(
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells the log and the webhook of every failed run.",
)
def tell_of_failure(context: dg.RunFailureSensorContext) -> None:
    """One notice per failed run."""
    run = context.dagster_run
    notice(
        run.job_name, run.run_id, run.tags.get("seehaus/city"), context.failure_event.message or ""
    )
