{{ stage_legislative_term('sessionnet') }}
