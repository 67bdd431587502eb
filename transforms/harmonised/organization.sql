-- Listed organisations, and those that only a meeting names: by the server's id where the meeting
-- has one, else by name.
with listed as (
    {{ council_objects('organization') }}
),

meetings as (
    select
        *,
        coalesce(
            organization_id, city_id || ':name:' || {{ slug('organization_name') }}
        ) as named_id,
        (coalesce(start_at, cast('-infinity' as timestamptz)), meeting_id) as newness
    from ({{ council_objects('meeting') }}) as present
    where organization_name is not null
),

unlisted as (
    select meetings.*
    from meetings
    anti join listed
        on
            meetings.city_id = listed.city_id
            and (
                meetings.organization_id = listed.organization_id
                or (
                    meetings.organization_id is null
                    and lower(meetings.organization_name) = lower(listed.name)
                )
            )
),

-- One id may come with several spellings; the newest meeting's counts.
named as (
    select
        named_id as organization_id,
        city_id,
        arg_max(organization_name, newness) as name,
        cast(null as varchar) as classification,
        arg_max(source_url, newness) as source_url,
        min(retrieved_at) as retrieved_at,
        min(first_seen_at) as first_seen_at,
        max(last_seen_at) as last_seen_at,
        sha256(arg_max(organization_name, newness)) as content_sha256
    from unlisted
    group by named_id, city_id
)

select
    organization_id,
    city_id,
    name,
    classification,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from listed
union all
select
    organization_id,
    city_id,
    name,
    classification,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from named
