{{ stage_person('sessionnet') }}
