"""Talks to an ALLRIS 3 server: calendars, agendas, decided items, committees, then papers."""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Final

from ingestion.city import City
from ingestion.http import Client, FetchError
from ingestion.record import AgendaItem, Fetched, File, Organization
from ingestion.systems import _html
from ingestion.systems._crawl import attempt, council_of, understood
from ingestion.systems.allris3 import agenda, calendar, committee, paper
from ingestion.systems.allris3._page import open_page, program
from ingestion.window import Month, Window

# What the server makes anew for every answer: the folder of an attachment.
_TEMPORARY: Final = re.compile(rb"___tmp/([^\"'<>\s]*)")


def essence(body: bytes) -> bytes:
    """What of an answer matters: without it every crawl would keep the same page once more."""
    return _TEMPORARY.sub(lambda match: b"___tmp/" + match[1].rpartition(b"/")[2], body)


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Crawl the council's pages, month by month: its agendas, then what they link.

    A committee or paper that several months link is asked for once and yielded with each of them,
    so that a month is a whole. The start page comes first: its menu names the calendar's program,
    of which every server releases its own (``si010``, ``_e``, ``_j``, ``_r``), and the lists of
    committees.

    Args:
        city: The city; ``city.council`` is its ALLRIS 3 server, with the folder (``…/bi/``).
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
    yield from _Crawl(client, base).run(Window.of(since).months(council.since))


def fetch_file(file: File, client: Client) -> Fetched:
    """Ask for a document; an attachment under the address that its page names just now.

    Args:
        file: A file as ``parse`` yielded it; attachments have ``web_url``.
        client: Sends the requests.

    Returns:
        The document.

    Raises:
        FetchError: It could not be had, or the page no longer has the attachment.
    """
    if file.web_url is None:
        return client.get(file.url, kind="file")
    answer = client.get(file.web_url, kind="paper", conditional=False, essence=essence)
    listed = paper.attachments(open_page(answer), file.paper_id or "")
    address = next((now for file_id, _, now, _ in listed if file_id == file.id), None)
    if address is None:
        raise FetchError(
            file.web_url,
            f"the page no longer has the attachment {file.name!r}",
            "crawl the city's papers again: it was renamed or taken away",
        )
    return client.get(address, kind="file", conditional=False)


class _Crawl:
    """One crawl: what was asked for already, and what is still to be asked for."""

    def __init__(self, client: Client, base: str) -> None:
        self.client, self.base = client, base
        self.agendas: set[str] = set()
        # Those of the month that is walked.
        self.committees: dict[str, str] = {}
        self.papers: dict[str, str] = {}

    def run(self, months: Iterable[Month]) -> Iterator[Fetched]:
        start = self._ask(f"{self.base}allris.net.asp", "start")
        menu = _menu(start) if start is not None else {}
        if start is not None:
            yield start
        calendar_url = menu.get("si010", f"{self.base}si010.asp")
        for month in months:
            yield from self._month(month, calendar_url)
        self.committees = {}
        yield from self._lists(menu)
        yield from self._committees()

    def _month(self, month: Month, calendar_url: str) -> Iterator[Fetched]:
        self.committees, self.papers = {}, {}
        address = f"{calendar_url}?MM={month.month}&YY={month.year}"
        answer = self._ask(address, "calendar", month.context)
        if answer is None:
            return
        if month.only is None:
            yield answer
        for entry in understood(partial(calendar.entries, answer)):
            meeting = entry.meeting
            is_wanted = month.wants(meeting.id, meeting.start_at)
            if is_wanted and entry.agenda_url and meeting.id not in self.agendas:
                self.agendas.add(meeting.id)
                yield from self._agenda(entry.agenda_url, entry.context)
        yield from self._committees()
        # Last, because a paper's page tells more about a file than any page that links it.
        for paper_id, url in self.papers.items():
            if (page := self._ask(url, "paper", {"VOLFDNR": paper_id})) is not None:
                yield page

    def _committees(self) -> Iterator[Fetched]:
        for url in self.committees.values():
            if (answer := self._ask(url, "committee")) is not None:
                yield answer

    def _agenda(self, url: str, context: Mapping[str, str]) -> Iterator[Fetched]:
        answer = self._ask(url, "agenda", context)
        if answer is None:
            return
        yield answer
        for found in understood(partial(agenda.records, answer)):
            if isinstance(found, Organization):
                self.committees.setdefault(found.id, found.url)
            elif isinstance(found, AgendaItem):
                break
        for paper_id, link in understood(partial(agenda.paper_links, answer)):
            self.papers.setdefault(paper_id, link)
        for link, told in understood(partial(agenda.item_links, answer)):
            if (page := self._ask(link, "item", told)) is not None:
                yield page

    def _lists(self, menu: Mapping[str, str]) -> Iterator[Fetched]:
        """The lists that the menu names, and the committees on them."""
        for name in ("au010", "fr010"):
            answer = self._ask(menu[name], "committees") if name in menu else None
            if answer is None:
                continue
            yield answer
            for found in understood(partial(committee.listed, answer)):
                self.committees.setdefault(found.id, found.url)

    def _ask(self, url: str, kind: str, context: Mapping[str, str] | None = None) -> Fetched | None:
        get = partial(self.client.get, url, kind=kind, context=context, essence=essence)
        return attempt(self.client, get)


def _menu(start: Fetched) -> dict[str, str]:
    """The programs of the start page's menu, each by its name; the calendar without its query."""
    found: dict[str, str] = {}
    root = next(iter(understood(lambda: iter([_html.tree(start)]))), None)
    for link in root.css("a[href*='.asp']") if root is not None else ():
        url = _html.absolute(start.url, _html.attribute(link, "href"))
        name = program(url or "")
        if url is not None and name:
            found.setdefault(name, url.partition("?")[0] if name == "si010" else url)
    return found
