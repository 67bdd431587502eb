{{ stage_organization('oparl') }}
