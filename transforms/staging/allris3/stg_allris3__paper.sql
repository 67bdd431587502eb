{{ stage_paper('allris3') }}
