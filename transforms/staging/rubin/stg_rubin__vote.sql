{{ stage_vote('rubin') }}
