-- S5: of each figure the newest vintage; the older ones stay in observation. S6: the first period
-- of a series that rests on another basis than the one before is a break.
with newest as (
    select
        *,
        coalesce(basis, '') as own_basis
    from {{ ref('observation') }}
    qualify row_number() over (
        partition by ars, indicator_id, dimensions, period_start_date, period_end_date
        order by vintage_date desc, retrieved_at desc, observation_id asc
    ) = 1
)

select
    * exclude (own_basis),
    coalesce(lag(own_basis) over series != own_basis, false) as is_break
from newest
window series as (
    partition by ars, indicator_id, dimensions
    order by period_end_date, period_start_date
)
