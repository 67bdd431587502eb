"""Agendas: what stands on them in which order, and, after the meeting, what was decided."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import Dice, day
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import CLOSED_RESULT, Paper, paper
from ingestion.sampleworld.vocabulary import common

MINUTES_AFTER: Final = dt.timedelta(days=30)
_ITEMS_A_MEETING: Final = 64


@dataclass(frozen=True, slots=True)
class Vote:
    """Votes as counted."""

    yes: int
    no: int
    abstained: int


@dataclass(frozen=True, slots=True)
class Item:
    """One agenda item. ``parent`` is the id of the item it hangs under."""

    id: int
    position: int
    number: str
    name: str
    is_public: bool
    paper: Paper | None = None
    closed_reference: str | None = None
    parent: int | None = None
    supplement: dt.date | None = None
    result: str | None = None
    resolution: str | None = None
    vote: Vote | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a paper in a meeting; ``verdict`` None: taken note of."""

    result: str
    vote: Vote | None


def items(council: Council, meeting: Meeting) -> list[Item]:
    """A meeting's agenda; empty where none is published."""
    if not meeting.is_published:
        return []
    built = council.kept(("agenda", meeting.index), _Agenda(council, meeting).build)
    return list(built)


class _Agenda:
    """Builds one agenda; positions run through, numbers start anew in the closed part."""

    def __init__(self, council: Council, meeting: Meeting) -> None:
        self.council, self.meeting = council, meeting
        self.dice = council.dice("agenda", meeting.index)
        self.made: list[Item] = []
        self.number = 0

    def build(self) -> list[Item]:
        papers = [paper(self.council, index) for index in self.council.papers_of(self.meeting)]
        wishes = [each for each in papers if each.kind in ("Antrag", "Anfrage")]
        self._add("Eröffnung der Sitzung und Feststellung der Beschlussfähigkeit")
        before = self.council.previous(self.meeting)
        if before is not None:
            result = "einstimmig genehmigt" if self.meeting.is_held else None
            self._add(f"Niederschrift über die Sitzung vom {day(before.date)}", result=result)
        if self.meeting.body.kind in ("rat", "orts"):
            self._add("Einwohnerfragestunde")
        for each in papers:
            if each not in wishes:
                self._add(each.title, paper=each)
        if wishes:
            group = self._add("Anträge und Anfragen der Fraktionen")
            for place, each in enumerate(wishes, start=1):
                self._add(each.title, paper=each, below=(group, place))
        self._add(self.dice.pick(common().notices))
        self._closed_part()
        return self.made

    def _add(
        self,
        name: str,
        *,
        paper: Paper | None = None,
        result: str | None = None,
        below: tuple[Item, int] | None = None,
    ) -> Item:
        if below is None:
            self.number += 1
        got = outcome(self.council, paper, self.meeting) if paper else None
        late = paper is not None and paper.date > self.meeting.date - dt.timedelta(days=8)
        item = Item(
            id=self._id(),
            position=len(self.made) + 1,
            number=f"{below[0].number}.{below[1]}" if below else str(self.number),
            name=name,
            is_public=True,
            paper=paper,
            parent=below[0].id if below else None,
            supplement=paper.date + dt.timedelta(days=1) if paper and late else None,
            result=got.result if got else result,
            vote=got.vote if got else None,
            resolution=_resolution(got, paper) if got and paper else None,
        )
        self.made.append(item)
        return item

    def _closed_part(self) -> None:
        slots = {"stadtteil": self.meeting.body.district or "Mitte", **self.council.town.companies}
        count = 3 if self.meeting.body.kind == "rat" else self.dice.number(0, 2)
        names = self.dice.some(common().closed_items, count)
        is_told = self.meeting.is_held and self.council.faults.has(
            Fault.CLOSED_SHOWN, self.council.city
        )
        for number, name in enumerate(names, start=1):
            with_paper = number == 1 and self.meeting.body.kind == "rat"
            reference = f"NÖ/{self.meeting.index:04d}/{self.meeting.date.year}"
            self.made.append(
                Item(
                    id=self._id(),
                    position=len(self.made) + 1,
                    number=str(number),
                    name=name.format_map(slots),
                    is_public=False,
                    closed_reference=reference if with_paper else None,
                    result=CLOSED_RESULT if is_told else None,
                    resolution=CLOSED_RESULT if is_told else None,
                    vote=Vote(9, 1, 0) if is_told else None,
                )
            )

    def _id(self) -> int:
        return (
            self.council.id_base + 50_000 + self.meeting.index * _ITEMS_A_MEETING + len(self.made)
        )


def item_place(council: Council, item_id: int) -> tuple[int, int]:
    """(meeting's index, place from 0) of an item id."""
    return divmod(item_id - council.id_base - 50_000, _ITEMS_A_MEETING)


def outcome(council: Council, of: Paper, meeting: Meeting) -> Outcome | None:
    """What the meeting decided about the paper; None before it was held."""
    if not meeting.is_held:
        return None
    if of.kind in ("Unterrichtungsvorlage", "Anfrage"):
        return Outcome("Kenntnis genommen" if of.kind != "Anfrage" else "beantwortet", None)
    dice = council.dice("outcome", of.index, meeting.index)
    voters = meeting.body.members - dice.number(0, meeting.body.members // 6)
    throw = dice.number(1, 100)
    if throw <= 8:  # noqa: PLR2004 - percent
        return Outcome("vertagt", None)
    rejected = throw <= (45 if of.kind == "Antrag" else 14)
    if not rejected and throw > (70 if of.kind == "Antrag" else 45):
        return Outcome("einstimmig beschlossen", _unanimous(dice, voters))
    winners = voters // 2 + 1 + dice.number(0, voters // 4)
    losers = dice.number(1, max(1, voters - winners))
    votes = (losers, winners) if rejected else (winners, losers)
    result = "mehrheitlich abgelehnt" if rejected else "mehrheitlich beschlossen"
    return Outcome(result, Vote(votes[0], votes[1], voters - winners - losers))


def _unanimous(dice: Dice, voters: int) -> Vote:
    abstained = dice.number(0, 2) if dice.chance(0.3) else 0
    return Vote(voters - abstained, 0, abstained)


def _resolution(got: Outcome, of: Paper) -> str | None:
    if got.result == "vertagt":
        return "Die Beratung wird auf die nächste Sitzung vertagt."
    if "beschlossen" in got.result:
        return f"Dem Vorschlag der Vorlage {of.reference} wird gefolgt."
    return None


def has_minutes(council: Council, meeting: Meeting) -> bool:
    """Whether the meeting's minutes are published."""
    return meeting.is_held and meeting.date <= council.today - MINUTES_AFTER


def consultations(council: Council, of: Paper) -> list[tuple[Meeting, Item, str]]:
    """The paper's way: (meeting, item, role) for each meeting it comes to."""
    home = council.home(of.index)
    forwarded = council.forwarded(of.index)
    way = [home] if forwarded is None else [home, forwarded]
    found = []
    for meeting in way:
        mine = (
            item
            for item in items(council, meeting)
            if item.paper is not None and item.paper.index == of.index
        )
        item = next(mine, None)
        role = "Vorberatung" if meeting is not way[-1] else "Entscheidung"
        if of.kind in ("Unterrichtungsvorlage", "Anfrage"):
            role = "Kenntnisnahme"
        if item is not None:
            found.append((meeting, item, role))
    return found
