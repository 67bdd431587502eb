select
    indicator_id,
    label_de,
    label_en,
    definition_de,
    unit,
    measure_type,
    denominator,
    table_code,
    variable_code,
    decimals
from {{ ref('indicators') }}
