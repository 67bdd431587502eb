{{ stage_location('oparl') }}
