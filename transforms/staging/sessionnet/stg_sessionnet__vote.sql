{{ stage_vote('sessionnet') }}
