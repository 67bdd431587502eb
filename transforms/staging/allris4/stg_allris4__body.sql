{{ stage_body('allris4') }}
