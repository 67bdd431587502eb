{{ stage_file('rubin') }}
