"""Talks to a more!rubin server: corporations, the calendar month by month, each meeting once."""

import datetime as dt
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlencode

from ingestion.city import City
from ingestion.http import Client, HttpStatusError
from ingestion.record import Fetched, UnknownStructureError
from ingestion.systems import _html
from ingestion.systems._crawl import attempt, council_of, understood
from ingestion.systems.rubin import calendar
from ingestion.systems.rubin._json import Node, read, server_id
from ingestion.window import Month, Window


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Crawl the council's answers, month by month.

    Args:
        city: The city; ``city.council`` is its more!rubin server.
        since: The window; a bare first day is rounded down to its month; None: everything from
            the city file's ``council.since`` on.
        client: Sends the requests; an answer that fails is reported and left out.

    Yields:
        Every answer, an object's richest last.

    Raises:
        FetchError: The server does not want the crawl (robots.txt, refused repeatedly).
        ValueError: The city file has no council.
    """
    council, base = council_of(city)
    asked: set[str] = set()
    if (answer := _bodies(client, base)) is not None:
        yield answer
    for month in Window.of(since).months(council.since):
        yield from _month(client, base, month, asked)


def _month(client: Client, base: str, month: Month, asked: set[str]) -> Iterator[Fetched]:
    """One month's calendar and its meetings, those left out that ``asked`` names."""
    query = {"action": "get", "from": month.name, "to": month.name, "view": "list"}
    url = _api(base, "calendar", query)
    context = month.context
    answer = attempt(client, partial(client.get, url, kind="calendar", context=context))
    if answer is None:
        return
    if month.only is None:
        yield answer
    for node in understood(partial(_listed, answer)):
        number = node.text("nummer")
        if number is None or server_id(number) in asked:
            continue
        told = understood(lambda: iter([calendar.meeting(answer, node)]))  # noqa: B023 - used here
        if month.wants(server_id(number), told[0].start_at if told else None):
            asked.add(server_id(number))
            page = attempt(client, partial(_meeting, client, base, number, node))
            if page is not None:
                yield page


def _listed(answer: Fetched) -> Iterator[Node]:
    yield from calendar.listed(answer)


def _bodies(client: Client, base: str) -> Fetched | None:
    """The corporations; older servers do not tell them, which loses nothing."""
    try:
        return client.get(_api(base, "organizations", {"action": "bodies"}), kind="organizations")
    except HttpStatusError:
        return None


def _meeting(client: Client, base: str, number: str, node: Node) -> Fetched:
    """One meeting: its answer, or the page that holds the same where the server has no such.

    Raises:
        FetchError: Neither could be had.
    """
    query = {"action": "get", "meeting_id": number, "with_agenda_item_documents": "1"}
    url = _html.absolute(base, node.text("full_url") or "")
    try:
        answer = client.get(_api(base, "meetings", query), kind="meeting")
        if url is None or _is_meeting(answer):
            return answer
    except HttpStatusError:
        if url is None:
            raise
    return client.get(url, kind="meeting")


def _is_meeting(answer: Fetched) -> bool:
    try:
        content = read(answer)
    except UnknownStructureError:
        return False
    return isinstance(content, dict) and "nummer" in content


def _api(base: str, what: str, query: dict[str, str]) -> str:
    return f"{base}api.php?{urlencode({'id': what, **query})}"
