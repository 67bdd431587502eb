with source as (
    {{ union_cities(none, 'city') }}
)

select
    city_id,
    {{ trimmed('name') }} as name,
    ags,
    ars,
    nuts3,
    wikidata as wikidata_id,
    website as website_url,
    {{ trimmed('publisher_name') }} as publisher_name,
    publisher_url,
    publisher_email,
    licence as licence_id,
    council_system,
    council_url,
    coalesce(is_sample, false) as is_sample,
    website as source_url,
    retrieved_at,
    content_sha256
from source
