"""Files to documents: fetched only where public, read page by page, through the privacy gate."""

import json
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Protocol

from ingestion import personal_data
from ingestion.extract import Extracted, Extractor, TextStatus
from ingestion.http import (
    Client,
    FetchError,
    HttpStatusError,
    Problem,
    QuietHoursError,
    TooLargeError,
)
from ingestion.language import language
from ingestion.privacy import RULES_VERSION, Decision, Gate
from ingestion.record import Fetched, File, Record, UnknownStructureError
from ingestion.sections import Kind, sections

__all__ = [
    "Document",
    "DocumentPage",
    "DocumentSection",
    "Extractor",
    "KnownDocuments",
    "Read",
    "fetch_documents",
    "is_settled",
    "withdrawn",
]

PrivacyStatus = Literal["public", "redacted", "quarantined", "withdrawn"]

# How texts are made: raised whenever reading or normalising changes, so that all are read again.
_READER_VERSION: Final = 3
PROCESSING: Final = f"reader {_READER_VERSION}, rules {RULES_VERSION}"
# Of a document with scans, where no engine was at hand: it is read again once one is.
_WITHOUT_OCR: Final = f"{PROCESSING}, without text recognition"

_GONE: Final = frozenset({404, 410})
_HTML: Final = "text/html"
KIND: Final = "file"
# So many outcomes that need no reading may wait for the next document that is read.
_MOST_DECIDED: Final = 500


class Document(Record):
    """What is known of a file's bytes. ``id`` and ``file_id`` are the server's id of the file.

    ``redactions`` is JSON, kind → count. ``processing`` says by which rules the text was made.
    """

    object_type: ClassVar[str] = "document"
    file_id: str
    sha256: str | None = None
    mime_type: str | None = None
    size_bytes: int | None = None
    page_count: int | None = None
    text_status: TextStatus
    privacy_status: PrivacyStatus
    error: str | None = None
    redactions: str = "{}"
    processing: str = PROCESSING
    title: str | None = None
    language: str | None = None
    ocr_page_count: int | None = None
    section_count: int | None = None


class DocumentPage(Record):
    """One page's text, redacted; ``id`` is ``<file_id>#<page>``, ``page`` counts from 1."""

    object_type: ClassVar[str] = "document_page"
    file_id: str
    sha256: str
    page: int
    text: str
    method: Literal["text_layer", "ocr"]
    confidence: float | None = None
    part: str | None = None


class DocumentSection(Record):
    """A part of a document, cut from its redacted pages; ``id`` is ``<file_id>#s<n>``, from 1.

    ``amount_eur`` is the one amount in euros that a section on finances names.
    """

    object_type: ClassVar[str] = "document_section"
    file_id: str
    sha256: str
    position: int
    kind: Kind
    heading: str
    page: int
    text: str
    amount_eur: float | None = None


class KnownDocuments(Protocol):
    """What the lake knows of documents."""

    def finished(self, file_id: str) -> Document | None:
        """The document of a file, if its pages are all there."""


@dataclass(frozen=True, slots=True)
class Read:
    """One file's outcome.

    Attributes:
        document: What is known of it now.
        pages: Its pages; None: the ones that are in the lake are right.
        sections: Its sections, if pages are there.
        let_go: The hash of bytes that are not kept, as they tell what a request covers.
    """

    document: Document
    pages: tuple[DocumentPage, ...] | None
    sections: tuple[DocumentSection, ...] = ()
    let_go: str | None = None


def fetch_plainly(file: File, client: Client) -> Fetched:
    """Ask for a file by its URL: enough for every system whose files have lasting addresses."""
    return client.get(file.url, kind=KIND)


