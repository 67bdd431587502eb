{{ stage_file('sessionnet') }}
