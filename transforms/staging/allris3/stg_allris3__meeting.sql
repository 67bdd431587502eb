{{ stage_meeting('allris3') }}
