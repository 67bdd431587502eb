-- Listed organisations, and stubs for those that only a meeting, a public paper's consultation, a
-- membership or another organisation names: by the server's id where there is one, else by name.
with listed as (
    {{ council_objects('organization') }}
),

named as (
    select
        city_id,
        organization_id,
        organization_name as name,
        source_url,
        retrieved_at,
        first_seen_at,
        last_seen_at,
        (coalesce(start_at, cast('-infinity' as timestamptz)), meeting_id) as newness
    from ({{ council_objects('meeting') }}) as meetings
    union all
    select
        consultations.city_id,
        consultations.organization_id,
        consultations.organization_name as name,
        consultations.source_url,
        consultations.retrieved_at,
        consultations.first_seen_at,
        consultations.last_seen_at,
        (
            coalesce(
                cast(consultations.consultation_date as timestamptz),
                cast('-infinity' as timestamptz)
            ),
            consultations.consultation_id
        ) as newness
    from ({{ council_objects('consultation') }}) as consultations
    semi join {{ ref('paper') }} as paper
        on consultations.paper_id = paper.paper_id
    union all
    select
        memberships.city_id,
        memberships.organization_id,
        cast(null as varchar) as name,
        memberships.source_url,
        memberships.retrieved_at,
        memberships.first_seen_at,
        memberships.last_seen_at,
        (cast('-infinity' as timestamptz), memberships.membership_id) as newness
    from ({{ council_objects('membership') }}) as memberships
    anti join {{ gone('person') }} as gone_person
        on memberships.person_id = gone_person.object_id
    union all
    select
        city_id,
        parent_id as organization_id,
        cast(null as varchar) as name,
        source_url,
        retrieved_at,
        first_seen_at,
        last_seen_at,
        (cast('-infinity' as timestamptz), organization_id) as newness
    from listed
),

-- A name is compared as it stands in an id: case, umlauts and hyphens aside.
keyed as (
    select
        *,
        nullif({{ slug('name') }}, '') as name_key
    from named
),

unlisted as (
    select
        keyed.*,
        coalesce(
            keyed.organization_id, keyed.city_id || ':name:' || keyed.name_key
        ) as named_id
    from keyed
    anti join listed
        on
            keyed.city_id = listed.city_id
            and (
                keyed.organization_id = listed.organization_id
                or (
                    keyed.organization_id is null
                    and keyed.name_key = {{ slug('listed.name') }}
                )
            )
    where coalesce(keyed.organization_id, keyed.name_key) is not null
),

-- One id may come with several spellings; the newest meeting's counts.
stub as (
    select
        unlisted.named_id as organization_id,
        unlisted.city_id,
        coalesce(
            arg_max(unlisted.name, unlisted.newness), {{ server_id('unlisted.named_id') }}
        ) as name,
        arg_max(unlisted.source_url, unlisted.newness) as source_url,
        min(unlisted.retrieved_at) as retrieved_at,
        min(unlisted.first_seen_at) as first_seen_at,
        max(unlisted.last_seen_at) as last_seen_at
    from unlisted
    anti join {{ gone('organization') }} as gone_organization
        on unlisted.named_id = gone_organization.object_id
    group by unlisted.named_id, unlisted.city_id
),

organizations as (
    select
        *,
        false as is_stub
    from listed
    union all by name
    select
        *,
        true as is_stub,
        sha256(name) as content_sha256
    from stub
)

select
    organizations.organization_id,
    organizations.city_id,
    organizations.name,
    organizations.short_name,
    organizations.classification,
    organizations.organization_type,
    -- A heading over several kinds ("Ausschüsse und Beiräte") says less than the name.
    case
        when organizations.classification like '% und %'
            then coalesce(by_type.code, by_name.code, by_classification.code)
        else coalesce(by_classification.code, by_type.code, by_name.code)
    end as organization_type_id,
    parent.organization_id as parent_id,
    organizations.start_date,
    organizations.end_date,
    organizations.website_url,
    organizations.is_stub,
    organizations.source_url,
    organizations.retrieved_at,
    organizations.first_seen_at,
    organizations.last_seen_at,
    organizations.content_sha256
from organizations
left join organizations as parent
    on organizations.parent_id = parent.organization_id
left join {{ codes('organization_types', 'classification', 'organizations') }} as by_classification
    on organizations.classification = by_classification.wording
left join {{ codes('organization_types', 'organization_type', 'organizations') }} as by_type
    on organizations.organization_type = by_type.wording
left join {{ codes('organization_types', 'name', 'organizations') }} as by_name
    on organizations.name = by_name.wording
