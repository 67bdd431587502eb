"""Talks to an ALLRIS 4 server: the calendar over Wicket's AJAX, then agendas and papers.

The calendar's page sets the session's cookie and names, with a number of that session, the address
that answers its rows; that request needs the cookie and Wicket's headers. Agendas and papers need
no session as long as their address says ``refresh=false``.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ingestion.city import City
from ingestion.http import Client, FetchError
from ingestion.record import Fetched, File, UnknownStructureError
from ingestion.systems import _html
from ingestion.systems._crawl import attempt, understood
from ingestion.systems.allris4 import agenda, calendar
from ingestion.systems.allris4._page import (
    essence,
    open_page,
    passing,
    session_address,
    unwrap,
)
from ingestion.window import Month, Window

_ATTEMPTS: Final = 2


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
    if city.council is None:
        raise ValueError(f"{city.id}: no council in the city file → add its system and url")
    base = str(city.council.url)
    base = base if base.endswith("/") else f"{base}/"
    crawl = _Crawl(client, base)
    for month in Window.of(since).months(city.council.since):
        yield from crawl.month(month)


class _Crawl:
    """One crawl: what was asked for already."""

    def __init__(self, client: Client, base: str) -> None:
        self.client, self.base = client, base
        self.agendas: set[str] = set()

    def month(self, month: Month) -> Iterator[Fetched]:
        papers: dict[str, str] = {}
        for answer in _month(self.client, self.base, month.year, month.month):
            if month.only is None:
                yield answer
            for entry in understood(partial(calendar.entries, answer)):
                is_wanted = month.only is None or entry.meeting.id in month.only
                if is_wanted and entry.agenda_url and entry.meeting.id not in self.agendas:
                    self.agendas.add(entry.meeting.id)
                    yield from self._agenda(entry.agenda_url, entry.context, papers)
        # Last, because a paper's page tells more about a file than the agenda that links it.
        for paper_id, url in papers.items():
            address = _html.only(url, "VOLFDNR", "refresh")
            paper = _ask(self.client, address, "paper", {"VOLFDNR": paper_id})
            if paper is not None:
                yield paper

    def _agenda(
        self, url: str, context: Mapping[str, str], papers: dict[str, str]
    ) -> Iterator[Fetched]:
        """One agenda; the papers it links are added to ``papers``."""
        page = _ask(self.client, url, "agenda", context)
        if page is None:
            return
        yield page
        for paper_id, link in understood(partial(agenda.paper_links, page)):
            papers.setdefault(paper_id, link)


def fetch_file(file: File, client: Client) -> Fetched:
    """Ask for a document; an attachment within a session that was just given its page.

    Args:
        file: A file as ``parse`` yielded it; attachments have ``web_url``.
        client: Sends the requests and keeps the cookie.

    Returns:
        The document.

    Raises:
        FetchError: It could not be had, or the page no longer has the attachment.
    """
    if file.web_url is None:
        return client.get(file.url, kind="file")
    answer = client.get(file.web_url, kind="paper", conditional=False, essence=passing)
    address = session_address(open_page(answer), file.url)
    if address is None:
        raise FetchError(
            file.web_url,
            f"the page no longer has the attachment {file.name!r}",
            "crawl the city's papers again: it was renamed or taken away",
        )
    return client.get(address, kind="file", conditional=False)


def _month(client: Client, base: str, year: int, month: int) -> Iterator[Fetched]:
    """Ask for one month: the page, then its rows; once more if the session ended in between."""
    context = {"year": str(year), "month": str(month)}
    for number in range(1, _ATTEMPTS + 1):
        shell = f"{base}si010?MM={month}&YY={year}"
        get = partial(client.get, shell, conditional=False, essence=passing)
        page = attempt(client, partial(get, kind="calendar_page", context=context))
        if page is None:
            return
        address = calendar.rows_address(page)
        if address is None:
            # Either the rows are in the page, or the parser reports that there are none.
            yield page
            return
        headers = {
            "Wicket-Ajax": "true",
            "Wicket-Ajax-BaseURL": _relative(page.url),
            "X-Requested-With": "XMLHttpRequest",
        }
        ask = partial(client.get, address, kind="calendar", headers=headers, conditional=False)
        rows = attempt(client, partial(ask, context=context, essence=essence))
        if rows is None:
            return
        if number == _ATTEMPTS or _has_rows(rows):
            yield page
            yield rows
            return


def _has_rows(rows: Fetched) -> bool:
    try:
        return open_page(unwrap(rows)).root.css_first("table.calenderView") is not None
    except UnknownStructureError:
        return False


def _ask(client: Client, url: str, kind: str, context: Mapping[str, str]) -> Fetched | None:
    ask = partial(client.get, url, kind=kind, context=context, essence=essence)
    return attempt(client, ask)


def _relative(url: str) -> str:
    """The page's address as Wicket wants it: relative to the application."""
    parts = urlsplit(url)
    page = parts.path.rpartition("/")[2]
    return f"{page}?{parts.query}" if parts.query else page
