"""Rows that Wicket loads after their page: ask for the page, then for the rows it names."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final
from urllib.parse import urlsplit

from ingestion.http import (
    CircuitOpenError,
    Client,
    FetchError,
    HttpStatusError,
    RobotsDisallowedError,
)
from ingestion.record import Fetched, UnknownStructureError
from ingestion.systems import _html
from ingestion.systems._crawl import attempt
from ingestion.systems.allris4._page import essence, open_page, passing, rows_address, unwrap

ATTEMPTS: Final = 2
FORGOTTEN: Final = frozenset({404, 410})
"""What a server answers where it has forgotten the session, or a page of it."""


def rows(
    client: Client,
    shell: str,
    kinds: tuple[str, str],
    wanted: str,
    *,
    context: Mapping[str, str] | None = None,
    is_optional: bool = False,
) -> Iterator[Fetched]:
    """Ask for a page and its rows; once more, in a new session, if the first one ended.

    Args:
        client: Sends the requests, keeps the cookie, takes note of failures.
        shell: The page's address, e.g. ``…/si010?MM=10&YY=2026``.
        kinds: The kinds of the page and of its rows.
        wanted: A CSS selector of what rows have.
        context: What the request is about; goes into both answers.
        is_optional: Not every server has the page: 404 is no failure.

    Yields:
        The page, then its rows; the page alone where it has the rows in it, or names none, which
        the parser reports.

    Raises:
        CircuitOpenError: The host is left alone.
        RobotsDisallowedError: The host does not want us.
    """
    for number in range(1, ATTEMPTS + 1):
        get = partial(client.get, shell, conditional=False, essence=passing)
        page = _opened(
            client, partial(get, kind=kinds[0], context=context), is_optional=is_optional
        )
        if page is None:
            return
        address = rows_address(page, _html.page_name(shell))
        if address is None:
            yield page
            return
        is_last = number == ATTEMPTS
        try:
            answer = _called(client, page, address, kinds[1])
        except (CircuitOpenError, RobotsDisallowedError):
            raise
        except FetchError as error:
            if is_last or not is_forgotten(error):
                client.report(error.problem)
                return
        else:
            if is_last or _holds(answer, wanted):
                yield page
                yield answer
                return
        client.forget_session()


def is_forgotten(error: FetchError) -> bool:
    """Whether a failure may only mean that the session ended."""
    return isinstance(error, HttpStatusError) and error.status in FORGOTTEN


def _opened(client: Client, ask: Callable[[], Fetched], *, is_optional: bool) -> Fetched | None:
    try:
        return ask() if is_optional else attempt(client, ask)
    except HttpStatusError as error:
        if not is_forgotten(error):
            client.report(error.problem)
    except (CircuitOpenError, RobotsDisallowedError):
        raise
    except FetchError as error:
        client.report(error.problem)
    return None


def _called(client: Client, page: Fetched, address: str, kind: str) -> Fetched:
    headers = {
        "Wicket-Ajax": "true",
        "Wicket-Ajax-BaseURL": _relative(page.url),
        "X-Requested-With": "XMLHttpRequest",
    }
    return client.get(
        address,
        kind=kind,
        headers=headers,
        context=page.context,
        conditional=False,
        essence=essence,
    )


def _holds(answer: Fetched, wanted: str) -> bool:
    try:
        return open_page(unwrap(answer)).root.css_first(wanted) is not None
    except UnknownStructureError:
        return False


def _relative(url: str) -> str:
    """The page's address as Wicket wants it: relative to the application."""
    parts = urlsplit(url)
    page = parts.path.rpartition("/")[2]
    return f"{page}?{parts.query}" if parts.query else page
