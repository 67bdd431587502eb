{{ stage_body('sdnet') }}
