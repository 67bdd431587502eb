"""SessionNet's agenda of one meeting (``si0057``, ``si0056``, ``to0040``), in both layouts."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import AgendaItem, Fetched, File, Meeting, Organization, Record
from ingestion.systems import _dates, _html, _votes, _words
from ingestion.systems.sessionnet._page import (
    Page,
    agenda_table,
    documents,
    item_key,
    meeting_files,
    open_page,
)
from ingestion.systems.sessionnet.committee import organization_type

# These pages tell about a meeting, but may do so without an agenda.
_WITHOUT_AGENDA: Final = ("si0050", "si0056")
_TITLE: Final = re.compile(
    r"^(?P<name>.+?)(?:\s+-)?\s+(?P<date>\d{1,2}\.\d{1,2}\.\d{4})(?:\s+-\s+(?P<time>[^-]*\d[^A-Z]*Uhr))?"
)
_BEGINS: Final = re.compile(r"\bBeginn\s+(\d{1,2}[:.]\d{2}\s*Uhr)", re.IGNORECASE)
_LABEL: Final = re.compile(r"^\s*([A-ZÄÖÜ][\w\s-]{2,30}?)\s*:\s*")
_ITEM_ID: Final = re.compile(r"_(\d+)$", re.ASCII)
# "3.1 Nachtrag: 01.09.2026 *": the note and its star are no part of the number.
_SUPPLEMENT: Final = re.compile(
    r"\s*\b(?:Nachtrag|Ergänzung)\b(?:\s*:?\s*\d{1,2}\.\d{1,2}\.\d{4})?\s*:?\s*",
    re.ASCII | re.IGNORECASE,
)
_STAR: Final = re.compile(r"\s*\*+$")


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its committee, its items and their documents, in the page's order.

    What only the calendar tells (a cancellation, the time) comes in ``Fetched.context``.

    Raises:
        UnknownStructureError: It is no agenda page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    meeting_id = page.own_id("__ksinr") or _selected_meeting(page)
    if meeting_id is None:
        raise page.error(
            "the page does not tell the meeting's number",
            "parse it with the address it was fetched from (…?__ksinr=9693)",
        )
    table = agenda_table(page)
    if table is None and page.name not in _WITHOUT_AGENDA:
        raise page.error(f"there is no agenda on this page ({page.name})")
    organization = _organization(page)
    if organization is not None:
        yield organization
    yield _meeting(page, meeting_id, table, organization)
    yield from meeting_files(page, page.root, meeting_id)
    if table is not None:
        yield from _Reader(page, meeting_id).read(table)


def paper_links(fetched: Fetched) -> Iterator[str]:
    """Addresses of the papers on an agenda's public items.

    A paper that is only dealt with behind closed doors is not asked for, even if it is linked.
    """
    items = (record for record in records(fetched) if isinstance(record, AgendaItem))
    wanted = {item.paper_id for item in items if item.is_public}
    page = open_page(fetched)
    for link in page.root.css("a[href*=vo0050]"):
        href = _html.attribute(link, "href")
        url = _html.absolute(page.url, href)
        if url is not None and _html.query_id(href, "__kvonr") in wanted:
            yield url


def full_agenda_link(fetched: Fetched) -> str | None:
    """Where the whole agenda is, if this page is only its step-by-step form or a summary."""
    page = open_page(fetched)
    meeting_id = page.own_id("__ksinr")
    if page.name not in _WITHOUT_AGENDA or meeting_id is None:
        return None
    for link in page.root.css("#smcregister a[href*=si0057], #smcregister a[href*=to0040]"):
        href = _html.attribute(link, "href")
        if _html.query_id(href, "__ksinr") == meeting_id:
            return _html.absolute(page.url, href)
    return None


class _Reader:
    """Reads the table's rows; remembers in which part of the meeting they stand."""

    def __init__(self, page: Page, meeting_id: str) -> None:
        self.page, self.meeting_id = page, meeting_id
        self.section: str | None = None
        self.is_section_public = True
        self.taken: set[str] = set()

    def read(self, table: LexborNode) -> Iterator[Record]:
        item: AgendaItem | None = None
        files: tuple[File, ...] = ()
        position = 0
        for row in table.css("tr"):
            if _is_inside_document_box(row, table):
                continue
            if (group := row.css_first("td.totrenn, td.smc-table-group")) is not None:
                self._enter(group)
            elif row.css_first("td.tofnum, td.smc_tophn") is not None:
                yield from self._told(item, files)
                position += 1
                item, files = self._item(row, position)
            elif item is not None and row.css_first("td.smc_tophz") is not None:
                item = item.model_copy(update=_result(row, "td.smc_topr", item))
        yield from self._told(item, files)

    def _told(self, item: AgendaItem | None, files: tuple[File, ...]) -> Iterator[Record]:
        """An item that was read to its end: only then is its vote known."""
        if item is None:
            return
        yield item
        if item.is_public:
            vote = _votes.record(
                item.id,
                item.url,
                self.meeting_id,
                result=item.result,
                vote_text=item.vote_text,
                resolution_text=item.resolution_text,
            )
            if vote is not None:
                yield vote
        yield from files

    def _enter(self, group: LexborNode) -> None:
        words = _html.text(group)
        told = _words.is_public(words)
        self.is_section_public = self.is_section_public if told is None else told
        self.section = _BEGINS.sub("", words).strip(" :") or None

    def _item(self, row: LexborNode, position: int) -> tuple[AgendaItem, tuple[File, ...]]:
        words = _html.text(row.css_first("td.tofnum, td.smc_tophn"))
        number = _STAR.sub("", _SUPPLEMENT.sub(" ", _STAR.sub("", words)).strip())
        is_supplement = _SUPPLEMENT.search(words) is not None
        cell = row.css_first("td.tobetr, td.smc_topht")
        heading = cell.css_first("div.smc-card-header-title-simple") if cell else None
        name = _html.text(heading or cell, without=".smc-table-cell-box-normal, p")
        if not name:
            raise self.page.error(
                f"the item {number or position!r} has no title",
                "compare the row with docs/sources/sessionnet.md",
            )
        # The stricter of the two words wins: what is closed must never be published.
        is_public = self.is_section_public and not _words.is_closed_number(number)
        paper = row.css_first("a[href*=vo0050]")
        paper_id = _html.query_id(_html.attribute(paper, "href"), "__kvonr")
        item = AgendaItem(
            id=self._item_id(row, number, name),
            url=self.page.url,
            meeting_id=self.meeting_id,
            position=position,
            number=number or None,
            name=name,
            is_public=is_public,
            section=self.section,
            paper_id=paper_id,
            paper_reference=_html.text(paper) or None,
            is_supplement=is_supplement,
        )
        for box in row.css("p[class*=smc_field_smcdv0_box2_]"):
            item = item.model_copy(update=_result(box, "strong", item))
        return item, tuple(self._files(row, item))

    def _files(self, row: LexborNode, item: AgendaItem) -> Iterator[File]:
        for file_id, url, name, mime in documents(row, self.page):
            yield File(
                id=file_id,
                url=url,
                name=name,
                meeting_id=self.meeting_id,
                agenda_item_id=item.id,
                role=_words.item_role(name),
                mime_type=mime,
                is_public=item.is_public,
            )

    def _item_id(self, row: LexborNode, number: str, name: str) -> str:
        """The server's number (``ktonr``), else one of the meeting and the item's number.

        The new layout often shows no number of the item itself.
        """
        links = (_html.attribute(link, "href") for link in row.css("a[href*=ktonr]"))
        told = next(filter(None, (_html.query_id(href, "__ktonr") for href in links)), None)
        match = _ITEM_ID.search(_html.attribute(row, "id"))
        if (server_id := told or (match[1] if match else None)) and server_id not in self.taken:
            self.taken.add(server_id)
            return server_id
        short = item_key(number) or _html.short_hash(name)
        item_id, count = f"{self.meeting_id}-{short}", 1
        while item_id in self.taken:
            count += 1
            item_id = f"{self.meeting_id}-{short}-{count}"
        self.taken.add(item_id)
        return item_id


