"""From an OParl object to our records; what hangs inside it comes with it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from ingestion.record import (
    AgendaItem,
    Consultation,
    File,
    Meeting,
    Paper,
    Record,
)
from ingestion.systems import _votes
from ingestion.systems._oparl_json import Node, absolute
from ingestion.systems._oparl_people import (
    OURS,
    PEOPLE,
    UNNAMED,
    people,
    place_name,
    places,
    rejected,
    tombstone,
)

FILES: Final[Mapping[str, Mapping[str, str]]] = {
    "meeting": {
        "invitation": "invitation",
        "resultsProtocol": "results_protocol",
        "verbatimProtocol": "verbatim_protocol",
        "auxiliaryFile": "auxiliary_file",
    },
    "paper": {"mainFile": "main_file", "auxiliaryFile": "auxiliary_file"},
    "agenda_item": {"resolutionFile": "resolution_file", "auxiliaryFile": "auxiliary_file"},
}
"""Where an object keeps its files, and what they are then."""
ABOUT_FILES: Final = ("paper_id", "meeting_id", "agenda_item_id", "role", "is_public")
"""What is known of a file by the object that links it."""

# The whole name: "Bekanntgabe aus nichtöffentlicher Sitzung" is a public item.
_CLOSED: Final = re.compile(
    r"\W*nicht[\s-]*öffentliche?r?s?(\s+(teil|punkt|tagesordnungspunkt|top))?\W*", re.IGNORECASE
)
_HEADING: Final = re.compile(r"\W*(nicht[\s-]*)?öffentlicher?\s+(sitzungs)?teil\W*", re.IGNORECASE)
_MIME: Final = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "txt": "text/plain",
    "html": "text/html",
    "png": "image/png",
}


def records(node: Node, kind: str, context: Mapping[str, str]) -> Iterator[Record]:
    """The records of one object, with those of what is embedded in it.

    Args:
        node: The object.
        kind: What it is, as ``_oparl_json.KINDS`` names it.
        context: ``paper_id``, ``meeting_id``, ``agenda_item_id``, ``role`` and ``is_public`` of
            a file that was followed from another object.

    Yields:
        The object and what is embedded in it; a Tombstone if it is deleted; a RejectedRow with
        the field names if it has no id.
    """
    if kind == "system":
        return
    id_ = node.id
    if id_ is None:
        yield rejected(node, kind, "no id that is a URL")
    elif node.is_deleted:
        yield tombstone(node, kind, id_)
    elif kind in PEOPLE:
        yield from people(node, kind, id_)
    elif kind == "meeting":
        yield from _meeting(node, id_)
    elif kind == "agenda_item":
        yield from _lone_item(node, id_, context)
    elif kind == "paper":
        yield from _paper(node, id_)
    elif kind == "consultation":
        yield from _consultation(node, id_, context.get("paper_id"))
    else:
        yield from _file(node, id_, context)


def _lone_item(node: Node, id_: str, context: Mapping[str, str]) -> Iterator[Record]:
    meeting_id = node.url("meeting") or context.get("meeting_id")
    if meeting_id is None:
        yield rejected(node, "agenda_item", "names no meeting")
        return
    yield from _agenda_item(node, id_, meeting_id, node.integer("order") or 1)


def _meeting(node: Node, id_: str) -> Iterator[Record]:
    start, has_time = node.moment("start")
    end, _ = node.moment("end")
    if start is not None and end is not None and end < start:
        end = None  # half of the meetings of one vendor end before they begin
    organizations = node.nodes("organization")
    items = node.nodes("agendaItem")
    state = node.text("meetingState")
    yield Meeting(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or UNNAMED,
        reference=node.text(f"{OURS}reference"),
        organization_id=node.url("organization"),
        organization_name=(organizations[0].text("name") if organizations else None)
        or node.text(f"{OURS}organizationName"),
        start_at=start,
        end_at=end,
        has_time=has_time,
        date_text=node.text("start"),
        location=node.text(f"{OURS}location") or place_name(node),
        location_id=node.url("location"),
        state=state,
        is_cancelled=node.flag("cancelled") or bool(re.search("abgesagt|fällt aus", state or "")),
        has_agenda=bool(node.urls("agendaItem") or items),
    )
    yield from places(node)
    yield from _files(node, "meeting", {"meeting_id": id_})
    is_open = True
    ordered = sorted(
        enumerate(items, start=1), key=lambda pair: pair[1].integer("order") or pair[0]
    )
    for position, (_, item) in enumerate(ordered, start=1):
        item_id = item.id or f"{id_}#agendaItem-{item.integer('order') or position}"
        if item.is_deleted:
            yield tombstone(item, "agenda_item", item_id)
            continue
        heading = _HEADING.fullmatch(item.text("name") or "")
        if heading and not item.text("number"):
            is_open = heading[1] is None
        yield from _agenda_item(item, item_id, id_, position, is_open=is_open)


def _agenda_item(
    node: Node, id_: str, meeting_id: str, position: int, *, is_open: bool = True
) -> Iterator[Record]:
    """An item; ``is_open`` is what the headings before it say where it has no ``public``."""
    name = node.text("name")
    told = node.flag("public")
    is_public = told if told is not None else is_open and not _CLOSED.fullmatch(name or "")
    consultations = node.nodes("consultation")
    paper = consultations[0].url("paper") if consultations else node.url(f"{OURS}paper")
    url = node.url("web") or id_
    result = node.text("result")
    resolution = node.block("resolutionText")
    vote_text = node.text(f"{OURS}voteText")
    yield AgendaItem(
        id=id_,
        url=url,
        meeting_id=meeting_id,
        position=position,
        number=node.text("number"),
        name=name or UNNAMED,
        is_public=is_public,
        result=result,
        resolution_text=resolution if is_public else None,
        vote_text=vote_text if is_public else None,
        paper_id=paper,
        paper_reference=node.text(f"{OURS}paperReference"),
        is_supplement=node.flag(f"{OURS}supplement") or False,
    )
    vote = None
    if is_public:
        vote = _votes.record(
            id_, url, meeting_id, result=result, vote_text=vote_text, resolution_text=resolution
        )
    if vote is not None:
        yield vote
    for consultation in consultations if is_public else ():
        if consultation.id and not consultation.is_deleted:
            yield from _consultation(consultation, consultation.id, paper, id_, meeting_id)
    about = {"agenda_item_id": id_, "meeting_id": meeting_id}
    yield from _files(node, "agenda_item", about | {"is_public": str(is_public)})


def _paper(node: Node, id_: str) -> Iterator[Record]:
    reference = node.text("reference")
    yield Paper(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or reference or UNNAMED,
        reference=reference,
        paper_type=node.text("paperType"),
        date=node.day("date"),
        date_text=node.text("date"),
        state=node.text(f"{OURS}state"),
        originator=_named(node, "originatorOrganization") or node.text(f"{OURS}originator"),
        under_direction_of=_named(node, "underDirectionOf") or node.text(f"{OURS}underDirectionOf"),
    )
    yield from places(node)
    yield from _files(node, "paper", {"paper_id": id_})
    for consultation in node.nodes("consultation"):
        if consultation.id is None:
            yield rejected(consultation, "consultation", "no id that is a URL")
        elif consultation.is_deleted:
            yield tombstone(consultation, "consultation", consultation.id)
        elif not consultation.is_mere_link:
            yield from _consultation(consultation, consultation.id, id_)


def _consultation(
    node: Node,
    id_: str,
    paper_id: str | None,
    agenda_item_id: str | None = None,
    meeting_id: str | None = None,
) -> Iterator[Record]:
    paper_id = node.url("paper") or paper_id
    if paper_id is None:
        yield rejected(node, "consultation", "names no paper")
        return
    yield Consultation(
        id=id_,
        url=node.url("web") or id_,
        paper_id=paper_id,
        meeting_id=node.url("meeting") or meeting_id,
        agenda_item_id=node.url("agendaItem") or agenda_item_id,
        organization_id=node.url("organization"),
        organization_name=node.text(f"{OURS}organizationName") or _named(node, "organization"),
        date=node.day(f"{OURS}date"),
        role=node.text("role"),
        is_authoritative=node.flag("authoritative"),
        state=node.text(f"{OURS}state"),
        result=node.text(f"{OURS}result"),
    )


def _files(node: Node, kind: str, about: Mapping[str, str]) -> Iterator[Record]:
    for key, role in FILES[kind].items():
        for file in node.nodes(key):
            id_ = file.id or absolute(file.base, file.raw("accessUrl"))
            if id_ is None:
                yield rejected(file, "file", "neither id nor accessUrl")
            elif file.is_deleted:
                yield tombstone(file, "file", id_)
            elif not file.is_mere_link:
                yield from _file(file, id_, {**about, "role": role})


def _file(node: Node, id_: str, context: Mapping[str, str]) -> Iterator[Record]:
    address = node.url("accessUrl") or node.url("downloadUrl")
    if address is None:
        yield rejected(node, "file", "no accessUrl")
        return
    mime = (node.text("mimeType") or "").lower()
    # Of an object on a list page the context speaks by its id: ``role@<id>``.
    mine = {name: context.get(f"{name}@{id_}") or context.get(name) for name in ABOUT_FILES}
    yield File(
        id=id_,
        url=address.replace("files//rim", "files/rim"),  # one vendor's URLs lead nowhere
        name=node.text("name") or node.text("fileName") or UNNAMED,
        paper_id=node.url("paper") or mine["paper_id"],
        meeting_id=node.url("meeting") or mine["meeting_id"],
        agenda_item_id=node.url("agendaItem") or mine["agenda_item_id"],
        role=node.text(f"{OURS}role") or mine["role"],
        mime_type=_MIME.get(mime, mime or None),
        web_url=node.url("web"),
        date=node.day("date"),
        is_public=mine["is_public"] != "False",
    )


def _named(node: Node, key: str) -> str | None:
    """Names where objects are embedded, else their URLs: who reads them can look them up."""
    names = [name for each in node.nodes(key) if (name := each.text("name"))]
    return "; ".join(names or node.links(key)) or None
