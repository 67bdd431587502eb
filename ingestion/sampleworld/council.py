"""One invented council: its meetings at once, everything else only when it is asked for.

Every object follows from seed, city and its own number, in both directions and without a search:
a paper knows its meetings, a meeting its papers. So 100,000 papers cost nothing until one is read.
"""

import datetime as dt
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from itertools import islice
from typing import Any, Final, TypeVar

from ingestion.sampleworld.bodies import Body, Meeting, body_of, workday
from ingestion.sampleworld.dice import Dice
from ingestion.sampleworld.faults import Fault, Faults
from ingestion.sampleworld.vocabulary import Town, town

T = TypeVar("T")

TODAY: Final = dt.date(2026, 11, 20)
PUBLISHED_AHEAD: Final = dt.timedelta(days=28)
MIN_PAPERS, MAX_PAPERS = 20, 100_000

_SLOTS: Final = ("fach", "orts", "fach", "orts", "fach", "rat")
_PAPERS_A_YEAR: Final = 1_500
_MOST_KEPT: Final = 5_000
_MAX_YEARS: Final = 25
_PAPERS_A_MEETING: Final = 4
_FEWEST_CYCLES: Final = 5
_FORWARDED: Final = 0.5
_KINDS: Final = (
    (0.5, "Beschlussvorlage"),
    (0.66, "Antrag"),
    (0.8, "Anfrage"),
    (0.93, "Unterrichtungsvorlage"),
    (1.0, "Nachtrag"),
)
# Which of a city's papers a fault hits: the n-th of so many equal parts of all papers.
_TARGETS: Final = (
    Fault.CHANGED,
    Fault.WITHDRAWN,
    Fault.HTML_200,
    Fault.TRUNCATED_PDF,
    Fault.PRIVATE_DATA,
    Fault.OUTAGE,
)


