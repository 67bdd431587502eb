with source as (
    {{ union_systems('place') }}
)

select
    city_id,
    system,
    id as server_id,
    ars,
    ags,
    {{ trimmed('name') }} as name,
    level,
    parent_ars,
    {{ trimmed('kind') }} as kind,
    area_km2,
    area_on as area_date,
    population,
    population_on as population_date,
    population_basis,
    postal_code,
    longitude,
    latitude,
    valid_on as valid_date,
    geometry,
    url as source_url,
    retrieved_at,
    content_sha256
from source
