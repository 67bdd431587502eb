{#- P5: the documents that the privacy gate let through and that have a text, as a table to join. -#}
{% macro open_documents() -%}
    (
        select *
        from {{ ref('stg_store__document') }}
        where privacy_status in ('public', 'redacted') and text_status = 'text'
    )
{%- endmacro %}
