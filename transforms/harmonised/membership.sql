-- Seats of office holders; a seat goes with its person or its organisation.
with present as (
    select
        memberships.*,
        nullif({{ slug('memberships.person_name') }}, '') as name_key
    from ({{ council_objects('membership') }}) as memberships
    anti join {{ gone('organization') }} as gone_organization
        on memberships.organization_id = gone_organization.object_id
),

person as (
    select * from {{ ref('person') }}
),

person_by_name as {{ by_name('person') }}

select
    present.membership_id,
    present.city_id,
    person.person_id,
    organization.organization_id,
    present.role,
    present.has_voting_right,
    present.on_behalf_of,
    present.start_date,
    present.end_date,
    present.source_url,
    present.retrieved_at,
    present.first_seen_at,
    present.last_seen_at,
    present.content_sha256
from present
left join person_by_name
    on present.city_id = person_by_name.city_id and present.name_key = person_by_name.name_key
inner join person
    on coalesce(present.person_id, person_by_name.person_id) = person.person_id
left join {{ ref('organization') }} as organization
    on present.organization_id = organization.organization_id
