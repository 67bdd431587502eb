with source as (
    {{ union_cities(none, 'sighting') }}
)

select
    city_id,
    system,
    object_type,
    id as server_id,
    min(first_seen_at) as first_seen_at,
    max(last_seen_at) as last_seen_at
from source
group by all
