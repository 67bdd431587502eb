{#-
    The current rows of one raw object in every city that has it, with `city_id` in front.

    A city joins by its entry in the variable `cities`, without SQL. A raw table that is not there
    (yet), or was written before a field existed, gives nulls or nothing: the typed empty head
    of the union fixes names and types. `system` is none for the store's own tables. With
    `is_history` come the rows that ended too, and from when to when each of them was current.
-#}
{% macro union_cities(system, object, is_history=false) -%}
    {%- set columns = raw_columns(object) -%}
    {%- set table = system ~ '_' ~ object if system else object -%}
    select
        _city_id as city_id
        {%- for name, type in columns.items() if name != 'city_id' %},
        cast("{{ name }}" as {{ type }}) as "{{ name }}"
        {%- endfor %}
        {%- if is_history %},
        cast(_dlt_valid_from as timestamptz) as _dlt_valid_from,
        cast(_dlt_valid_to as timestamptz) as _dlt_valid_to
        {%- endif %}
    from (
        select
            cast(null as varchar) as _city_id,
            {%- if is_history %}
            cast(null as timestamptz) as _dlt_valid_from,
            {%- endif %}
            cast(null as timestamptz) as _dlt_valid_to
            {%- for name, type in columns.items() %},
            cast(null as {{ type }}) as "{{ name }}"
            {%- endfor %}
        where false
        {%- for city in var('cities') if execute and (not system or system in city.systems) %}
            {%- set relation = adapter.get_relation(
                target.database, 'raw_' ~ city.city_id, table
            ) %}
            {%- if relation %}
        union all by name
        select '{{ city.city_id }}' as _city_id, * from {{ relation }}
            {%- endif %}
        {%- endfor %}
    ) as raw
    {%- if not is_history %}
    where _dlt_valid_to is null
    {%- endif %}
{%- endmacro %}
