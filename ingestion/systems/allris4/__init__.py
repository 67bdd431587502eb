"""ALLRIS net 4 (CC e-gov, Apache Wicket): committees, calendar, agendas, items, papers.

One object may come from several pages: a meeting from the calendar and from its agenda, an item
from the agenda and from its own page, a file from an agenda and from its paper. ``parse`` reads
each page for itself; ``fetch`` yields the answers so that the richest comes last (calendar, then
its agendas, each with its items, then all papers), and the store keeps the last record of a crawl.
What only an earlier page tells goes to the later one in ``Fetched.context``.

Records never hold what changes with the session: addresses are cut down to the object's number, an
attachment's is the page that lists it with the attachment's id as the fragment. ``fetch_file`` gets
such an attachment.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems import _html
from ingestion.systems._crawl import no_page
from ingestion.systems.allris4 import agenda, calendar, committee, item, paper
from ingestion.systems.allris4._page import kind_of
from ingestion.systems.allris4.fetch import fetch
from ingestion.systems.allris4.files import fetch_file
from ingestion.window import is_before

__all__ = ["PAGES", "fetch", "fetch_file", "page_kind", "parse"]

PAGES: Final[tuple[str, ...]] = (
    "calendar_page",
    "calendar",
    "agenda",
    "item",
    "paper",
    "committees_page",
    "committees",
    "committee",
)


def parse(fetched: Fetched) -> Iterator[Record]:
    """Read one answer; the same bytes and context always give the same records.

    Args:
        fetched: An answer of one of ``PAGES``.

    Yields:
        The records in the page's order: Organization, Person, Membership, Meeting, AgendaItem,
        Vote, Paper, Consultation, File. The page around a calendar's or list's rows yields none.

    Raises:
        UnknownStructureError: The page is not what its kind promises.
    """
    match fetched.kind:
        case "calendar_page" | "calendar":
            for entry in calendar.entries(fetched):
                if is_before(fetched.context, entry.meeting.start_at):
                    continue
                yield entry.meeting
        case "agenda":
            yield from agenda.records(fetched)
        case "item":
            yield from item.records(fetched)
        case "paper":
            yield from paper.records(fetched)
        case "committees_page" | "committees":
            yield from committee.listed(fetched)
        case "committee":
            yield from committee.records(fetched)
        case _:
            raise no_page(fetched, "page of ALLRIS 4", PAGES)


def page_kind(url: str, body: bytes) -> str | None:
    """Tell a saved answer's kind by what the page says; None if unknown."""
    del url  # the same address answers different pages, depending on the session
    return kind_of(_html.decode(body[: 2**20], {}))
