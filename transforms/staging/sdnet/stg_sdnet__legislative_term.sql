{{ stage_legislative_term('sdnet') }}
