{{ stage_membership('sessionnet') }}
