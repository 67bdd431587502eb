{{ stage_person('allris3') }}
