with legend as (
    select
        source_id,
        cast(to_json(map_from_entries(list((sign, meaning_de) order by sign))) as varchar)
            as sign_legend
    from {{ ref('signs') }}
    group by source_id
)

select
    sources.source_id,
    sources.name,
    sources.licence_id,
    sources.attribution,
    sources.is_redistributable,
    legend.sign_legend
from {{ ref('sources') }} as sources
left join legend
    on sources.source_id = legend.source_id
