{{ stage_membership('rubin') }}
