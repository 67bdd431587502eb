{{ stage_consultation('sessionnet') }}
