{{ stage_legislative_term('oparl') }}
