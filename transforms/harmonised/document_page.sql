-- The pages of the file's current bytes, and only of files that the privacy gate let through.
select
    file.file_id || '#' || page.page as document_page_id,
    file.file_id,
    file.city_id,
    page.page,
    page.text,
    page.method,
    page.confidence,
    page.part,
    file.access_url as source_url,
    document.retrieved_at,
    file.first_seen_at,
    file.last_seen_at,
    sha256(coalesce(page.text, '')) as content_sha256
from {{ ref('stg_store__document_page') }} as page
inner join {{ open_documents() }} as document
    on page.file_id = document.file_id and page.sha256 = document.sha256
inner join {{ ref('file') }} as file
    on page.file_id = file.file_id
