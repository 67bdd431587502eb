{{ stage_organization('allris3') }}
