"""Talks to an SD.NET RIM server: the calendar's export, the list of papers, agendas, papers."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from ingestion.city import City
from ingestion.http import Client, HttpStatusError
from ingestion.record import Fetched
from ingestion.systems._crawl import attempt, council_of, understood
from ingestion.systems.sdnet import agenda, calendar, paper, papers
from ingestion.systems.sdnet.calendar import Entry
from ingestion.window import Window

EXPORT: Final = "termine/ics/SD.NET_RIM.ics"
"""Where the calendar's export is, unless the calendar's page says otherwise."""
BARREN_PAGES: Final = 3
"""Pages in a row without a meeting in the window, after which the list of papers is left."""
MAX_PAGES: Final = 2000

_LISTS: Final = "lists"


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Crawl the council's pages from a day until three months from today.

    The calendar's export names the meetings that are near, the list of papers the older ones, and
    each paper the meetings before its last. Nothing here needs a session.

    Args:
        city: The city; ``city.council`` is its SD.NET RIM server.
        since: The window; a bare first day, or None for everything from the city file's
            ``council.since`` on.
        client: Sends the requests; a page that fails is reported and left out.

    Yields:
        Every answer, an object's richest page last.

    Raises:
        FetchError: The server does not want the crawl (robots.txt, refused repeatedly).
        ValueError: The city file has no council.
    """
    council, base = council_of(city)
    window = Window.of(since)
    first, last = window.days(council.since)
    crawl = _Crawl(client, base, first, last)
    are_loaded = _LISTS in window.loaded
    for answer in crawl.lists():
        if not are_loaded:
            yield answer
    if not are_loaded:
        window.reached(_LISTS)
    for entry in crawl.meetings():
        name = f"meeting {entry.meeting.id}"
        # No calendar leads to an older meeting, so whoever goes on with a crawl walks the whole
        # way again, over the answers that are kept, and hands on what is not in the lake yet.
        is_loaded = name in window.loaded
        for answer in crawl.meeting(entry):
            if not is_loaded:
                yield answer
        if not is_loaded:
            window.reached(name)


def _following(answer: Fetched) -> Iterator[str]:
    """The next page of a list, if there is one."""
    if (address := papers.next_page(answer)) is not None:
        yield address


class _Crawl:
    """One crawl: which agendas and papers are known, and which were asked for."""

    def __init__(self, client: Client, base: str, first: dt.date, last: dt.date) -> None:
        self.client, self.base, self.first, self.last = client, base, first, last
        self.waiting: dict[str, Entry] = {}
        self.agendas: set[str] = set()

    def lists(self) -> Iterator[Fetched]:
        """What names the meetings and papers there are."""
        yield from self._calendar()
        yield from self._list()

    def meetings(self) -> Iterator[Entry]:
        """Every meeting once; a paper's way names some that no list showed: they come in turn."""
        while self.waiting:
            meeting_id = next(iter(self.waiting))
            self.agendas.add(meeting_id)
            yield self.waiting.pop(meeting_id)

    def meeting(self, entry: Entry) -> Iterator[Fetched]:
        """A meeting's agenda, then its papers; the same paper comes with each of its meetings."""
        answer = self._ask(entry.agenda_url or "", "agenda", entry.context)
        if answer is None:
            return
        yield answer
        for url in dict(understood(partial(agenda.paper_links, answer))).values():
            yield from self._paper(url)

    def _calendar(self) -> Iterator[Fetched]:
        address = f"{self.base}{EXPORT}"
        try:
            page = self.client.get(f"{self.base}termine", kind="calendar_page", conditional=False)
            address = calendar.export_address(page) or address
            yield page
        except HttpStatusError:
            # Some servers have no page there; the export's usual address needs none.
            pass
        answer = self._ask(address, "calendar")
        if answer is not None:
            yield answer
            self._note(understood(partial(calendar.entries, answer)))

    def _list(self) -> Iterator[Fetched]:
        """The list of papers, until its meetings lie before the window."""
        address: str | None = f"{self.base}vorlagen"
        asked: set[str] = set()
        barren = 0
        while address is not None and address not in asked and len(asked) < MAX_PAGES:
            asked.add(address)
            answer = self._ask(address, "papers")
            if answer is None:
                return
            yield answer
            listed = understood(partial(papers.entries, answer))
            barren = 0 if any(map(self._is_wanted, listed)) else barren + 1
            self._note(listed)
            if barren == BARREN_PAGES:
                return
            address = next(iter(understood(partial(_following, answer))), None)

    def _paper(self, url: str) -> Iterator[Fetched]:
        answer = self._ask(url, "paper")
        if answer is not None:
            yield answer
            self._note(understood(partial(paper.meetings, answer)))

    def _note(self, listed: Iterable[Entry]) -> None:
        for entry in listed:
            key = entry.meeting.id
            if entry.agenda_url and self._is_wanted(entry) and key not in self.agendas:
                self.waiting.setdefault(key, entry)

    def _is_wanted(self, entry: Entry) -> bool:
        start = entry.meeting.start_at
        return start is not None and self.first <= start.date() <= self.last

    def _ask(self, url: str, kind: str, context: Mapping[str, str] | None = None) -> Fetched | None:
        return attempt(self.client, partial(self.client.get, url, kind=kind, context=context))