def fetch_documents(
    files: Iterable[File],
    client: Client,
    known: KnownDocuments,
    extractor: Extractor,
    gate: Gate,
    fetch: Callable[[File, Client], Fetched] = fetch_plainly,
) -> Iterator[Read]:
    """Fetch and read files; one that cannot be had, or not be read any more, is reported and left.

    Args:
        files: What the council system lists.
        client: Asks conditionally where it knows the URL.
        known: What is in the lake: the same bytes are not read twice.
        extractor: Reads bytes in child processes.
        gate: Decides what may be fetched, and takes personal data out.
        fetch: How the system hands its files out.

    Yields:
        One outcome per file that was answered, in no fixed order.
    """
    decided: deque[Read] = deque()
    waiting = filter(gate.admits, files)
    is_over = False

    def unread() -> Iterator[tuple[tuple[File, Fetched], bytes]]:
        nonlocal is_over
        while len(decided) < _MOST_DECIDED:
            file = None if client.is_quiet else next(waiting, None)
            if file is None:
                is_over = True
                return
            fetched = _asked(file, client, fetch)
            if isinstance(fetched, Document):
                decided.append(Read(fetched, ()))
            if not isinstance(fetched, Fetched):
                continue
            told = _told_already(file, fetched, known, gate, extractor)
            if told is not None:
                decided.append(told)
            else:
                yield (file, fetched), fetched.body

    while not is_over:
        for (file, fetched), extracted in extractor.map(unread()):
            yield from _taken(decided)
            if _is_damaged(file, extracted) and _has_good_text(known.finished(file.id), gate):
                client.report(_problem(file, extracted))
                continue
            yield _read(file, fetched, _judged(file, extracted), gate)
        yield from _taken(decided)


def _taken(decided: deque[Read]) -> Iterator[Read]:
    while decided:
        yield decided.popleft()


def _told_already(
    file: File, fetched: Fetched, known: KnownDocuments, gate: Gate, extractor: Extractor
) -> Read | None:
    """What is to be said of bytes without reading them; None where they must be read."""
    if gate.prints.knows_bytes(fetched.sha256):
        return Read(withheld(file), (), let_go=fetched.sha256)
    document = known.finished(file.id)
    is_same = document is not None and document.sha256 == fetched.sha256
    if document is not None and is_same and is_settled(document, file, gate, extractor):
        return Read(document, None)
    return None


def _judged(file: File, extracted: Extracted) -> Extracted:
    """HTML is a document only where the source lists one: else it is an error page."""
    if extracted.mime_type != _HTML or file.mime_type == _HTML:
        return extracted
    error = "an HTML page in place of the file → look at what the server sends"
    return Extracted(_HTML, (), "unsupported", error)


def _asked(
    file: File, client: Client, fetch: Callable[[File, Client], Fetched]
) -> Fetched | Document | None:
    """The answer, or what its refusal says of the file; None where only the client was told."""
    try:
        return fetch(file, client)
    except QuietHoursError:
        return None  # the next run asks for it
    except UnknownStructureError as error:
        client.report(Problem(error.url, error.what, error.mend))
    except FetchError as error:
        document = _refused(file, error)
        if document is None:
            client.report(error.problem)
        return document
    return None


def _problem(file: File, extracted: Extracted) -> Problem:
    what, _, mend = (extracted.error or "it cannot be read").partition(" → ")
    return Problem(file.url, f"{what}; the last good text stays", mend or "open it by hand")


def _is_damaged(file: File, extracted: Extracted) -> bool:
    """Whether these bytes are an accident: half a PDF, or an error page in its place."""
    return extracted.status == "failed" or (
        extracted.mime_type == _HTML and file.mime_type != _HTML
    )


def _has_good_text(document: Document | None, gate: Gate) -> bool:
    """Whether a good text is in the lake: damaged bytes do not take its place.

    One that was made by older rules may hold what the newer ones take out, so it does not stay.
    """
    return (
        document is not None
        and document.text_status in {"text", "no_text"}
        and document.processing in _by_today_s_rules(document.file_id, document.sha256, gate)
    )


def withdrawn(document: Document) -> Document:
    """The document of a file that must not be shown any more; of its bytes nothing stays."""
    return _gone(document.file_id, document.url, "no longer published by the source")


def withheld(file: File) -> Document:
    """The document of a file whose bytes are under a deletion request, by whatever id."""
    return _gone(file.id, file.url, "under a deletion request")


def _gone(file_id: str, url: str, why: str) -> Document:
    return Document(
        id=file_id,
        url=url,
        file_id=file_id,
        text_status="gone",
        privacy_status="withdrawn",
        error=f"{why} → nothing to do",
    )


def _by_today_s_rules(file_id: str, sha256: str | None, gate: Gate) -> tuple[str, str]:
    """How a text is made today: with the recogniser of scans, or where there is none."""
    stamp = gate.stamp(file_id, sha256)
    return PROCESSING + stamp, _WITHOUT_OCR + stamp


