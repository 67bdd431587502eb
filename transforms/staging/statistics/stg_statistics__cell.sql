-- Every cell with what the seeds say about it. `reject_reason` names what is missing there, so that
-- a cell is either an observation or a rejected row, never lost (S2).
with cell as (
    select * from {{ ref('stg_statistics__observation') }}
),

-- S4: 5, 8 or 12 digits mean the city; the 5-digit key only where it is its own district. An AGS
-- that lost its leading zero (7) and the district's key within its state (3) mean it only where the
-- source says so. A city's districts have keys of ours. Each city speaks of itself only.
own_key as (
    select
        city_id,
        ars,
        unnest([
            ars,
            ags,
            case when ags like '%000' then left(ars, 5) end,
            case when ags like '0%' then substr(ags, 2) end,
            case when ags like '%000' then substr(ars, 3, 3) end
        ]) as region_code
    from {{ ref('stg_store__city') }}
    union all by name
    select distinct
        city_id,
        ars,
        ars as region_code
    from {{ ref('stg_statistics__place') }}
    where level = 'city_district'
),

-- A table repeats its few breakdowns in all of its cells: each is translated once.
combination as (
    select distinct
        table_code,
        source_dimensions
    from cell
),

breakdown as (
    select
        table_code,
        source_dimensions,
        unnest(map_keys(cast(cast(source_dimensions as json) as map (varchar, varchar))))
            as variable_code,
        unnest(map_values(cast(cast(source_dimensions as json) as map (varchar, varchar)))) as code
    from combination
),

member as (
    select
        breakdown.table_code,
        breakdown.source_dimensions,
        coalesce(codes.dimension, breakdown.variable_code) as dimension,
        coalesce(codes.member, breakdown.code) as member,
        coalesce(codes.dimension_label_de, breakdown.variable_code) as dimension_label,
        coalesce(codes.member_label_de, breakdown.code) as member_label
    from breakdown
    left join {{ ref('statistic_tables') }} as tables
        on breakdown.table_code = tables.table_code
    left join {{ ref('dimension_codes') }} as codes
        on
            tables.source_id = codes.source_id
            and breakdown.variable_code = codes.variable_code
            and breakdown.code = codes.code
    -- SDMX's code for all together: such a cell is a total, which has no dimension.
    where coalesce(codes.member, '') != '_T'
),

-- A dimension stands once in a breakdown; one label may stand for two of them, and is told apart.
told_apart as (
    select
        * exclude (dimension_label),
        case
            when count(*) over (partition by table_code, source_dimensions, dimension_label) > 1
                then dimension_label || ' (' || dimension || ')'
            else dimension_label
        end as dimension_label,
        row_number() over (
            partition by table_code, source_dimensions, dimension
            order by member
        ) as number
    from member
),

members as (
    select
        table_code,
        source_dimensions,
        max(number) > 1 as has_dimension_twice,
        to_json(map_from_entries(
            list((dimension, member) order by dimension) filter (where number = 1)
        )) as dimensions,
        to_json(map_from_entries(
            list((dimension_label, member_label) order by dimension) filter (where number = 1)
        )) as dimension_labels
    from told_apart
    group by table_code, source_dimensions
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
    {{ period_start('cell.time_date', 'time_codes') }} as period_start_date,
    {{ period_end('cell.time_date', 'time_codes') }} as period_end_date,
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
        -- What the source tells no unit of is in the one that its entry names.
        when not list_contains(string_split(indicators.source_units, '|'), cell.source_unit)
            then
                'unit ' || cell.source_unit || ' of ' || cell.variable_code
                || ' → expected ' || indicators.source_units || ' (see ingestion/sources)'
        when members.has_dimension_twice
            then
                'two variables of ' || cell.source_dimensions
                || ' are the same dimension → name them apart in ingestion/sources'
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
    {{ converted('coalesce(cell.value, signs.value)', 'indicators.factor') }} as harmonised_value
from cell
left join {{ ref('statistic_tables') }} as tables
    on cell.table_code = tables.table_code
left join {{ ref('indicators') }} as indicators
    on
        tables.source_id = indicators.source_id
        and cell.table_code = indicators.table_code
        and cell.variable_code = indicators.variable_code
left join own_key as place
    on
        cell.city_id = place.city_id
        and cell.region_code = place.region_code
        and (
            length(cell.region_code) not in (3, 7)
            or list_contains(
                string_split(tables.key_forms, '|'), cast(length(cell.region_code) as varchar)
            )
        )
left join {{ ref('time_codes') }} as time_codes
    on cell.time_code = time_codes.time_code
left join {{ ref('signs') }} as signs
    on tables.source_id = signs.source_id and cell.sign = signs.sign
left join {{ ref('signs') }} as qualities
    on tables.source_id = qualities.source_id and cell.quality = qualities.sign
left join members
    on
        cell.table_code = members.table_code
        and cell.source_dimensions = members.source_dimensions
