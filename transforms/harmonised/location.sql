-- Where meetings take place: the locations that the source lists, and those that a meeting only
-- describes, one per wording. A listed location that no meeting names and that is no room may be
-- what a paper is about, so somebody's address: it stays in the raw layer.
with meeting as (
    {{ council_objects('meeting') }}
),

used as (
    select distinct location_id
    from meeting
),

listed as (
    select locations.*
    from ({{ council_objects('location') }}) as locations
    left join used
        on locations.location_id = used.location_id
    where used.location_id is not null or locations.room is not null
),

described as (
    select
        *,
        nullif({{ slug('location') }}, '') as name_key,
        (coalesce(start_at, cast('-infinity' as timestamptz)), meeting_id) as newness
    from meeting
    where location is not null
),

named as (
    select
        described.city_id || ':name:' || described.name_key as location_id,
        described.city_id,
        arg_max(described.location, described.newness) as description,
        arg_max(described.source_url, described.newness) as source_url,
        min(described.retrieved_at) as retrieved_at,
        min(described.first_seen_at) as first_seen_at,
        max(described.last_seen_at) as last_seen_at
    from described
    anti join listed
        on
            described.city_id = listed.city_id
            and (
                described.location_id = listed.location_id
                or described.name_key = {{ slug('listed.description') }}
            )
    where described.name_key is not null
    group by described.city_id, described.name_key
),

locations as (
    select * from listed
    union all by name
    select
        *,
        sha256(description) as content_sha256
    from named
)

select
    location_id,
    city_id,
    coalesce(
        description,
        nullif(
            concat_ws(
                ', ', room, street_address, nullif(concat_ws(' ', postal_code, locality), '')
            ),
            ''
        )
    ) as description,
    room,
    street_address,
    postal_code,
    locality,
    sub_locality,
    latitude,
    longitude,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from locations
