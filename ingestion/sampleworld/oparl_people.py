"""OParl 1.1 objects of an invented council's people: its bodies, terms, factions, seats, places."""

import datetime as dt
from typing import Any, Final
from zoneinfo import ZoneInfo

from ingestion.sampleworld.bodies import Body
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.people import (
    TERM_BEGINS,
    TERM_ENDS,
    TERM_NAME,
    Faction,
    People,
    Seat,
    people_of,
)

Thing = dict[str, Any]

SCHEMA: Final = "https://schema.oparl.org/1.1/"
BERLIN: Final = ZoneInfo("Europe/Berlin")

_CLASSES: Final = {"rat": "Rat", "orts": "Ortsbeirat"}
_COUNCIL: Final = 1
# Musterstadt lies nowhere: its halls stand on a grid of their own.
_EAST, _NORTH, _STEP = 8.0, 50.0, 0.001


class PeopleThings:
    """Objects under one address, e.g. ``http://127.0.0.1:8000``: who there is and where they meet.

    Attributes:
        council: Whose objects they are.
        people: Everybody in it.
    """

    def __init__(self, council: Council, address: str, people: People | None = None) -> None:
        """Make objects of ``council`` whose ids begin with ``address``."""
        self.council, self._root = council, f"{address}/oparl"
        self.people = people or people_of(council)

    def _url(self, kind: str, number: int) -> str:
        return f"{self._root}/{kind}/{number}"

    def _thing(self, kind: str, number: int, name: str, changed: dt.date) -> Thing:
        moment = dt.datetime(changed.year, changed.month, changed.day, 12, tzinfo=BERLIN)
        return {
            "id": self._url(kind, number),
            "type": f"{SCHEMA}{name}",
            "created": moment.isoformat(),
            "modified": moment.isoformat(),
            "deleted": False,
        }

    def _old(self, kind: str, number: int, name: str) -> Thing:
        return self._thing(kind, number, name, self.council.first_day)

    def _term(self, number: int) -> Thing | None:
        if number != 1:
            return None
        return self._old("legislativeterm", 1, "LegislativeTerm") | {
            "body": self._url("body", 1),
            "name": TERM_NAME,
            "startDate": TERM_BEGINS.isoformat(),
            "endDate": TERM_ENDS.isoformat(),
        }

    def _committee(self, number: int) -> Body | None:
        return next((body for body in self.council.bodies if body.id == number), None)

    def _organization(self, number: int) -> Thing | None:
        body = self._committee(number)
        if body is not None:
            return self._committee_thing(body)
        found = (faction for faction in self.people.factions if faction.id == number)
        return next((self._faction_thing(faction) for faction in found), None)

    def _committee_thing(self, body: Body) -> Thing:
        made = self._old("organization", body.id, "Organization") | {
            "body": self._url("body", 1),
            "name": body.name,
            "shortName": body.short,
            "organizationType": "Gremium",
            "classification": _CLASSES.get(body.kind, "Ausschuss"),
            "startDate": TERM_BEGINS.isoformat(),
            "membership": self._seat_urls(self.people.of_body(body.id)),
            "votingMemberCount": body.members,
            "location": self._location(body.id),
        }
        if body.kind == "rat":
            return made | {"website": "https://musterstadt.example/rat"}
        return made | {"subOrganizationOf": self._url("organization", _COUNCIL)}

    def _faction_thing(self, faction: Faction) -> Thing:
        return self._old("organization", faction.id, "Organization") | {
            "body": self._url("body", 1),
            "name": faction.name,
            "organizationType": "Fraktion",
            "classification": "Fraktion",
            "subOrganizationOf": self._url("organization", _COUNCIL),
            "startDate": TERM_BEGINS.isoformat(),
            "membership": self._seat_urls(self.people.of_faction(faction.id)),
        }

    def _seat_urls(self, seats: list[Seat]) -> list[str]:
        return [self._url("membership", seat.id) for seat in seats]

    def _location(self, number: int) -> Thing | None:
        body = self._committee(number)
        if body is None:
            return None
        street, _, place = body.address.rpartition(", ")
        where = [round(_EAST + number * _STEP, 4), round(_NORTH + number * _STEP, 4)]
        made = self._old("location", number, "Location") | {
            "description": f"{body.room}, {body.address}",
            "room": body.room,
            "geojson": {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": where},
                "properties": {"name": body.room},
            },
        }
        if street:
            code, _, locality = place.partition(" ")
            made |= {"streetAddress": street, "postalCode": code, "locality": locality}
        return made

    def _person(self, number: int) -> Thing | None:
        who = self.people.person(number)
        if who is None:
            return None
        seats = self.people.of_person(number)
        made = self._old("person", number, "Person") | {
            "body": self._url("body", 1),
            "name": who.name,
            "givenName": who.given,
            "familyName": who.family,
            "formOfAddress": who.form,
            "membership": [self._seat_thing(seat) for seat in seats],
        }
        made |= {"title": [who.title]} if who.title else {}
        return made | ({"status": [who.office]} if who.office else {})

    def _membership(self, number: int) -> Thing | None:
        found = (seat for seat in self.people.seats if seat.id == number)
        return next((self._seat_thing(seat) for seat in found), None)

    def _seat_thing(self, seat: Seat) -> Thing:
        of = seat.body.id if seat.body is not None else seat.faction.id if seat.faction else 0
        made = self._old("membership", seat.id, "Membership") | {
            "person": self._url("person", seat.person.id),
            "organization": self._url("organization", of),
            "role": seat.role,
            "votingRight": seat.has_vote,
            "startDate": seat.start.isoformat(),
        }
        if seat.end is not None:
            made["endDate"] = seat.end.isoformat()
        if seat.body is not None and seat.person.faction is not None:
            made["onBehalfOf"] = self._url("organization", seat.person.faction.id)
        return made
