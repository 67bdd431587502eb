"""ALLRIS 3's paper (``vo020``): its words, its documents, its way through the committees."""

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _html, _words
from ingestion.systems.allris3._page import (
    Page,
    documents,
    links,
    media_type,
    open_page,
)
from ingestion.systems.allris3._texts import section

# The texts that make up a paper, in the order of its page.
_TEXTS: Final = (("SV", "Sachverhalt"), ("BV", "Beschlussvorschlag"))
_SIZE: Final = re.compile(r"\s*\([\d.,]+\s*[KMG]?B\)$")
_TEMPORARY: Final = "___tmp/"
FRAGMENT: Final = "anlage-"


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the paper, its consultations and its documents.

    The text of a non-public paper is left out, should a server ever show it.

    Raises:
        UnknownStructureError: It is no paper page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    paper_id = page.own_id("VOLFDNR")
    name = page.field("Betreff")
    if not name or paper_id is None:
        missing = "number" if name else "subject"
        raise page.error(
            f"there is no paper with a {missing} on this page",
            "parse it with the address it was fetched from (vo020.asp?VOLFDNR=1018473)",
        )
    status = page.field("Status")
    is_public = _words.is_public(status)
    if is_public is None:
        raise page.error(f"the paper's status {status!r} does not say whether it is public")
    date_text = page.field("Datum")
    yield Paper(
        id=paper_id,
        url=page.own_address("vo020", "VOLFDNR", paper_id),
        name=name,
        reference=page.heading[1] or None,
        paper_type=_paper_type(page),
        date=page.day(date_text) if date_text else None,
        date_text=date_text or None,
        is_public=is_public,
        originator=page.field("Verfasser", "Einreicher", "Antragsteller") or None,
        under_direction_of=page.field("Federführend") or None,
        main_text=_main_text(page) if is_public else None,
    )
    yield from _consultations(page, paper_id)
    yield from _files(page, paper_id, is_public=is_public)


def attachments(page: Page, paper_id: str) -> Iterator[tuple[str, str, str, str]]:
    """Find the attachments, whose addresses hold for a short time only.

    Yields:
        File id (made of the paper's number and the name: the server shows none), the lasting
        address (the paper's page and a fragment), the temporary one, and the name.
    """
    own = page.own_address("vo020", "VOLFDNR", paper_id)
    seen: set[str] = set()
    taken: set[str] = set()
    for link in page.root.css(f"a[href*='{_TEMPORARY}']"):
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        name = _SIZE.sub("", _html.text(link))
        if url is None or not name:
            raise page.error(f"the attachment {name!r} has no name or no address")
        if url in seen:
            continue  # the page lists them twice: beside its head and below its text
        seen.add(url)
        key, count = _html.short_hash(name), 1
        while key in taken:
            count += 1
            key = f"{_html.short_hash(name)}-{count}"
        taken.add(key)
        yield f"{paper_id}-{key}", f"{own}#{FRAGMENT}{key}", url, name


def _files(page: Page, paper_id: str, *, is_public: bool) -> Iterator[File]:
    has_main = False
    for file_id, url, name in documents(page.root, page):
        is_collection = _words.is_collection(name) or name.endswith("Sammeldokument")
        is_main = not is_collection and not has_main
        has_main = has_main or is_main
        yield File(
            id=file_id,
            url=url,
            name=name,
            paper_id=paper_id,
            role="collection" if is_collection else "main_file" if is_main else "auxiliary_file",
            mime_type="application/pdf",
            is_public=is_public,
        )
    for file_id, lasting, temporary, name in attachments(page, paper_id):
        yield File(
            id=file_id,
            url=lasting,
            name=name,
            paper_id=paper_id,
            role="auxiliary_file",
            mime_type=media_type(temporary),
            web_url=page.own_address("vo020", "VOLFDNR", paper_id),
            is_public=is_public,
        )


def _paper_type(page: Page) -> str | None:
    """The cell beside ``Drucksache-Art`` or ``Vorlage-Art``: each server has its own word."""
    label = next((each for each in page.fields if each.endswith("-Art")), None)
    return (page.field(label) if label else "") or page.heading[0] or None


def _main_text(page: Page) -> str | None:
    """The paper's texts, each below its heading."""
    told = ((heading, section(page, code)) for code, heading in _TEXTS)
    return "\n\n".join(f"{heading}\n{words}" for heading, words in told if words) or None


def _consultations(page: Page, paper_id: str) -> Iterator[Consultation]:
    """Read the stations: a row names the committee, rows below it its meetings."""
    table = _way(page)
    station: Consultation | None = None
    has_meetings = True
    stations: set[str] = set()
    steps: set[str] = set()
    for row in table.css("tr[class^=zl1]") if table is not None else ():
        if words := _html.text(row.css_first("td.text2")):
            has_meetings = True
            step = _step(page, paper_id, row, words, station)
            if step.id not in steps:
                steps.add(step.id)
                yield step
            continue
        if station is not None and not has_meetings:
            yield station
        station, has_meetings = _station(page, paper_id, row, stations), False
    if station is not None and not has_meetings:
        yield station


def _way(page: Page) -> LexborNode | None:
    """The table below the label ``Beratungsfolge``."""
    for label in page.root.css("td.kb1"):
        row = label.parent
        if _html.text(label).rstrip(": ") != "Beratungsfolge" or row is None:
            continue
        following = row.next
        while following is not None and not following.is_element_node:
            following = following.next
        return following.css_first("table") if following is not None else None
    return None


def _station(page: Page, paper_id: str, row: LexborNode, taken: set[str]) -> Consultation:
    cells = row.css("td.text1")
    committee = _html.text(cells[0]) if cells else ""
    if not committee:
        raise page.error("a step of the paper's way has neither committee nor date")
    role = _html.text(cells[1]) if len(cells) > 1 else ""
    base = station_id = f"{paper_id}-{_html.short_hash(committee, role)}"
    count = 1
    while station_id in taken:
        count += 1
        station_id = f"{base}-{count}"
    taken.add(station_id)
    return Consultation(
        id=station_id,
        url=page.own_address("vo020", "VOLFDNR", paper_id),
        paper_id=paper_id,
        organization_name=committee,
        role=role or None,
        state=_html.attribute(row.css_first("td[bgcolor]"), "title") or None,
    )


def _step(
    page: Page, paper_id: str, row: LexborNode, words: str, station: Consultation | None
) -> Consultation:
    meeting = next(links(row, "to010", "SILFDNR"), None)
    meeting_id = _html.query_id(_html.attribute(meeting, "href"), "SILFDNR")
    item_id = _item_id(row)
    committee = station.organization_name if station else None
    anchor = item_id or meeting_id or _html.short_hash(words, committee or "")
    return Consultation(
        id=f"{paper_id}-{anchor}",
        url=page.own_address("vo020", "VOLFDNR", paper_id),
        paper_id=paper_id,
        meeting_id=meeting_id,
        agenda_item_id=item_id,
        organization_name=committee,
        date=page.day(words),
        date_text=words,
        role=station.role if station else None,
        state=_html.attribute(row.css_first("td[bgcolor]"), "title") or None,
        result=_html.text(row.css_first("td.text3")) or None,
    )


def _item_id(row: LexborNode) -> str | None:
    """The item's number: the form to the agenda carries it as ``topSelected``."""
    for form in row.css("form[action*=topSelected]"):
        if number := _html.query_id(_html.attribute(form, "action"), "topSelected"):
            return number
    link = next(links(row, "to020", "TOLFDNR"), None)
    return _html.query_id(_html.attribute(link, "href"), "TOLFDNR")
