-- Every cell with what the seeds say about it. `reject_reason` names what is missing there, so that
-- a cell is either an observation or a rejected row, never lost (S2).
with cell as (
    select * from {{ ref('stg_statistics__observation') }}
),

-- S4: 5, 8 or 12 digits; the 5-digit key means the city only where it is its own district.
place as (
    select
        ars,
        ags,
        case when ags like '%000' then left(ars, 5) end as district_key
    from {{ ref('stg_store__city') }}
),

breakdown as (
    select
        observation_id,
        table_code,
        unnest(map_keys(cast(cast(source_dimensions as json) as map (varchar, varchar))))
            as variable_code,
        unnest(map_values(cast(cast(source_dimensions as json) as map (varchar, varchar)))) as code
    from cell
),

members as (
    select
        breakdown.observation_id,
        to_json(map_from_entries(list(
            (
                coalesce(codes.dimension, breakdown.variable_code),
                coalesce(codes.member, breakdown.code)
            )
            order by coalesce(codes.dimension, breakdown.variable_code)
        ))) as dimensions,
        to_json(map_from_entries(list(
            (
                coalesce(codes.dimension_label_de, breakdown.variable_code),
                coalesce(codes.member_label_de, breakdown.code)
            )
            order by coalesce(codes.dimension, breakdown.variable_code)
        ))) as dimension_labels
    from breakdown
    left join {{ ref('statistic_tables') }} as tables
        on breakdown.table_code = tables.table_code
    left join {{ ref('dimension_codes') }} as codes
        on
            tables.source_id = codes.source_id
            and breakdown.variable_code = codes.variable_code
            and breakdown.code = codes.code
    -- SDMX's code for all together: such a cell is a total, which has no dimension.
    where codes.member is distinct from '_T'
    group by breakdown.observation_id
)

select
    cell.*,
    tables.source_id,
    place.ars,
    indicators.indicator_id,
    indicators.unit,
    indicators.factor,
    time_codes.period_type,
    coalesce(cast(members.dimensions as varchar), '{}') as dimensions,
    coalesce(cast(members.dimension_labels as varchar), '{}') as dimension_labels,
    case
        when time_codes.period_type = 'year' then cast(date_trunc('year', cell.time_date) as date)
        else cell.time_date
    end as period_start_date,
    case
        when time_codes.period_type = 'year'
            then last_day(date_trunc('year', cell.time_date) + interval 11 month)
        else cell.time_date
    end as period_end_date,
    case
        when tables.table_code is null
            then
                'unknown table ' || cell.table_code
                || ' → add it to its source in ingestion/sources'
        when indicators.indicator_id is null
            then
                'no indicator for ' || cell.variable_code || ' of ' || cell.table_code
                || ' → add it in ingestion/sources'
        when lower(indicators.variable_label) != lower(coalesce(cell.variable_label, ''))
            then
                cell.variable_code || ' of ' || cell.table_code || ' is called '
                || coalesce(cell.variable_label, '(nothing)') || ' → expected '
                || indicators.variable_label || ' (see ingestion/sources)'
        when not list_contains(string_split(indicators.source_units, '|'), cell.source_unit)
            then
                'unit ' || cell.source_unit || ' of ' || cell.variable_code
                || ' → expected ' || indicators.source_units || ' (see ingestion/sources)'
        when place.ars is null
            then
                'region ' || coalesce(cell.region_code, '(none)')
                || ' is none of our places → ask the server for the city only'
        when time_codes.period_type is null
            then
                'time code ' || coalesce(cell.time_code, '(none)')
                || ' → add it to seeds/time_codes.csv'
        when cell.value is null and cell.sign is null
            then 'neither a number nor a sign: ' || coalesce(cell.value_raw, '(empty)')
        when cell.sign is not null and signs.sign is null
            then
                'unknown sign ' || cell.sign
                || ' → add it to the source''s signs in ingestion/sources'
        when cell.quality is not null and qualities.sign is null
            then
                'unknown quality ' || cell.quality
                || ' → add it to the source''s signs in ingestion/sources'
    end as reject_reason,
    coalesce(signs.obs_status, qualities.obs_status, 'A') as obs_status,
    -- S3: a sign is a number only where the source's legend gives it one.
    coalesce(cell.value, signs.value) * indicators.factor as harmonised_value
from cell
left join {{ ref('statistic_tables') }} as tables
    on cell.table_code = tables.table_code
left join {{ ref('indicators') }} as indicators
    on
        tables.source_id = indicators.source_id
        and cell.table_code = indicators.table_code
        and cell.variable_code = indicators.variable_code
left join place
    on cell.region_code in (place.ars, place.ags, place.district_key)
left join {{ ref('time_codes') }} as time_codes
    on cell.time_code = time_codes.time_code
left join {{ ref('signs') }} as signs
    on tables.source_id = signs.source_id and cell.sign = signs.sign
left join {{ ref('signs') }} as qualities
    on tables.source_id = qualities.source_id and cell.quality = qualities.sign
left join members
    on cell.observation_id = members.observation_id
