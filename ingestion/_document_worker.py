"""Runs alone in a child process: takes a file on stdin, answers its pages on stdout.

Started by ``ingestion.extract`` as a script with ``python -I``. Of ours it imports the readers in
``ingestion.formats`` and nothing else. It gives up what it does not need before the first byte is
read: memory, files, processes, processor time.

A message is eight bytes of length (big endian) and that many bytes. The request is a file, the
answer JSON: ``{"pages": [...], ...}`` or ``{"error": ...}``. An empty message before the answer
says that a page is about to be recognised, which takes longer than reading one.
"""

import codecs
import io
import json
import resource
import sys
import zipfile
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO, Final

# At the end: nothing of ours may take the place of a library.
sys.path.append(str(Path(__file__).parents[1]))

from ingestion.formats import (
    Budget,
    ProtectedError,
    TooLargeError,
    UnreadableError,
    UnsupportedError,
    kinds,
    ocr,
    office,
    pdf,
    xml,
)
from ingestion.formats.read import read

warm_up = read
_HEADER: Final = 8
_RECURSION: Final = 500
_WARM_UP: Final = (
    pdf.WARM_UP,
    b"{\\rtf1\\ansi a\\par}",
    b"<html><p>a</p></html>",
    "ä".encode("cp1252"),
    b"\xff\xfea\x00",
    (
        b"From: a@b.invalid\nSubject: =?utf-8?q?a?=\nMIME-Version: 1.0\nContent-Type: text/plain; "
        b"charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n=E4\n"
    ),
)


def _packed(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in members.items():
            package.writestr(name, data)
    return target.getvalue()


def _limit(kind: int, most: int) -> None:
    """Lower a limit; where the system allows less already, keep that."""
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _give_up_rights(memory: int) -> None:
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    # What is open stays open; nothing new can be opened or started.
    _limit(resource.RLIMIT_NOFILE, 3)
    _limit(resource.RLIMIT_NPROC, 0)


def _allow_seconds(seconds: int) -> None:
    """Give what comes next its own processor time; the worker dies when it is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _read(stream: BinaryIO, size: int) -> bytes | None:
    data = stream.read(size)
    return data if len(data) == size else None


def _send(stream: BinaryIO, message: bytes) -> None:
    stream.write(len(message).to_bytes(_HEADER, "big") + message)
    stream.flush()


_STATUS: Final[tuple[tuple[type[Exception], str, str | None], ...]] = (
    (TooLargeError, "too_large", None),
    (ProtectedError, "failed", "password"),
    (UnreadableError, "failed", None),
    (UnsupportedError, "unsupported", None),
    (RecursionError, "failed", "nested too deep"),
)


def _answer(data: bytes, budget: Budget, engine: ocr.Engine | None) -> dict[str, Any]:
    failure = {"mime_type": kinds.sniff(data)}
    try:
        return asdict(read(data, budget, engine))
    except MemoryError:
        reason = "it needs more memory than a document may use"
        return {**failure, "error": reason, "status": "too_large"}
    except tuple(kind for kind, _, _ in _STATUS) as error:
        for kind, status, told in _STATUS:
            if isinstance(error, kind):
                return {**failure, "error": told or str(error), "status": status}
        raise


def main(limits: dict[str, Any]) -> None:
    """Answer documents until stdin ends.

    Args:
        limits: ``memory`` in bytes, ``cpu_seconds`` per document, ``ocr`` (whether pages are
            recognised), ``ocr_seconds`` per page, and ``budget``, the fields of a Budget.
    """
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    seconds = int(limits["ocr_seconds"])

    def before_page() -> None:
        _allow_seconds(seconds + int(limits["cpu_seconds"]))
        _send(answers, b"")

    engine = ocr.Engine(seconds, before_page) if limits["ocr"] else None
    # Loads what is loaded late (codecs, fonts), while files can still be opened.
    # The worker's own examples, so whatever stands in for ``read`` in a test is not asked.
    for example in (*_WARM_UP, _packed(a=b"a", b=_packed(a=_WARM_UP[0]))):
        warm_up(example, Budget(), None)
    for name in ("cp437", "cp1252", "utf-16-le", "utf-16-be", "latin-1", "utf-8-sig"):
        codecs.lookup(name)
    xml.walk(b"<a b='c'>d</a>", office.Ignored())
    ocr.warm_up()
    _give_up_rights(limits["memory"])
    sys.setrecursionlimit(_RECURSION)
    while header := _read(requests, _HEADER):
        data = _read(requests, int.from_bytes(header, "big"))
        if data is None:
            return
        _allow_seconds(limits["cpu_seconds"])
        # Escaped, so lone surrogates of a broken font survive the pipe.
        _send(answers, json.dumps(_answer(data, Budget(**limits["budget"]), engine)).encode())


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
