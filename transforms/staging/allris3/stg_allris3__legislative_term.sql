{{ stage_legislative_term('allris3') }}
