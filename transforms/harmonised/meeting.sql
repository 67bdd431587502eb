-- Listed meetings, and stubs for those that an agenda item or a public paper's consultation names.
with listed as (
    {{ council_objects('meeting') }}
),

named as (
    select
        meeting_id,
        city_id,
        cast(null as varchar) as organization_id,
        cast(null as varchar) as organization_name,
        cast(null as date) as start_date,
        source_url,
        retrieved_at,
        first_seen_at,
        last_seen_at,
        agenda_item_id as told_by
    from ({{ council_objects('agenda_item') }}) as items
    union all
    select
        consultations.meeting_id,
        consultations.city_id,
        consultations.organization_id,
        consultations.organization_name,
        consultations.consultation_date as start_date,
        consultations.source_url,
        consultations.retrieved_at,
        consultations.first_seen_at,
        consultations.last_seen_at,
        consultations.consultation_id as told_by
    from ({{ council_objects('consultation') }}) as consultations
    semi join {{ ref('paper') }} as paper
        on consultations.paper_id = paper.paper_id
),

stub as (
    select
        named.meeting_id,
        any_value(named.city_id) as city_id,
        arg_max(named.organization_id, named.told_by) as organization_id,
        arg_max(named.organization_name, named.told_by) as organization_name,
        coalesce(
            arg_max(named.organization_name, named.told_by), {{ server_id('named.meeting_id') }}
        ) as name,
        timezone(
            'Europe/Berlin', cast(arg_max(named.start_date, named.told_by) as timestamp)
        ) as start_at,
        arg_max(named.source_url, named.told_by) as source_url,
        min(named.retrieved_at) as retrieved_at,
        min(named.first_seen_at) as first_seen_at,
        max(named.last_seen_at) as last_seen_at
    from named
    anti join listed
        on named.meeting_id = listed.meeting_id
    anti join {{ gone('meeting') }} as gone_meeting
        on named.meeting_id = gone_meeting.object_id
    where named.meeting_id is not null
    group by named.meeting_id
),

meetings as (
    select
        *,
        false as is_stub
    from listed
    union all by name
    select
        *,
        false as is_cancelled,
        false as has_agenda,
        true as is_stub,
        sha256(concat_ws('|', meeting_id, name, start_at)) as content_sha256
    from stub
),

organization as (
    select * from {{ ref('organization') }}
),

organization_by_name as {{ by_name('organization') }},

location as (
    select * from {{ ref('location') }}
),

location_by_name as {{ by_name('location', name='description') }}

select
    meetings.meeting_id,
    meetings.city_id,
    coalesce(by_id.organization_id, organization_by_name.organization_id) as organization_id,
    coalesce(meetings.organization_name, by_id.name) as organization_name,
    meetings.name,
    meetings.reference,
    meetings.start_at,
    meetings.end_at,
    meetings.location,
    coalesce(location.location_id, location_by_name.location_id) as location_id,
    meetings.state,
    meetings.is_cancelled,
    meetings.has_agenda,
    meetings.is_stub,
    meetings.source_url,
    meetings.retrieved_at,
    meetings.first_seen_at,
    meetings.last_seen_at,
    meetings.content_sha256
from meetings
left join organization as by_id
    on meetings.organization_id = by_id.organization_id
left join organization_by_name
    on
        meetings.city_id = organization_by_name.city_id
        and {{ slug('meetings.organization_name') }} = organization_by_name.name_key
left join location
    on meetings.location_id = location.location_id
left join location_by_name
    on
        meetings.city_id = location_by_name.city_id
        and {{ slug('meetings.location') }} = location_by_name.name_key
