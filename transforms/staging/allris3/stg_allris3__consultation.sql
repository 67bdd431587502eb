{{ stage_consultation('allris3') }}
