with source as (
    {{ union_systems('observation') }}
)

select
    city_id,
    system,
    id as server_id,
    {{ object_id('id') }} as observation_id,
    table_code,
    {{ trimmed('region_code') }} as region_code,
    {{ trimmed('region_label') }} as region_label,
    variable_code,
    {{ trimmed('variable_label') }} as variable_label,
    {{ trimmed('unit') }} as source_unit,
    dimensions as source_dimensions,
    dimension_labels as source_dimension_labels,
    time_code,
    time as time_date,
    time_text,
    value_raw,
    value,
    sign,
    quality,
    row_no,
    layout,
    vintage as vintage_date,
    url as source_url,
    retrieved_at,
    content_sha256
from source
