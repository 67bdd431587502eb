"""What Dagster loads."""

import dagster as dg

from orchestration import jobs, sensors
from orchestration.assets import documents, harmonised, indexed, pilots, published, raw
from orchestration.checks import quality_checks
from orchestration.schedules import schedules

defs = dg.Definitions(
    assets=[
        raw.city_file,
        raw.council,
        raw.statistics,
        documents.document,
        pilots.pilot_report,
        harmonised.harmonise,
        published.catalogue,
        published.ckan,
        published.oparl_service,
        indexed.search,
    ],
    asset_checks=[quality_checks()],
    jobs=jobs.JOBS,
    schedules=schedules(),
    sensors=[sensors.follow_new_data, sensors.purge_what_is_gone, sensors.tell_of_failure],
    executor=dg.in_process_executor,
)
