"""ALLRIS 3 (CC e-gov, the ``.asp`` edition): calendar, agendas, items, papers, committees.

One object may come from several pages: a meeting from the calendar and its agenda, an item from
the agenda and its own page. ``parse`` reads each page for itself; ``fetch`` yields the answers so
that the richest comes last, and the store keeps the last record of a crawl. What only the agenda
tells of an item goes to the item's page in ``Fetched.context``.

Records never hold the temporary addresses (``___tmp/…``) under which this edition serves
attachments: their address is the paper's page with a fragment, and ``fetch_file`` gets them.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems._crawl import no_page
from ingestion.systems.allris3 import agenda, calendar, committee, item, paper
from ingestion.systems.allris3._page import kind_of
from ingestion.systems.allris3.fetch import fetch, fetch_file
from ingestion.window import is_before

__all__ = ["PAGES", "fetch", "fetch_file", "page_kind", "parse"]

PAGES: Final[tuple[str, ...]] = (
    "start",
    "calendar",
    "agenda",
    "item",
    "committees",
    "committee",
    "paper",
)


def parse(fetched: Fetched) -> Iterator[Record]:
    """Read one answer; the same bytes and context always give the same records.

    Args:
        fetched: An answer of one of ``PAGES``.

    Yields:
        The records in the page's order: Organization, Person, Membership, Meeting, AgendaItem,
        Vote, Paper, Consultation, File. The start page yields none.

    Raises:
        UnknownStructureError: The page is not what its kind promises.
    """
    match fetched.kind:
        case "start":
            return
        case "calendar":
            for entry in calendar.entries(fetched):
                if is_before(fetched.context, entry.meeting.start_at):
                    continue
                yield entry.meeting
        case "agenda":
            yield from agenda.records(fetched)
        case "item":
            yield from item.records(fetched)
        case "committees":
            yield from committee.listed(fetched)
        case "committee":
            yield from committee.records(fetched)
        case "paper":
            yield from paper.records(fetched)
        case _:
            raise no_page(fetched, "page of ALLRIS 3", PAGES)


def page_kind(url: str, body: bytes) -> str | None:
    """Tell a saved answer's kind by what the page says, else by its address; None if unknown."""
    return kind_of(url, body)
