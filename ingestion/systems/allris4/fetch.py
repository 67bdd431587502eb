"""Talks to an ALLRIS 4 server: committees and calendar over Wicket's AJAX, then agendas and papers.

The list of committees and the calendar set the session's cookie and name, with a number of that
session, the address that answers their rows; that request needs the cookie and Wicket's headers.
Agendas and papers need no session as long as their address says ``refresh=false``. A session that
ends anywhere in a crawl costs one more request and nothing else.
"""

import datetime as dt
from collections.abc import Callable, Generator, Iterator, Mapping
from functools import partial

from ingestion.city import City
from ingestion.http import Client, HttpStatusError
from ingestion.record import Fetched, Organization
from ingestion.systems import _dates, _html
from ingestion.systems._crawl import attempt, council_of, said, understood
from ingestion.systems.allris4 import agenda, calendar, committee
from ingestion.systems.allris4._page import essence, kind_of, passing
from ingestion.systems.allris4._wicket import FORGOTTEN, is_forgotten, rows
from ingestion.window import Month, Window


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Crawl the council's pages, month by month: its agendas, then the papers they link.

    A paper that several months link is asked for once and yielded with each of them, so that a
    month is a whole.

    Args:
        city: The city; ``city.council`` is its ALLRIS 4 server, with the path (``…/public/``).
        since: The window; a bare first day is rounded down to its month; None: everything from
            the city file's ``council.since`` on.
        client: Sends the requests, keeps the cookie; a page that fails is reported and left out.

    Yields:
        Every answer, an object's richest page last.

    Raises:
        FetchError: The server does not want the crawl (robots.txt, refused repeatedly).
        ValueError: The city file has no council.
    """
    council, base = council_of(city)
    crawl = _Crawl(client, base)
    crawl.committees = yield from _committees(client, base)
    for month in Window.of(since).months(council.since):
        yield from crawl.month(month)


class _Crawl:
    """One crawl: what was asked for already, and what the list of committees told."""

    def __init__(self, client: Client, base: str) -> None:
        self.client, self.base = client, base
        self.agendas: set[str] = set()
        self.committees: dict[str, str] = {}

    def month(self, month: Month) -> Iterator[Fetched]:
        papers: dict[str, str] = {}
        for answer in _month(self.client, self.base, month):
            if month.only is None:
                yield answer
            for entry in understood(partial(calendar.entries, answer)):
                meeting = entry.meeting
                is_wanted = month.wants(meeting.id, meeting.start_at)
                if is_wanted and entry.agenda_url and meeting.id not in self.agendas:
                    self.agendas.add(meeting.id)
                    yield from self._agenda(entry.agenda_url, entry.context, papers)
        # Last, because a paper's page tells more about a file than the agenda that links it.
        for paper_id, url in papers.items():
            address = _html.only(url, "VOLFDNR", "refresh")
            context = {"VOLFDNR": paper_id} | self.committees
            paper = _ask(self.client, address, "paper", context)
            if paper is not None:
                yield paper

    def _agenda(
        self, url: str, context: Mapping[str, str], papers: dict[str, str]
    ) -> Iterator[Fetched]:
        """One agenda with its items' pages; the papers it links are added to ``papers``."""
        page = _ask(self.client, url, "agenda", {**context, **self.committees})
        if page is None:
            return
        yield page
        yield from _items(self.client, page)
        for paper_id, link in understood(partial(agenda.paper_links, page)):
            papers.setdefault(paper_id, link)


def _committees(client: Client, base: str) -> Generator[Fetched, None, dict[str, str]]:
    """Ask for the list of committees, then for each one's page.

    A server without such a list (404) is no failure: its committees are then those that its agendas
    link.

    Yields:
        Every answer.

    Returns:
        What the pages read after these are told of the committees; nothing where none are known.
    """
    kinds = ("committees_page", "committees")
    found: list[Organization] = []
    for answer in rows(client, f"{base}{committee.PAGE}", kinds, committee.LINK, is_optional=True):
        yield answer
        found += understood(partial(committee.listed, answer))
    for each in found:
        told = {"GRLFDNR": each.id, "name": each.name, "classification": each.classification}
        page = _ask(client, each.url, "committee", said(told))
        if page is not None:
            yield page
    return {"organizations": committee.told(found)} if found else {}


def _items(client: Client, page: Fetched) -> Iterator[Fetched]:
    """Ask for the pages of an agenda's items; some servers want the agenda's session for it."""
    may_begin_again = True
    for url, told in understood(partial(agenda.item_pages, page, _dates.today())):
        context = {"TOLFDNR": told.id, "item": told.model_dump_json()}
        answer = _ask(
            client, url, "item", context, before=page.url, may_begin_again=may_begin_again
        )
        if answer is not None:
            # What helps no item of the agenda is not tried for each of them.
            may_begin_again = _is(answer, "item")
            yield answer


def _month(client: Client, base: str, month: Month) -> Iterator[Fetched]:
    """Ask for one month: the page, then its rows; once more if the session ended in between."""
    shell = f"{base}si010?MM={month.month}&YY={month.year}"
    kinds = ("calendar_page", "calendar")
    yield from rows(client, shell, kinds, "table.calenderView", context=month.context)


def _ask(
    client: Client,
    url: str,
    kind: str,
    context: Mapping[str, str],
    *,
    before: str | None = None,
    may_begin_again: bool = True,
) -> Fetched | None:
    """Ask for a page; once more in a new session where it is not found, or another page comes.

    Args:
        client: Sends the requests, takes note of failures.
        url: The page.
        kind: Its kind.
        context: What it may not repeat.
        before: The page that a new session begins with; None: this one.
        may_begin_again: False: the first answer counts.

    Returns:
        The answer, also one of another kind, which the parser reports; None where it failed.
    """
    get = partial(client.get, url, kind=kind, context=context, essence=essence)
    if not may_begin_again:
        return attempt(client, get)
    answer = attempt(client, partial(_whatever, get))
    if answer is None or _is(answer, kind):
        return answer
    client.forget_session()
    if before is not None:
        begin = partial(client.get, before, kind="agenda", conditional=False, essence=passing)
        attempt(client, begin)
    return attempt(client, partial(get, conditional=False))


def _whatever(get: Callable[[], Fetched]) -> Fetched:
    """The answer, even if the server says that it has no such page: the session may be why."""
    try:
        return get()
    except HttpStatusError as error:
        if is_forgotten(error):
            return error.answer
        raise


def _is(answer: Fetched, kind: str) -> bool:
    is_error = answer.status in FORGOTTEN
    return not is_error and kind_of(_html.decode(answer.body, answer.headers)) == kind
