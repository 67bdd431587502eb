{{ stage_location('allris3') }}
