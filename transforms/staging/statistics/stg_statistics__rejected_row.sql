with source as (
    {%- for system in var('statistics_systems') %}
    select
        '{{ system }}' as system,
        *
    from ({{ union_cities(system, 'rejected_row') }})
    {%- if not loop.last %}
    union all by name
    {%- endif %}
    {%- endfor %}
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
