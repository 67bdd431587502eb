"""Bytes to text, page by page, in child processes with limits: a hostile file costs one file."""

import hashlib
import itertools
import json
import queue
import re
import selectors
import signal
import subprocess
import sys
import time
import unicodedata
from collections import OrderedDict, deque
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, TypeVar

import psutil
from pydantic import BaseModel, ConfigDict

from ingestion.formats import Budget, Method, ocr
from ingestion.formats.kinds import sniff
from ingestion.formats.pdf import LETTERS_PER_PAGE
from ingestion.furniture import without_furniture

TextStatus = Literal["text", "no_text", "failed", "too_large", "gone", "unsupported"]

_WORKER: Final = Path(__file__).with_name("_document_worker.py")
_HEADER: Final = 8
_CHUNK: Final = 2**16
# So many of the last texts are kept for files with the same bytes.
_REMEMBERED: Final = 200
# So many of a container's problems are told.
_PROBLEMS: Final = 5
# A worker that had this share of the processor while one waited for it gets on.
_GETS_ON: Final = 0.005
_PDF: Final = "application/pdf"
_ALIVE: Final = bytes(_HEADER)

_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use.

    Attributes:
        size: Largest file, in bytes.
        pages: Most pages.
        memory: Address space of a worker, in bytes.
        cpu_seconds: Processor time per document.
        wall_seconds: Time in which a worker may get nowhere, i.e. use hardly any processor time.
            One that gets on is ended by ``cpu_seconds``: a busy machine makes no document hostile.
        documents: After how many documents a worker is replaced.
        unpacked: Most bytes that come out of archives.
        members: Most files within archives and mails.
        depth: Archives within archives.
        ocr_pages: Most pages that are recognised; what follows stays a scan.
        ocr_seconds: Time per reading of a page that is recognised, on top of the document's.
    """

    size: int = 100 * 2**20
    pages: int = 2_000
    memory: int = 1_536 * 2**20
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    documents: int = 200
    unpacked: int = 200 * 2**20
    members: int = 1_000
    depth: int = 3
    ocr_pages: int = 300
    ocr_seconds: int = 20

    def for_worker(self, *, with_ocr: bool) -> str:
        """What a worker must know of them, as JSON."""
        budget = Budget(
            pages=self.pages,
            unpacked=self.unpacked,
            members=self.members,
            depth=self.depth,
            ocr_pages=self.ocr_pages,
        )
        told = {
            "memory": self.memory,
            "cpu_seconds": self.cpu_seconds,
            "ocr": with_ocr,
            "ocr_seconds": self.ocr_seconds,
            "budget": asdict(budget),
        }
        return json.dumps(told)


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read from a file's bytes.

    Attributes:
        mime_type: By the bytes themselves; what the server declared is not asked.
        pages: Text per page, in reading order; empty unless ``status`` is text or no_text.
        status: text, no_text (a scan), failed, too_large or unsupported.
        error: Why there is no text, or not all of it, with the mend; None where there is.
        title: The document's own title.
        sources: Per page, how its text came about.
        is_without_ocr: Whether there are scans that nobody could recognise here.
    """

    mime_type: str
    pages: tuple[str, ...]
    status: TextStatus
    error: str | None = None
    title: str | None = None
    sources: tuple["Source", ...] = ()
    is_without_ocr: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """How a page's text came about.

    Attributes:
        method: Read from the file, or recognised.
        confidence: How sure the recognition is, 0 to 1.
        part: The container's member that the page is from.
    """

    method: Method = "text_layer"
    confidence: float | None = None
    part: str | None = None


class _AnswerPage(BaseModel):
    """A page as the worker tells it; the worker read hostile bytes, so its answer is checked."""

    model_config = ConfigDict(extra="forbid")
    text: str
    method: Method
    confidence: float | None
    part: str | None
    is_scan: bool


class _Answer(BaseModel):
    """A worker's answer: pages, or an error with a status."""

    model_config = ConfigDict(extra="forbid")
    mime_type: str
    pages: list[_AnswerPage] = []
    title: str | None = None
    parts: int = 0
    problems: list[str] = []
    error: str | None = None
    status: Literal["failed", "too_large", "unsupported"] | None = None


# A word broken at the end of a line. pdfium hands such a hyphen on as U+FFFE, without the line end.
_BROKEN: Final = re.compile(r"(\w)(?:[-\u00ad]+ ?\n ?|-?[\u0002\ufffe]\s?)(\w+)")
# After these a hyphen at the line's end belongs there: "Verkehrs-\nund Bauausschuss".
_JOINING: Final = frozenset({"und", "oder", "bzw", "sowie", "als", "wie", "noch", "bis"})
_BLANKS: Final = re.compile(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+")
# Zero-width and direction marks: they make words unfindable and texts look other than they are.
_INVISIBLE: Final = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_HYPHENS: Final = frozenset("\u00ad\u0002\ufffe")
_LIGATURES: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
)
_PASSES: Final = 4


