{{ stage_vote('allris3') }}
