-- Office holders: who has a seat, sits in a faction or holds an office. Listed persons, and stubs
-- for those that only a membership names: by the server's id where there is one, else by name.
-- Somebody without seat or office stays in the raw layer.
with listed as (
    {{ council_objects('person') }}
),

seat as (
    select
        memberships.*,
        nullif({{ slug('memberships.person_name') }}, '') as name_key
    from ({{ council_objects('membership') }}) as memberships
    anti join {{ gone('person') }} as gone_person
        on memberships.person_id = gone_person.object_id
    anti join {{ gone('organization') }} as gone_organization
        on memberships.organization_id = gone_organization.object_id
),

listed_by_name as {{ by_name('person', relation='listed') }},

seated as (
    select
        seat.*,
        coalesce(
            seat.person_id,
            listed_by_name.person_id,
            seat.city_id || ':name:' || seat.name_key
        ) as holder_id
    from seat
    left join listed_by_name
        on seat.city_id = listed_by_name.city_id and seat.name_key = listed_by_name.name_key
),

holder as (
    select distinct holder_id
    from seated
),

stub as (
    select
        seated.holder_id as person_id,
        seated.city_id,
        coalesce(
            arg_max(seated.person_name, seated.membership_id), {{ server_id('seated.holder_id') }}
        ) as name,
        arg_max(seated.source_url, seated.membership_id) as source_url,
        min(seated.retrieved_at) as retrieved_at,
        min(seated.first_seen_at) as first_seen_at,
        max(seated.last_seen_at) as last_seen_at
    from seated
    anti join listed
        on seated.holder_id = listed.person_id
    where seated.holder_id is not null
    group by seated.holder_id, seated.city_id
),

persons as (
    select
        listed.*,
        false as is_stub
    from listed
    left join holder
        on listed.person_id = holder.holder_id
    where
        holder.holder_id is not null
        or listed.faction is not null
        or regexp_matches(
            {{ slug('listed.status') }},
            'meister|dezernent|beigeordnet|vorsteher|mitglied|verordnet|rat(s|in)?(-|$)|ratsfrau'
            '|ratsherr|raet|vorsitz|beauftragt|abgeordnet'
        )
    union all by name
    select
        *,
        true as is_stub,
        sha256(name) as content_sha256
    from stub
)

select
    person_id,
    city_id,
    name,
    family_name,
    given_name,
    form_of_address,
    title,
    affix,
    faction,
    status,
    is_stub,
    source_url,
    retrieved_at,
    first_seen_at,
    last_seen_at,
    content_sha256
from persons
