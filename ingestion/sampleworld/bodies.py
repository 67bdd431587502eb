"""Who meets and when: a council's bodies and their meetings."""

import datetime as dt
from dataclasses import dataclass

from ingestion.sampleworld.vocabulary import Committee, CommitteeKind


@dataclass(frozen=True, slots=True)
class Body:
    """A committee; ``id`` is the server's number."""

    id: int
    name: str
    kind: CommitteeKind
    members: int
    genitive: str
    room: str
    address: str
    short: str
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting. ``is_published``: there is an agenda; ``is_held``: there are results."""

    index: int
    id: int
    body: Body
    date: dt.date
    start: dt.time
    end: dt.time
    reference: str
    is_cancelled: bool
    is_published: bool
    is_held: bool
    is_special: bool = False

    @property
    def name(self) -> str:
        """``Sitzung des Stadtrates``."""
        kind = "Sondersitzung" if self.is_special else "Sitzung"
        return f"{kind} {self.body.genitive}"

    @property
    def times(self) -> str:
        """``17:00`` before, ``17:00-19:30`` after the meeting."""
        return f"{self.start:%H:%M}-{self.end:%H:%M}" if self.is_held else f"{self.start:%H:%M}"


def body_of(number: int, committee: Committee) -> Body:
    """The body of a committee's entry in the town file."""
    short = "SR" if committee.kind == "rat" else committee.kind[:3].upper()
    return Body(
        id=number,
        name=committee.name,
        kind=committee.kind,
        members=committee.members,
        genitive=committee.genitive,
        room=committee.room,
        address=committee.address,
        short=short,
    )


def workday(date: dt.date, number: int) -> dt.date:
    """Monday to Thursday, never between the years: other days move on."""
    if (date.month, date.day) >= (12, 21):
        date = dt.date(date.year + 1, 1, 7)
    elif (date.month, date.day) <= (1, 6):
        date = date.replace(day=7)
    if date.weekday() > 3:  # noqa: PLR2004 - Thursday
        return date + dt.timedelta(days=7 - date.weekday() + number % 4)
    return date
