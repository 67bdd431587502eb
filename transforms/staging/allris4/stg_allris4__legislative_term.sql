{{ stage_legislative_term('allris4') }}
