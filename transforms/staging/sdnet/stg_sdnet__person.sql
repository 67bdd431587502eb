{{ stage_person('sdnet') }}
