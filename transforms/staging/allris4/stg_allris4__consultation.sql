{{ stage_consultation('allris4') }}
