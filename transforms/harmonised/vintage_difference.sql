-- Each vintage of a figure against the one before; rows only where something differs. A change of
-- basis is shown and flagged (S6), so nobody takes it for a correction of the count.
with vintage as (
    select
        *,
        lag(vintage_date) over versions as old_vintage_date,
        lag(value) over versions as old_value,
        lag(obs_status) over versions as old_status,
        lag(coalesce(basis, '')) over versions as old_basis
    from {{ ref('observation') }}
    window versions as (
        partition by ars, indicator_id, dimensions, period_start_date, period_end_date
        order by vintage_date asc, retrieved_at asc, observation_id desc
    )
)

select
    observation_id as vintage_difference_id,
    city_id,
    ars,
    indicator_id,
    dimensions,
    period_start_date,
    period_end_date,
    old_vintage_date,
    vintage_date as new_vintage_date,
    old_value,
    value as new_value,
    {{ plain('value - old_value') }} as difference,
    {{ rounded('100 * (value - old_value) / nullif(old_value, 0)', 2) }} as difference_pct,
    old_basis != coalesce(basis, '') as is_basis_change,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from vintage
where
    old_vintage_date is not null
    and (
        obs_status != old_status
        or coalesce(basis, '') != old_basis
        or coalesce(value != old_value, (value is null) != (old_value is null))
    )
