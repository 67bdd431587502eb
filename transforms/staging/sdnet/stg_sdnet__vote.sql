{{ stage_vote('sdnet') }}
