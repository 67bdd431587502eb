"""more!rubin's meeting with its agenda, and the papers on it."""

import datetime as dt
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ingestion.record import (
    AgendaItem,
    Consultation,
    Fetched,
    File,
    Meeting,
    Organization,
    Paper,
    Record,
)
from ingestion.systems import _html, _votes, _words
from ingestion.systems.rubin._json import Node, error, location, read, server_id
from ingestion.systems.rubin.calendar import meeting

_PUBLIC: Final = 1
_PAPER: Final = "vl"
# Parameters of a document's address by what they name; what else stands there is the page's own.
_OWNERS: Final = ("submission_attachment_id", "submission_id", "agenda_item_id", "meeting_id")
_KEPT: Final = ("document_type_id", *_OWNERS, "id", "platform")


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the meeting, its committees, its items, their papers and documents.

    Of a closed item only number and title are kept, if the server shows it at all.

    Raises:
        UnknownStructureError: It is no meeting, or a part of it cannot be read.
    """
    content = read(fetched)
    if not isinstance(content, dict) or "nummer" not in content:
        raise error(fetched, "there is no meeting in this answer")
    node = Node(content)
    told = meeting(fetched, node)
    room = location(fetched, node.node("room"))
    if room is not None:
        yield room
    for each in node.nodes("committees"):
        if (committee := _committee(told, each)) is not None:
            yield committee
    yield told
    taken: set[str] = set()
    for position, each in enumerate(node.nodes("agenda_items"), start=1):
        item = _item(fetched, told, each, position)
        if item.id in taken:
            item = item.model_copy(update={"id": f"{item.id}-{position}"})
        taken.add(item.id)
        yield item
        if item.is_public:
            yield from _below(fetched, told, each, item)


def _committee(told: Meeting, node: Node) -> Organization | None:
    number, name = node.text("Kuerzel", "id"), node.text("Bezeichnung", "name")
    if number is None or name is None:
        return None
    return Organization(id=number, url=told.url, name=name, short_name=number)


def _item(fetched: Fetched, told: Meeting, node: Node, position: int) -> AgendaItem:
    name, number = node.text("title"), node.text("topnummer")
    if name is None:
        raise error(fetched, f"the item {number or position!r} has no title")
    key = server_id(node.text("id") or f"{told.id}|{number or position}")
    item = AgendaItem(
        id=key,
        url=told.url,
        meeting_id=told.id,
        position=position,
        number=number,
        name=name,
        # 1 is public, 2 is not; what says neither is closed.
        is_public=node.number("status") == _PUBLIC,
    )
    if not item.is_public:
        return item
    submission = _submission(node)
    vote_text = node.text("abstimmungstext")
    return item.model_copy(
        update={
            "vote_text": vote_text,
            "paper_id": submission[0] if submission else None,
            "paper_reference": submission[1].text("alias") if submission else None,
        }
    )


def _below(fetched: Fetched, told: Meeting, node: Node, item: AgendaItem) -> Iterator[Record]:
    """What hangs on a public item: the vote, the paper with its way, the documents."""
    vote = _votes.record(item.id, told.url, told.id, result=None, vote_text=item.vote_text)
    if vote is not None:
        yield vote
    submission = _submission(node)
    if submission is not None:
        number, content = submission
        day = (content.text("erstellungsdatum") or "")[:10] or None
        kind = content.node("type") or Node({})
        yield Paper(
            id=number,
            url=told.url,
            name=content.text("name") or item.name,
            reference=content.text("alias"),
            paper_type=kind.text("name", "bezeichnung"),
            date=_date(fetched, day),
            date_text=day,
        )
        yield Consultation(
            id=f"{number}-{told.id}",
            url=told.url,
            paper_id=number,
            meeting_id=told.id,
            agenda_item_id=item.id,
            agenda_item_number=item.number,
            organization_id=told.organization_id,
            organization_name=told.organization_name,
            date=told.start_at.date() if told.start_at else None,
            date_text=told.date_text,
        )
    yield from _files(fetched, node, item)


def _submission(node: Node) -> tuple[str, Node] | None:
    """The number and the content of an item's paper; None where it has none."""
    content = node.node("submission")
    number = node.text("vorlagennummer") or (content.text("id") if content else None)
    if node.text("topart") != _PAPER or content is None or number is None:
        return None
    return number, content


def _files(fetched: Fetched, node: Node, item: AgendaItem) -> Iterator[File]:
    has_main = False
    for each in node.nodes("documents"):
        told = _html.absolute(fetched.url, each.text("documentUrl") or "")
        if told is None:
            raise error(fetched, f"a document of the item {item.number!r} has no address")
        address, owner, key = _address(told)
        name = (each.text("documentName", "name") or f"Dokument {key}").removesuffix(".pdf")
        is_papers = owner.startswith("submission") and item.paper_id is not None
        is_main = owner == "submission_id" and is_papers and not has_main
        has_main = has_main or is_main
        role = _words.item_role(name) if owner != "agenda_item_id" else "resolution_file"
        yield File(
            id=key,
            url=address,
            name=name,
            paper_id=item.paper_id if is_papers else None,
            meeting_id=item.meeting_id,
            agenda_item_id=item.id,
            role="main_file" if is_main else "auxiliary_file" if is_papers else role,
            mime_type=_words.media_type(each.text("documentExtension") or ""),
            is_public=each.number("documentPublicStatusId") in (None, _PUBLIC),
        )


def _address(url: str) -> tuple[str, str, str]:
    """A document's lasting address, which parameter names its owner, and its id.

    ``json=1`` asks for the page's own preview and is left out: without it the bytes are answered.
    """
    parts = urlsplit(url)
    told = dict(parse_qsl(parts.query, max_num_fields=50)) if len(parts.query) < 2000 else {}  # noqa: PLR2004
    owner = next((name for name in _OWNERS if name in told), "")
    kept = {name: told[name] for name in _KEPT if name in told}
    address = urlunsplit(parts._replace(query=urlencode(kept), fragment="")) if owner else url
    key = server_id(told[owner]) if owner else _html.short_hash(url)
    return address, owner, f"{told.get('document_type_id', '0')}-{key}"


def _date(fetched: Fetched, words: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(words) if words else None
    except ValueError as cause:
        raise error(fetched, f"a paper's day is {words!r}") from cause
