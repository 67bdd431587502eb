"""SD.NET RIM's paper (``/vorgang/``): its head, its documents, its way through the committees."""

from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _html, _votes, _words
from ingestion.systems.sdnet._page import (
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
from ingestion.systems.sdnet.calendar import Entry, listed

_HEADING: Final = "Vorgang "
_SUBJECT: Final = "Betreff"


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the paper, its consultations with the votes on it, and its documents.

    Raises:
        UnknownStructureError: It is no paper page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    reference, paper_type = _named(page)
    name = page.field(_SUBJECT)
    number = paper_id(reference)
    if not name or not number:
        missing = "number" if name else "subject"
        raise page.error(f"there is no paper with a {missing} on this page")
    is_public = _words.is_public(page.field("Status", "Öffentlichkeit")) is not False
    yield Paper(
        id=number,
        url=page.url,
        name=name,
        reference=reference,
        paper_type=paper_type,
        is_public=is_public,
        originator=page.field("Antragsteller", "Verfasser", "Einreicher") or None,
        under_direction_of=page.field("Federführung", "Federführend") or None,
    )
    for row in _rows(page):
        yield from _step(page, row, number)
    has_main = False
    for document in _documents(page):
        is_main = not document.is_attachment and not has_main
        has_main = has_main or is_main
        yield File(
            id=f"{number}-{document.key}",
            url=document.url,
            name=document.name,
            paper_id=number,
            role="main_file" if is_main else "auxiliary_file",
            mime_type=document.mime_type,
            date=document.date,
            is_public=is_public,
        )


def meetings(fetched: Fetched) -> Iterator[Entry]:
    """The meetings that a paper's way names: lists show its last one only."""
    page = open_page(fetched)
    for row in _rows(page):
        url = link_to(cell(row, "beginn"), "tops", page)
        words, committee = _html.text(cell(row, "beginn")), _html.text(cell(row, "gremium"))
        if url is None or not committee:
            continue
        yield listed(page, committee, words, url)


def _named(page: Page) -> tuple[str, str | None]:
    """The paper's number and type: the row that repeats the heading's number is named by the type.

    One server splits the number over both cells: ``Drucksache XI.: 926 /XI.``; there the heading
    alone has it whole.
    """
    heading = _html.text(_html.first(page.root, "h1.heading", "h1"))
    reference = heading.removeprefix(_HEADING) if heading.startswith(_HEADING) else ""
    first = next(iter(page.fields), "")
    same = (label for label, node in page.fields.items() if _html.text(node) == reference)
    label = next(same, first if first != _SUBJECT else "")
    return reference or page.field(label), label or None


def _rows(page: Page) -> list[LexborNode]:
    return page.root.css("table.table-vorgang tbody tr")


def _step(page: Page, row: LexborNode, paper: str) -> Iterator[Record]:
    words, committee = _html.text(cell(row, "beginn")), _html.text(cell(row, "gremium"))
    result, vote_text = _html.text(cell(row, "beschluss")), _html.text(cell(row, "ergebnis"))
    if not committee:
        raise page.error(f"the step {words[:60]!r} has no committee")
    if not words:
        # A committee that the paper is meant for, without a day yet.
        yield Consultation(
            id=f"{paper}-{_html.short_hash(committee)}",
            url=page.url,
            paper_id=paper,
            organization_name=committee,
        )
        return
    day = when(page, words)[0].date()
    meeting = meeting_id(day, committee)
    item = f"{meeting}-{paper}"
    is_linked = link_to(cell(row, "beginn"), "tops", page) is not None
    yield Consultation(
        id=f"{paper}-{meeting}",
        url=page.url,
        paper_id=paper,
        meeting_id=meeting if is_linked else None,
        agenda_item_id=item if is_linked else None,
        organization_name=committee,
        date=day,
        date_text=words,
        result=result or vote_text or None,
    )
    vote = _votes.record(
        item,
        page.url,
        meeting,
        result=result or None,
        vote_text=vote_text or None,
    )
    # Without a link the meeting is not public: its vote is not ours to tell.
    if vote is not None and is_linked:
        yield vote


def _documents(page: Page) -> Iterator[Document]:
    for node in page.fields.values():
        yield from documents(node, page)
