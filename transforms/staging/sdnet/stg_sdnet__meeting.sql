{{ stage_meeting('sdnet') }}
