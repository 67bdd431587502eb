"""ALLRIS 3's agenda of one meeting (``to010``)."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import AgendaItem, Fetched, File, Meeting, Organization, Record
from ingestion.systems import _dates, _html, _words
from ingestion.systems.allris3._page import (
    Page,
    documents,
    links,
    open_page,
    organization,
    rows,
)

_OPEN_NUMBER: Final = re.compile(r"Ö\s*\d")
_UNDECIDED: Final = re.compile(r"\(?offen\)?", re.IGNORECASE)
_COLUMNS: Final = 8
_SUBJECT_COLUMN: Final = 3


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its committee, its documents and its items, in the page's order.

    Of a closed item only what its row prints as number and title is kept.

    Raises:
        UnknownStructureError: It is no agenda page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    meeting_id = page.own_id("SILFDNR")
    table = _table(page)
    if table is None or meeting_id is None:
        missing = "agenda" if table is None else "number of its meeting"
        raise page.error(
            f"the page has no {missing}",
            "parse it with the address it was fetched from (to010.asp?SILFDNR=1003063)",
        )
    committee = committee_of(page)
    if committee is not None:
        yield committee
    items = list(_items(page, table, meeting_id))
    yield _meeting(page, meeting_id, committee, has_agenda=bool(items))
    for file_id, url, name in documents(page.root, page):
        yield File(
            id=file_id,
            url=url,
            name=name,
            meeting_id=meeting_id,
            role=_words.meeting_role(name),
            mime_type="application/pdf",
        )
    yield from items


def item_links(fetched: Fetched) -> Iterator[tuple[str, dict[str, str]]]:
    """Addresses of the pages of decided public items, and what only the agenda tells of each."""
    page = open_page(fetched)
    decided = {
        item.id: item
        for item in records(fetched)
        if isinstance(item, AgendaItem) and item.is_public and item.result
    }
    for link in links(page.root, "to020", "TOLFDNR"):
        href = _html.attribute(link, "href")
        item = decided.pop(_html.query_id(href, "TOLFDNR") or "", None)
        url = _html.absolute(page.url, href)
        if item is not None and url is not None:
            told = {
                "TOLFDNR": item.id,
                "SILFDNR": item.meeting_id,
                "position": str(item.position),
                "name": item.name,
                "is_supplement": "true" if item.is_supplement else "",
            }
            yield _html.only(url, "TOLFDNR"), {key: value for key, value in told.items() if value}


def paper_links(fetched: Fetched) -> Iterator[tuple[str, str]]:
    """Numbers and addresses of the papers on an agenda's public items."""
    page = open_page(fetched)
    wanted = {
        item.paper_id
        for item in records(fetched)
        if isinstance(item, AgendaItem) and item.is_public
    }
    for link in links(page.root, "vo020", "VOLFDNR"):
        href = _html.attribute(link, "href")
        paper_id, url = _html.query_id(href, "VOLFDNR"), _html.absolute(page.url, href)
        if paper_id in wanted and paper_id is not None and url is not None:
            yield paper_id, _html.only(url, "VOLFDNR")


def committee_of(page: Page) -> Organization | None:
    """The committee in the head of an agenda or an item; None where it has no page."""
    cell = page.fields.get("Gremium")
    return organization(page, cell.css_first("a[href]") if cell is not None else None)


def without_result(words: str) -> str | None:
    """A result in the server's words; None for ``(offen)``."""
    return None if not words or _UNDECIDED.fullmatch(words) else words


def _table(page: Page) -> LexborNode | None:
    return _html.first(page.root, "table.toTable", "table.tl1")


def _items(page: Page, table: LexborNode, meeting_id: str) -> Iterator[AgendaItem]:
    status = _words.is_public(page.field("Status"))
    taken: set[str] = set()
    for position, row in enumerate(rows(table), start=1):
        item = _item(page, row, meeting_id, position, is_open=status is True)
        if item.id in taken:
            item = item.model_copy(update={"id": f"{item.id}-{position}"})
        taken.add(item.id)
        yield item


