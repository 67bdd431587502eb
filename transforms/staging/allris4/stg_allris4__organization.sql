{{ stage_organization('allris4') }}
