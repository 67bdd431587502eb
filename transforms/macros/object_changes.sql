{#-
    The changes of all objects of one kind, out of every version that the raw tables of the
    running systems hold: names of fields, never what they held.

    An object with one version, as most have, was only created; of the others each version is held
    against the one before. A version that ended before the next one began was away meanwhile.
-#}
{% macro object_changes(object) -%}
    {%- set running = [] -%}
    {%- for city in var('cities') if execute -%}
        {%- do running.extend(city.systems) -%}
    {%- endfor -%}
    {%- set systems = [] -%}
    {%- for system in var('council_systems') if system in running -%}
        {%- do systems.append(system) -%}
    {%- endfor -%}
    {#- When a version was fetched, and its hash, say nothing about the object. -#}
    {%- set fields = raw_columns(object).keys()
        | reject('in', ['id', 'retrieved_at', 'content_sha256']) | sort -%}
    {%- for system in systems or var('council_systems')[:1] %}
    (
        with version as (
            {{ union_cities(system, object, is_history=true) }}
        ),

        several as (
            select
                city_id,
                id
            from version
            group by all
            having count(*) > 1
        ),

        compared as (
            select
                city_id,
                id,
                url,
                _dlt_valid_from as began_at,
                _dlt_valid_to as ended_at,
                lag(_dlt_valid_to) over same as away_at,
                row_number() over same as number,
                lead(id) over same is null as is_last,
                concat_ws(
                    ', '
                    {%- for field in fields %},
                    case
                        when "{{ field }}" is distinct from lag("{{ field }}") over same
                            then '{{ field }}'
                    end
                    {%- endfor %}
                ) as changed_fields
            from version
            semi join several
                on
                    version.city_id = several.city_id
                    and version.id = several.id
            window same as (
                partition by city_id, id
                order by _dlt_valid_from, _dlt_valid_to nulls last
            )
            union all by name
            select
                city_id,
                id,
                url,
                _dlt_valid_from as began_at,
                _dlt_valid_to as ended_at,
                cast(null as timestamptz) as away_at,
                1 as number,
                true as is_last,
                '' as changed_fields
            from version
            anti join several
                on
                    version.city_id = several.city_id
                    and version.id = several.id
        ),

        began as (
            select
                city_id,
                id,
                url,
                began_at as changed_at,
                case
                    when number = 1 then 'created'
                    when away_at < began_at then 'restored'
                    else 'changed'
                end as change,
                changed_fields
            from compared
        )

        select
            city_id,
            '{{ object }}' as object_type,
            city_id || ':' || id as object_id,
            changed_at,
            change,
            case when change = 'changed' then changed_fields else '' end as changed_fields,
            url as source_url
        from began
        where change != 'changed' or changed_fields != ''
        union all by name
        select
            city_id,
            '{{ object }}' as object_type,
            city_id || ':' || id as object_id,
            away_at as changed_at,
            'withdrawn' as change,
            '' as changed_fields,
            url as source_url
        from compared
        where away_at < began_at
        union all by name
        select
            city_id,
            '{{ object }}' as object_type,
            city_id || ':' || id as object_id,
            ended_at as changed_at,
            'withdrawn' as change,
            '' as changed_fields,
            url as source_url
        from compared
        where is_last and ended_at is not null
    )
    {%- if not loop.last %}
    union all by name
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
