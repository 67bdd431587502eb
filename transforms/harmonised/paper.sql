-- Only what the source itself shows as public (P1).
with present as (
    {{ council_objects('paper') }}
)

select
    paper_id,
    city_id,
    reference,
    name,
    paper_type,
    paper_date,
    state,
    originator,
    under_direction_of,
    main_text,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from present
where is_public
