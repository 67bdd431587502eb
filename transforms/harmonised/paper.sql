-- Only what the source itself shows as public (P1). A paper that a public item links and no list
-- has gets a stub, unless it is known and not public, or gone.
with present as (
    {{ council_objects('paper') }}
),

shown_item as (
    select items.*
    from ({{ council_objects('agenda_item') }}) as items
    anti join {{ gone('meeting') }} as gone_meeting
        on items.meeting_id = gone_meeting.object_id
    where items.is_public
),

linked as (
    select *
    from shown_item
    where paper_id is not null
    union all by name
    select shown_item.* replace (consultations.paper_id as paper_id)
    from ({{ council_objects('consultation') }}) as consultations
    inner join shown_item
        on consultations.agenda_item_id = shown_item.agenda_item_id
),

stub as (
    select
        linked.paper_id,
        any_value(linked.city_id) as city_id,
        arg_max(linked.paper_reference, linked.agenda_item_id) as reference,
        arg_max(linked.name, linked.agenda_item_id) as name,
        arg_max(linked.source_url, linked.agenda_item_id) as source_url,
        min(linked.retrieved_at) as retrieved_at,
        min(linked.first_seen_at) as first_seen_at,
        max(linked.last_seen_at) as last_seen_at
    from linked
    anti join present
        on linked.paper_id = present.paper_id
    anti join {{ gone('paper') }} as gone_paper
        on linked.paper_id = gone_paper.object_id
    group by linked.paper_id
),

papers as (
    select
        *,
        false as is_stub
    from present
    where is_public
    union all by name
    select
        *,
        true as is_stub,
        sha256(concat_ws('|', paper_id, reference, name)) as content_sha256
    from stub
)

select
    papers.paper_id,
    papers.city_id,
    papers.reference,
    papers.name,
    papers.paper_type,
    types.code as paper_type_id,
    papers.paper_date,
    papers.state,
    papers.originator,
    papers.under_direction_of,
    papers.main_text,
    papers.is_stub,
    papers.source_url,
    papers.retrieved_at,
    papers.first_seen_at,
    papers.last_seen_at,
    papers.content_sha256
from papers
left join {{ codes('paper_types', 'paper_type', 'papers') }} as types
    on papers.paper_type = types.wording
