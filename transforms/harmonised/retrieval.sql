-- One row per answer that gave observations: table, vintage and layout; the bytes' hash where the
-- fetch of that day is on record.
with answers as (
    select
        {{ retrieval_id('cell') }} as retrieval_id,
        cell.city_id,
        cell.table_code,
        cell.vintage_date,
        cell.layout,
        cell.source_id,
        min(cell.source_url) as source_url,
        min(cell.retrieved_at) as retrieved_at,
        max(cell.retrieved_at) as newest_at
    from {{ ref('stg_statistics__cell') }} as cell
    where cell.source_id is not null
    group by all
),

fetches as (
    select
        city_id,
        retrieved_at,
        any_value(status) as status,
        min(sha256) as sha256
    from {{ ref('stg_store__fetch') }}
    where retrieved_at in (select answers.retrieved_at from answers)
    group by city_id, retrieved_at
)

select
    answers.retrieval_id,
    answers.city_id,
    answers.source_id,
    answers.source_url as url,
    fetches.status,
    fetches.sha256,
    answers.layout,
    answers.retrieved_at,
    answers.source_url,
    answers.retrieved_at as first_seen_at,
    answers.newest_at as last_seen_at,
    coalesce(fetches.sha256, sha256(answers.retrieval_id)) as content_sha256
from answers
left join fetches
    on
        answers.city_id = fetches.city_id
        and answers.retrieved_at = fetches.retrieved_at
