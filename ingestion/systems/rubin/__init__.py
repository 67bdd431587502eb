"""more!rubin (more! software): the JSON that its own public pages are made of.

Newer servers answer it at ``/api.php``, older ones put it into their pages (``window.components``).
A meeting's number changes when its minutes come (``ni_`` in front): ids are made without that. A
paper has no answer of its own; it is read from the agendas on which it stands.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems._crawl import no_page
from ingestion.systems.rubin import calendar, meeting
from ingestion.systems.rubin._json import kind_of
from ingestion.systems.rubin.fetch import fetch

__all__ = ["PAGES", "fetch", "page_kind", "parse"]

PAGES: Final[tuple[str, ...]] = ("organizations", "calendar", "meeting")


def parse(fetched: Fetched) -> Iterator[Record]:
    """Read one answer; the same bytes and context always give the same records.

    Args:
        fetched: An answer of one of ``PAGES``.

    Yields:
        The records in the answer's order: Body, Location, Organization, Meeting, AgendaItem, Vote,
        Paper, Consultation, File.

    Raises:
        UnknownStructureError: The answer is not what its kind promises.
    """
    match fetched.kind:
        case "organizations":
            yield from calendar.bodies(fetched)
        case "calendar":
            yield from calendar.records(fetched)
        case "meeting":
            yield from meeting.records(fetched)
        case _:
            raise no_page(fetched, "answer of more!rubin", PAGES)


def page_kind(url: str, body: bytes) -> str | None:
    """Tell a saved answer's kind by what it holds; None if unknown."""
    return kind_of(url, body)
