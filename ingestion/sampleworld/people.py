"""Who sits where: an invented council's members, its committees' seats and its factions.

Everybody here holds a public office and belongs to nobody: names are put together by chance.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

from ingestion.sampleworld.bodies import Body
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import Dice

TERM_NAME: Final = "Wahlperiode 2024 bis 2029"
TERM_BEGINS: Final = dt.date(2024, 7, 1)
TERM_ENDS: Final = dt.date(2029, 6, 30)

FORMER_TERM: Final = (dt.date(2019, 7, 1), dt.date(2024, 6, 30))

_FORMER_MEMBERS: Final = 5
_FIRST_PERSON: Final = 60_001
_FIRST_SEAT: Final = 70_001
_FIRST_FACTION: Final = 201
_DOCTORS: Final = 0.08
_LEAVES: Final = 0.04
# The council's own seats come first, so that committees can be filled from them.
_DISTRICT_SHARE_OF_COUNCILLORS: Final = 0.15


class _Names(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    given_female: tuple[str, ...]
    given_male: tuple[str, ...]
    family: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Faction:
    """A faction of the council; ``id`` is the server's number, among those of the committees."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    """A council member or head of department; ``office`` is set for the latter only."""

    id: int
    form: str
    title: str | None
    given: str
    family: str
    office: str | None = None
    faction: Faction | None = None

    @property
    def name(self) -> str:
        """``Dr. Helene Brandauer``."""
        return " ".join(filter(None, (self.title, self.given, self.family)))


@dataclass(frozen=True, slots=True)
class Seat:
    """A person's place in a committee or (``faction``) among a faction; one of the two is set."""

    id: int
    person: Person
    role: str
    has_vote: bool
    start: dt.date
    end: dt.date | None
    body: Body | None = None
    faction: Faction | None = None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody in one council, and every seat; in the order of their ids.

    ``former``: seats of the term before, in the council, of people who sit there again.
    """

    factions: tuple[Faction, ...]
    persons: tuple[Person, ...]
    seats: tuple[Seat, ...]
    former: tuple[Seat, ...] = ()

    def of_body(self, body_id: int) -> list[Seat]:
        """The seats of a committee, its chair first."""
        return [seat for seat in self.seats if seat.body is not None and seat.body.id == body_id]

    def of_faction(self, faction_id: int) -> list[Seat]:
        """The seats of a faction, its chair first."""
        return [seat for seat in self.seats if seat.faction and seat.faction.id == faction_id]

    def of_person(self, person_id: int) -> list[Seat]:
        """Where a person sits."""
        return [seat for seat in self.seats if seat.person.id == person_id]

    def person(self, person_id: int) -> Person | None:
        """The person with this id, if there is one."""
        return next((each for each in self.persons if each.id == person_id), None)


@cache
def _names() -> _Names:
    path = Path(__file__).with_name("names.yml")
    return _Names.model_validate(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))


def people_of(council: Council) -> People:
    """Everybody in a council; equal seeds give equal people."""
    return council.kept("people", lambda: _people(council))


def _people(council: Council) -> People:
    base = council.id_base
    factions = tuple(
        Faction(base + _FIRST_FACTION + number, name)
        for number, name in enumerate(council.town.factions)
    )
    officials = tuple(_officials(council))
    rat = council.bodies[0]
    councillors = tuple(
        _member(council, len(officials) + number, factions) for number in range(rat.members)
    )
    persons = [*officials, *councillors]
    seats: list[Seat] = []
    for body in council.bodies:
        members = list(councillors) if body.kind == "rat" else _filled(council, body, councillors)
        if body.kind == "orts":
            while len(members) < body.members:
                persons.append(_member(council, len(persons), factions))
                members.append(persons[-1])
        if body.kind == "rat":
            members = [officials[0], *members]
        seats += _seats(council, body, members, len(seats))
    for faction in factions:
        mine = [person for person in councillors if person.faction == faction]
        for number, person in enumerate(mine):
            role = "Fraktionsvorsitz" if number == 0 else "Mitglied"
            seats.append(
                Seat(
                    id=base + _FIRST_SEAT + len(seats),
                    person=person,
                    role=role,
                    has_vote=True,
                    start=TERM_BEGINS,
                    end=None,
                    faction=faction,
                )
            )
    former = tuple(
        replace(seat, id=base + _FIRST_SEAT + len(seats) + place, start=first, end=last)
        for first, last in [FORMER_TERM]
        for place, seat in enumerate(seats[1 : 1 + _FORMER_MEMBERS])
    )
    return People(factions, tuple(persons), tuple(seats), former)


def _officials(council: Council) -> Iterator[Person]:
    """The mayor and the heads of department, whom the town file names."""
    for number, words in enumerate((council.town.mayor, *council.town.heads)):
        office, _, name = words.partition(" ")
        title = "Dr." if name.startswith("Dr. ") else None
        *given, family = name.removeprefix("Dr. ").split(" ")
        yield Person(
            id=council.id_base + _FIRST_PERSON + number,
            form="Frau" if office.endswith(("in", "ordnete")) else "Herr",
            title=title,
            given=" ".join(given),
            family=family,
            office=office,
        )


def _member(council: Council, number: int, factions: tuple[Faction, ...]) -> Person:
    dice = council.dice("person", number)
    names = _names()
    is_female = dice.chance(0.5)
    return Person(
        id=council.id_base + _FIRST_PERSON + number,
        form="Frau" if is_female else "Herr",
        title="Dr." if dice.chance(_DOCTORS) else None,
        given=dice.pick(names.given_female if is_female else names.given_male),
        family=_family(dice, names.family),
        faction=dice.pick(factions),
    )


def _family(dice: Dice, names: tuple[str, ...]) -> str:
    first = dice.pick(names)
    return f"{first}-{dice.pick(names)}" if dice.chance(0.1) else first


def _filled(council: Council, body: Body, councillors: tuple[Person, ...]) -> list[Person]:
    """Councillors on a committee: all of an expert committee's seats, some of a district's."""
    share = _DISTRICT_SHARE_OF_COUNCILLORS if body.kind == "orts" else 1.0
    return council.dice("seats", body.id).some(councillors, max(1, int(body.members * share)))


def _seats(council: Council, body: Body, members: list[Person], before: int) -> Iterator[Seat]:
    for number, person in enumerate(members):
        dice = council.dice("seat", body.id, number)
        role = ("Vorsitz", "Stellvertretender Vorsitz")[number] if number < 2 else "Mitglied"  # noqa: PLR2004
        leaves = number > 2 and dice.chance(_LEAVES)  # noqa: PLR2004 - who presides stays
        yield Seat(
            id=council.id_base + _FIRST_SEAT + before + number,
            person=person,
            role=role,
            has_vote=True,
            start=TERM_BEGINS,
            end=TERM_BEGINS + dt.timedelta(days=dice.number(200, 700)) if leaves else None,
            body=body,
        )