def _result(node: LexborNode, label: str, item: AgendaItem) -> dict[str, str | None]:
    """What was decided, from a labelled line; further lines of a kind are added to the first."""
    words = _html.text(node)
    label_words = _html.text(node.css_first(label)) or words
    match = _LABEL.match(label_words)
    name = (match[1] if match else "").lower()
    value = words.removeprefix(label_words).strip() if label_words != words else ""
    value = value or (_LABEL.sub("", words, count=1) if match else "")
    field = (
        "vote_text"
        if name.startswith("abstimmung")
        else "resolution_text"
        if name.startswith(("beschlusstext", "beschlussvorschlag", "wortlaut"))
        else "result"
        if name.startswith(("beschluss", "ergebnis"))
        else None
    )
    if field is None or not value:
        return {}
    before: str | None = getattr(item, field)
    return {field: f"{before}; {value}" if before else value}


def _meeting(
    page: Page, meeting_id: str, table: LexborNode | None, organization: Organization | None
) -> Meeting:
    context = page.fetched.context
    title = _TITLE.match(page.heading) or _TITLE.match(
        _html.text(page.root.css_first("title")).removeprefix("SessionNet |").strip()
    )
    told = title.groupdict() if title else {}
    committee = page.field("sigrname")
    name = committee or context.get("name") or told.get("name")
    date_text = page.field("sidat") or told.get("date") or context.get("date")
    begins = _BEGINS.search(_html.text(table.css_first("td.smc-table-group"))) if table else None
    time_text = (
        page.field("yytime")
        or context.get("time")
        or told.get("time")
        or (begins[1] if begins else None)
    )
    if not name or not date_text:
        raise page.error("the meeting has no name or no date")
    start_at, end_at, has_time = _when(page, date_text, time_text)
    state = page.field("sistatus", "sistat") or context.get("state", "")
    reference = page.field("siname")
    return Meeting(
        id=meeting_id,
        url=page.url,
        name=name,
        reference=_words.without_cancellation(reference) or None,
        organization_id=organization.id if organization else None,
        organization_name=committee or name,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=date_text,
        time_text=time_text,
        location=page.field("siort") or context.get("location"),
        state=state or None,
        is_cancelled=context.get("is_cancelled") == "true"
        or _words.is_cancelled(f"{page.heading} {reference} {state}"),
        has_agenda=table is not None and table.css_first("td.tofnum, td.smc_tophn") is not None,
    )


def _when(
    page: Page, date_text: str, time_text: str | None
) -> tuple[dt.datetime, dt.datetime | None, bool]:
    try:
        return _dates.span(_dates.the_date(date_text), time_text)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date or time is new") from error


def _organization(page: Page) -> Organization | None:
    link = page.root.css_first(".sigrname a[href*=__kgrnr], td.smc_field_sigrname a[href*=__kgrnr]")
    href = _html.attribute(link, "href")
    number, name = _html.query_id(href, "__kgrnr"), _html.text(link)
    url = _html.absolute(page.url, href)
    if not (number and name and url):
        return None
    kind = organization_type(name)
    return Organization(id=number, url=url, name=name, organization_type=kind)


def _selected_meeting(page: Page) -> str | None:
    """The old layout names its own meeting only in the links to its papers."""
    for link in page.root.css("a[href*=voselect]"):
        if number := _html.query_id(_html.attribute(link, "href"), "voselect"):
            return number
    return None


def _is_inside_document_box(row: LexborNode, table: LexborNode) -> bool:
    """Whether a row belongs to a table within the table: the old layout's documents."""
    node = row.parent
    while node is not None and node.mem_id != table.mem_id:
        if node.tag == "table":
            return True
        node = node.parent
    return False
