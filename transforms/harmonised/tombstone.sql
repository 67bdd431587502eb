-- Which objects are gone, so that whoever has a copy can take them out too; never what they were.
-- A request for deletion reads like any other withdrawal: whose it was concerns nobody.
with gone as (
    select
        city_id,
        object_type,
        city_id || ':' || server_id as object_id,
        case when reason in ('deleted', 'disappeared') then reason else 'withdrawn' end as reason,
        gone_at
    from {{ ref('stg_store__tombstone') }}
    where
        object_type in (
            'body', 'legislative_term', 'organization', 'person', 'membership', 'location',
            'meeting', 'agenda_item', 'vote', 'paper', 'consultation', 'file', 'pilot_report'
        )
)

select
    gone.city_id || ':' || gone.object_type || substr(gone.object_id, strpos(gone.object_id, ':'))
        as tombstone_id,
    gone.city_id,
    gone.object_type,
    gone.object_id,
    gone.reason,
    gone.gone_at,
    case
        when gone.object_type = 'pilot_report' then city.source_url
        else coalesce(city.council_url, city.source_url)
    end as source_url,
    gone.gone_at as retrieved_at,
    gone.gone_at as first_seen_at,
    gone.gone_at as last_seen_at,
    sha256(concat_ws('|', gone.object_type, gone.object_id, gone.reason)) as content_sha256
from gone
inner join {{ ref('city') }} as city
    on gone.city_id = city.city_id
