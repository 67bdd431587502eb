with source as (
    {{ union_cities(none, 'tombstone') }}
)

select
    source.city_id,
    source.object_type,
    source.id as server_id,
    arg_max(source.reason, source.at) as reason,
    max(source.at) as gone_at
from source
group by source.city_id, source.object_type, source.id
