"""SessionNet (Somacos), PHP and ASP: calendar, agendas, papers, committees, people.

The layout is told by what a page says, never by its version: layout 6 has ``td.tofnum`` and
``div.smc-el-h``, layout 4 has ``td.smc_tophn`` and ``td.smc_field_silink``.

One object may come from several pages: a meeting from the calendar and from its agenda, a file
from the calendar, the agenda and the paper. ``parse`` reads each page for itself; ``fetch`` yields
the answers so that the richest comes last (calendar, agendas, papers, committees and their
members, people), and the store keeps the last record of a crawl. What only the calendar tells
goes to the agenda in ``Fetched.context``, what only a committee's page tells to a person's.
"""

from collections.abc import Iterator
from typing import Final

from ingestion.record import Fetched, Record
from ingestion.systems import _html
from ingestion.systems._crawl import no_page
from ingestion.systems.sessionnet import agenda, calendar, committee, paper
from ingestion.systems.sessionnet._page import KINDS, LAYOUT
from ingestion.systems.sessionnet.fetch import fetch
from ingestion.window import is_before

__all__ = ["PAGES", "fetch", "page_kind", "parse"]

PAGES: Final[tuple[str, ...]] = (
    "start",
    "calendar",
    "agenda",
    "paper",
    "consultations",
    "committee",
    "person",
)


def parse(fetched: Fetched) -> Iterator[Record]:
    """Read one answer; the same bytes and context always give the same records.

    Args:
        fetched: An answer of one of ``PAGES``.

    Yields:
        The records in the page's order: Organization, Person, Membership, Meeting, AgendaItem,
        Vote, Paper, Consultation, File. The start page only has links and yields none.

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
                yield from entry.files
        case "agenda":
            yield from agenda.records(fetched)
        case "paper":
            yield from paper.records(fetched)
        case "consultations":
            yield from paper.consultations(fetched)
        case "committee":
            yield from committee.records(fetched)
        case "person":
            yield from committee.person_records(fetched)
        case _:
            raise no_page(fetched, "page of SessionNet", PAGES)


def page_kind(url: str, body: bytes) -> str | None:
    """Tell a saved answer's kind by what the page says, else by its address; None if unknown."""
    match = LAYOUT.search(_html.decode(body[: 2**20], {}))
    return KINDS.get(match[1] if match else _html.page_name(url))
