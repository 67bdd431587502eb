"""Which bytes a file id stands for: papers, attachments, invitations, minutes."""

from functools import lru_cache
from typing import Final

from ingestion.sampleworld import formats, pdf
from ingestion.sampleworld.agenda import Item, has_minutes, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import count, day, long_day
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import (
    CLOSED_CANARY,
    Section,
    attachment_text,
    attachments,
    paper,
    sections,
)
from ingestion.sampleworld.vocabulary import common

_INVITATION: Final = 0
_MINUTES: Final = 1
_KEPT_SHARE: Final = 0.4


def meeting_files(council: Council, meeting: Meeting) -> list[tuple[int, str]]:
    """(file id, name) of a meeting's own documents."""
    base = council.id_base + 2_000_000 + meeting.index * 4
    listed = []
    if meeting.is_published:
        listed.append((base + _INVITATION, "Einladung"))
    if meeting.body.kind == "rat" and has_minutes(council, meeting):
        listed.append((base + _MINUTES, "Niederschrift öffentlich"))
    return listed


def closed_file(council: Council, meeting: Meeting) -> int:
    """The id of the document that hangs on a council meeting's closed item."""
    return council.id_base + 3_000_000 + meeting.index


def leaks(meeting: Meeting) -> bool:
    """Whether the page links the closed item's document by mistake: once per city."""
    return meeting.is_held and meeting.body.kind == "rat" and meeting.index < 6  # noqa: PLR2004


def shown_file(council: Council, meeting: Meeting, item: Item) -> int | None:
    """The document that a closed item shows where it tells too much; None where it does not."""
    is_shown = not item.is_public and item.result and item.closed_reference and leaks(meeting)
    return closed_file(council, meeting) if is_shown else None


def content(council: Council, file_id: int) -> bytes | None:
    """The bytes behind a file id; None where there is no such file (any more)."""
    number = file_id - council.id_base
    if number >= 3_000_000:  # noqa: PLR2004 - the ranges of ids
        return _closed(council, number - 3_000_000)
    if number >= 2_000_000:  # noqa: PLR2004
        return _of_meeting(council, *divmod(number - 2_000_000, 4))
    return _of_paper(council, *divmod(number - 400_000, 8))


def attachment_format(index: int) -> str:
    """In which format a paper's attachments are: each in its turn."""
    return formats.FORMATS[index % len(formats.FORMATS)]


def _of_paper(council: Council, index: int, number: int) -> bytes | None:
    if not 0 <= index < council.paper_count:
        return None
    of = paper(council, index)
    listed = {each.number: each for each in attachments(council, of)}
    if number not in listed:
        return None
    kind = listed[number].ending
    if listed[number].is_scan or kind == "png":
        return _pictured(council, kind)
    facts: tuple[tuple[str, str], ...] = (("Zur Vorlage", of.reference),)
    if number:
        text = attachment_text(council, of, number)
        title = listed[number].name
    else:
        text = sections(council, of)
        title = of.title
        facts = (
            ("Vorlage", of.reference),
            ("Art", of.kind),
            ("Datum", long_day(of.date)),
            ("Federführung", of.office),
            ("Dezernat", of.head),
            ("Gremium", council.home(index).body.name),
        )
    document = pdf.Document(council.town.name, title, facts, tuple(text), of.reference)
    kind = attachment_format(index) if number and kind == "pdf" else kind
    if kind != "pdf":
        return formats.written(document, kind)
    body = _printed(document)
    if number == 0 and council.hits(Fault.TRUNCATED_PDF, index):
        return body[: int(len(body) * _KEPT_SHARE)]
    return body


def _pictured(council: Council, kind: str) -> bytes:
    if kind == "png":
        return pdf.photo(common().notice_board, council.town.name)
    return pdf.scan(common().scan, council.town.name)


def _of_meeting(council: Council, index: int, number: int) -> bytes | None:
    if not 0 <= index < len(council.meetings):
        return None
    meeting = council.meetings[index]
    names = {each_id & 3: name for each_id, name in meeting_files(council, meeting)}
    if number not in names:
        return None
    listed = items(council, meeting)
    written = _minutes(listed) if number == _MINUTES else _invitation(listed)
    facts = (
        ("Gremium", meeting.body.name),
        ("Sitzung", meeting.reference),
        ("Datum", long_day(meeting.date)),
        ("Uhrzeit", f"{meeting.times} Uhr"),
        ("Ort", f"{meeting.body.room}, {meeting.body.address}"),
    )
    title = f"{names[number]}: {meeting.body.name}, {day(meeting.date)}"
    return _printed(
        pdf.Document(council.town.name, title, facts, tuple(written), meeting.reference)
    )


def _invitation(listed: list[Item]) -> list[Section]:
    public = tuple((f"TOP {each.number}", each.name) for each in listed if each.is_public)
    lead = "Zu der Sitzung wird mit der folgenden Tagesordnung eingeladen."
    return [
        Section("Tagesordnung, öffentlicher Teil", (lead,), tuple(": ".join(x) for x in public))
    ]


def _minutes(listed: list[Item]) -> list[Section]:
    written = []
    for each in listed:
        if not each.is_public:
            continue
        said = []
        if each.resolution:
            said.append(each.resolution)
        if each.result:
            said.append(f"Ergebnis: {each.result}.")
        if each.vote:
            yes, no, abstained = map(count, (each.vote.yes, each.vote.no, each.vote.abstained))
            said.append(
                f"Abstimmung: {yes} {yes:Ja-Stimme/Ja-Stimmen}, "
                f"{no} {no:Nein-Stimme/Nein-Stimmen}, "
                f"{abstained} {abstained:Enthaltung/Enthaltungen}."
            )
        text = " ".join(said) or "Der Vorsitz leitet die Beratung; Beschlüsse werden nicht gefasst."
        written.append(Section(f"TOP {each.number} {each.name}", (text,)))
    return written


def _closed(council: Council, index: int) -> bytes | None:
    if not 0 <= index < len(council.meetings) or not leaks(council.meetings[index]):
        return None
    text = Section("Nichtöffentliche Vorlage", (CLOSED_CANARY,))
    return _printed(pdf.Document(council.town.name, "Nichtöffentlich", (), (text,), "NÖ"))


@lru_cache(maxsize=64)
def _printed(document: pdf.Document) -> bytes:
    return pdf.render(document)
