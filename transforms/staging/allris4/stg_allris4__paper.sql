{{ stage_paper('allris4') }}
