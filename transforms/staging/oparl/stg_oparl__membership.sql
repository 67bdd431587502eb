{{ stage_membership('oparl') }}
