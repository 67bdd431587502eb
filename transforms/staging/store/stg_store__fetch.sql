with source as (
    {{ union_cities(none, 'fetch') }}
)

select
    city_id,
    url,
    kind,
    status,
    sha256,
    size_bytes,
    retrieved_at
from source
