{{ stage_file('oparl') }}
