"""Talks to a SessionNet server: calendars, their agendas, the papers, committees and people."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import urlsplit, urlunsplit

from ingestion.city import City
from ingestion.http import Client, HttpStatusError
from ingestion.record import Fetched, Organization, UnknownStructureError
from ingestion.systems import _dates, _html
from ingestion.systems._crawl import attempt, council_of, said, understood
from ingestion.systems.sessionnet import agenda, calendar, committee, paper, seats
from ingestion.systems.sessionnet._page import KINDS
from ingestion.window import Month, Window


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Crawl the council's pages, month by month: its agendas, then the papers they link.

    The start page comes first: it sets the session's cookie and its links tell whether the
    server's pages end in ``.php`` or ``.asp``. Each agenda and each paper is asked for once; a
    paper that several months link is yielded with each of them, so that a month is a whole.

    Args:
        city: The city; ``city.council`` is its SessionNet server.
        since: The window; a bare first day is rounded down to its month; None: everything from
            the city file's ``council.since`` on.
        client: Sends the requests; a page that fails is reported and left out.

    Yields:
        Every answer, an object's richest page last.

    Raises:
        FetchError: The server does not want the crawl (robots.txt, refused repeatedly).
        ValueError: The city file has no council.
    """
    council, base = council_of(city)
    window = Window.of(since)
    crawl = _Crawl(client, base)
    yield from crawl.run(window.months(council.since), with_people=window.is_whole)


class _Crawl:
    """One crawl: what was asked for already, and what the links taught about the server."""

    def __init__(self, client: Client, base: str) -> None:
        self.client, self.base = client, base
        self.agendas: set[str] = set()
        # Those of the month that is walked.
        self.papers: dict[str, str] = {}
        # Which page has the whole agenda where the calendar links another, e.g. si0056 → si0057.
        self.better: dict[str, str] = {}

    def run(self, months: Iterable[Month], *, with_people: bool) -> Iterator[Fetched]:
        start = self._start()
        if start is not None:
            yield start
        calendar_url = self._calendar_url(start)
        for month in months:
            yield from self._month(month, calendar_url)
        # After the agendas, which name their committee and tell nothing else of it. An increment
        # leaves them to the reconciliation: hundreds of pages, which change after an election.
        if with_people:
            yield from self._committees(start)

    def _month(self, month: Month, calendar_url: str) -> Iterator[Fetched]:
        query = f"__cjahr={month.year}&__cmonat={month.month}"
        month_page = self.ask(f"{calendar_url}?{query}", "calendar", month.context)
        if month_page is None:
            return
        if month.only is None:
            yield month_page
        self.papers = {}
        for entry in understood(partial(calendar.entries, month_page)):
            meeting = entry.meeting
            is_wanted = month.wants(meeting.id, meeting.start_at)
            if is_wanted and entry.page_url is not None and meeting.id not in self.agendas:
                self.agendas.add(meeting.id)
                yield from self._agenda(entry.page_url, entry.context)
        # Last, because a paper's page tells more about a file than the agenda that links it.
        for url in self.papers.values():
            yield from self._paper(url)

    def _start(self) -> Fetched | None:
        try:
            return self.client.get(self.base, kind="start")
        except HttpStatusError:
            # Some servers have no page there. Nothing is lost: the calendar sets the cookie too.
            return None

    def _agenda(self, linked: str, context: Mapping[str, str]) -> Iterator[Fetched]:
        url = _html.only(linked, "__ksinr")
        best = _renamed(url, self.better)
        answer = self.ask(best, "agenda", context)
        if answer is None and best != url:
            answer = self.ask(url, "agenda", context)
        if answer is None:
            return
        yield answer
        whole = self._whole_agenda(answer) if best == url else None
        # A server that sends us from si0057 to si0050 links it there all the same: ask once.
        if whole is not None and _html.page_name(whole) != _html.page_name(url):
            self.better[_html.page_name(url)] = _html.page_name(whole)
            if (full := self.ask(whole, "agenda", context)) is not None:
                yield full
                answer = full
        for link in understood(partial(agenda.paper_links, answer)):
            paper_id = _html.query_id(link, "__kvonr")
            if paper_id is not None:
                self.papers.setdefault(paper_id, _html.only(link, "__kvonr"))

    def _whole_agenda(self, answer: Fetched) -> str | None:
        links = understood(lambda: iter([agenda.full_agenda_link(answer)]))
        link = next(iter(links), None)
        return _html.only(link, "__ksinr") if link is not None else None

    def _paper(self, url: str) -> Iterator[Fetched]:
        answer = self.ask(url, "paper")
        if answer is None:
            return
        yield answer
        links = understood(lambda: iter([paper.consultations_link(answer)]))
        if links and links[0] is not None:
            way = self.ask(_html.only(links[0], "__kvonr"), "consultations")
            if way is not None:
                yield way

    def _committees(self, start: Fetched | None) -> Iterator[Fetched]:
        link = _link(start, "gr0040")
        answer = self.ask(_html.only(link), "committee") if link is not None else None
        if answer is None:
            return
        yield answer
        listed = understood(partial(committee.records, answer))
        kinds = {each.id: each for each in listed if isinstance(each, Organization)}
        links = understood(partial(committee.member_links, answer))
        yield from self._members({number: url for number, _, url in links}, kinds)

    def _members(
        self, pages: Mapping[str, str], listed: Mapping[str, Organization]
    ) -> Iterator[Fetched]:
        """Each committee's members: all past terms first, so that what is told now comes last.

        Before them the pages of the people whose rows do not say when a seat began: it is a part of
        the seat's id. A committee's page is asked for twice, of which the client answers one.
        """
        people = _People(self)
        answered: list[tuple[str, dict[str, str]]] = []
        for number, linked in pages.items():
            url, context = _html.only(linked, "__kgrnr"), _of_list(listed.get(number))
            now = self.ask(url, "committee", context)
            if now is None:
                continue
            answered.append((url, context))
            for term, link in understood(partial(committee.term_links, now, _dates.today())):
                yield from people.around(self.ask(link, "committee", {**context, "term": term}))
        for url, context in answered:
            yield from people.around(self.ask(url, "committee", context))

    def _calendar_url(self, start: Fetched | None) -> str:
        if (link := _link(start, "si0040")) is not None:
            return _html.only(link)
        # All four cities run the PHP edition; a start page without links says nothing else.
        return f"{self.base}si0040.php"

    def ask(self, url: str, kind: str, context: Mapping[str, str] | None = None) -> Fetched | None:
        """Ask for a page; None where it failed."""
        answer = attempt(self.client, partial(self.client.get, url, kind=kind, context=context))
        if answer is not None and _landed_elsewhere(url, answer.url):
            # Without its cookie the server sends us to a page of its own; now we have it.
            again = partial(self.client.get, url, kind=kind, context=context, conditional=False)
            answer = attempt(self.client, again)
        return answer


