with present as (
    {{ council_objects('legislative_term') }}
)

select
    present.legislative_term_id,
    present.city_id,
    body.body_id,
    present.name,
    present.start_date,
    present.end_date,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
inner join {{ ref('body') }} as body
    on present.city_id = body.city_id
