"""One module per kind of server: ``fetch()`` talks, ``parse()`` is pure."""

import datetime as dt
import importlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Protocol, cast

from ingestion.http import Client
from ingestion.record import Fetched, Record, UnknownStructureError
from ingestion.window import Window

if TYPE_CHECKING:
    from ingestion.city import City  # a city's statistics know the models of this package

COUNCIL_SYSTEMS: Final = ("sessionnet", "allris4", "allris3", "sdnet", "rubin", "oparl")
STATISTICS_SYSTEMS: Final = ("genesis",)
"""Kinds of statistics server: all of them give observations and rejected rows."""
SYSTEMS: Final = (*COUNCIL_SYSTEMS, *STATISTICS_SYSTEMS)


class System(Protocol):
    """What a module of this package offers."""

    PAGES: tuple[str, ...]
    """The kinds of page it knows, e.g. ``calendar``, ``agenda``, ``paper``."""

    @staticmethod
    def fetch(city: "City", since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
        """Ask the city's server, following what the answers name; every answer is yielded.

        ``since`` is the window; a bare day stands for everything from it on, None for everything.
        """

    @staticmethod
    def parse(fetched: Fetched) -> Iterator[Record]:
        """The records of one answer; the same bytes give the same records."""

    @staticmethod
    def page_kind(url: str, body: bytes) -> str | None:
        """Which kind of page a saved answer is, by what it says itself; None if unknown."""


def load(kind: str) -> System:
    """The module for a kind of server.

    Args:
        kind: One of ``SYSTEMS``.

    Raises:
        ValueError: If there is none; names those there are.
    """
    if kind not in SYSTEMS:
        raise ValueError(f"system {kind!r}: unknown → write one of {', '.join(SYSTEMS)}")
    return cast("System", importlib.import_module(f"{__name__}.{kind}"))


def parse_saved(
    system: str,
    body: bytes,
    *,
    page: str | None = None,
    url: str | None = None,
    name: str = "answer",
) -> list[Record]:
    """Read an answer that was saved as a file: what the parser sees.

    Args:
        system: One of ``SYSTEMS``.
        body: The file's bytes (of GENESIS also its ZIP).
        page: The kind of page; None: the page itself tells.
        url: Where it came from; links are resolved against it. None: ``file:<name>``.
        name: The file's name, for the messages.

    Returns:
        The records, in the order of the page.

    Raises:
        ValueError: If the system or the kind of page is unknown; says which there are.
        UnknownStructureError: If the page is not what the parser knows.
    """
    module = load(system)
    url = url or f"file:{name}"
    pages = ", ".join(module.PAGES)
    if page is not None and page not in module.PAGES:
        raise ValueError(f"page {page!r}: unknown to {system} → write one of {pages}")
    kind = page or module.page_kind(url, body)
    if kind is None:
        raise UnknownStructureError(
            url,
            f"looks like no page of {system} that the parser knows",
            f"check the file, or name the kind of page: one of {pages}",
        )
    now = dt.datetime.now(dt.UTC)
    return list(module.parse(Fetched(url, kind, 200, {}, body, now)))
