{{ stage_membership('allris4') }}