def _item(
    page: Page, row: LexborNode, meeting_id: str, position: int, *, is_open: bool
) -> AgendaItem:
    cells = row.css("td")
    first = cells[0] if cells else None
    number = _html.text(first)
    name = _html.text(_subject(row, cells), without="[title=Zusatzinfo]")
    if not name:
        raise page.error(f"the item {number or position!r} has no title")
    item_id = _item_id(row) or f"{meeting_id}-{slugify(number or name, max_length=60)}"
    # What does not say that it is public is closed: the whole meeting must say it, or the number.
    is_public = _OPEN_NUMBER.match(number) is not None or (
        is_open and not _words.is_closed_number(number)
    )
    item = AgendaItem(
        id=item_id,
        url=page.own_address("to010", "SILFDNR", meeting_id),
        meeting_id=meeting_id,
        position=position,
        number=number or None,
        name=name,
        is_public=is_public,
    )
    if not is_public:
        return item
    paper = next(links(row, "vo020", "VOLFDNR"), None)
    result = _html.attribute(row.css_first("input.il1_naz"), "title")
    return item.model_copy(
        update={
            "result": without_result(result),
            "paper_id": _html.query_id(_html.attribute(paper, "href"), "VOLFDNR"),
            "paper_reference": _html.text(paper) or None,
            "is_supplement": first is not None and first.css_first("[title*=Nachtrag]") is not None,
        }
    )


def _subject(row: LexborNode, cells: list[LexborNode]) -> LexborNode | None:
    """The cell with the title: by its class, by its link, or by its place."""
    if (cell := row.css_first("td.tobetreff")) is not None:
        return cell
    link = next(links(row, "to020", "TOLFDNR"), None)
    if link is not None:
        return link
    if len(cells) == _COLUMNS:
        return cells[_SUBJECT_COLUMN]
    # A row without a page of its own may have fewer cells: the title is the longest of them.
    return max(cells[1:], key=lambda cell: len(_html.text(cell)), default=None)


def _item_id(row: LexborNode) -> str | None:
    """The server's number (``TOLFDNR``): it is in the row's links and forms."""
    for link in row.css("a[href*=TOLFDNR]"):
        if number := _html.query_id(_html.attribute(link, "href"), "TOLFDNR"):
            return number
    hidden = _html.attribute(row.css_first("input[name=TOLFDNR]"), "value")
    return _html.query_id(f"?n={hidden}", "n") if hidden else None


def _meeting(
    page: Page, meeting_id: str, committee: Organization | None, *, has_agenda: bool
) -> Meeting:
    context = page.fetched.context
    told = page.field("Gremium")
    name = page.field("Bezeichnung") or context.get("name") or page.heading[1] or told
    date_text = page.field("Datum") or context.get("date")
    time_text = page.field("Zeit", "Uhrzeit") or context.get("time")
    if not name or not date_text:
        raise page.error("the meeting has no name or no date")
    start_at, end_at, has_time = when(page, date_text, time_text)
    places = [place for place in (page.field("Raum"), page.field("Ort")) if place]
    return Meeting(
        id=meeting_id,
        url=page.own_address("to010", "SILFDNR", meeting_id),
        name=_words.without_cancellation(name),
        organization_id=committee.id if committee else None,
        organization_name=told or None,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=date_text,
        time_text=time_text,
        location=", ".join(places) or context.get("location"),
        is_cancelled=context.get("is_cancelled") == "true"
        or _words.is_cancelled(f"{name} {page.field('Anlass')} {page.field('Zeit')}"),
        has_agenda=has_agenda,
    )


def when(
    page: Page, date_text: str, time_text: str | None
) -> tuple[dt.datetime, dt.datetime | None, bool]:
    """Start, end and whether there is a time of day.

    Raises:
        UnknownStructureError: The words hold an impossible date or time.
    """
    try:
        return _dates.span(_dates.the_date(date_text), time_text)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date or time is new") from error