def normalise(text: str) -> str:
    """A page's text as it is stored: NFC, words joined over line ends, no invisible characters.

    Args:
        text: What the reader made of the page.

    Returns:
        Lines without blanks at their ends, at most one empty line in a row.
    """
    text = text.encode("utf-8", "replace").decode()
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_LIGATURES)
    for _ in range(_PASSES):  # what one pass removes can bring a broken word together
        before, text = text, _normalised_once(text)
        if text == before:
            break
    return text


def _normalised_once(text: str) -> str:
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    text = "".join(
        char
        for char in text
        if char in "\n\t" or char in _HYPHENS or unicodedata.category(char) not in {"Cc", "Cn"}
    )
    text = "\n".join(_BLANKS.sub(" ", line).strip() for line in text.split("\n"))
    text = _BROKEN.sub(_joined, text)
    text = "".join(char for char in text if char not in _HYPHENS)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _joined(match: re.Match[str]) -> str:
    before, after = match.groups()
    if after in _JOINING:
        return f"{before}- {after}"
    # "Ver-\nkehr" is one word; "Rhein-\nMosel" and "2024-\n2025" keep their hyphen.
    return f"{before}{after}" if after[0].islower() else f"{before}-{after}"


class _WorkerError(RuntimeError):
    """The worker died or did not answer in time; it must be replaced."""


