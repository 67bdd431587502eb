{#-
    All present objects of one kind, whatever system the city runs, with the times of the first
    and last sighting. Tombstoned objects are gone here, so no harmonised table can show them.
    A system that no city runs is not asked; the first one stands in where there is no city at all.
-#}
{% macro council_objects(object) -%}
    {%- set running = [] -%}
    {%- for city in var('cities') if execute -%}
        {%- do running.extend(city.systems) -%}
    {%- endfor -%}
    {%- set staged, all_staged = [], [] -%}
    {%- for system in var('council_systems') -%}
        {#- Named in any case: dbt learns from it what hangs on what. -#}
        {%- set relation = ref('stg_' ~ system ~ '__' ~ object) -%}
        {%- do all_staged.append(relation) -%}
        {%- if system in running -%}
            {%- do staged.append(relation) -%}
        {%- endif -%}
    {%- endfor %}
    select
        objects.*,
        coalesce(sightings.first_seen_at, objects.retrieved_at) as first_seen_at,
        coalesce(sightings.last_seen_at, objects.retrieved_at) as last_seen_at
    from (
        {%- for relation in staged or all_staged[:1] %}
        select * from {{ relation }}
        {%- if not loop.last %}
        union all by name
        {%- endif %}
        {%- endfor %}
    ) as objects
    left join {{ ref('stg_store__sighting') }} as sightings
        on
            objects.city_id = sightings.city_id
            and objects.system = sightings.system
            and objects.server_id = sightings.server_id
            and sightings.object_type = '{{ object }}'
    anti join {{ ref('stg_store__tombstone') }} as tombstones
        on
            objects.city_id = tombstones.city_id
            and objects.server_id = tombstones.server_id
            and tombstones.object_type = '{{ object }}'
{%- endmacro %}
