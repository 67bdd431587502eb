{{ stage_agenda_item('sessionnet') }}
