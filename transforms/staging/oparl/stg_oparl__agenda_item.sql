{{ stage_agenda_item('oparl') }}
