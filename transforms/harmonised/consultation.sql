-- P1: a consultation goes with its paper, and says of a non-public item no more than that it is
-- on the agenda. Its references hold: what is gone is null.
with present as (
    {{ council_objects('consultation') }}
),

item as (
    select * from {{ ref('agenda_item') }}
),

-- Numbers count in each part of an agenda anew, so they are looked for in the public part only.
by_number as (
    select
        meeting_id,
        lower(number) as number_key,
        min(agenda_item_id) as agenda_item_id
    from item
    where is_public and number is not null
    group by all
    having count(*) = 1
),

by_paper as (
    select
        meeting_id,
        paper_id,
        min(agenda_item_id) as agenda_item_id
    from item
    where paper_id is not null
    group by all
    having count(*) = 1
),

organization as (
    select * from {{ ref('organization') }}
),

organization_by_name as {{ by_name('organization') }},

found as (
    select
        present.consultation_id,
        present.city_id,
        present.paper_id,
        meeting.meeting_id,
        coalesce(
            by_id.agenda_item_id, by_number.agenda_item_id, by_paper.agenda_item_id
        ) as agenda_item_id,
        coalesce(
            own.organization_id, organization_by_name.organization_id, meeting.organization_id
        ) as organization_id,
        coalesce(
            present.organization_name, own.name, meeting.organization_name
        ) as organization_name,
        present.consultation_date,
        present.role,
        present.is_authoritative,
        present.state,
        present.result,
        present.source_url,
        present.retrieved_at,
        present.first_seen_at,
        present.last_seen_at,
        present.content_sha256
    from present
    semi join {{ ref('paper') }} as paper
        on present.paper_id = paper.paper_id
    left join {{ ref('meeting') }} as meeting
        on present.meeting_id = meeting.meeting_id
    left join item as by_id
        on present.agenda_item_id = by_id.agenda_item_id
    left join by_number
        on
            present.meeting_id = by_number.meeting_id
            and lower(present.agenda_item_number) = by_number.number_key
    left join by_paper
        on present.meeting_id = by_paper.meeting_id and present.paper_id = by_paper.paper_id
    left join organization as own
        on present.organization_id = own.organization_id
    left join organization_by_name
        on
            present.city_id = organization_by_name.city_id
            and {{ slug('present.organization_name') }} = organization_by_name.name_key
)

select
    found.consultation_id,
    found.city_id,
    found.paper_id,
    coalesce(found.meeting_id, item.meeting_id) as meeting_id,
    found.agenda_item_id,
    found.organization_id,
    found.organization_name,
    found.consultation_date,
    found.role,
    roles.code as role_id,
    found.is_authoritative,
    found.state,
    case when coalesce(item.is_public, true) then found.result end as result,
    case when coalesce(item.is_public, true) then results.code end as result_id,
    found.source_url,
    found.retrieved_at,
    found.first_seen_at,
    found.last_seen_at,
    found.content_sha256
from found
left join item
    on found.agenda_item_id = item.agenda_item_id
left join {{ codes('consultation_roles', 'role', 'found') }} as roles
    on found.role = roles.wording
left join {{ codes('vote_results', 'result', 'found') }} as results
    on found.result = results.wording