class Council:
    """A city's council from one seed.

    Args:
        city: The city's id, e.g. ``mainz``.
        seed: Equal seeds give equal councils.
        papers: How many papers (20 to 100,000).
        today: The day the world believes it is.
        faults: Which faults are on; read at every request.
        id_base: Added to all ids, because ALLRIS counts from a million.
    """

    def __init__(
        self,
        city: str,
        *,
        seed: int,
        papers: int,
        today: dt.date = TODAY,
        faults: Faults | None = None,
        id_base: int = 0,
    ) -> None:
        """Lay out the meetings; no paper is made yet."""
        if not MIN_PAPERS <= papers <= MAX_PAPERS:
            raise ValueError(f"papers={papers}: out of range → use {MIN_PAPERS} to {MAX_PAPERS}")
        self.city, self.seed, self.papers, self.today = city, seed, papers, today
        self.faults = faults or Faults()
        self.id_base = id_base
        self.town: Town = town(city)
        self._kept: dict[object, Any] = {}
        self._version = self.faults.version

    def dice(self, *key: object) -> Dice:
        """The stream of chance of one thing in this council."""
        return Dice(self.seed, self.city, *key)

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """What ``make`` gives, made once: agendas and papers stand on each other's pages.

        The newest ``_MOST_KEPT`` things are kept, and none beyond a switch of the faults.
        """
        if self._version != self.faults.version:
            self._version, self._kept = self.faults.version, {}
        kept = self._kept
        if key in kept:
            found: T = kept[key]
            return found
        made = make()
        if len(kept) >= _MOST_KEPT:
            kept.pop(next(iter(kept)), None)
        kept[key] = made
        return made

    # -- bodies ------------------------------------------------------------------------------

    @cached_property
    def bodies(self) -> tuple[Body, ...]:
        """All committees: the council first, the districts' councils last."""
        made = [
            body_of(number, committee)
            for number, committee in enumerate(self.town.committees, start=1)
        ]
        council = self.town.committees[0]
        for number, district in enumerate(self.town.districts, start=101):
            hall = self.town.halls[number % len(self.town.halls)]
            made.append(
                Body(
                    id=number,
                    name=self.town.district_council.format(stadtteil=district),
                    kind="orts",
                    members=13,
                    genitive=self.town.district_genitive.format(stadtteil=district),
                    room=hall,
                    address=council.address.rpartition(",")[2].strip(),
                    short=f"OB{number - 100:02d}",
                    district=district,
                )
            )
        return tuple(made)

    # -- meetings ----------------------------------------------------------------------------

    @cached_property
    def _cycles(self) -> int:
        wanted = -(-self.papers // (_PAPERS_A_MEETING * len(_SLOTS)))
        return max(_FEWEST_CYCLES, wanted)

    @cached_property
    def first_day(self) -> dt.date:
        """The day the window begins: a year back, more for a big council."""
        years = min(_MAX_YEARS, -(-self.papers // _PAPERS_A_YEAR))
        return self.today - dt.timedelta(days=365 * years)

    @cached_property
    def _regular(self) -> tuple[Meeting, ...]:
        last_day = self.today + dt.timedelta(days=61)
        span = (last_day - self.first_day).days / (self._cycles * len(_SLOTS))
        experts = [body for body in self.bodies if body.kind not in ("rat", "orts")]
        districts = [body for body in self.bodies if body.kind == "orts"]
        drafts: list[tuple[dt.date, Body]] = []
        seats = {"fach": 0, "orts": self.dice("first district").number(0, 99)}
        for number in range(self._cycles * len(_SLOTS)):
            slot = _SLOTS[number % len(_SLOTS)]
            if slot == "rat":
                body = self.bodies[0]
            else:
                pool = experts if slot == "fach" else districts
                body = pool[seats[slot] % len(pool)]
                seats[slot] += 1
            date = self.first_day + dt.timedelta(days=int(span * (number + 0.5)))
            drafts.append((workday(date, number), body))
        cancelled = self._nearest_district(drafts)
        counts: Counter[str] = Counter()
        made = []
        for index, (date, body) in enumerate(drafts):
            counts[f"{date.year}{body.short}"] += 1
            made.append(
                self._meeting(
                    index, date, body, counts[f"{date.year}{body.short}"], index == cancelled
                )
            )
        return tuple(made)

    def _nearest_district(self, drafts: list[tuple[dt.date, Body]]) -> int:
        soon = self.today + dt.timedelta(days=10)
        distances = [
            (abs((date - soon).days), index)
            for index, (date, body) in enumerate(drafts)
            if body.kind == "orts"
        ]
        return min(distances)[1]

    def _meeting(
        self,
        index: int,
        date: dt.date,
        body: Body,
        number: int,
        is_cancelled: bool,  # noqa: FBT001
    ) -> Meeting:
        dice = self.dice("meeting", index)
        hour = {"orts": 19, "rat": 15}.get(body.kind, 16) + dice.number(0, 1)
        hours = dice.number(2, 4) if body.kind == "rat" else dice.number(1, 2)
        return Meeting(
            index=index,
            id=self.id_base + 10_000 + index,
            body=body,
            date=date,
            start=dt.time(hour, dice.pick((0, 0, 30))),
            end=dt.time(hour + hours, dice.number(0, 55, 5)),
            reference=f"{date.year}/{number:03d}/{body.short}",
            is_cancelled=is_cancelled,
            is_published=date <= self.today + PUBLISHED_AHEAD and not is_cancelled,
            is_held=date < self.today and not is_cancelled,
        )

    @cached_property
    def _special(self) -> Meeting:
        index = len(self._regular)
        date = workday(self.today + dt.timedelta(days=9), 1)
        return Meeting(
            index=index,
            id=self.id_base + 10_000 + index,
            body=self.bodies[0],
            date=date,
            start=dt.time(17),
            end=dt.time(19),
            reference=f"{date.year}/S01/SR",
            is_cancelled=False,
            is_published=True,
            is_held=False,
            is_special=True,
        )

    @property
    def meetings(self) -> tuple[Meeting, ...]:
        """All meetings by index (about in order of time)."""
        if self.faults.has(Fault.NEW_MEETING, self.city):
            return (*self._regular, self._special)
        return self._regular

    def meeting(self, meeting_id: int) -> Meeting | None:
        """The meeting with this id, if there is one."""
        index = meeting_id - self.id_base - 10_000
        return self.meetings[index] if 0 <= index < len(self.meetings) else None

    def month(self, year: int, month: int) -> list[Meeting]:
        """A month's meetings in order of time."""
        found = list(self._months.get((year, month), ()))
        special = self._special.date
        if self.faults.has(Fault.NEW_MEETING, self.city) and (special.year, special.month) == (
            year,
            month,
        ):
            found.append(self._special)
        return sorted(found, key=lambda each: (each.date, each.start, each.id))

    @cached_property
    def _months(self) -> dict[tuple[int, int], list[Meeting]]:
        found: dict[tuple[int, int], list[Meeting]] = {}
        for meeting in self._regular:
            found.setdefault((meeting.date.year, meeting.date.month), []).append(meeting)
        return found

    def previous(self, meeting: Meeting) -> Meeting | None:
        """The same body's meeting before this one."""
        earlier = (
            self._regular[index]
            for index in range(min(meeting.index, len(self._regular)) - 1, -1, -1)
            if self._regular[index].body.id == meeting.body.id
            and not self._regular[index].is_cancelled
        )
        return next(islice(earlier, 1), None)

    # -- papers and their meetings -----------------------------------------------------------

    @cached_property
    def _usable(self) -> tuple[int, ...]:
        return tuple(each.index for each in self._regular if each.is_published)

    @property
    def paper_count(self) -> int:
        """How many papers there are now."""
        return self.papers + 2 * self.faults.has(Fault.NEW_MEETING, self.city)

    def home(self, paper: int) -> Meeting:
        """The meeting that a paper is brought to first."""
        if paper >= self.papers:
            return self._special
        return self._regular[self._usable[paper * len(self._usable) // self.papers]]

    def forwarded(self, paper: int) -> Meeting | None:
        """The council's meeting that decides what a committee has advised, if it comes there."""
        home = self.home(paper)
        if home.body.kind == "rat" or self.kind(paper) != "Beschlussvorlage":
            return None
        if not self.dice("forwarded", paper).chance(_FORWARDED):
            return None
        last = home.index // len(_SLOTS) * len(_SLOTS) + len(_SLOTS) - 1
        council = self._regular[last]
        return council if council.is_published else None

    def own_papers(self, meeting: Meeting) -> range:
        """The papers that come to this meeting first."""
        if meeting.is_special:
            return range(self.papers, self.papers + 2)
        place = bisect_left(self._usable, meeting.index)
        if place == len(self._usable) or self._usable[place] != meeting.index:
            return range(0)
        size = len(self._usable)
        return range(-(-place * self.papers // size), -(-(place + 1) * self.papers // size))

    def papers_of(self, meeting: Meeting) -> list[int]:
        """All papers on a meeting's agenda: the ones committees forwarded, then its own."""
        own = list(self.own_papers(meeting))
        if meeting.body.kind != "rat" or meeting.is_special:
            return own
        first = meeting.index // len(_SLOTS) * len(_SLOTS)
        forwarded = [
            paper
            for index in range(first, meeting.index)
            for paper in self.own_papers(self._regular[index])
            if self.forwarded(paper) is not None
        ]
        return forwarded + own

    def kind(self, paper: int) -> str:
        """The paper's type; a Nachtrag always follows the Beschlussvorlage before it."""
        drawn = self._drawn_kind(paper)
        if drawn != "Nachtrag":
            return drawn
        follows = paper > 0 and self._drawn_kind(paper - 1) == "Beschlussvorlage"
        return "Nachtrag" if follows else "Beschlussvorlage"

    def _drawn_kind(self, paper: int) -> str:
        throw = self.dice("kind", paper).number(0, 999) / 1000
        return next(kind for limit, kind in _KINDS if throw < limit)

    @cached_property
    def _first_of_year(self) -> dict[int, int]:
        first: dict[int, int] = {}
        for index in self._usable:
            meeting = self._regular[index]
            papers = self.own_papers(meeting)
            if papers:
                year = meeting.date.year
                first[year] = min(first.get(year, papers[0]), papers[0])
        return first

    def number_in_year(self, paper: int) -> int:
        """The paper's running number in the year of its first meeting, from 1."""
        return paper - self._first_of_year.get(self.home(paper).date.year, 0) + 1

    def paper_id(self, paper: int) -> int:
        """The server's id of a paper."""
        return self.id_base + 20_000 + paper

    def paper_index(self, paper_id: int) -> int | None:
        """The paper with this id, if there is one."""
        index = paper_id - self.id_base - 20_000
        return index if 0 <= index < self.paper_count else None

    # -- faults ------------------------------------------------------------------------------

    def target(self, fault: Fault) -> int:
        """The paper that a fault hits in this city (for BROKEN_HTML: the meeting's index)."""
        if fault is Fault.BROKEN_HTML:
            return self.home(self.papers // 2).index
        return self._targets[fault]

    @cached_property
    def _targets(self) -> dict[Fault, int]:
        """Decision papers (they are the longest), spread over the whole time, all different."""
        found: dict[Fault, int] = {}
        for part, fault in enumerate(_TARGETS, start=1):
            wanted = self.papers * part // (len(_TARGETS) + 1)
            found[fault] = next(
                paper
                for paper in (*range(wanted, self.papers), *range(wanted, -1, -1))
                if self.kind(paper) == "Beschlussvorlage" and paper not in found.values()
            )
        return found

    def hits(self, fault: Fault, paper: int) -> bool:
        """Whether the fault is on and hits this paper."""
        return self.faults.has(fault, self.city) and self.target(fault) == paper
