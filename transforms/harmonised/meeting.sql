with present as (
    {{ council_objects('meeting') }}
),

organization as (
    select * from {{ ref('organization') }}
),

-- A name that two organisations share would double the meeting.
by_name as (
    select
        city_id,
        lower(name) as name_key,
        min(organization_id) as organization_id
    from organization
    group by all
)

select
    present.meeting_id,
    present.city_id,
    coalesce(by_id.organization_id, by_name.organization_id) as organization_id,
    coalesce(present.organization_name, by_id.name) as organization_name,
    present.name,
    present.reference,
    present.start_at,
    present.end_at,
    present.location,
    present.state,
    present.is_cancelled,
    present.has_agenda,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
left join organization as by_id
    on present.organization_id = by_id.organization_id
left join by_name
    on
        present.city_id = by_name.city_id
        and lower(present.organization_name) = by_name.name_key
