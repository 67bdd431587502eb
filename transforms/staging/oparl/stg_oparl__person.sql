{{ stage_person('oparl') }}
