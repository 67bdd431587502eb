{{ stage_location('sdnet') }}
