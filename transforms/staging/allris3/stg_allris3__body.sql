{{ stage_body('allris3') }}
