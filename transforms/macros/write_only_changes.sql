{#-
    A build that changes nothing writes nothing: no new files and no new snapshots, so whoever looks
    at the lake's history sees real changes only. A table is replaced when its rows differ, a view
    when its SQL does, a seed when its file or its types do. The writing itself stays dbt-duckdb's.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing and existing.is_table and has_same_rows(existing, sql) -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
        {{ return({'relations': [existing]}) }}
    {%- endif -%}
    {{ return(dbt.materialization_table_duckdb()) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set mark = 'sql ' ~ local_md5(sql) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing and existing.is_view and comment_of(existing) == mark -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
        {{ return({'relations': [existing]}) }}
    {%- endif -%}
    {%- set made = dbt.materialization_view_default() -%}
    {%- do set_comment(made['relations'][0], mark) -%}
    {{ return(made) }}
{% endmaterialization %}


{% materialization seed, adapter='duckdb' %}
    {%- set mark = 'file ' ~ local_md5(model.checksum.checksum ~ config.get('column_types')) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing and existing.is_table and comment_of(existing) == mark -%}
        {#- dbt prints the seed's rows from here. -#}
        {%- do store_result('agate_table', response='OK', agate_table=load_agate_table()) -%}
        {%- call noop_statement('main', 'UNCHANGED') -%}{%- endcall -%}
        {{ return({'relations': [existing]}) }}
    {%- endif -%}
    {#- dbt would fill the new file into the old columns, by their position. -#}
    {%- if existing and names_in(existing) != config.get('column_types').keys() | list -%}
        {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- set made = dbt.materialization_seed_default() -%}
    {%- do set_comment(made['relations'][0], mark) -%}
    {{ return(made) }}
{% endmaterialization %}


{#- Same columns, same types, and the same sum over the rows' hashes. -#}
{% macro has_same_rows(relation, sql) -%}
    {%- set wanted = [] -%}
    {%- set there = [] -%}
    {%- set casts = [] -%}
    {%- for column in model.columns.values() -%}
        {%- set name, type = column.name, column.data_type -%}
        {%- do wanted.append((name, type | replace('timestamptz', 'timestamp with time zone'))) -%}
        {%- do casts.append('cast(' ~ adapter.quote(name) ~ ' as ' ~ type ~ ')') -%}
    {%- endfor -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do there.append((column.name, column.dtype | lower)) -%}
    {%- endfor -%}
    {%- if there != wanted -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set sums = 'select (count(*), sum(hash(' ~ casts | join(', ') ~ '))) from ' -%}
    {%- set found = run_query(
        'select (' ~ sums ~ '(' ~ sql ~ ') as new) is not distinct from ('
        ~ sums ~ relation ~ ')'
    ) -%}
    {{ return(found.rows[0][0]) }}
{%- endmacro %}


{% macro names_in(relation) -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | list) }}
{%- endmacro %}


{% macro comment_of(relation) -%}
    {%- set kind = 'view' if relation.is_view else 'table' -%}
    {%- set found = run_query(
        "select comment from duckdb_" ~ kind ~ "s() where database_name = '" ~ relation.database
        ~ "' and schema_name = '" ~ relation.schema
        ~ "' and " ~ kind ~ "_name = '" ~ relation.identifier ~ "'"
    ) -%}
    {{ return(found.rows[0][0] if found.rows else none) }}
{%- endmacro %}


{#- After the commit of the materialization, so in a transaction of its own. -#}
{% macro set_comment(relation, text) -%}
    {%- call statement('mark', auto_begin=false) -%}
        comment on {{ relation.type or 'table' }} {{ relation }} is '{{ text }}'
    {%- endcall -%}
{%- endmacro %}
