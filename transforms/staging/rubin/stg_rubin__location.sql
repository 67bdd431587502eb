{{ stage_location('rubin') }}
