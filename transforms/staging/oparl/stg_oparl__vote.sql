{{ stage_vote('oparl') }}
