"""A city's documents, whole: which files to ask for, read them, load them, hide what is gone."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Final

from duckdb import DuckDBPyConnection

from ingestion import bookkeeping, privacy_book, systems
from ingestion.bookkeeping import DOCUMENTS, Crawl, Key, columns_of
from ingestion.city import City
from ingestion.documents import Document, Read, fetch_documents, fetch_plainly, withdrawn
from ingestion.extract import Extractor
from ingestion.http import Client, Problem
from ingestion.privacy import DELETION_REQUEST, Gate, Known
from ingestion.progress import Progress, silent
from ingestion.record import Fetched, File, Record
from ingestion.store import Store
from ingestion.tables import table_name

# A load holds at most this much text: that is what a killed run has to read again.
_LOAD_CHARACTERS: Final = 32 * 2**20


@dataclass
class DocumentsResult:
    """What a run over a city's files did.

    Attributes:
        files: Files that may be asked for.
        held_back: Files that the gate does not admit: they are never asked for.
        documents: Documents that were answered.
        by_status: The same, per text status.
        read: Documents whose bytes were read in this run.
        pages: Pages of those.
        redacted: How often something personal was taken out of them, per kind.
        withdrawn: Documents hidden in this run.
        changed: Rows that are new, changed or ended, documents and pages together.
        requests: Requests sent.
        not_modified: Answers that were the same as before.
        loads: Loads into the lake.
        problems: What was reported.
        seconds: Wall time.
    """

    files: int = 0
    held_back: int = 0
    documents: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    read: int = 0
    pages: int = 0
    redacted: Counter[str] = field(default_factory=Counter)
    withdrawn: int = 0
    changed: int = 0
    requests: int = 0
    not_modified: int = 0
    loads: int = 0
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0


def load_documents(
    city: City,
    client: Client,
    store: Store,
    extractor: Extractor,
    gate: Gate,
    progress: Progress = silent,
    *,
    limit: int | None = None,
) -> DocumentsResult:
    """Fetch, read and load the documents of a city's public files.

    Files never read come first, then those that were not asked for longest. A file that the source
    took back, or lists no more, or lists as non-public, is hidden in this run: its pages end, its
    bytes are deleted, and a tombstone says why.

    Args:
        city: The city.
        client: Talks to the city's server, and remembers through ``StoredAnswers``.
        store: The city's store; the council system was crawled before.
        extractor: Reads bytes in child processes.
        gate: The city's privacy rules; what the lake knows is added to them here.
        progress: Told after every file.
        limit: Most files to ask for in this run; None: all.

    Returns:
        What was done. A file that could not be had keeps what is in the lake.

    Raises:
        LoadError: The lake could not be written.
    """
    started_at = dt.datetime.now(dt.UTC)
    requests, not_modified, problems = client.requests, client.not_modified, len(client.problems)
    known = _read_lake(store, city)
    gate = gate.knowing(known.requests, known.non_public, known.review)
    admitted = [file for file in known.files if gate.admits(file)]
    result = DocumentsResult(files=len(admitted), held_back=len(known.files) - len(admitted))
    run = _Run(store, known, result)
    found = fetch_documents(admitted[:limit], client, known, extractor, gate, _way_to_files(city))
    run.load(_told(found, city, progress, len(admitted[:limit])), client, problems)
    run.hide({file.id for file in admitted}, client, problems)
    result.requests = client.requests - requests
    result.not_modified = client.not_modified - not_modified
    result.problems = tuple(client.problems[problems:])
    result.seconds = (dt.datetime.now(dt.UTC) - started_at).total_seconds()
    return result


def _way_to_files(city: City) -> Callable[[File, Client], Fetched]:
    """The system's own way, where its files have no lasting addresses (ALLRIS 4)."""
    if city.council is None:
        return fetch_plainly
    own: Callable[[File, Client], Fetched] | None = getattr(
        systems.load(city.council.system), "fetch_file", None
    )
    return own or fetch_plainly


