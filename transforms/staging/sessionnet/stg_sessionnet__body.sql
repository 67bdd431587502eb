{{ stage_body('sessionnet') }}
