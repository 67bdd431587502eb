{{ stage_membership('sdnet') }}
