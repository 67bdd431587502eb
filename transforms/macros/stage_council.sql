{#-
    The staging of the council objects. Every parser speaks the same records, so one macro per
    object serves all systems; what only one system needs belongs into that system's model.
-#}
{% macro stage_organization(system) -%}
    with source as (
        {{ union_cities(system, 'organization') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as organization_id,
        {{ trimmed('name') }} as name,
        {{ trimmed('classification') }} as classification,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_meeting(system) -%}
    with source as (
        {{ union_cities(system, 'meeting') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as meeting_id,
        {{ object_id('organization_id') }} as organization_id,
        {{ trimmed('organization_name') }} as organization_name,
        {{ trimmed('name') }} as name,
        {{ trimmed('reference') }} as reference,
        start_at,
        end_at,
        {{ trimmed('location') }} as location,
        {{ trimmed('state') }} as state,
        coalesce(is_cancelled, false) as is_cancelled,
        coalesce(has_agenda, false) as has_agenda,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_agenda_item(system) -%}
    with source as (
        {{ union_cities(system, 'agenda_item') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as agenda_item_id,
        {{ object_id('meeting_id') }} as meeting_id,
        "position",
        {{ trimmed('number') }} as number,
        {{ trimmed('name') }} as name,
        coalesce(is_public, false) as is_public,
        {{ trimmed('result') }} as result,
        {{ trimmed('resolution_text') }} as resolution_text,
        {{ trimmed('vote_text') }} as vote_text,
        {{ object_id('paper_id') }} as paper_id,
        {{ trimmed('paper_reference') }} as paper_reference,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_paper(system) -%}
    with source as (
        {{ union_cities(system, 'paper') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as paper_id,
        {{ trimmed('reference') }} as reference,
        {{ trimmed('name') }} as name,
        {{ trimmed('paper_type') }} as paper_type,
        "date" as paper_date,
        coalesce(is_public, false) as is_public,
        {{ trimmed('state') }} as state,
        {{ trimmed('originator') }} as originator,
        {{ trimmed('under_direction_of') }} as under_direction_of,
        {{ trimmed('main_text') }} as main_text,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_file(system) -%}
    with source as (
        {{ union_cities(system, 'file') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as file_id,
        {{ object_id('paper_id') }} as paper_id,
        {{ object_id('meeting_id') }} as meeting_id,
        {{ object_id('agenda_item_id') }} as agenda_item_id,
        {{ trimmed('name') }} as name,
        {{ trimmed('role') }} as role,
        lower({{ trimmed('mime_type') }}) as mime_type,
        coalesce(is_public, false) as is_public,
        url as access_url,
        coalesce({{ trimmed('web_url') }}, url) as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}
