"""ALLRIS 4's agenda of one meeting (``to010``)."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import AgendaItem, Fetched, File, Meeting, Organization, Record
from ingestion.systems import _dates, _html, _words
from ingestion.systems.allris4._page import Page, document_type, documents, open_page

_ELEMENT_ID: Final = re.compile(r"^(?:link|betreff|vo)_(\d{1,18})$", re.ASCII)
_TITLE: Final = re.compile(r"^(?P<name>.+?)\s+-\s+(?P<date>\d{1,2}\.\d{1,2}\.\d{4})")
_ADDRESS: Final = ("SILFDNR", "refresh")


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its committee, its items and their documents, in the page's order.

    Raises:
        UnknownStructureError: It is no agenda page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    meeting_id = page.own_id("SILFDNR")
    table = page.root.css_first("#toTreeTable")
    if table is None or meeting_id is None:
        missing = "agenda" if table is None else "number of its meeting"
        raise page.error(
            f"the page has no {missing}",
            "parse it with the address it was fetched from (to010?SILFDNR=1000264)",
        )
    organization = _organization(page)
    if organization is not None:
        yield organization
    yield _meeting(page, meeting_id, table, organization)
    if (panel := page.root.css_first("#dokumenteHeaderPanel")) is not None:
        for file_id, url, name in documents(panel, page):
            yield File(
                id=file_id,
                url=url,
                name=name,
                meeting_id=meeting_id,
                role=_words.meeting_role(name),
                mime_type=document_type(url),
            )
    yield from _items(page, table, meeting_id)


def paper_links(fetched: Fetched) -> Iterator[tuple[str, str]]:
    """Numbers and addresses of the papers on an agenda's public items.

    A paper that is only dealt with behind closed doors is not asked for, even if it is linked.
    """
    items = [record for record in records(fetched) if isinstance(record, AgendaItem)]
    wanted = {item.paper_id for item in items if item.is_public}
    page = open_page(fetched)
    for link in page.root.css("#toTreeTable a[href*=VOLFDNR]"):
        href = _html.attribute(link, "href")
        paper_id, url = _html.query_id(href, "VOLFDNR"), _html.absolute(page.url, href)
        if paper_id in wanted and paper_id is not None and url is not None:
            yield paper_id, url


def _items(page: Page, table: LexborNode, meeting_id: str) -> Iterator[Record]:
    section: str | None = None
    is_section_public = True
    position = 0
    taken: set[str] = set()
    for row in table.css("tbody tr"):
        number = _html.text(row.css_first("td.tonr"))
        if not number and "data-tt-id" not in row.attributes:
            words = _html.text(row.css_first("td.tobetreff"))
            told = _words.is_public(words)
            is_section_public = is_section_public if told is None else told
            section = words or section
            continue
        position += 1
        item = _item(page, row, meeting_id, position).model_copy(
            update={
                "section": section,
                # The stricter of the two words wins: what is closed must never be published.
                "is_public": is_section_public and not _words.is_closed_number(number),
            }
        )
        if item.id in taken:
            item = item.model_copy(update={"id": f"{item.id}-{position}"})
        taken.add(item.id)
        yield item
        for file_id, url, name in documents(row, page):
            yield File(
                id=file_id,
                url=url,
                name=name,
                meeting_id=meeting_id,
                agenda_item_id=item.id,
                role=_words.item_role(name),
                mime_type=document_type(url),
                is_public=item.is_public,
            )


def _item(page: Page, row: LexborNode, meeting_id: str, position: int) -> AgendaItem:
    number = _html.text(row.css_first("td.tonr"))
    cell = row.css_first("td.tobetreff")
    subject = _html.first(cell, "a[id^=betreff_]", "a") if cell is not None else None
    name = _html.text(subject or cell, without=".zusatzinfo, [hidden]")
    if not name:
        raise page.error(f"the item {number or position!r} has no title")
    paper = row.css_first("td.tovonr a[href*=VOLFDNR]")
    paper_id = _html.query_id(_html.attribute(paper, "href"), "VOLFDNR")
    return AgendaItem(
        id=_item_id(row) or f"{meeting_id}-{slugify(number or name, max_length=60)}",
        url=page.own_address(*_ADDRESS),
        meeting_id=meeting_id,
        position=position,
        number=number or None,
        name=name,
        is_public=True,
        paper_id=paper_id,
        paper_reference=_html.text(row.css_first("td.tovonr")) or None,
    )


def _item_id(row: LexborNode) -> str | None:
    """The server's number (``TOLFDNR``): it is in links and in the ids of elements."""
    for link in row.css("a[href*=TOLFDNR]"):
        if number := _html.query_id(_html.attribute(link, "href"), "TOLFDNR"):
            return number
    for element in row.css("[id^=link_], [id^=betreff_], [id^=vo_]"):
        if match := _ELEMENT_ID.match(_html.attribute(element, "id")):
            return match[1]
    return None


def _meeting(
    page: Page, meeting_id: str, table: LexborNode, organization: Organization | None
) -> Meeting:
    context = page.fetched.context
    title = _TITLE.match(page.heading)
    told = title.groupdict() if title else {}
    committee = page.field("sigremium") or told.get("name")
    name = page.field("sibetreff") or context.get("name") or committee
    date_text = page.field("sidatum") or told.get("date") or context.get("date")
    time_text = page.field("sizeit") or context.get("time")
    if not name or not date_text:
        raise page.error("the meeting has no name or no date")
    start_at, end_at, has_time = _when(page, date_text, time_text)
    state = page.field("sistat").strip("() ")
    places = [place for place in (page.field("siraum"), page.field("siort")) if place]
    return Meeting(
        id=meeting_id,
        url=page.own_address(*_ADDRESS),
        name=_words.without_cancellation(name),
        organization_id=organization.id if organization else None,
        organization_name=committee,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=date_text,
        time_text=time_text,
        location=", ".join(places) or context.get("location"),
        state=state or None,
        is_cancelled=context.get("is_cancelled") == "true"
        or _words.is_cancelled(f"{page.heading} {name} {state}"),
        has_agenda=table.css_first("tbody tr[data-tt-id]") is not None,
    )


def _when(
    page: Page, date_text: str, time_text: str | None
) -> tuple[dt.datetime, dt.datetime | None, bool]:
    try:
        return _dates.span(_dates.the_date(date_text), time_text)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date or time is new") from error


def _organization(page: Page) -> Organization | None:
    link = page.root.css_first("#sigremium a[href*=GRLFDNR]")
    href = _html.attribute(link, "href")
    number, name = _html.query_id(href, "GRLFDNR"), _html.text(link)
    url = _html.absolute(page.url, href)
    return Organization(id=number, url=url, name=name) if number and name and url else None
