-- The cities, the units that they are part of, and their districts, each as its newest snapshot
-- tells it. An AGS that ends in 000 is a city that is its own district, so the 5-digit district key
-- means it as well.
with city as (
    select * from {{ ref('city') }}
),

-- Directories name every municipality of the country: of them what a city is or lies in.
snapshot as (
    select
        places.*,
        case when length(places.ars) >= 12 then places.city_id end as own_city_id,
        max(places.valid_date) over (
            partition by places.city_id, places.system, places.level
        ) as last_valid_date
    from {{ ref('stg_statistics__place') }} as places
    inner join city
        on
            places.city_id = city.city_id
            and (starts_with(city.ars, places.ars) or places.parent_ars = city.ars)
),

unit as (
    select
        *,
        min(valid_date) over (partition by ars) as valid_from_date,
        -- What a later snapshot no longer has was last valid on the day of its last one.
        case when valid_date < last_valid_date then valid_date end as valid_to_date
    from snapshot
    qualify row_number() over (
        partition by ars
        order by valid_date desc, area_km2 desc nulls last, retrieved_at desc, city_id asc
    ) = 1
),

place as (
    select
        city.ars,
        city.ags,
        city.nuts3,
        city.name,
        case when city.ags like '%000' then 'urban_district' else 'municipality' end as level,
        unit.parent_ars,
        unit.area_km2,
        unit.valid_from_date,
        unit.valid_to_date,
        unit.geometry,
        city.wikidata_id,
        city.city_id
    from city
    left join unit
        on city.ars = unit.ars
    union all by name
    select
        unit.ars,
        unit.ags,
        unit.name,
        unit.level,
        unit.parent_ars,
        unit.area_km2,
        unit.valid_from_date,
        unit.valid_to_date,
        unit.geometry,
        unit.own_city_id as city_id
    from unit
    anti join city
        on unit.ars = city.ars
)

select
    ars,
    ags,
    nuts3,
    name,
    level,
    parent_ars,
    area_km2,
    valid_from_date,
    valid_to_date,
    wikidata_id,
    'http://dcat-ap.de/def/politicalGeocoding/' || case
        when level in ('urban_district', 'municipality') then 'municipalityKey/' || ags
        when level = 'association' then 'municipalAssociationKey/' || ars
        when level = 'district' then 'districtKey/' || ars
        when level = 'government_region' then 'governmentDistrictKey/' || ars
        when level = 'state' then 'stateKey/' || ars
    end as dcat_geo_uri,
    geometry,
    city_id
from place
