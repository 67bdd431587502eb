with source as (
    {{ union_cities(none, 'tombstone') }}
)

select
    city_id,
    object_type,
    id as server_id,
    arg_max(reason, at) as reason,
    max(at) as at
from source
group by city_id, object_type, id
