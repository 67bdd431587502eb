{{ stage_membership('allris3') }}
