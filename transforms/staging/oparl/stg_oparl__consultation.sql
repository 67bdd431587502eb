{{ stage_consultation('oparl') }}
