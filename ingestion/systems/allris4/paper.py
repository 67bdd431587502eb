"""ALLRIS 4's paper (``vo020``): its words, its documents, its way through the committees."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _html, _words
from ingestion.systems.allris4._page import (
    Page,
    attached,
    committees_told,
    document_type,
    documents,
    open_page,
)

_ADDRESS: Final = ("VOLFDNR", "refresh")
# Whether a committee's word on a paper is the last one, by what the station is for; other words
# say nothing about it.
_DECIDES: Final = re.compile(r"entscheidung|beschlussfassung|^beschluss$", re.IGNORECASE)
_ADVISES: Final = re.compile(
    r"beratung|empfehlung|kenntnis|anhörung|stellungnahme|information|bericht", re.IGNORECASE
)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the paper, its consultations and its documents.

    The text of a non-public paper is left out, should a server ever show it. A paper that the
    server withholds from the public has no records.

    Raises:
        UnknownStructureError: It is no paper page, or a part of it cannot be read.
    """
    page = open_page(fetched)
    paper_id = page.own_id("VOLFDNR")
    name = page.field("vobetreff")
    if not name and page.is_withheld:
        return
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
        date=page.day(date_text) if date_text else None,
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
            web_url=page.own_address(*_ADDRESS),
            is_public=is_public,
        )
    for file in attached(page, paper_id, page.own_address(*_ADDRESS)):
        yield file.model_copy(update={"paper_id": paper_id, "is_public": is_public})


def _main_text(page: Page) -> str | None:
    """The paper's parts, each below its heading."""
    parts = []
    inner = {part.mem_id for part in page.root.css(".docPart .docPart")}
    for part in page.root.css(".docPart"):
        if part.mem_id in inner:
            continue
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
    rows = table.css("tbody tr")
    if rows and not {"datum", "gremium", "beschluss"} <= set(columns):
        raise page.error(f"the way of the paper has the columns {', '.join(columns)[:80]!r}")
    way = _Way(page, paper_id, committees_told(page.fetched))
    for row in rows:
        yield from way.walk(row, dict(zip(columns, row.css("td"), strict=False)))
    yield from way.end()


class _Way:
    """The stations of a paper, one after the other: a station without a meeting is a step too."""

    def __init__(self, page: Page, paper_id: str, committees: dict[str, str]) -> None:
        self._page, self._paper_id, self._committees = page, paper_id, committees
        self._station: Consultation | None = None
        self._has_steps = True
        self._taken: set[str] = set()
        self._stations: Counter[str] = Counter()

    def walk(self, row: LexborNode, cells: dict[str, LexborNode]) -> Iterator[Consultation]:
        """One row further: a station's head ends the one before it."""
        if not _html.text(cells.get("datum")) and row.css_first("a[href*=SILFDNR]") is None:
            yield from self.end()
            self._station, self._has_steps = self._opened(row, cells), False
            return
        self._has_steps = True
        step = self._step(row, cells)
        if step.id not in self._taken:
            self._taken.add(step.id)
            yield step

    def end(self) -> Iterator[Consultation]:
        """The last station, if no meeting of it is known."""
        if self._station is not None and not self._has_steps:
            yield self._station
        self._station = None

    def _opened(self, row: LexborNode, cells: dict[str, LexborNode]) -> Consultation | None:
        committee = _html.text(cells.get("gremium"))
        if not committee:
            return None
        role = _html.text(cells.get("beschluss")) or None
        station_id = f"{self._paper_id}-{_html.short_hash(committee, role or '')}"
        self._stations[station_id] += 1
        if (count := self._stations[station_id]) > 1:
            station_id = f"{station_id}-{count}"
        return Consultation(
            id=station_id,
            url=self._page.own_address(*_ADDRESS),
            paper_id=self._paper_id,
            organization_id=self._organization(row, committee),
            organization_name=committee,
            role=role,
            is_authoritative=_is_authoritative(role),
            state=_html.text(row.css_first(".wfcolorDesc")) or None,
        )

    def _step(self, row: LexborNode, cells: dict[str, LexborNode]) -> Consultation:
        station = self._station
        words, shown = _html.text(cells.get("datum")), _html.text(cells.get("gremium"))
        meeting_id, item_id = _linked(row, "SILFDNR"), _linked(row, "TOLFDNR")
        anchor = item_id or meeting_id or _html.short_hash(words, shown)
        # Without a station's head the cell names the committee, not the meeting.
        committee = station.organization_name if station else shown or None
        known = station.organization_id if station else None
        return Consultation(
            id=f"{self._paper_id}-{anchor}",
            url=self._page.own_address(*_ADDRESS),
            paper_id=self._paper_id,
            meeting_id=meeting_id,
            agenda_item_id=item_id,
            agenda_item_number=_html.text(cells.get("top")) or None,
            organization_id=known or self._organization(row, committee or ""),
            organization_name=committee,
            date=self._page.day(words) if words else None,
            date_text=words or None,
            role=station.role if station else None,
            is_authoritative=station.is_authoritative if station else None,
            state=station.state if station else None,
            result=_html.text(cells.get("beschluss")) or None,
        )

    def _organization(self, row: LexborNode, committee: str) -> str | None:
        """The committee's number: the row links it, or the list of committees has its name."""
        return _linked(row, "GRLFDNR") or self._committees.get(committee)


def _linked(row: LexborNode, name: str) -> str | None:
    hrefs = (_html.attribute(link, "href") for link in row.css("a[href]"))
    return next(filter(None, (_html.query_id(href, name) for href in hrefs)), None)


def _is_authoritative(role: str | None) -> bool | None:
    """OParl's ``authoritative``: whether what this committee resolves is final."""
    if role is None:
        return None
    if _DECIDES.search(role):
        return True
    return False if _ADVISES.search(role) else None
