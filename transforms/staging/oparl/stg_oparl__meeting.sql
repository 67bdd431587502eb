{{ stage_meeting('oparl') }}