class _Worker:
    """One child process, fed one document after the other."""

    def __init__(self, limits: Limits, *, with_ocr: bool) -> None:
        self._limits = limits
        self.documents = 0
        self._process = subprocess.Popen(  # noqa: S603 - our own script, our own numbers
            [sys.executable, "-I", str(_WORKER), limits.for_worker(with_ocr=with_ocr)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # No settings, no secrets: the child gets nothing of our environment.
            env={},
            bufsize=0,
            close_fds=True,
        )

    def ask(self, data: bytes) -> object:
        """One document in, its answer out.

        Raises:
            _WorkerError: The child died or is too slow.
        """
        self.documents += 1
        until, spent = time.monotonic() + self._limits.wall_seconds, self._spent()
        readings = self._limits.ocr_pages * ocr.READINGS
        message = memoryview(len(data).to_bytes(_HEADER, "big") + data)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        sent, answer = 0, bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdin, selectors.EVENT_WRITE)
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while not _is_whole(answer):
                left = until - time.monotonic()
                if left <= 0:
                    before, spent = spent, self._spent()
                    if spent - before < _GETS_ON * self._limits.wall_seconds:
                        raise _WorkerError(f"took longer than {self._limits.wall_seconds:g} s")
                    until += self._limits.wall_seconds
                    continue
                for key, _ in selector.select(left):
                    if key.fileobj is self._process.stdin:
                        sent += self._send(message[sent : sent + _CHUNK])
                        if sent == len(message):
                            selector.unregister(self._process.stdin)
                    else:
                        answer += self._received()
                while readings and answer.startswith(_ALIVE):  # a page is about to be recognised
                    del answer[:_HEADER]
                    readings -= 1
                    until += self._limits.ocr_seconds
        return json.loads(answer[_HEADER:])

    def _spent(self) -> float:
        """Processor seconds of the child so far."""
        try:
            used = psutil.Process(self._process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0  # it died: the next look at its pipe tells
        return float(used.user + used.system)

    def _send(self, piece: memoryview) -> int:
        assert self._process.stdin is not None
        try:
            return self._process.stdin.write(piece) or 0
        except BrokenPipeError:
            raise _WorkerError(self._death()) from None

    def _received(self) -> bytes:
        assert self._process.stdout is not None
        piece: bytes = self._process.stdout.read(_CHUNK) or b""
        if not piece:
            raise _WorkerError(self._death())
        return piece

    def _death(self) -> str:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return f"took more than {self._limits.cpu_seconds} s of processor time"
        return f"the reader died on it (exit {code})"

    def close(self) -> None:
        """End the child whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()


def _is_whole(answer: bytearray) -> bool:
    return len(answer) >= _HEADER and len(answer) - _HEADER >= int.from_bytes(
        answer[:_HEADER], "big"
    )


@dataclass
class Extractor:
    """Reads documents in a few reused child processes. Use it as a context manager.

    Attributes:
        workers: How many documents are read at once.
        limits: What one document may use.
        with_ocr: Whether pages without text are recognised, where Tesseract is installed.
    """

    workers: int = 2
    limits: Limits = field(default_factory=Limits)
    with_ocr: bool = True

    def __post_init__(self) -> None:
        """Start nothing yet: a worker starts with its first document."""
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="extract")

    def __enter__(self) -> Self:
        """Nothing to open."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every child process."""
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._free.empty():
            self._free.get().close()

    def extract(self, data: bytes) -> Extracted:
        """The text of one document; never raises for what is in the bytes.

        Args:
            data: The file as the server sent it.

        Returns:
            Pages in reading order, or why there are none.
        """
        mime_type = sniff(data)
        if len(data) > self.limits.size:
            most = self.limits.size // 2**20
            return Extracted(mime_type, (), "too_large", f"larger than {most} MiB → read by hand")
        try:
            answer = _Answer.model_validate(self._ask(data))
        except (_WorkerError, ValueError) as error:  # no JSON, or not of an answer's shape
            what = str(error) if isinstance(error, _WorkerError) else "the reader's answer is none"
            return Extracted(
                mime_type, (), "failed", f"{what} → open it by hand, it may be hostile"
            )
        return _extracted(answer, self.can_recognise)

    @property
    def can_recognise(self) -> bool:
        """Whether scans are read here."""
        return self.with_ocr and ocr.data_folder() is not None

    def map(self, documents: Iterable[tuple[_K, bytes]]) -> Iterator[tuple[_K, Extracted]]:
        """Extract many documents, in the order given; only a few are in memory at once.

        The same bytes again (the statute that hangs on ten papers) are not read again.

        Args:
            documents: Pairs of a key and the file's bytes.

        Yields:
            Pairs of the key and what was read.
        """
        waiting: deque[tuple[_K, Future[Extracted]]] = deque()
        read: OrderedDict[bytes, Future[Extracted]] = OrderedDict()
        for key, data in documents:
            digest = hashlib.sha256(data).digest()
            future = read.pop(digest, None) or self._threads.submit(self.extract, data)
            read[digest] = future
            if len(read) > _REMEMBERED:
                read.popitem(last=False)
            waiting.append((key, future))
            if len(waiting) > 2 * self.workers:
                first, ready = waiting.popleft()
                yield first, ready.result()
        for first, ready in waiting:
            yield first, ready.result()

    def _ask(self, data: bytes) -> object:
        try:
            worker = self._free.get_nowait()
        except queue.Empty:
            worker = _Worker(self.limits, with_ocr=self.with_ocr)
        try:
            answer = worker.ask(data)
        except BaseException:
            worker.close()
            raise
        if worker.documents >= self.limits.documents:
            worker.close()
        else:
            self._free.put(worker)
        return answer


def _extracted(answer: _Answer, can_recognise: bool) -> Extracted:  # noqa: FBT001 - private
    """A worker's answer as a result."""
    if answer.error is not None or not answer.pages:
        return _refused(answer)
    texts = tuple(_cleaned(answer))
    letters = sum(char.isalnum() for text in texts for char in text)
    # Only where a page can be a picture is a page with few letters suspicious.
    scans = sum(page.is_scan for page in answer.pages)
    least = LETTERS_PER_PAGE * len(texts) if answer.mime_type == _PDF or scans else 0
    status: TextStatus = "text" if letters > least else "no_text"
    return Extracted(
        mime_type=answer.mime_type,
        pages=texts,
        status=status,
        error=_shortfall(answer, status, scans, can_recognise=can_recognise),
        title=normalise(answer.title or "") or None,
        sources=tuple(
            Source(page.method, page.confidence, page.part and normalise(page.part))
            for page in answer.pages
        ),
        is_without_ocr=scans > 0 and not can_recognise,
    )


def _cleaned(answer: _Answer) -> Iterator[str]:
    """Normalised pages without running lines; each member of a container by itself."""
    for _, pages in itertools.groupby(answer.pages, key=lambda page: page.part):
        yield from without_furniture([normalise(page.text) for page in pages])


def _refused(answer: _Answer) -> Extracted:
    said = answer.error or "no answer"
    mend = {"too_large": "split it"}.get(answer.status or "", "open it by hand, it may be damaged")
    if said == "password":
        said, mend = "protected by a password", "publish it without one"
    elif " → " in said:
        said, _, mend = said.partition(" → ")
    return Extracted(answer.mime_type, (), answer.status or "failed", f"{said} → {mend}")


def _shortfall(
    answer: _Answer, status: TextStatus, scans: int, *, can_recognise: bool
) -> str | None:
    """What is missing of the text, with the mend; None where nothing is."""
    told = []
    if scans:
        told.append(f"{scans} of {len(answer.pages)} pages are scans without text")
    if answer.problems:
        told.append("; ".join(answer.problems[:_PROBLEMS]))
    if not told and status == "no_text":
        told.append("no text in it")
    if not told:
        return None
    mend = "seehaus doctor says why" if scans and not can_recognise else "read by hand"
    return f"{', '.join(told)} → {mend}"
