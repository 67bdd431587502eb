{{ stage_organization('rubin') }}
