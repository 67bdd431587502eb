select
    table_code,
    source_id,
    title_de,
    title_en,
    mdk_uri,
    theme,
    hvd_category,
    accrual
from {{ ref('statistic_tables') }}
