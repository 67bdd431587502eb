{{ stage_meeting('sessionnet') }}
