{{ stage_location('sessionnet') }}
