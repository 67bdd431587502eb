{#- The current rows of one raw object that any of the statistics systems brought; `system` says which. -#}
{% macro union_systems(object) -%}
    {%- for system in var('statistics_systems') %}
    select
        '{{ system }}' as system,
        *
    from ({{ union_cities(system, object) }})
    {%- if not loop.last %}
    union all by name
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
