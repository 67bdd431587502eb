-- P1: only votes on items that are listed and public.
with present as (
    {{ council_objects('vote') }}
)

select
    present.vote_id,
    present.city_id,
    item.agenda_item_id,
    item.meeting_id,
    present.yes_count,
    present.no_count,
    present.abstention_count,
    present.is_unanimous,
    present.result,
    coalesce(results.code, item.result_id) as result_id,
    present.vote_text,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
inner join {{ ref('agenda_item') }} as item
    on present.agenda_item_id = item.agenda_item_id
left join {{ codes('vote_results', 'result', 'present') }} as results
    on present.result = results.wording
where item.is_public
