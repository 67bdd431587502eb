-- S5: of each figure the newest vintage; the older ones stay in observation.
select *
from {{ ref('observation') }}
qualify row_number() over (
    partition by ars, indicator_id, dimensions, period_start_date, period_end_date
    order by vintage_date desc, retrieved_at desc, observation_id asc
) = 1
