{{ stage_agenda_item('sdnet') }}
