-- So far the places are the cities themselves. An AGS that ends in 000 is a city that is its own
-- district, so the 5-digit district key means it as well.
select
    ars,
    ags,
    nuts3,
    name,
    case when ags like '%000' then 'urban_district' else 'municipality' end as level,
    cast(null as date) as valid_from_date,
    cast(null as date) as valid_to_date,
    wikidata_id,
    'http://dcat-ap.de/def/politicalGeocoding/municipalityKey/' || ags as dcat_geo_uri,
    city_id
from {{ ref('city') }}
