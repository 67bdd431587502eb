{{ stage_legislative_term('rubin') }}
