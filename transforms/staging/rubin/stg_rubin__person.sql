{{ stage_person('rubin') }}
