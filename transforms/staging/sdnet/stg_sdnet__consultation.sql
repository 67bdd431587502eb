{{ stage_consultation('sdnet') }}
