"""What one crawl asks a city for: all of it once, a few months often, all of it now and then."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal, Self
from zoneinfo import ZoneInfo

DAYS_BACK: Final = 14
DAYS_AHEAD: Final = 90
RECONCILE_DAYS: Final = 7
"""Defaults of the city file's ``window_days_back``, ``window_days_ahead``, ``reconcile_days``."""

BERLIN: Final = ZoneInfo("Europe/Berlin")

FROM: Final = "from"
"""Context of a calendar's page: the first day whose meetings count (see ``is_before``)."""

Kind = Literal["first", "increment", "full"]
"""``first``: until everything was read once; ``increment``: what is near today, or changed;
``full``: everything again, which alone proves what is gone outside of a window of days."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a calendar.

    Attributes:
        year: The year.
        month: 1 to 12.
        only: Ids of the meetings to look at; None: all of them. With ids, the month's calendar
            page is a way to their agendas and nothing else: it tells less than is known already.
        first: Of all of them only those from this day on; None: from the first day of the month.
        also: Ids of earlier ones that are looked at all the same.
    """

    year: int
    month: int
    only: frozenset[str] | None = None
    first: dt.date | None = None
    also: frozenset[str] = frozenset()

    def wants(self, meeting_id: str, start_at: dt.datetime | None) -> bool:
        """Whether a meeting of the month's calendar is to be looked at."""
        if self.only is not None:
            return meeting_id in self.only
        is_early = self.first is not None and start_at is not None and start_at.date() < self.first
        return not is_early or meeting_id in self.also

    @property
    def context(self) -> dict[str, str]:
        """What the calendar's page is told: its month, and where the window cuts it."""
        told = {"year": str(self.year), "month": str(self.month)}
        return told | ({FROM: self.first.isoformat()} if self.first is not None else {})

    @property
    def name(self) -> str:
        """As a checkpoint names it: ``2026-11``."""
        return f"{self.year:04}-{self.month:02}"

    @property
    def first_day(self) -> dt.date:
        """Its first day."""
        return dt.date(self.year, self.month, 1)

    @property
    def last_day(self) -> dt.date:
        """Its last day."""
        return (self.first_day + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)


@dataclass
class Window:
    """What to ask for, and where the walk over it tells how far it came.

    Attributes:
        kind: Which kind of crawl.
        first: First day; None: the city file's ``council.since``.
        last: Last day; None: ``DAYS_AHEAD`` from today.
        changed_since: For servers that can tell: only what was modified from this day on.
        loaded: Milestones that an earlier part of the same crawl brought into the lake.
        open_meetings: Meetings before ``first`` whose results are still to come: id → day.
        reached: Told of every milestone: all that was yielded until here is a whole.
    """

    kind: Kind = "full"
    first: dt.date | None = None
    last: dt.date | None = None
    changed_since: dt.date | None = None
    loaded: frozenset[str] = frozenset()
    open_meetings: Mapping[str, dt.date] = field(default_factory=dict)
    reached: Callable[[str], None] = lambda _: None

    @classmethod
    def of(cls, since: "Window | dt.date | None") -> Self:
        """A window as it is, or the one that a bare first day (None: everything) stands for."""
        if isinstance(since, cls):
            return since
        if isinstance(since, Window):
            raise TypeError(f"{type(since).__name__} is no {cls.__name__}")
        return cls(first=since, changed_since=since)

    @property
    def is_whole(self) -> bool:
        """Whether all is asked for, down to the first day: what does not come is gone."""
        return self.kind != "increment"

    def months(self, since: dt.date) -> Iterator[Month]:
        """The months to ask for, oldest first; each is a milestone when the next is asked for.

        Args:
            since: The first day where the window names none.

        Yields:
            Months that are not loaded yet: first those of open meetings, then the window's.
        """
        for month in self._wanted(since):
            if month.name not in self.loaded:
                yield month
                self.reached(month.name)

    def days(self, since: dt.date) -> tuple[dt.date, dt.date]:
        """First and last day; ``since`` is the first where the window names none."""
        return self.first or since, self.last or today() + dt.timedelta(days=DAYS_AHEAD)

    def _wanted(self, since: dt.date) -> Iterator[Month]:
        first, last = self.days(since)
        begins = (first.year, first.month)
        waiting: dict[tuple[int, int], set[str]] = {}
        for id_, day in self.open_meetings.items():
            waiting.setdefault((day.year, day.month), set()).add(id_)
        for place in sorted(waiting):
            if place < begins:
                yield Month(*place, frozenset(waiting[place]))
        for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
            month = Month(number // 12, number % 12 + 1)
            if (month.year, month.month) == begins and self.kind == "increment":
                also = frozenset(waiting.get(begins, ()))
                month = replace(month, first=first, also=also)
            yield month


def is_before(context: Mapping[str, str], start_at: dt.datetime | None) -> bool:
    """Whether a meeting of a calendar's page lies before the days that were asked for.

    A calendar's page shows a whole month. A meeting before the window whose agenda is not looked
    at is left out, else what hangs on it would seem to be gone.
    """
    first = context.get(FROM)
    return first is not None and start_at is not None and start_at.date().isoformat() < first


def today(now: dt.datetime | None = None, zone: ZoneInfo = BERLIN) -> dt.date:
    """The day it is in the city, whatever the machine's zone says."""
    return (now or dt.datetime.now(dt.UTC)).astimezone(zone).date()


def around(day: dt.date, back: int = DAYS_BACK, ahead: int = DAYS_AHEAD) -> tuple[dt.date, dt.date]:
    """First and last day of an increment: days of the calendar, so no clock change moves them."""
    return day - dt.timedelta(days=back), day + dt.timedelta(days=ahead)
