"""ALLRIS 4's paper (``vo020``): its words, its documents, its way through the committees."""

import datetime as dt
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _dates, _html, _words
from ingestion.systems.allris4._page import (
    Page,
    attachments,
    document_type,
    documents,
    open_page,
)

_ADDRESS: Final = ("VOLFDNR", "refresh")


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the paper, its consultations and its documents.

    The text of a non-public paper is left out, should a server ever show it.

    Raises:
        UnknownStructureError: It is no paper page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    paper_id = page.own_id("VOLFDNR")
    name = page.field("vobetreff")
    if not name or paper_id is None:
        missing = "number" if name else "subject"
        raise page.error(
            f"there is no paper with a {missing} on this page",
            "parse it with the address it was fetched from (vo020?VOLFDNR=1001540)",
        )
    status = page.field("vostatus")
    is_public = _words.is_public(status)
    if is_public is None:
        raise page.error(f"the paper's status {status!r} does not say whether it is public")
    date_text = page.field("vodatum", "vodat")
    yield Paper(
        id=paper_id,
        url=page.own_address(*_ADDRESS),
        name=name,
        reference=page.heading.rpartition(" - ")[2] or None,
        paper_type=page.field("voart") or page.heading.rpartition(" - ")[0] or None,
        date=_date(page, date_text) if date_text else None,
        date_text=date_text or None,
        is_public=is_public,
        state=page.field("vostat").strip("() ") or None,
        originator=_originators(page),
        under_direction_of=page.field("vofamt") or None,
        main_text=_main_text(page) if is_public else None,
    )
    yield from _consultations(page, paper_id)
    yield from _files(page, paper_id, is_public=is_public)


def _files(page: Page, paper_id: str, *, is_public: bool) -> Iterator[File]:
    has_main = False
    for file_id, url, name in documents(page.root, page):
        is_collection = _words.is_collection(name)
        is_main = not is_collection and not has_main
        has_main = has_main or is_main
        yield File(
            id=file_id,
            url=url,
            name=name,
            paper_id=paper_id,
            role="collection" if is_collection else "main_file" if is_main else "auxiliary_file",
            mime_type=document_type(url),
            is_public=is_public,
        )
    for file_id, url, name, mime_type in attachments(page, paper_id):
        yield File(
            id=file_id,
            url=url,
            name=name,
            paper_id=paper_id,
            role="auxiliary_file",
            mime_type=mime_type,
            web_url=page.own_address(*_ADDRESS),
            is_public=is_public,
        )


def _main_text(page: Page) -> str | None:
    """The paper's parts, each below its heading."""
    parts = []
    for part in page.root.css(".docPart"):
        heading = _html.text(_html.first(part.parent, "h2")) if part.parent is not None else ""
        if words := _html.paragraphs(part):
            parts.append(f"{heading}\n{words}" if heading else words)
    return "\n\n".join(parts) or None


def _originators(page: Page) -> str | None:
    names = [_html.text(node) for node in page.root.css("[id^=voverfasser]")]
    return "; ".join(dict.fromkeys(filter(None, names))) or None


def _consultations(page: Page, paper_id: str) -> Iterator[Consultation]:
    """Read the table's stations: a row names the committee, rows below it the meetings."""
    table = page.root.css_first("#bfTable table")
    if table is None:
        return
    columns = [_html.text(cell).lower() for cell in table.css("thead th")]
    station: Consultation | None = None
    has_dates = True
    taken: set[str] = set()
    for row in table.css("tbody tr"):
        cells = dict(zip(columns, row.css("td"), strict=False))
        words = _html.text(cells.get("datum"))
        if not words and row.css_first("a[href*=SILFDNR]") is None:
            if station is not None and not has_dates:
                yield station
            station, has_dates = _station(page, paper_id, row, cells, taken), False
            continue
        step = _step(page, paper_id, row, cells, station)
        has_dates = True
        if step.id not in taken:
            taken.add(step.id)
            yield step
    if station is not None and not has_dates:
        yield station


def _station(
    page: Page, paper_id: str, row: LexborNode, cells: dict[str, LexborNode], taken: set[str]
) -> Consultation | None:
    committee = _html.text(cells.get("gremium"))
    if not committee:
        return None
    role = _html.text(cells.get("beschluss")) or None
    base = station_id = f"{paper_id}-{_html.short_hash(committee, role or '')}"
    count = 1
    while station_id in taken:
        count += 1
        station_id = f"{base}-{count}"
    taken.add(station_id)
    return Consultation(
        id=station_id,
        url=page.own_address(*_ADDRESS),
        paper_id=paper_id,
        organization_name=committee,
        role=role,
        state=_html.text(row.css_first(".wfcolorDesc")) or None,
    )


def _step(
    page: Page,
    paper_id: str,
    row: LexborNode,
    cells: dict[str, LexborNode],
    station: Consultation | None,
) -> Consultation:
    words = _html.text(cells.get("datum"))
    hrefs = [_html.attribute(link, "href") for link in row.css("a[href]")]
    meeting_id = next(filter(None, (_html.query_id(href, "SILFDNR") for href in hrefs)), None)
    item_id = next(filter(None, (_html.query_id(href, "TOLFDNR") for href in hrefs)), None)
    anchor = item_id or meeting_id or _html.short_hash(words, _html.text(cells.get("gremium")))
    return Consultation(
        id=f"{paper_id}-{anchor}",
        url=page.own_address(*_ADDRESS),
        paper_id=paper_id,
        meeting_id=meeting_id,
        agenda_item_id=item_id,
        organization_name=station.organization_name
        if station
        else _html.text(cells.get("gremium")) or None,
        date=_date(page, words) if words else None,
        date_text=words or None,
        role=station.role if station else None,
        state=station.state if station else None,
        result=_html.text(cells.get("beschluss")) or None,
    )


def _date(page: Page, words: str) -> dt.date:
    try:
        return _dates.the_date(words)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date is new") from error
