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
        {{ trimmed('short_name') }} as short_name,
        {{ trimmed('classification') }} as classification,
        {{ trimmed('organization_type') }} as organization_type,
        {{ object_id('parent_id') }} as parent_id,
        start_date,
        end_date,
        {{ trimmed('website') }} as website_url,
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
        {{ object_id('location_id') }} as location_id,
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
        coalesce(is_supplement, false) as is_supplement,
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


{% macro stage_body(system) -%}
    with source as (
        {{ union_cities(system, 'body') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as body_id,
        {{ trimmed('name') }} as name,
        {{ trimmed('short_name') }} as short_name,
        {{ trimmed('ags') }} as ags,
        {{ trimmed('ars') }} as ars,
        {{ trimmed('website') }} as website_url,
        {{ trimmed('licence') }} as licence,
        {{ trimmed('classification') }} as classification,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_legislative_term(system) -%}
    with source as (
        {{ union_cities(system, 'legislative_term') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as legislative_term_id,
        {{ trimmed('name') }} as name,
        start_date,
        end_date,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_person(system) -%}
    with source as (
        {{ union_cities(system, 'person') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as person_id,
        {{ trimmed('name') }} as name,
        {{ trimmed('family_name') }} as family_name,
        {{ trimmed('given_name') }} as given_name,
        {{ trimmed('form_of_address') }} as form_of_address,
        {{ trimmed('title') }} as title,
        {{ trimmed('affix') }} as affix,
        {{ trimmed('faction') }} as faction,
        {{ trimmed('status') }} as status,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_membership(system) -%}
    with source as (
        {{ union_cities(system, 'membership') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as membership_id,
        {{ object_id('person_id') }} as person_id,
        {{ trimmed('person_name') }} as person_name,
        {{ object_id('organization_id') }} as organization_id,
        {{ trimmed('role') }} as role,
        has_voting_right,
        start_date,
        end_date,
        {{ trimmed('on_behalf_of') }} as on_behalf_of,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_location(system) -%}
    with source as (
        {{ union_cities(system, 'location') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as location_id,
        {{ trimmed('description') }} as description,
        {{ trimmed('room') }} as room,
        {{ trimmed('street_address') }} as street_address,
        {{ trimmed('postal_code') }} as postal_code,
        {{ trimmed('locality') }} as locality,
        {{ trimmed('sub_locality') }} as sub_locality,
        latitude,
        longitude,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_vote(system) -%}
    with source as (
        {{ union_cities(system, 'vote') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as vote_id,
        {{ object_id('agenda_item_id') }} as agenda_item_id,
        yes_count,
        no_count,
        abstention_count,
        is_unanimous,
        {{ trimmed('result') }} as result,
        {{ trimmed('vote_text') }} as vote_text,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}


{% macro stage_consultation(system) -%}
    with source as (
        {{ union_cities(system, 'consultation') }}
    )

    select
        city_id,
        '{{ system }}' as system,
        id as server_id,
        {{ object_id('id') }} as consultation_id,
        {{ object_id('paper_id') }} as paper_id,
        {{ object_id('meeting_id') }} as meeting_id,
        {{ object_id('agenda_item_id') }} as agenda_item_id,
        {{ trimmed('agenda_item_number') }} as agenda_item_number,
        {{ object_id('organization_id') }} as organization_id,
        {{ trimmed('organization_name') }} as organization_name,
        "date" as consultation_date,
        {{ trimmed('role') }} as role,
        is_authoritative,
        {{ trimmed('state') }} as state,
        {{ trimmed('result') }} as result,
        url as source_url,
        retrieved_at,
        content_sha256
    from source
{%- endmacro %}
