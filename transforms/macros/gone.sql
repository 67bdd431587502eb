{#- The ids of all tombstoned objects of one kind, as a table to anti-join. -#}
{% macro gone(object) -%}
    (
        select city_id || ':' || server_id as object_id
        from {{ ref('stg_store__tombstone') }}
        where object_type = '{{ object }}'
    )
{%- endmacro %}
