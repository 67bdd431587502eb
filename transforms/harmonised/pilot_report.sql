-- What the cities try out, in their own words.
select
    report.pilot_report_id,
    report.city_id,
    report.title,
    report.area_id,
    areas.label_de as area,
    report.tried,
    report.result,
    report.outcome_id,
    outcomes.label_de as outcome,
    report.effort,
    report.person_days,
    report.cost_eur,
    report.background,
    report.advice,
    report.contact_office,
    report.contact_email,
    report.report_date,
    report.start_date,
    report.end_date,
    report.attachments,
    report.web_url,
    report.is_example,
    report.is_redacted,
    report.source_url,
    report.retrieved_at,
    coalesce(sightings.first_seen_at, report.retrieved_at) as first_seen_at,
    coalesce(sightings.last_seen_at, report.retrieved_at) as last_seen_at,
    report.content_sha256
from {{ ref('stg_store__pilot_report') }} as report
left join {{ ref('pilot_areas') }} as areas
    on report.area_id = areas.code
left join {{ ref('pilot_outcomes') }} as outcomes
    on report.outcome_id = outcomes.code
left join {{ ref('stg_store__sighting') }} as sightings
    on
        report.city_id = sightings.city_id
        and report.server_id = sightings.server_id
        and sightings.object_type = 'pilot_report'
-- A deletion request counts at once, before the next run ends the row.
anti join {{ gone('pilot_report') }} as tombstones
    on report.pilot_report_id = tombstones.object_id
