{{ stage_body('rubin') }}
