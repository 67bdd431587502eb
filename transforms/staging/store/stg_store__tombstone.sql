with source as (
    {{ union_cities(none, 'tombstone') }}
)

select distinct
    city_id,
    object_type,
    id as server_id
from source
