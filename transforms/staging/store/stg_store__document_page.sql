with source as (
    {{ union_cities(none, 'document_page') }}
)

select
    city_id,
    {{ object_id('file_id') }} as file_id,
    sha256,
    page,
    {{ trimmed('text') }} as text,
    method,
    confidence,
    {{ trimmed('part') }} as part
from source
