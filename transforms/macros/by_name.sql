{#-
    One object per city and name of a relation, as a table (city_id, name_key, <object>_id): a name
    that two objects share would double whatever joins it.
-#}
{% macro by_name(object, relation=none, name='name') -%}
    (
        select
            city_id,
            {{ slug(name) }} as name_key,
            min({{ object }}_id) as {{ object }}_id
        from {{ relation or object }}
        group by all
    )
{%- endmacro %}
