{{ stage_file('allris4') }}
