"""SD.NET RIM (Sternberg): the calendar's export, the list of papers, agendas, papers.

Addresses of this system are opaque (``/tops/?__=…``): they say nothing of what they lead to, and
nobody promises that they stay. No id is made of one. A meeting is its day and its committee, a
paper its number, an item the row's ``data-vorgang-id`` within its meeting; both the agenda and the
paper's page tell enough to make the same ids.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems._crawl import no_page
from ingestion.systems.sdnet import agenda, calendar, paper, papers
from ingestion.systems.sdnet._page import kind_of
from ingestion.systems.sdnet.fetch import fetch

__all__ = ["PAGES", "fetch", "page_kind", "parse"]

PAGES: Final[tuple[str, ...]] = ("calendar_page", "calendar", "papers", "agenda", "paper")


def parse(fetched: Fetched) -> Iterator[Record]:
    """Read one answer; the same bytes and context always give the same records.

    Args:
        fetched: An answer of one of ``PAGES``.

    Yields:
        The records in the page's order: Meeting, AgendaItem, Paper, Consultation, Vote, File. The
        page around the calendar's export yields none.

    Raises:
        UnknownStructureError: The page is not what its kind promises.
    """
    match fetched.kind:
        case "calendar_page":
            return
        case "calendar":
            for entry in calendar.entries(fetched):
                yield entry.meeting
        case "papers":
            for entry in papers.entries(fetched):
                yield entry.meeting
        case "agenda":
            yield from agenda.records(fetched)
        case "paper":
            yield from paper.records(fetched)
        case _:
            raise no_page(fetched, "page of SD.NET RIM", PAGES)


def page_kind(url: str, body: bytes) -> str | None:
    """Tell a saved answer's kind by what the page says; None if unknown."""
    del url  # the addresses of agendas and papers differ by a token only
    return kind_of(body)
