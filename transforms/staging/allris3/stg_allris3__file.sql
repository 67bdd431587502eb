{{ stage_file('allris3') }}
