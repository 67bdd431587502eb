-- S2: what the parser could not read, and what the seeds do not know.
with rejected as (
    select
        rows.rejected_row_id,
        rows.city_id,
        rows.system,
        coalesce(tables.source_id, rows.table_code) as source_id,
        rows.row_no,
        rows.reason,
        rows.row,
        rows.source_url,
        rows.retrieved_at,
        rows.content_sha256,
        rows.server_id,
        'rejected_row' as object_type
    from {{ ref('stg_statistics__rejected_row') }} as rows
    left join {{ ref('statistic_tables') }} as tables
        on rows.table_code = tables.table_code
    union all by name
    select
        observation_id as rejected_row_id,
        city_id,
        system,
        coalesce(source_id, table_code) as source_id,
        row_no,
        reject_reason as reason,
        cast(to_json({
            'table': table_code, 'region': region_code, 'variable': variable_code,
            'dimensions': source_dimensions, 'time': time_text, 'value': value_raw,
            'unit': source_unit
        }) as varchar) as row,
        source_url,
        retrieved_at,
        content_sha256,
        server_id,
        'observation' as object_type
    from {{ ref('stg_statistics__cell') }}
    where reject_reason is not null
)

select
    rejected.rejected_row_id,
    rejected.city_id,
    rejected.source_id,
    rejected.row_no,
    rejected.reason,
    rejected.row,
    rejected.source_url,
    rejected.retrieved_at,
    coalesce(sightings.first_seen_at, rejected.retrieved_at) as first_seen_at,
    coalesce(sightings.last_seen_at, rejected.retrieved_at) as last_seen_at,
    rejected.content_sha256
from rejected
left join {{ ref('stg_store__sighting') }} as sightings
    on
        rejected.city_id = sightings.city_id
        and rejected.server_id = sightings.server_id
        and rejected.object_type = sightings.object_type
        and rejected.system = sightings.system
