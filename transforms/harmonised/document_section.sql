-- The sections of the file's current bytes, and only of files that the privacy gate let through.
select
    file.file_id || '#s' || section.position as document_section_id,
    file.file_id,
    file.city_id,
    file.paper_id,
    section.position,
    section.kind,
    section.heading,
    section.page,
    section.text,
    section.amount_eur,
    file.access_url as source_url,
    document.retrieved_at,
    file.first_seen_at,
    file.last_seen_at,
    sha256(concat_ws('|', section.kind, section.heading, section.text)) as content_sha256
from {{ ref('stg_store__document_section') }} as section
inner join {{ open_documents() }} as document
    on section.file_id = document.file_id and section.sha256 = document.sha256
inner join {{ ref('file') }} as file
    on section.file_id = file.file_id