class _People:
    """The people of a crawl: whose page was asked for, and what it and the committees' told."""

    def __init__(self, crawl: _Crawl) -> None:
        self._crawl = crawl
        # By the person's number; None: the page could not be had.
        self._told: dict[str, list[seats.Seat] | None] = {}
        self._met: dict[str, list[seats.Seat]] = {}

    def around(self, answer: Fetched | None) -> Iterator[Fetched]:
        """The pages of people of whom a row leaves out when their seat began; then the committee's.

        A row has name, party, kind and mostly the dates: then the person's own page, one of
        hundreds, says nothing more that may be kept.
        """
        if answer is None:
            return
        found = understood(partial(committee.member_seats, answer))
        pages = dict(understood(partial(committee.person_links, answer)))
        for seat in found:
            number = seat.person_id
            if number not in pages or number in self._told or seat.start is not None:
                continue
            mine = [*self._met.get(number, ()), *(each for each in found if each.key == seat.key)]
            told = seats.context(mine)
            if "term" in answer.context:
                told.pop("faction", None)  # a party that somebody may have left since
            context = {"__kpenr": number, "name": seat.person_name, **told}
            page = self._crawl.ask(_html.only(pages[number], "__kpenr"), "person", context)
            self._told[number] = _seats_of(page)
            if page is not None:
                yield page
        yield self._dated(answer, found)

    def _dated(self, answer: Fetched, found: list[seats.Seat]) -> Fetched:
        """A committee's page with what people's own pages say of its members' seats."""
        context = dict(answer.context)
        for seat in found:
            if seat.start is None and seat.person_id in self._told:
                context |= seats.began(seat.key, self._told[seat.person_id])
        for seat in seats.dated(found, context):
            if seat.person_id is not None:
                self._met.setdefault(seat.person_id, []).append(seat)
        return replace(answer, context=context)


def _seats_of(page: Fetched | None) -> list[seats.Seat] | None:
    """The seats on a person's page; None where it could not be had or read."""
    try:
        return list(committee.person_seats(page)) if page is not None else None
    except UnknownStructureError:
        return None


def _link(start: Fetched | None, page: str) -> str | None:
    """The first link of the start page that leads to a page of that name."""
    if start is None:
        return None
    root = next(iter(understood(lambda: iter([_html.tree(start)]))), None)
    for link in root.css(f"a[href*={page}]") if root is not None else ():
        href = _html.attribute(link, "href")
        if _html.page_name(href) == page:
            return _html.absolute(start.url, href)
    return None


def _landed_elsewhere(asked: str, answered: str) -> bool:
    kind = KINDS.get(_html.page_name(asked))
    return kind is not None and KINDS.get(_html.page_name(answered)) != kind


def _of_list(told: Organization | None) -> dict[str, str]:
    """What the list says of a committee and its own page may not repeat."""
    if told is None:
        return {}
    facts = {
        "name": told.name,
        "type": told.organization_type,
        "start": told.start_date.isoformat() if told.start_date else None,
        "end": told.end_date.isoformat() if told.end_date else None,
    }
    return said(facts)


def _renamed(url: str, better: Mapping[str, str]) -> str:
    name = _html.page_name(url)
    if name not in better:
        return url
    parts = urlsplit(url)
    folder, _, file = parts.path.rpartition("/")
    ending = file.partition(".")[2]
    return urlunsplit(parts._replace(path=f"{folder}/{better[name]}.{ending}"))
