-- Rates, densities, shares and changes, as seed derived_indicators declares them: of every figure's
-- newest vintage, in one pass over all of them. Two figures make one only where they share place,
-- breakdown and period (by the declared rule). Where they do, the row is always there: without a
-- value where an input has none (S8) or where the two rest on different bases (S6), and it says so.
with declared as (
    select * from {{ ref('derived_indicators') }}
),

figure as (
    select
        observations.*,
        statuses.severity as status_rank
    from {{ ref('observation_current') }} as observations
    inner join {{ ref('observation_statuses') }} as statuses
        on observations.obs_status = statuses.obs_status
),

-- The breakdown that is left when the declared members are taken out, e.g. women of all ages.
numerator as (
    select
        figure.*,
        declared.indicator_id as derived_id,
        declared.breakdown,
        case
            when declared.numerator_dimensions = '{}' then figure.dimensions
            else cast(json_merge_patch(figure.dimensions, declared.numerator_patch) as varchar)
        end as left_dimensions,
        case declared.period_rule
            when 'same' then concat_ws('/', figure.period_start_date, figure.period_end_date)
            when 'same_year' then cast(year(figure.period_end_date) as varchar)
            when 'year_before' then cast(year(figure.period_end_date) - 1 as varchar)
            when 'previous' then concat_ws(
                '/', cast(figure.period_start_date - interval 1 year as date),
                cast(figure.period_end_date - interval 1 year as date)
            )
        end as period_key
    from figure
    inner join declared
        on
            figure.indicator_id = declared.numerator_id
            and (
                declared.numerator_dimensions = '{}'
                or json_contains(figure.dimensions, declared.numerator_dimensions)
            )
),

denominator as (
    select
        figure.*,
        declared.indicator_id as derived_id,
        case
            when declared.denominator_dimensions = '{}' then figure.dimensions
            else cast(json_merge_patch(figure.dimensions, declared.denominator_patch) as varchar)
        end as left_dimensions,
        case
            when declared.period_rule in ('same_year', 'year_before')
                then cast(year(figure.period_end_date) as varchar)
            else concat_ws('/', figure.period_start_date, figure.period_end_date)
        end as period_key
    from figure
    inner join declared
        on
            figure.indicator_id = declared.denominator_id
            and (
                declared.denominator_dimensions = '{}'
                or json_contains(figure.dimensions, declared.denominator_dimensions)
            )
    -- Of several days in a year the last one stands for it.
    qualify row_number() over (
        partition by derived_id, figure.ars, left_dimensions, period_key
        order by figure.period_end_date desc, figure.period_start_date desc
    ) = 1
),

pair as (
    select
        numerator.*,
        denominator.observation_id as denominator_observation_id,
        denominator.value as denominator_value,
        denominator.basis as denominator_basis,
        denominator.dimensions as denominator_dimensions,
        denominator.obs_status as denominator_status,
        denominator.status_rank as denominator_rank,
        denominator.vintage_date as denominator_vintage,
        denominator.retrieved_at as denominator_retrieved_at,
        denominator.first_seen_at as denominator_first_seen_at,
        denominator.last_seen_at as denominator_last_seen_at,
        denominator.content_sha256 as denominator_sha256
    from numerator
    inner join denominator
        on
            numerator.derived_id = denominator.derived_id
            and numerator.ars = denominator.ars
            and numerator.period_key = denominator.period_key
            and denominator.left_dimensions
            = case numerator.breakdown when 'total' then '{}' else numerator.left_dimensions end
),

judged as (
    select
        pair.*,
        declared.method,
        declared.factor,
        declared.decimals,
        declared.unit as derived_unit,
        -- Two figures of one series must be known to share their basis; a count that is no matter
        -- of census (null) goes with any.
        case
            when declared.method = 'ratio'
                then coalesce(pair.basis != pair.denominator_basis, false)
            else coalesce(pair.basis, '') != coalesce(pair.denominator_basis, '')
        end as has_two_bases
    from pair
    inner join declared
        on pair.derived_id = declared.indicator_id
),

computed as (
    select
        *,
        case
            when has_two_bases or value is null or denominator_value is null then null
            when method = 'difference' then factor * (value - denominator_value)
            when denominator_value = 0 then null
            when method = 'ratio' then factor * value / denominator_value
            when method = 'change' then factor * (value - denominator_value) / denominator_value
        end as exact_value
    from judged
)

select
    city_id || ':' || left(
        sha256(concat_ws('|', derived_id, observation_id, denominator_observation_id)), 32
    ) as derived_observation_id,
    city_id,
    ars,
    derived_id as indicator_id,
    left_dimensions as dimensions,
    case
        when left_dimensions = dimensions then dimension_labels
        else {{ labels_left('dimensions', 'dimension_labels', 'left_dimensions') }}
    end as dimension_labels,
    period_start_date,
    period_end_date,
    period_type,
    case when not has_two_bases then coalesce(basis, denominator_basis) end as basis,
    has_two_bases as is_break,
    greatest(vintage_date, denominator_vintage) as vintage_date,
    {{ rounded('exact_value', 'decimals') }} as value,
    derived_unit as unit,
    case
        when exact_value is null and value is not null and denominator_value is not null then 'M'
        when status_rank >= denominator_rank then obs_status
        else denominator_status
    end as obs_status,
    observation_id as numerator_observation_id,
    denominator_observation_id,
    source_url,
    greatest(retrieved_at, denominator_retrieved_at) as retrieved_at,
    greatest(first_seen_at, denominator_first_seen_at) as first_seen_at,
    least(last_seen_at, denominator_last_seen_at) as last_seen_at,
    sha256(
        concat_ws('|', derived_id, content_sha256, denominator_sha256, basis, denominator_basis)
    ) as content_sha256
from computed
