{{ stage_body('oparl') }}
