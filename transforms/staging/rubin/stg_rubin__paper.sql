{{ stage_paper('rubin') }}
