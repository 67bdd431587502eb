with source as (
    {{ union_cities(none, 'document_section') }}
)

select
    city_id,
    {{ object_id('file_id') }} as file_id,
    sha256,
    position,
    kind,
    {{ trimmed('heading') }} as heading,
    page,
    {{ trimmed('text') }} as text,
    amount_eur
from source
