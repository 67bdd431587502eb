{{ stage_agenda_item('rubin') }}
