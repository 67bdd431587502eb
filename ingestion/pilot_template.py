"""The text of a new pilot report."""

import datetime as dt
import json
from pathlib import Path
from typing import Final, get_args

from ingestion.city import City
from ingestion.pilot import parse
from ingestion.pilot_model import Area

_AREAS: Final = ", ".join(get_args(Area))
_TEMPLATE: Final = """\
---
# `seehaus pilot check` sagt mit Zeile und Abhilfe, was nicht stimmt.
title: {title}
area: administration # {areas}
outcome: continued # adopted (übernommen), continued (läuft weiter) oder stopped (eingestellt)
date: {day} # an dem dieser Bericht geschrieben wurde
start: {day}
# end: {day} # weglassen, solange der Pilot läuft
contact: # eine Stelle mit Funktionspostfach, keine Person
  office: {office}
  email: {email}
effort:
  person_days: 0 # Arbeitstage der Verwaltung
  cost_eur: 0 # an andere gezahlt
# page: https://www.example.org/pilot # öffentliche Seite des Pilotprojekts
# attachments: # Dateien neben diesem Bericht
#   - file: ergebnisse.csv
#     title: Die Messwerte
---

## Ausgangslage

Welches Problem war zu lösen? (Dieser Abschnitt kann entfallen.)

## Was wurde erprobt

Wer hat wie lange womit gearbeitet, und woran wurde der Erfolg gemessen?

## Ergebnis

Was hat funktioniert, was nicht? Zahlen helfen anderen Städten mehr als Lob.

## Aufwand

Wofür gingen Zeit und Geld hin, und was kostet der Betrieb?

## Empfehlung

Was würden Sie wieder so machen, was anders? (Dieser Abschnitt kann entfallen.)
"""


def template(title: str, city: City, path: Path, day: dt.date) -> str:
    """A valid report with questions instead of answers.

    Args:
        title: What the pilot is called.
        city: Whose it is; its publisher is the contact until another office is named.
        path: Where it will lie.
        day: Today.

    Returns:
        Markdown with front matter; ``check`` finds nothing wrong in it.

    Raises:
        PilotError: Title or file name cannot stand in a report, or the city's publisher has no
            address that may; says which and why.
    """
    text = _TEMPLATE.format(
        title=json.dumps(title, ensure_ascii=False),
        areas=_AREAS,
        day=day.isoformat(),
        office=json.dumps(city.publisher.name, ensure_ascii=False),
        email=city.publisher.email,
    )
    parse(text.encode(), path, city)
    return text
