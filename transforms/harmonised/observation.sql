with cell as (
    select * from {{ ref('stg_statistics__cell') }}
    where reject_reason is null
),

-- S6: which census a population figure rests on, by its period and by the day of its retrieval.
bases as (
    select * from {{ ref('bases') }}
)

select
    cell.observation_id,
    cell.city_id,
    cell.ars,
    cell.indicator_id,
    cell.dimensions,
    cell.dimension_labels,
    cell.period_start_date,
    cell.period_end_date,
    cell.period_type,
    bases.basis,
    cell.vintage_date,
    cell.harmonised_value as value,
    cell.unit,
    cell.obs_status,
    cell.value_raw,
    {{ retrieval_id('cell') }} as retrieval_id,
    cell.row_no,
    cell.source_url,
    cell.retrieved_at,
    coalesce(sightings.first_seen_at, cell.retrieved_at) as first_seen_at,
    coalesce(sightings.last_seen_at, cell.retrieved_at) as last_seen_at,
    cell.content_sha256
from cell
left join bases
    on
        cell.table_code = bases.table_code
        and cell.period_end_date
        between coalesce(bases.period_from, date '0001-01-01')
        and coalesce(bases.period_to, date '9999-12-31')
        and cell.vintage_date
        between coalesce(bases.vintage_from, date '0001-01-01')
        and coalesce(bases.vintage_to, date '9999-12-31')
left join {{ ref('stg_store__sighting') }} as sightings
    on
        cell.city_id = sightings.city_id
        and cell.server_id = sightings.server_id
        and sightings.object_type = 'observation'
        and cell.system = sightings.system
