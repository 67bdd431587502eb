{#- Text without blanks at its ends (no-break space included); null where nothing is left. -#}
{% macro trimmed(expression) -%}
    nullif(trim({{ expression }}, ' ' || chr(9) || chr(10) || chr(13) || chr(160)), '')
{%- endmacro %}


{#- A name as part of an id: lower case, umlauts written out, everything else a hyphen. -#}
{% macro slug(expression) -%}
    trim(
        regexp_replace(
            replace(replace(replace(replace(
                lower({{ expression }}), 'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ß', 'ss'),
            '[^a-z0-9]+', '-', 'g'
        ),
        '-'
    )
{%- endmacro %}


{#- `<city>:<server id>`, the id that an object keeps from the server to the search hit. -#}
{% macro object_id(column) -%}
    city_id || ':' || {{ trimmed(column) }}
{%- endmacro %}
