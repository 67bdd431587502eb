-- P5: of a quarantined file only what the source's own page says stays: title, role and address,
-- which the city itself publishes; nothing that was read out of its bytes.
-- P1, P2: a file goes when it is not public, withdrawn or tombstoned itself, and when the paper,
-- meeting or agenda item on which it hangs is not public or gone.
with present as (
    {{ council_objects('file') }}
),

hidden_paper as (
    select paper_id from ({{ council_objects('paper') }}) as papers
    where not is_public
    union
    select object_id as paper_id from {{ gone('paper') }} as gone_paper
),

hidden_agenda_item as (
    select agenda_item_id from {{ ref('agenda_item') }}
    where not is_public
    union
    select object_id as agenda_item_id from {{ gone('agenda_item') }} as gone_agenda_item
),

document as (
    select
        file_id,
        text_status,
        privacy_status,
        case when privacy_status != 'quarantined' then mime_type end as mime_type,
        case when privacy_status != 'quarantined' then size_bytes end as size_bytes,
        case when privacy_status != 'quarantined' then sha256 end as sha256,
        case when privacy_status != 'quarantined' then page_count end as page_count,
        case when privacy_status != 'quarantined' then title end as title,
        case when privacy_status != 'quarantined' then language end as language,
        case when privacy_status != 'quarantined' then ocr_page_count end as ocr_page_count
    from {{ ref('stg_store__document') }}
)

select
    present.file_id,
    present.city_id,
    paper.paper_id,
    meeting.meeting_id,
    agenda_item.agenda_item_id,
    present.name,
    present.role,
    present.access_url,
    coalesce(document.mime_type, present.mime_type) as mime_type,
    document.size_bytes,
    document.sha256,
    document.page_count,
    document.text_status,
    document.privacy_status,
    document.title,
    document.language,
    document.ocr_page_count,
    -- The same bytes hang in several places: how often, and where they were first.
    case
        when document.sha256 is not null
            then count(*) over (partition by document.sha256)
    end as same_content_count,
    case
        when document.sha256 is not null
            then first_value(present.file_id) over (
                partition by document.sha256
                order by present.first_seen_at asc, present.file_id asc
            )
    end as first_file_id,
    cast(null as timestamptz) as withdrawn_at,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
left join document
    on present.file_id = document.file_id
left join {{ ref('paper') }} as paper
    on present.paper_id = paper.paper_id
left join {{ ref('meeting') }} as meeting
    on present.meeting_id = meeting.meeting_id
left join {{ ref('agenda_item') }} as agenda_item
    on present.agenda_item_id = agenda_item.agenda_item_id
anti join hidden_paper
    on present.paper_id = hidden_paper.paper_id
anti join hidden_agenda_item
    on present.agenda_item_id = hidden_agenda_item.agenda_item_id
anti join {{ gone('meeting') }} as gone_meeting
    on present.meeting_id = gone_meeting.object_id
where
    present.is_public
    and document.privacy_status is distinct from 'withdrawn'
