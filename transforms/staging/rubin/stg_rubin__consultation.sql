{{ stage_consultation('rubin') }}
