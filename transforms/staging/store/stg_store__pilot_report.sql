with source as (
    {{ union_cities(none, 'pilot_report') }}
)

select
    city_id,
    id as server_id,
    {{ object_id('id') }} as pilot_report_id,
    web_url,
    {{ trimmed('title') }} as title,
    area as area_id,
    outcome as outcome_id,
    date as report_date,
    start_date,
    end_date,
    {{ trimmed('contact_office') }} as contact_office,
    contact_email,
    person_days,
    cost_eur,
    {{ trimmed('background') }} as background,
    {{ trimmed('tried') }} as tried,
    {{ trimmed('result') }} as result,
    {{ trimmed('effort') }} as effort,
    {{ trimmed('advice') }} as advice,
    attachments,
    is_example,
    is_redacted,
    url as source_url,
    retrieved_at,
    content_sha256
from source
