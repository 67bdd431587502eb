"""SD.NET RIM's list of papers (``/vorlagen``): newest first, each with the meeting it comes to.

The export of the calendar shows what is ahead; older meetings are found here. No list was
recorded: the rules follow what others describe of it.
"""

from collections.abc import Iterator

from ingestion.record import Fetched
from ingestion.systems import _html
from ingestion.systems.sdnet._page import Page, cell, is_in, link_to, open_page
from ingestion.systems.sdnet.calendar import Entry, listed


def entries(fetched: Fetched) -> Iterator[Entry]:
    """Read the meetings that the papers of a list come to, each once.

    Raises:
        UnknownStructureError: It is no list of papers, or a row cannot be read.
    """
    page = open_page(fetched)
    if page.root.css_first("td.column-betreff") is None:
        raise page.error("there is no list of papers on this page")
    taken: set[str] = set()
    for row in page.root.css("tr"):
        when_cell = cell(row, "termin")
        url = link_to(when_cell, "tops", page)
        if when_cell is None or url is None:
            continue  # the head, or a paper that has no meeting yet
        link = when_cell.css_first("a[href]")
        committee = _html.text(when_cell.css_first("span"))
        words = f"{_html.attribute(link, 'title')} {_html.text(link)}"
        if not committee:
            raise page.error(f"the meeting {words[:60]!r} has no committee")
        entry = listed(page, committee, words, url)
        if entry.meeting.id not in taken:
            taken.add(entry.meeting.id)
            yield entry


def next_page(fetched: Fetched) -> str | None:
    """The address of the list's next page, as its link ``>`` says."""
    page: Page = open_page(fetched)
    for link in page.root.css("a[href]"):
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        if _html.text(link) == ">" and url is not None and is_in(url, "vorlagen"):
            return url
    return None