def _told(found: Iterable[Read], city: City, progress: Progress, total: int) -> Iterator[Read]:
    for done, read in enumerate(found, start=1):
        progress(done, f"{city.name}: document {done} of {total}")
        yield read


@dataclass
class _Lake:
    """What the lake knows before the run."""

    files: list[File] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    sections: dict[str, int] = field(default_factory=dict)
    requests: dict[Key, str] = field(default_factory=dict)
    non_public: frozenset[Key] = frozenset()
    review: Known = field(default_factory=Known)

    def finished(self, file_id: str) -> Document | None:
        """The document of a file, if its pages are all there (a killed run may lack some)."""
        document = self.documents.get(file_id)
        if document is None or (self.pages.get(file_id, 0), self.sections.get(file_id, 0)) != (
            document.page_count or 0,
            document.section_count or 0,
        ):
            return None
        return document


class _Run:
    """Loads outcomes in portions and keeps count."""

    def __init__(self, store: Store, known: _Lake, result: DocumentsResult) -> None:
        self._store, self._known, self._result = store, known, result
        self._shows = {id_: each.sha256 for id_, each in known.documents.items()}
        self._taken_back: set[str] = set()

    def load(self, found: Iterable[Read], client: Client, problems: int) -> None:
        """Load all outcomes, a portion at a time; the last one, maybe empty, closes the crawl."""
        portion: list[Read] = []
        size = 0
        for read in found:
            self._count(read)
            portion.append(read)
            size += sum(len(page.text) for page in read.pages or ())
            if size > _LOAD_CHARACTERS:
                self._load_portion(portion, client, problems)
                portion, size = [], 0
        self._load_portion(portion, client, problems)

    def hide(self, admitted: set[str], client: Client, problems: int) -> None:
        """Hide the documents of files that are not admitted (any more)."""
        hidden = [
            Read(withdrawn(document), ())
            for file_id, document in sorted(self._known.documents.items())
            if file_id not in admitted and document.privacy_status != "withdrawn"
        ]
        if hidden:
            self._load_portion(hidden, client, problems)

    def _count(self, read: Read) -> None:
        result = self._result
        result.documents += 1
        result.by_status[read.document.text_status] += 1
        if read.pages is not None and read.document.sha256 is not None:
            result.read += 1
            result.pages += len(read.pages)
            result.redacted.update(json.loads(read.document.redactions))

    def _load_portion(self, portion: list[Read], client: Client, problems: int) -> None:
        crawl = Crawl(DOCUMENTS, requests=client.requests)
        crawl.problems = [asdict(each) for each in client.problems[problems:]]
        crawl.is_complete = not crawl.problems
        gone = {sha256 for read in portion if (sha256 := _told_by(read))}
        for read in portion:
            document = read.document
            if document.privacy_status == "withdrawn":
                crawl.tombstones["document", document.id] = "gone"
                self._take_back(document.id)
            self._shows[document.id] = document.sha256
            if read.pages is not None:
                crawl.retire |= set(self._retired(read, len(read.pages)))
        # Only now: of files with the same bytes, one portion may bring and take back several.
        gone |= self._taken_back - set(self._shows.values())
        # Before the load, so that a killed run does it again.
        self._let_go(gone)
        loaded = self._store.load(DOCUMENTS, _records(portion), crawl=crawl)
        for kind in loaded.counts.values():
            self._result.changed += kind.new + kind.changed + kind.removed
        self._result.loads += 1

    def _retired(self, read: Read, pages: int) -> Iterator[Key]:
        """The pages and sections that the document had before and has no more."""
        id_ = read.document.id
        for number in range(pages + 1, self._known.pages.get(id_, 0) + 1):
            yield "document_page", f"{id_}#{number}"
        for number in range(len(read.sections) + 1, self._known.sections.get(id_, 0) + 1):
            yield "document_section", f"{id_}#s{number}"

    def _take_back(self, file_id: str) -> None:
        """A file is withdrawn: its bytes go as soon as no other of the city's files shows them."""
        before = self._shows.get(file_id)
        if before is not None:
            self._result.withdrawn += 1
            self._taken_back.add(before)

    def _let_go(self, hashes: set[str]) -> None:
        """Delete bytes, but those that another city still shows: it has not taken them back."""
        if not hashes or self._store.blobs is None:
            return
        with self._store.read() as con:
            hashes -= bookkeeping.shown_elsewhere(con, self._store.schema, hashes)
        for sha256 in hashes:
            self._store.blobs.delete(sha256)


