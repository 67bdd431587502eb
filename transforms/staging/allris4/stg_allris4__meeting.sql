{{ stage_meeting('allris4') }}
