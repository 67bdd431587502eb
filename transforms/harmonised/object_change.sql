-- What became of every object that is shown or has a tombstone: names of fields, never content.
-- Of what is not shown nothing is told; of what is gone only that, as the tombstone does.
{%- set kinds = [
    'body', 'legislative_term', 'organization', 'person', 'membership', 'location', 'meeting',
    'agenda_item', 'vote', 'paper', 'consultation', 'file',
] %}

with change as (
    {%- for kind in kinds %}
    select told.*
    from (
        {{ object_changes(kind) }}
    ) as told
    semi join {{ ref(kind) }} as shown
        on told.object_id = shown.{{ kind }}_id
    union all by name
    {%- endfor %}
    select
        city_id,
        object_type,
        object_id,
        gone_at as changed_at,
        'withdrawn' as change,
        '' as changed_fields,
        source_url
    from {{ ref('tombstone') }}
)

select
    concat_ws(
        ':', city_id, object_type, substr(object_id, strpos(object_id, ':') + 1),
        epoch_us(changed_at), change
    ) as object_change_id,
    city_id,
    object_type,
    object_id,
    changed_at,
    change,
    changed_fields,
    source_url,
    changed_at as retrieved_at,
    changed_at as first_seen_at,
    changed_at as last_seen_at,
    sha256(concat_ws('|', object_type, object_id, epoch_us(changed_at), change, changed_fields))
        as content_sha256
from change
