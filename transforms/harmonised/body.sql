-- One row per city file; what an OParl server says of the body stands beside it. Of several bodies
-- of one server the one with the city's own key counts.
with told as (
    select bodies.*
    from ({{ council_objects('body') }}) as bodies
    inner join {{ ref('city') }} as city
        on bodies.city_id = city.city_id
    qualify row_number() over (
        partition by bodies.city_id
        order by
            coalesce(bodies.ags = city.ags or bodies.ars = city.ars, false) desc,
            bodies.body_id asc
    ) = 1
)

select
    coalesce(told.body_id, city.city_id || ':body') as body_id,
    city.city_id,
    coalesce(told.name, city.name) as name,
    told.short_name,
    told.classification,
    city.ags,
    city.ars,
    city.licence_id,
    told.licence,
    coalesce(told.website_url, city.website_url) as website_url,
    coalesce(told.source_url, city.council_url, city.source_url) as source_url,
    coalesce(told.retrieved_at, city.retrieved_at) as retrieved_at,
    coalesce(told.first_seen_at, city.first_seen_at) as first_seen_at,
    coalesce(told.last_seen_at, city.last_seen_at) as last_seen_at,
    sha256(concat_ws('|', city.content_sha256, told.content_sha256)) as content_sha256
from {{ ref('city') }} as city
left join told
    on city.city_id = told.city_id
