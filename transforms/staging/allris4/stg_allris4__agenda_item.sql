{{ stage_agenda_item('allris4') }}
