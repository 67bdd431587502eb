"""ALLRIS 4's page of one agenda item (``to020``): what was resolved, and how it was voted on."""

import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import AgendaItem, Fetched, File, Record
from ingestion.systems import _html, _votes, _words
from ingestion.systems.allris4._page import Page, attached, document_type, documents, open_page

# Servers write the ids differently; all of them were seen.
_TITLE: Final = ("tobetreff", "vobetreff")
_NUMBER: Final = ("toname", "tonr")
_RESULT: Final = ("toBeschlussart", "tobeschlussart", "tobeschluss")
# "Beschluss", "Beschlusstext", "Beschluss (Auszug)"; a Beschlussvorschlag is the paper's, and what
# somebody said in the meeting (Wortprotokoll) names people and is read nowhere.
_PARTS: Final = (
    ("vote_text", re.compile(r"abstimmung", re.IGNORECASE)),
    ("resolution_text", re.compile(r"beschluss(?!vorschl|empfehl|vorlage|art)", re.IGNORECASE)),
)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read an item's resolution and vote, and the documents that hang on it.

    The page does not say where on the agenda the item stands: the crawl hands that on in
    ``Fetched.context["item"]``, the item as the agenda tells of it. A page that is parsed without
    it yields the vote and the documents only. An item that the server withholds, or that is
    non-public, has no records of its own: what the agenda tells of it stands.

    Raises:
        UnknownStructureError: It is no page of an item, or its parts cannot be read.
    """
    page = open_page(fetched)
    item_id = page.own_id("TOLFDNR")
    is_item = bool(page.field(*_TITLE) or page.field(*_NUMBER))
    if not is_item and page.is_withheld:
        return
    if not is_item or item_id is None:
        missing = "number" if is_item else "subject"
        raise page.error(
            f"there is no agenda item with a {missing} on this page",
            "parse it with the address it was fetched from (to020?TOLFDNR=1008697)",
        )
    if _is_closed(page):
        return
    address = page.own_address("TOLFDNR", "SILFDNR")
    told = fetched.context.get("item")
    item = AgendaItem.model_validate_json(told) if told else None
    words = _words_of(page)
    result = page.field(*_RESULT) or (item.result if item else None)
    if item is not None:
        update = {"url": address, "result": result, **words}
        yield item.model_copy(update=update)
    meeting_id = item.meeting_id if item else _html.query_id(page.url, "SILFDNR")
    vote = _votes.record(item_id, address, meeting_id, result=result, **words)
    if vote is not None:
        yield vote
    yield from _files(page, item_id, meeting_id, address)


def is_item(fetched: Fetched) -> bool:
    """Whether an answer is the page of an item, and none that says there is nothing to see."""
    page = open_page(fetched)
    return bool(page.field(*_TITLE) or page.field(*_NUMBER))


def _is_closed(page: Page) -> bool:
    number, status = page.field(*_NUMBER), page.field("tostatus")
    return _words.is_closed_number(number) or _words.is_public(status) is False


def _words_of(page: Page) -> dict[str, str | None]:
    """What was resolved and how it was voted on, by the headings of the page's parts."""
    said: dict[str, list[str]] = {name: [] for name, _ in _PARTS}
    taken: set[int] = set()
    for box in page.root.css(".compFull"):
        name = _kind(box)
        for part in box.css(".docPart"):
            if name is not None and part.mem_id not in taken:
                taken.add(part.mem_id)
                said[name].append(_html.paragraphs(part))
    return {name: "\n\n".join(filter(None, words)) or None for name, words in said.items()}


def _kind(box: LexborNode) -> str | None:
    """Which of the item's texts a box holds, by its heading, else by the hints on its links."""
    links = box.css("a[data-simpletooltip-text]:not(.attlink):not(.doclink)")
    hints = (_html.attribute(link, "data-simpletooltip-text") for link in links)
    for words in (_html.text(box.css_first("h2")), *hints):
        for name, wanted in _PARTS:
            if wanted.search(words):
                return name
    return None


def _files(page: Page, item_id: str, meeting_id: str | None, address: str) -> Iterator[File]:
    hung = {"agenda_item_id": item_id, "meeting_id": meeting_id}
    for file_id, url, name in documents(page.root, page):
        yield File(
            id=file_id,
            url=url,
            name=name,
            role=_words.item_role(name),
            mime_type=document_type(url),
            web_url=address,
        ).model_copy(update=hung)
    for file in attached(page, f"to{item_id}", address):
        yield file.model_copy(update=hung)
