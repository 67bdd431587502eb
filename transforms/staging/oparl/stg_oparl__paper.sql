{{ stage_paper('oparl') }}
