-- P1: of a non-public item only what the source itself publishes stays, never its resolution or
-- vote. Items of a meeting that is gone go with it.
with present as (
    {{ council_objects('agenda_item') }}
)

select
    present.agenda_item_id,
    present.city_id,
    present.meeting_id,
    present.position,
    present.number,
    present.name,
    present.is_public,
    present.is_supplement,
    present.result,
    results.code as result_id,
    case when present.is_public then present.resolution_text end as resolution_text,
    case when present.is_public then present.vote_text end as vote_text,
    -- The reference stays even where the paper is not public.
    paper.paper_id,
    present.paper_reference,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
left join {{ ref('paper') }} as paper
    on present.paper_id = paper.paper_id
left join {{ codes('vote_results', 'result', 'present') }} as results
    on present.result = results.wording
anti join {{ gone('meeting') }} as gone_meeting
    on present.meeting_id = gone_meeting.object_id
