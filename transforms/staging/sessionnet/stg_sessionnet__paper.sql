{{ stage_paper('sessionnet') }}
