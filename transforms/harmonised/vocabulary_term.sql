-- The shared vocabularies in one table, for whoever reads the codes of the others.
{%- set vocabularies = [
    'paper_types', 'organization_types', 'vote_results', 'consultation_roles', 'pilot_areas',
    'pilot_outcomes'
] -%}
{%- for vocabulary in vocabularies %}
select
    '{{ vocabulary }}:' || code as vocabulary_term_id,
    '{{ vocabulary }}' as vocabulary,
    code,
    label_de,
    label_en
from {{ ref(vocabulary) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
