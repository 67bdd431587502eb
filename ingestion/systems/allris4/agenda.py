"""ALLRIS 4's agenda of one meeting (``to010``)."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import AgendaItem, Fetched, File, Meeting, Organization, Record, Vote
from ingestion.systems import _dates, _html, _votes, _words
from ingestion.systems.allris4._page import (
    Page,
    attached,
    committees_told,
    document_type,
    documents,
    lasting,
    open_page,
)

_ELEMENT_ID: Final = re.compile(r"^(?:link|betreff|vo)_(\d{1,18})$", re.ASCII)
_TITLE: Final = re.compile(r"^(?P<name>.+?)\s+-\s+(?P<date>\d{1,2}\.\d{1,2}\.\d{4})")
_ADDRESS: Final = ("SILFDNR", "refresh")
_SUPPLEMENT: Final = re.compile(r"\bNachtrag(?:s\w*)?\b", re.IGNORECASE)
_RESULT: Final = re.compile(r"^(?:Beschlussart|Ergebnis)\b", re.IGNORECASE)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its committee, its items and their documents, in the page's order.

    A meeting that the server withholds from the public has no records: what the calendar tells of
    it stands. Its committee is left out where the crawl knows it from the list of committees: its
    own page says more.

    Raises:
        UnknownStructureError: It is no agenda page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    table = page.root.css_first("#toTreeTable")
    if table is None and page.is_withheld:
        return
    meeting_id = page.own_id("SILFDNR")
    if table is None or meeting_id is None:
        missing = "agenda" if table is None else "number of its meeting"
        raise page.error(
            f"the page has no {missing}",
            "parse it with the address it was fetched from (to010?SILFDNR=1000264)",
        )
    organization = _organization(page)
    if organization is not None and organization.id not in committees_told(fetched).values():
        yield organization
    yield _meeting(page, meeting_id, table, organization)
    yield from _meeting_files(page, meeting_id)
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
        paper_id, url = _html.query_id(href, "VOLFDNR"), lasting(page, href, "VOLFDNR")
        if paper_id in wanted and paper_id is not None and url is not None:
            yield paper_id, url


def item_pages(fetched: Fetched, today: dt.date) -> Iterator[tuple[str, AgendaItem]]:
    """Addresses of the pages of an agenda's public items, with what the agenda tells of each.

    Args:
        fetched: The agenda.
        today: Before a meeting nothing is resolved: only items with attachments are asked for.
    """
    found = list(records(fetched))
    items = {each.id: each for each in found if isinstance(each, AgendaItem) and each.is_public}
    is_due = any(
        each.start_at is not None and each.start_at.date() <= today
        for each in found
        if isinstance(each, Meeting)
    )
    page = open_page(fetched)
    for row in page.root.css("#toTreeTable tbody tr"):
        item = items.get(_item_id(row) or "")
        link = row.css_first("td.tobetreff a[href*=TOLFDNR]")
        url = page.link(_html.attribute(link, "href"))
        if item is None or link is None or url is None:
            continue
        if is_due or row.css_first("td.attach img, a.attlink") is not None:
            yield _html.only(url, "TOLFDNR", "SILFDNR"), item


def _meeting_files(page: Page, meeting_id: str) -> Iterator[File]:
    if (panel := page.root.css_first("#dokumenteHeaderPanel")) is not None:
        for file_id, url, name in documents(panel, page):
            yield File(
                id=file_id,
                url=url,
                name=name,
                meeting_id=meeting_id,
                role=_words.meeting_role(name),
                mime_type=document_type(url),
                web_url=page.own_address(*_ADDRESS),
            )
    for file in attached(page, f"si{meeting_id}", page.own_address(*_ADDRESS)):
        role = _words.meeting_role(file.name)
        yield file.model_copy(update={"meeting_id": meeting_id, "role": role})


@dataclass
class _Place:
    """Where in the agenda the rows are: what the heading and the items above say of them."""

    section: str | None = None
    is_public: bool = True
    is_supplement: bool = False
    # By the number in data-tt-id: whether the item is public. It is no number of the server's: it
    # says where in the tree the row stands.
    above: dict[str, bool] = field(default_factory=dict)

    def enter(self, heading: str) -> None:
        """Go on below a heading; one that says nothing about it leaves open or closed as it was."""
        told = _words.is_public(heading)
        self.is_public = self.is_public if told is None else told
        self.is_supplement = _SUPPLEMENT.search(heading) is not None
        self.section = heading or self.section

    def admits(self, page: Page, row: LexborNode, number: str) -> bool:
        """Whether a row's item is public: the strictest of heading, number and item above holds.

        Raises:
            UnknownStructureError: It hangs on an item that is not above it.
        """
        is_public = self.is_public and not _words.is_closed_number(number)
        parent = _html.attribute(row, "data-tt-parent-id")
        if parent and parent not in self.above:
            raise page.error(f"the item {number!r} hangs on an item that is not above it")
        is_public = is_public and self.above.get(parent, True)
        self.above[_html.attribute(row, "data-tt-id")] = is_public
        return is_public


def _items(page: Page, table: LexborNode, meeting_id: str) -> Iterator[Record]:
    place = _Place()
    result_column = _result_column(table)
    position = 0
    taken: set[str] = set()
    for row in table.css("tbody tr"):
        number = _html.text(row.css_first("td.tonr"))
        if not number and "data-tt-id" not in row.attributes:
            place.enter(_html.text(row.css_first("td.tobetreff")))
            continue
        position += 1
        is_public = place.admits(page, row, number)
        item = _item(page, row, meeting_id, position).model_copy(
            update={
                "section": place.section,
                "is_public": is_public,
                "is_supplement": place.is_supplement or _is_late(row),
                "result": _cell(row, result_column) if is_public else None,
            }
        )
        if item.id in taken:
            item = item.model_copy(update={"id": f"{item.id}-{position}"})
        taken.add(item.id)
        yield item
        yield from vote_of(item)
        for file_id, url, name in documents(row, page):
            yield File(
                id=file_id,
                url=url,
                name=name,
                meeting_id=meeting_id,
                agenda_item_id=item.id,
                role=_words.item_role(name),
                mime_type=document_type(url),
                web_url=page.own_address(*_ADDRESS),
                is_public=item.is_public,
            )


def vote_of(item: AgendaItem) -> Iterator[Vote]:
    """The vote on a public item, if its page tells of one."""
    if item.is_public:
        vote = _votes.record(
            item.id,
            item.url,
            item.meeting_id,
            result=item.result,
            vote_text=item.vote_text,
            resolution_text=item.resolution_text,
        )
        if vote is not None:
            yield vote


def _result_column(table: LexborNode) -> int | None:
    """Which column tells results: servers that show it head it "Beschlussart" or "Ergebnis"."""
    heads = [_html.text(cell) for cell in table.css("thead th")]
    return next((place for place, head in enumerate(heads) if _RESULT.search(head)), None)


def _cell(row: LexborNode, place: int | None) -> str | None:
    cells = row.css("td")
    return _html.text(cells[place]) or None if place is not None and place < len(cells) else None


def _is_late(row: LexborNode) -> bool:
    """Whether a row says that its item came onto the agenda after the invitation."""
    notes = row.css("td.tonr, td.tobetreff .zusatzinfo")
    return any(_SUPPLEMENT.search(_html.text(note)) for note in notes)


def _item(page: Page, row: LexborNode, meeting_id: str, position: int) -> AgendaItem:
    number = _html.clean(_SUPPLEMENT.sub("", _html.text(row.css_first("td.tonr"))))
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
    url = page.link(href)
    return Organization(id=number, url=url, name=name) if number and name and url else None
