"""SessionNet's paper (``vo0050``) and its way through the committees (``vo0053``)."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _dates, _html, _words
from ingestion.systems.sessionnet._page import Page, documents, open_page

_DATED: Final = re.compile(r"\d{1,2}\.\d{1,2}\.", re.ASCII)
# The heading of one step: "03.09.2026 Stadtrat TOP Ö 3 öffentlich - ungeändert beschlossen".
_STEP: Final = re.compile(
    r"^(?P<date>\d{1,2}\.\d{1,2}\.\d{4})\s+(?P<committee>.+?)"
    r"(?:\s+TOP\s+(?P<item>(?:(?:NÖ|Ö|N)\s*)?[\d.]+\S*))?"
    r"(?:\s+(?P<state>(?:nicht[\s-]*)?öffentlich))?(?:\s+-\s+(?P<result>.+))?$",
    re.IGNORECASE,
)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read a paper and its documents.

    Raises:
        UnknownStructureError: It is no paper page, or it has no number or subject.
    """
    page = open_page(fetched)
    paper_id = page.own_id("__kvonr")
    name = page.field("vobetr")
    if page.name != "vo0050" or paper_id is None or not name:
        missing = "number" if name else "subject"
        raise page.error(
            f"there is no paper with a {missing} on this page ({page.name})",
            "parse it with the address it was fetched from (…?__kvonr=43205)",
        )
    date_text = page.field("vodat", "vodatum", "voedat")
    state = page.field("vostatus", "vofreigabe")
    is_public = _words.is_public(state) is not False
    yield Paper(
        id=paper_id,
        url=page.url,
        name=name,
        reference=page.field("voname") or None,
        paper_type=page.field("vovaname") or None,
        date=_date(page, date_text) if date_text else None,
        date_text=date_text or None,
        is_public=is_public,
        state=state or None,
        originator=page.field("voverfasser", "voeinbringer", "voinitiator") or None,
        under_direction_of=page.field("voamname", "vofamt", "voamt") or None,
        main_text=_main_text(page) if is_public else None,
    )
    for number, (file_id, url, file_name, mime) in enumerate(documents(page.root, page)):
        yield File(
            id=file_id,
            url=url,
            name=file_name,
            paper_id=paper_id,
            # The server lists the paper itself before what is attached to it.
            role="auxiliary_file" if number else "main_file",
            mime_type=mime,
            is_public=is_public,
        )


def consultations_link(fetched: Fetched) -> str | None:
    """Where the paper's way through the committees is, if the page says so."""
    page = open_page(fetched)
    paper_id = page.own_id("__kvonr")
    for link in page.root.css("a[href*=vo0053]"):
        href = _html.attribute(link, "href")
        if _html.query_id(href, "__kvonr") == paper_id:
            return _html.absolute(page.url, href)
    return None


def consultations(fetched: Fetched) -> Iterator[Consultation]:
    """Read the steps of a paper's way, one per card of the page.

    Raises:
        UnknownStructureError: It is no such page, or a step cannot be read.
    """
    page = open_page(fetched)
    paper_id = page.own_id("__kvonr")
    if page.name != "vo0053" or paper_id is None:
        raise page.error(
            f"there are no consultations of a paper on this page ({page.name})",
            "parse it with the address it was fetched from (…?__kvonr=43205)",
        )
    taken: set[str] = set()
    for step in (*_cards(page), *_rows(page)):
        consultation = _consultation(page, step, paper_id)
        if consultation.id not in taken:
            taken.add(consultation.id)
            yield consultation


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a paper's way, in the page's words."""

    node: LexborNode
    date: str
    committee: str
    role: str | None = None
    state: str | None = None
    result: str | None = None


def _cards(page: Page) -> Iterator[_Step]:
    """Steps as folded cards, whose heading says it all."""
    for card in page.root.css("div.card-light"):
        heading = card.css_first("button.btn-link, h2, .card-header")
        words = _html.text(heading, without=".smc-badges, .badge")
        if not _DATED.match(words):
            continue  # a card about the paper itself or its documents
        match = _STEP.match(words)
        if match is None:
            raise page.error(
                f"the step {words[:60]!r} cannot be read",
                "compare the page with docs/sources/sessionnet.md",
            )
        yield _Step(
            card, match["date"], match["committee"], state=match["state"], result=match["result"]
        )


def _rows(page: Page) -> Iterator[_Step]:
    """Steps as rows of a table."""
    for row in page.root.css("table[id^=smc_page_vo0053] tr"):
        date = _html.text(_cell(row, "sidat"))
        committee = _html.text(_cell(row, "silink"))
        if not date and not committee:
            continue  # the table's head
        role, result = _html.text(_cell(row, "bfart")), _html.text(_cell(row, "bfstatus"))
        yield _Step(row, date, committee, role=role or None, result=result or None)


def _cell(row: LexborNode, name: str) -> LexborNode | None:
    return _html.first(row, f"td.{name}", f"td.smc_field_{name}")


def _consultation(page: Page, step: _Step, paper_id: str) -> Consultation:
    links = [_html.attribute(link, "href") for link in step.node.css("a[href]")]
    meeting_id = next(filter(None, (_html.query_id(href, "__ksinr") for href in links)), None)
    item_id = next(filter(None, (_html.query_id(href, "__ktonr") for href in links)), None)
    anchor = meeting_id or _html.short_hash(step.date, step.committee)
    return Consultation(
        id=f"{paper_id}-{anchor}",
        url=page.url,
        paper_id=paper_id,
        meeting_id=meeting_id,
        agenda_item_id=item_id,
        organization_name=step.committee or None,
        date=_date(page, step.date),
        date_text=step.date,
        role=step.role,
        state=step.state,
        result=step.result,
    )


def _main_text(page: Page) -> str | None:
    """The paper's own words, where the page has them and not only a document."""
    nodes = page.root.css(".smc-card-text-simple, .vobetext, .smc_field_votext, .docpart")
    return "\n\n".join(filter(None, map(_html.paragraphs, nodes))) or None


def _date(page: Page, words: str) -> dt.date:
    try:
        return _dates.the_date(words)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date is new") from error
