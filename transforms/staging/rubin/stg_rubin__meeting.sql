{{ stage_meeting('rubin') }}
