"""Bytes to text, page by page, in child processes with limits: a hostile file costs one file."""

import json
import queue
import re
import selectors
import subprocess
import sys
import time
import unicodedata
from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self, TypeVar

TextStatus = Literal["text", "no_text", "failed", "too_large", "gone", "unsupported"]

PDF: Final = "application/pdf"

_WORKER: Final = Path(__file__).with_name("_document_worker.py")
_HEADER: Final = 8
_CHUNK: Final = 2**16
# A page of a scan may carry a stamp or a page number; a page of text has more than this.
_LETTERS_PER_PAGE: Final = 16

_K = TypeVar("_K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may use.

    Attributes:
        size: Largest file, in bytes.
        pages: Most pages.
        memory: Address space of a worker, in bytes.
        cpu_seconds: Processor time per document.
        wall_seconds: Time per document, waiting included.
        documents: After how many documents a worker is replaced.
    """

    size: int = 100 * 2**20
    pages: int = 2_000
    memory: int = 1_536 * 2**20
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    documents: int = 200


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was read from a file's bytes.

    Attributes:
        mime_type: By the bytes themselves; what the server declared is not asked.
        pages: Text per page, in reading order; empty unless ``status`` is text or no_text.
        status: text, no_text (a scan), failed, too_large or unsupported.
        error: Why there is no text, with the mend; None where there is.
    """

    mime_type: str
    pages: tuple[str, ...]
    status: TextStatus
    error: str | None = None


def sniff(data: bytes) -> str:
    """The media type by the first bytes; ``application/octet-stream`` where nothing fits."""
    head = data[:1024]
    if b"%PDF-" in head:
        return PDF
    for magic, mime_type in _MAGIC:
        if head.startswith(magic):
            return mime_type
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if text.startswith(b"<?xml"):
        return "text/html" if b"<html" in text else "application/xml"
    is_text = bool(head) and not head.translate(None, _PRINTABLE)
    return "text/plain" if is_text else "application/octet-stream"


_MAGIC: Final = (
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"GIF8", "image/gif"),
    (b"\x1f\x8b", "application/gzip"),
)

_PRINTABLE: Final = bytes({*range(0x20, 0x100), *b"\t\n\r\f"})

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

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.documents = 0
        arguments = (limits.memory, limits.cpu_seconds, limits.pages)
        self._process = subprocess.Popen(  # noqa: S603 - our own script, our own numbers
            [sys.executable, "-I", str(_WORKER), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # No settings, no secrets: the child gets nothing of our environment.
            env={},
            bufsize=0,
            close_fds=True,
        )

    def ask(self, data: bytes) -> dict[str, object]:
        """One document in, its answer out.

        Raises:
            _WorkerError: The child died or is too slow.
        """
        self.documents += 1
        until = time.monotonic() + self._limits.wall_seconds
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
                    raise _WorkerError(f"took longer than {self._limits.wall_seconds:g} s")
                for key, _ in selector.select(left):
                    if key.fileobj is self._process.stdin:
                        sent += self._send(message[sent : sent + _CHUNK])
                        if sent == len(message):
                            selector.unregister(self._process.stdin)
                    else:
                        answer += self._received()
        parsed: dict[str, object] = json.loads(answer[_HEADER:])
        return parsed

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
        return f"the reader died on it (exit {self._process.wait()})"

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
    """

    workers: int = 2
    limits: Limits = field(default_factory=Limits)

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
        if mime_type != PDF:
            error = f"{mime_type} is not read yet → publish it as PDF"
            return Extracted(mime_type, (), "unsupported", error)
        try:
            answer = self._ask(data)
        except _WorkerError as error:
            return Extracted(PDF, (), "failed", f"{error} → open it by hand, it may be hostile")
        return _extracted(answer)

    def map(self, documents: Iterable[tuple[_K, bytes]]) -> Iterator[tuple[_K, Extracted]]:
        """Extract many documents, in the order given; only a few are in memory at once.

        Args:
            documents: Pairs of a key and the file's bytes.

        Yields:
            Pairs of the key and what was read.
        """
        waiting: deque[tuple[_K, Future[Extracted]]] = deque()
        for key, data in documents:
            waiting.append((key, self._threads.submit(self.extract, data)))
            if len(waiting) > 2 * self.workers:
                first, future = waiting.popleft()
                yield first, future.result()
        for first, future in waiting:
            yield first, future.result()

    def _ask(self, data: bytes) -> dict[str, object]:
        try:
            worker = self._free.get_nowait()
        except queue.Empty:
            worker = _Worker(self.limits)
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


def _extracted(answer: dict[str, object]) -> Extracted:
    """A worker's answer as a result; the worker read hostile bytes, so its answer is checked."""
    pages = answer.get("pages")
    if isinstance(pages, list) and all(isinstance(page, str) for page in pages):
        texts = tuple(normalise(page) for page in pages)
        letters = sum(char.isalnum() for text in texts for char in text)
        status: TextStatus = "text" if letters > _LETTERS_PER_PAGE * len(texts) else "no_text"
        error = None if status == "text" else "no text layer (a scan) → needs OCR"
        return Extracted(PDF, texts, status, error)
    said = str(answer.get("error", "no answer"))
    if said.startswith("too_large"):
        return Extracted(PDF, (), "too_large", f"{said.removeprefix('too_large: ')} → split it")
    if said == "password":
        return Extracted(PDF, (), "failed", "protected by a password → publish it without one")
    return Extracted(PDF, (), "failed", f"{said} → open it by hand, it may be damaged")
