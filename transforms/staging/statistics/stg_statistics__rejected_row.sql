with source as (
    {{ union_systems('rejected_row') }}
)

select
    city_id,
    system,
    id as server_id,
    {{ object_id('id') }} as rejected_row_id,
    {{ trimmed('source') }} as table_code,
    row_no,
    {{ trimmed('reason') }} as reason,
    row,
    url as source_url,
    retrieved_at,
    content_sha256
from source
