-- The newest judgement of each file counts.
with source as (
    {{ union_cities(none, 'document') }}
)

select
    city_id,
    {{ object_id('file_id') }} as file_id,
    sha256,
    lower({{ trimmed('mime_type') }}) as mime_type,
    size_bytes,
    page_count,
    text_status,
    privacy_status,
    {{ trimmed('title') }} as title,
    language,
    ocr_page_count,
    retrieved_at
from source
qualify row_number() over (
    partition by city_id, {{ object_id('file_id') }} order by retrieved_at desc, sha256 asc
) = 1
