{{ stage_file('sdnet') }}
