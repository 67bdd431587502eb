{{ stage_organization('sdnet') }}