def _told_by(read: Read) -> str | None:
    """The hash of bytes that are not kept: they name somebody who asked to be taken out.

    A document that a reviewer has yet to see keeps its bytes until then.
    """
    document = read.document
    names = "deleted_name" in json.loads(document.redactions)
    return document.sha256 if names and document.privacy_status == "redacted" else read.let_go


def _records(portion: Iterable[Read]) -> Iterator[Record]:
    for read in portion:
        yield read.document
        yield from read.pages or ()
        yield from read.sections


def _read_lake(store: Store, city: City) -> _Lake:
    known = _Lake()
    if city.council is None:
        return known
    with store.read() as con:
        tables = columns_of(con, store.schema)
        if "document" in tables:
            known.documents = _documents(con, store.schema, tables["document"])
        for table, counts in (
            ("document_page", known.pages),
            ("document_section", known.sections),
        ):
            if table in tables:
                rows = con.execute(
                    f"SELECT file_id, count(*) FROM {store.schema}.{table} "  # noqa: S608
                    "WHERE _dlt_valid_to IS NULL GROUP BY file_id"
                ).fetchall()
                counts.update(rows)
        known.requests = bookkeeping.read_tombstones(con, store.schema, reason=DELETION_REQUEST)
        known.review = privacy_book.read_known(con, store.schema, city.council.system)
        known.non_public = _non_public(con, store.schema, city.council.system, tables.keys())
        if table_name(city.council.system, "file") in tables:
            known.files = _files(con, store.schema, city.council.system)
    return known


def _documents(
    con: DuckDBPyConnection, schema: str, columns: Collection[str]
) -> dict[str, Document]:
    # A table that was written before a field existed lacks its column.
    names = [name for name in Document.model_fields if name in columns]
    rows = con.execute(
        f"SELECT {', '.join(names)} FROM {schema}.document WHERE _dlt_valid_to IS NULL"  # noqa: S608
    ).fetchall()
    return {row[0]: Document.model_validate(dict(zip(names, row, strict=True))) for row in rows}


def _files(con: DuckDBPyConnection, schema: str, system: str) -> list[File]:
    """The files the council system lists: new ones first, then the longest unasked."""
    names = list(File.model_fields)
    rows = con.execute(
        f"SELECT {', '.join(f'f.{name}' for name in names)} "  # noqa: S608 - names are ours
        f"FROM {schema}.{table_name(system, 'file')} AS f "
        f"LEFT JOIN {schema}.sighting AS s ON s.system = ? AND s.object_type = 'document' "
        "AND s.id = f.id "
        "WHERE f._dlt_valid_to IS NULL ORDER BY s.last_seen_at NULLS FIRST, f.id",
        [DOCUMENTS],
    ).fetchall()
    return [File.model_validate(dict(zip(names, row, strict=True))) for row in rows]


def _non_public(
    con: DuckDBPyConnection, schema: str, system: str, tables: Iterable[str]
) -> frozenset[Key]:
    """What the source calls non-public: files on it are not asked for, whatever they say."""
    keys: set[Key] = set()
    for kind in ("agenda_item", "paper"):
        if table_name(system, kind) in tables:
            rows = con.execute(
                f"SELECT id FROM {schema}.{table_name(system, kind)} "  # noqa: S608
                "WHERE _dlt_valid_to IS NULL AND NOT is_public"
            ).fetchall()
            keys |= {(kind, id_) for (id_,) in rows}
    return frozenset(keys)
