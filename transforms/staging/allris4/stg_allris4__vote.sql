{{ stage_vote('allris4') }}
