"""SessionNet's paper (``vo0050``) and its way through the committees (``vo0053``)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Consultation, Fetched, File, Paper, Record
from ingestion.systems import _html, _words
from ingestion.systems.sessionnet._page import Page, documents, item_key, open_page

_DECIDES: Final = re.compile(r"entscheid|beschluss(?:fass|$)", re.IGNORECASE)
_PREPARES: Final = re.compile(r"vorberat|beratung|anhörung|kenntnis|empfehl", re.IGNORECASE)
_SIGNED: Final = re.compile(r"^(?:NÖ|Ö|N)\s*\d", re.IGNORECASE)
_ROLE: Final = re.compile(r"\b(?:Entscheidung|Vorberatung|Kenntnisnahme|Anhörung)\b")
_DATED: Final = re.compile(r"\d{1,2}\.\d{1,2}\.", re.ASCII)
# The heading of one step: "03.09.2026 Stadtrat TOP Ö 3 öffentlich - ungeändert beschlossen".
_STEP: Final = re.compile(
    r"^(?P<date>\d{1,2}\.\d{1,2}\.\d{4})\s+(?P<committee>.+?)"
    r"(?:\s+TOP\s+(?P<item>(?:(?:NÖ|Ö|N)\s*)?[\d.]+\S*))?"
    r"(?:\s+(?P<state>(?:nicht[\s-]*)?öffentlich))?(?:\s+-\s+(?P<result>.+))?$",
    re.IGNORECASE,
)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read a paper, its documents, and its consultations where they stand on the same page.

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
        date=page.day(date_text) if date_text else None,
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
    yield from _steps(page, paper_id)


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
    yield from _steps(page, paper_id)


def _steps(page: Page, paper_id: str) -> Iterator[Consultation]:
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
    item: str | None = None


def _cards(page: Page) -> Iterator[_Step]:
    """Steps as folded cards, whose heading says it all."""
    for card in page.root.css("div.card-light"):
        heading = card.css_first("button.btn-link, h2, .card-header")
        words = _html.text(heading, without=".smc-badges, .badge")
        if not _DATED.match(words):
            continue  # a card about the paper itself or its documents
        match = _STEP.match(words)
        if match is None:
            raise page.error(f"the step {words[:60]!r} cannot be read")
        told = _html.text(_cell(card, "bfart")) or _html.text(
            card, without="button, h2, .card-header"
        )
        role = _ROLE.search(told)
        yield _Step(
            card,
            match["date"],
            match["committee"],
            role=role[0] if role else None,
            state=match["state"],
            result=match["result"],
            item=match["item"],
        )


def _rows(page: Page) -> Iterator[_Step]:
    """Steps as rows of a table."""
    for row in page.root.css("table[id^=smc_page_vo0053] tr, table[id^=smc_page_vo0050] tr"):
        date = _html.text(_cell(row, "sidat"))
        committee = _html.text(_cell(row, "silink"))
        if not (date and committee):
            if not date and not committee:
                continue  # the table's head, or a row about the paper itself
            raise page.error(
                f"the step {(date or committee)[:60]!r} has no committee or no date",
                "compare the row with docs/sources/sessionnet.md",
            )
        role, result = _html.text(_cell(row, "bfart")), _html.text(_cell(row, "bfstatus"))
        item = _html.text(_html.first(row, "td.tofnum", "td.smc_tophn"))
        state = _html.text(_cell(row, "tostatus"))
        yield _Step(
            row,
            date,
            committee,
            role=role or None,
            state=state or _state(item),
            result=result or None,
            item=item or None,
        )


def _cell(row: LexborNode, name: str) -> LexborNode | None:
    return _html.first(row, f"td.{name}", f"td.smc_field_{name}")


def _consultation(page: Page, step: _Step, paper_id: str) -> Consultation:
    links = [_html.attribute(link, "href") for link in step.node.css("a[href]")]
    meeting_id = next(filter(None, (_html.query_id(href, "__ksinr") for href in links)), None)
    item_id = next(filter(None, (_html.query_id(href, "__ktonr") for href in links)), None)
    committee_id = next(filter(None, (_html.query_id(href, "__kgrnr") for href in links)), None)
    if item_id is None and meeting_id and step.item and _SIGNED.match(step.item):
        # The layout that signs its numbers shows no other; the agenda makes the same id of it.
        item_id = f"{meeting_id}-{item_key(step.item)}"
    anchor = meeting_id or _html.short_hash(step.date, step.committee)
    return Consultation(
        id=f"{paper_id}-{anchor}",
        url=page.url,
        paper_id=paper_id,
        meeting_id=meeting_id,
        agenda_item_id=item_id,
        agenda_item_number=step.item,
        organization_id=committee_id,
        organization_name=step.committee or None,
        date=page.day(step.date),
        date_text=step.date,
        role=step.role,
        is_authoritative=_decides(step.role),
        state=step.state,
        result=step.result,
    )


def _decides(role: str | None) -> bool | None:
    """Whether the step decides ("Entscheidung") or prepares; None where the role says neither."""
    if role is None:
        return None
    if _DECIDES.search(role):
        return True
    return False if _PREPARES.search(role) else None


def _state(item: str) -> str | None:
    """``öffentlich`` or ``nichtöffentlich`` as the item's sign says it."""
    if not _SIGNED.match(item):
        return None
    return "nichtöffentlich" if _words.is_closed_number(item) else "öffentlich"


def _main_text(page: Page) -> str | None:
    """The paper's own words, where the page has them and not only a document."""
    nodes = page.root.css(".smc-card-text-simple, .vobetext, .smc_field_votext, .docpart")
    return "\n\n".join(filter(None, map(_html.paragraphs, nodes))) or None
