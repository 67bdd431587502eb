-- What is counted, and what is computed from it.
select
    indicator_id,
    label_de,
    label_en,
    definition_de,
    definition_en,
    unit,
    measure_type,
    denominator,
    cast(null as varchar) as derived_from,
    cast(null as varchar) as computed_de,
    cast(null as varchar) as computed_en,
    source_id,
    table_code,
    variable_code,
    decimals
from {{ ref('indicators') }}
union all by name
select
    indicator_id,
    label_de,
    label_en,
    definition_de,
    definition_en,
    unit,
    measure_type,
    case when denominator_id != numerator_id then denominator_id end as denominator,
    case
        when denominator_id = numerator_id then numerator_id
        else numerator_id || '|' || denominator_id
    end as derived_from,
    computed_de,
    computed_en,
    cast(null as varchar) as source_id,
    cast(null as varchar) as table_code,
    cast(null as varchar) as variable_code,
    decimals
from {{ ref('derived_indicators') }}
