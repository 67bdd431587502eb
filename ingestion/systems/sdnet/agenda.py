"""SD.NET RIM's agenda of one meeting (``/tops/``).

No agenda was recorded: the rules follow the project's notes and what others describe of it.
"""

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import AgendaItem, Fetched, File, Meeting, Record
from ingestion.systems import _html, _words
from ingestion.systems.sdnet._page import (
    VORGANG_ID,
    Document,
    Page,
    cell,
    documents,
    link_to,
    meeting_id,
    open_page,
    paper_id,
    when,
)

_OPEN: Final = "top-oeff-data"
# "Rat, 6. Sitzung" or "Rat , 28. XI. Ratsperiode Sitzung"; a committee's name has commas as well.
_NAMED: Final = re.compile(r"(.+?)(?:\s*,\s*(\d[^,]*))?$")
_RESOLUTION: Final = re.compile(r"beschlusstext|beschluss\b", re.IGNORECASE)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its documents, its items and theirs, in the page's order.

    Of a closed item only what its row prints as number and title is kept. A page that names its
    meeting and has no table is a meeting whose agenda is not published yet.

    Raises:
        UnknownStructureError: It is no agenda page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    meeting = _meeting(page)
    yield meeting
    for document in _own_documents(page):
        yield File(
            id=f"{meeting.id}-{document.key}",
            url=document.url,
            name=document.name,
            meeting_id=meeting.id,
            role=_words.meeting_role(document.name),
            mime_type=document.mime_type,
            date=document.date,
        )
    for row, item in _items(page, meeting):
        yield item
        if item.is_public and item.paper_id is None:
            yield from _files(page, row, item)


def paper_links(fetched: Fetched) -> Iterator[tuple[str, str]]:
    """Ids and addresses of the papers on an agenda's public items."""
    page = open_page(fetched)
    for row, item in _items(page, _meeting(page)):
        url = link_to(cell(row, "dokumente"), "vorgang", page)
        if item.is_public and item.paper_id is not None and url is not None:
            yield item.paper_id, url


def _table(page: Page) -> LexborNode | None:
    """The agenda itself: late papers stand in a table of a similar name."""
    tables = page.root.css("table[class*=table-top]")
    return next(
        (each for each in tables if "table-top" in _html.attribute(each, "class").split()), None
    )


def _meeting(page: Page) -> Meeting:
    context = page.fetched.context
    match = _NAMED.match(page.field("Sitzung"))
    told, number = match.groups() if match else ("", None)
    committee = told or context.get("committee", "")
    date_text = page.field("Termin", "Datum") or context.get("date", "")
    if not committee or not date_text:
        raise page.error("the page has no meeting with a committee and a date")
    name = _words.without_cancellation(committee)
    start_at, end_at, has_time = when(page, date_text)
    return Meeting(
        id=meeting_id(start_at.date(), name),
        url=page.url,
        name=name,
        reference=number,
        organization_name=name,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=date_text,
        location=page.field("Ort", "Raum") or None,
        is_cancelled=context.get("is_cancelled") == "true"
        or _words.is_cancelled(f"{page.field('Sitzung')} {page.field('Bemerkung', 'Hinweis')}"),
        has_agenda=_table(page) is not None,
    )


def _own_documents(page: Page) -> Iterator[Document]:
    for node in page.fields.values():
        yield from documents(node, page)


def _items(page: Page, meeting: Meeting) -> Iterator[tuple[LexborNode, AgendaItem]]:
    table = _table(page)
    section: str | None = None
    position = 0
    taken: set[str] = set()
    for row in table.css("tbody tr") if table is not None else ():
        classes = _html.attribute(row, "class").split()
        if any(name.endswith("-head") for name in classes):
            section = _html.text(row) or section
            continue
        position += 1
        item = _item(page, row, meeting, position, is_public=_OPEN in classes)
        if item.id in taken:
            item = item.model_copy(update={"id": f"{item.id}-{position}"})
        taken.add(item.id)
        yield row, item.model_copy(update={"section": section})


def _item(
    page: Page, row: LexborNode, meeting: Meeting, position: int, *, is_public: bool
) -> AgendaItem:
    number = _html.text(cell(row, "topnrtext", "topnr"))
    name = _html.text(cell(row, "bezeichnung", "betreff"))
    if not name:
        raise page.error(f"the item {number or position!r} has no title")
    reference = _html.text(cell(row, "nummer")) if is_public else ""
    key = _html.attribute(row, "data-vorgang-id")
    vorgang = key if VORGANG_ID.fullmatch(key) else slugify(f"{number} {name}", max_length=60)
    paper = paper_id(reference) or None
    return AgendaItem(
        # A paper's page does not tell the row's key, but its own number: see ``paper``.
        id=f"{meeting.id}-{paper or vorgang}",
        url=page.url,
        meeting_id=meeting.id,
        position=position,
        number=number or None,
        name=name,
        is_public=is_public,
        paper_id=paper,
        paper_reference=reference or None,
    )


def _files(page: Page, row: LexborNode, item: AgendaItem) -> Iterator[File]:
    """The documents of an item without a paper; a paper's page lists its own."""
    for document in documents(cell(row, "dokumente"), page):
        is_resolution = _RESOLUTION.search(document.name) is not None
        yield File(
            id=f"{item.id}-{document.key}",
            url=document.url,
            name=document.name,
            meeting_id=item.meeting_id,
            agenda_item_id=item.id,
            role="resolution_file" if is_resolution else _words.item_role(document.name),
            mime_type=document.mime_type,
            date=document.date,
        )
