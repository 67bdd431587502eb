{{ stage_agenda_item('allris3') }}