def is_settled(document: Document, file: File, gate: Gate, extractor: Extractor) -> bool:
    """Whether a document is what it would be made today, if its bytes are still the same.

    Args:
        document: What is in the lake, whole.
        file: What the source lists.
        gate: The city's rules as they are now.
        extractor: What can be read now.
    """
    if document.url != file.url:
        return False
    if document.sha256 is None:  # it was refused: no bytes, nothing made of them
        return True
    with_ocr, without = _by_today_s_rules(file.id, document.sha256, gate)
    return not gate.prints.knows_bytes(document.sha256) and (
        document.processing == with_ocr
        or (document.processing == without and not extractor.can_recognise)
    )


def _refused(file: File, error: FetchError) -> Document | None:
    """What a refusal says of the file; None where it may be had another time."""
    if isinstance(error, HttpStatusError) and error.status in _GONE:
        return _gone(file.id, file.url, f"HTTP {error.status}: taken back by the source")
    if isinstance(error, TooLargeError):
        return Document(
            id=file.id,
            url=file.url,
            file_id=file.id,
            text_status="too_large",
            privacy_status="public",
            error=f"{error.what} → {error.mend}",
        )
    return None


def _read(file: File, fetched: Fetched, extracted: Extracted, gate: Gate) -> Read:
    clean = _cleaned(extracted, gate, gate.decisions.get((file.id, fetched.sha256)))
    has_pages = extracted.status in {"text", "no_text"} and not clean.is_quarantined
    found = sections(clean.pages)
    with_ocr, without = _by_today_s_rules(file.id, fetched.sha256, gate)
    document = Document(
        id=file.id,
        url=file.url,
        file_id=file.id,
        sha256=fetched.sha256,
        mime_type=extracted.mime_type,
        size_bytes=len(fetched.body),
        page_count=len(extracted.pages) if has_pages else None,
        text_status=extracted.status,
        privacy_status=_privacy_status(clean),
        error=extracted.error,
        redactions=_counts(clean.hits),
        processing=without if extracted.is_without_ocr else with_ocr,
        title=clean.names.get(extracted.title or ""),
        language=language(clean.pages),
        section_count=len(found) if has_pages else None,
        ocr_page_count=sum(each.method == "ocr" for each in extracted.sources)
        if has_pages
        else None,
    )
    pages = tuple(
        DocumentPage(
            id=f"{file.id}#{number}",
            url=file.url,
            file_id=file.id,
            sha256=fetched.sha256,
            page=number,
            text=text,
            method=source.method,
            confidence=source.confidence,
            part=clean.names.get(source.part or ""),
        )
        for number, (text, source) in enumerate(
            # A quarantined document has no pages.
            zip(clean.pages, extracted.sources, strict=not clean.is_quarantined),
            start=1,
        )
    )
    parts = tuple(
        DocumentSection(
            id=f"{file.id}#s{number}",
            url=file.url,
            file_id=file.id,
            sha256=fetched.sha256,
            position=number,
            kind=each.kind,
            heading=each.heading,
            page=each.page,
            text=each.text,
            amount_eur=each.amount_eur,
        )
        for number, each in enumerate(found, start=1)
    )
    return Read(document, pages, parts)


@dataclass(frozen=True, slots=True)
class _Clean:
    """A document's words behind the gate.

    Attributes:
        pages: Text per page; none where the document is quarantined.
        names: The title and the names of parts → as they may be kept.
        hits: How many of each kind.
        is_quarantined: Whether somebody must look before any of it is shown.
    """

    pages: tuple[str, ...]
    names: Mapping[str, str]
    hits: Mapping[personal_data.Kind, int]
    is_quarantined: bool


def _cleaned(extracted: Extracted, gate: Gate, decision: Decision | None) -> _Clean:
    """Pages, title and names of parts through the gate.

    Names and titles are somebody's words as well; each by itself, none runs on in the next.
    """
    gated = gate.redact(extracted.pages, decision)
    words = {extracted.title, *(source.part for source in extracted.sources)} - {None, ""}
    named = {each: gate.redact([each], decision) for each in sorted(filter(None, words))}
    hits: Counter[personal_data.Kind] = Counter(gated.hits)
    for one in named.values():
        hits.update(one.hits)
    if gated.is_quarantined or any(one.is_quarantined for one in named.values()):
        return _Clean((), {}, hits, is_quarantined=True)
    names = {each: one.pages[0] for each, one in named.items()}
    return _Clean(gated.pages, names, hits, is_quarantined=False)


def _privacy_status(clean: _Clean) -> PrivacyStatus:
    if clean.is_quarantined:
        return "quarantined"
    return "redacted" if clean.hits else "public"


def _counts(hits: Mapping[personal_data.Kind, int]) -> str:
    return json.dumps(dict(sorted(hits.items())))
