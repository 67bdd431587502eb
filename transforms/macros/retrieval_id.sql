{#- One answer of a statistics server: city, table, vintage and layout. -#}
{% macro retrieval_id(relation) -%}
    concat_ws(
        ':', {{ relation }}.city_id, {{ relation }}.table_code,
        {{ relation }}.vintage_date, {{ relation }}.layout
    )
{%- endmacro %}
