"""A city's documents, whole: which files to ask for, read them, load them, hide what is gone."""

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import Final

from ingestion import bookkeeping, systems
from ingestion.bookkeeping import DOCUMENTS, Crawl, Key
from ingestion.city import City
from ingestion.document_known import KnownFiles, Stored, read_files, shown_by_others
from ingestion.documents import Read, fetch_documents, fetch_plainly, is_settled, withdrawn
from ingestion.extract import Extractor
from ingestion.http import Client, Problem
from ingestion.privacy import Gate
from ingestion.progress import Progress, silent
from ingestion.record import Fetched, File, Record
from ingestion.store import Store

# A load holds at most this much text, which is what a killed run has to read again, ...
_LOAD_CHARACTERS: Final = 32 * 2**20
# ... and so many documents, be there nothing new of them.
_LOAD_DOCUMENTS: Final = 5_000


@dataclass
class DocumentsResult:
    """What a run over a city's files did.

    Attributes:
        files: Files that may be asked for.
        held_back: Files that the gate does not admit: they are never asked for.
        left_out: Files that nothing says have changed, in a run that asks for news only.
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
    left_out: int = 0
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


def load_documents(  # noqa: PLR0913 - two keywords with defaults
    city: City,
    client: Client,
    store: Store,
    extractor: Extractor,
    gate: Gate,
    progress: Progress = silent,
    *,
    limit: int | None = None,
    everything: bool = True,
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
        everything: Ask for every file again. False: only for files that are new, that the council's
            crawl met or saw changed since they were asked for last, or that have to be read anew.

    Returns:
        What was done. A file that could not be had keeps what is in the lake.

    Raises:
        LoadError: The lake could not be written.
    """
    started_at = dt.datetime.now(dt.UTC)
    requests, not_modified, problems = client.requests, client.not_modified, len(client.problems)
    result = DocumentsResult()
    if city.council is not None:
        known = read_files(store, city.council.system, gate)
        result.files, result.held_back = known.admitted, known.held_back
        if not everything:
            result.left_out = known.leave_out(
                lambda document, file: is_settled(document, file, known.gate, extractor)
            )
        asked = known.admitted - result.left_out
        total = asked if limit is None else min(limit, asked)
        files = islice(known.files(), limit)
        way = _way_to_files(city.council.system)
        found = fetch_documents(files, client, known, extractor, known.gate, way)
        run = _Run(store, known, result)
        run.load(_told(found, city, progress, total), client, problems)
        run.hide(client, problems)
    result.requests = client.requests - requests
    result.not_modified = client.not_modified - not_modified
    result.problems = tuple(client.problems[problems:])
    result.seconds = (dt.datetime.now(dt.UTC) - started_at).total_seconds()
    return result


def _way_to_files(system: str) -> Callable[[File, Client], Fetched]:
    """The system's own way, where its files have no lasting addresses (ALLRIS 4)."""
    own: Callable[[File, Client], Fetched] | None = getattr(
        systems.load(system), "fetch_file", None
    )
    return own or fetch_plainly


def _told(found: Iterable[Read], city: City, progress: Progress, total: int) -> Iterator[Read]:
    for done, read in enumerate(found, start=1):
        progress(done, f"{city.name}: document {done} of {total}")
        yield read


class _Run:
    """Loads outcomes in portions and keeps count."""

    def __init__(self, store: Store, known: KnownFiles, result: DocumentsResult) -> None:
        self._store, self._known, self._result = store, known, result
        self._taken_back: set[str] = set()

    def load(self, found: Iterable[Read], client: Client, problems: int) -> None:
        """Load all outcomes, a portion at a time; the last one, maybe empty, closes the crawl."""
        portion: list[Read] = []
        size = 0
        for read in found:
            self._count(read)
            portion.append(read)
            size += sum(len(page.text) for page in read.pages or ())
            if size > _LOAD_CHARACTERS or len(portion) >= _LOAD_DOCUMENTS:
                self._load_portion(portion, client, problems)
                portion, size = [], 0
        self._load_portion(portion, client, problems)

    def hide(self, client: Client, problems: int) -> None:
        """Hide the documents of files that are not admitted (any more)."""
        hidden = (Read(withdrawn(document), ()) for document in self._known.to_hide())
        while portion := list(islice(hidden, _LOAD_DOCUMENTS)):
            self._load_portion(portion, client, problems)

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
            if read.pages is None:
                continue
            document, stored = read.document, self._known.stored(read.document.id)
            if document.privacy_status == "withdrawn":
                crawl.tombstones["document", document.id] = "gone"
                self._take_back(stored)
            if stored is not None:
                crawl.retire |= set(_retired(read, stored))
        # Only now: of files with the same bytes, one portion may bring and take back several.
        gone |= self._shown_no_more(portion)
        # Before the load, so that a killed run does it again.
        self._let_go(gone)
        loaded = self._store.load(DOCUMENTS, _records(portion), crawl=crawl)
        # No checkpoint is to tell of them: what was read of a file stands in the lake itself.
        client.memory.take_fresh()
        for kind in loaded.counts.values():
            self._result.changed += kind.new + kind.changed + kind.removed
        self._result.loads += 1

    def _take_back(self, stored: Stored | None) -> None:
        """A file is withdrawn: its bytes go as soon as no other of the city's files shows them."""
        if stored is not None and stored.document.sha256 is not None:
            self._result.withdrawn += 1
            self._taken_back.add(stored.document.sha256)

    def _shown_no_more(self, portion: Iterable[Read]) -> set[str]:
        """Of the bytes that were taken back in this run those that no file shows any more."""
        if not self._taken_back:
            return set()
        now = {read.document.id: read.document.sha256 for read in portion}
        with self._store.read() as con:
            shown = shown_by_others(con, self._store.schema, self._taken_back, now)
        return self._taken_back - shown - set(now.values())

    def _let_go(self, hashes: set[str]) -> None:
        """Delete bytes, but those that another city still shows: it has not taken them back."""
        if not hashes or self._store.blobs is None:
            return
        with self._store.read() as con:
            hashes -= bookkeeping.shown_elsewhere(con, self._store.schema, hashes)
        for sha256 in hashes:
            self._store.blobs.delete(sha256)


def _retired(read: Read, stored: Stored) -> Iterator[Key]:
    """The pages and sections that the document had before and has no more."""
    id_ = read.document.id
    for number in range(len(read.pages or ()) + 1, stored.pages + 1):
        yield "document_page", f"{id_}#{number}"
    for number in range(len(read.sections) + 1, stored.sections + 1):
        yield "document_section", f"{id_}#s{number}"


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
