{#-
    The wordings of a relation's column with their code in one of the shared vocabularies, as a
    table (wording, code) to join. Of several patterns that fit, the one with the lowest rank
    counts; a wording that none fits has no row.
-#}
{% macro codes(vocabulary, column, relation) -%}
    (
        select
            words.wording,
            arg_min(wordings.code, wordings."rank") as code
        from (
            select distinct {{ column }} as wording
            from {{ relation }}
        ) as words
        inner join {{ ref('wordings') }} as wordings
            on
                wordings.vocabulary = '{{ vocabulary }}'
                and regexp_matches({{ slug('nfc_normalize(words.wording)') }}, wordings.pattern)
        group by words.wording
    )
{%- endmacro %}


{#- What the server calls an object: the id without its city. -#}
{% macro server_id(expression) -%}
    substr({{ expression }}, strpos({{ expression }}, ':') + 1)
{%- endmacro %}
