{{ stage_person('allris4') }}
