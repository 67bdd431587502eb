{{ stage_location('allris4') }}
