-- The history of each place: snapshots that follow each other and tell the same of it are one row.
-- A source only tells how it was on a day, so a version begins with the first day that told it.
with snapshot as (
    select snapshots.*
    from {{ ref('stg_statistics__place') }} as snapshots
    semi join {{ ref('place') }} as places
        on snapshots.ars = places.ars
    qualify row_number() over (
        partition by snapshots.ars, snapshots.valid_date
        order by
            snapshots.area_km2 desc nulls last,
            snapshots.retrieved_at desc,
            snapshots.city_id asc
    ) = 1
),

compared as (
    select
        *,
        [name, level, coalesce(kind, ''), coalesce(parent_ars, ''), coalesce(ags, '')] as words,
        lag(words) over days as words_before,
        lag(area_km2) over days as area_before
    from snapshot
    window days as (
        partition by ars
        order by valid_date
    )
),

numbered as (
    select
        *,
        sum(
            case
                when words != words_before or coalesce(area_km2 != area_before, false) then 1
                else 0
            end
        ) over (
            partition by ars
            order by valid_date
        ) as number
    from compared
),

version as (
    select
        ars,
        number,
        arg_max(ags, valid_date) as ags,
        arg_max(name, valid_date) as name,
        arg_max(level, valid_date) as level,
        arg_max(kind, valid_date) as kind,
        arg_max(parent_ars, valid_date) as parent_ars,
        max(area_km2) as area_km2,
        min(valid_date) as valid_from_date
    from numbered
    group by ars, number
)

select
    version.ars || '@' || version.valid_from_date as place_version_id,
    version.ars,
    version.ags,
    version.name,
    version.level,
    version.kind,
    version.parent_ars,
    version.area_km2,
    version.valid_from_date,
    coalesce(
        cast(lead(version.valid_from_date) over days - interval 1 day as date), places.valid_to_date
    ) as valid_to_date
from version
inner join {{ ref('place') }} as places
    on version.ars = places.ars
window days as (
    partition by version.ars
    order by version.valid_from_date
)
