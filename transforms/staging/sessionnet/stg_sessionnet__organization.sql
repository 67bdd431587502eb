{{ stage_organization('sessionnet') }}
