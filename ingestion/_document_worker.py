"""Runs alone in a child process: takes a PDF on stdin, answers its pages on stdout.

Started by ``ingestion.extract`` as a script with ``python -I``; it imports nothing of ours, so a
worker is ready in a tenth of a second and a hostile file meets as little as possible. It gives up
what it does not need before the first byte is read: memory, files, processes, processor time.

A message is eight bytes of length (big endian) and that many bytes. The request is a PDF, the
answer JSON: ``{"pages": [...]}`` or ``{"error": "..."}``.
"""

import itertools
import json
import resource
import sys
from typing import BinaryIO, Final

import pypdfium2
from pypdfium2 import raw

_HEADER: Final = 8
# Lines whose upper edges are closer than this are one line, in points.
_LINE_POINTS: Final = 3.0
# From this share of jumps back up the page on, the order of the content stream is not trusted.
_JUMP_SHARE: Final = 0.35
_FEWEST_RECTS: Final = 3
_MOST_RECTS: Final = 5_000
_WARM_UP: Final = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>
endobj
4 0 obj<</Length 60>>stream
BT /F 9 Tf 9 70 Td (a) Tj 0 -30 Td (b) Tj 0 50 Td (c) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""


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
    """Give the next document its own processor time; the worker dies when it is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + seconds
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (until, hard))


def _read(stream: BinaryIO, size: int) -> bytes | None:
    data = stream.read(size)
    return data if len(data) == size else None


def _pages(data: bytes, most: int) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        if len(document) > most:
            raise OverflowError(f"{len(document)} pages, more than {most}")
        return [_page_text(document, index) for index in range(len(document))]
    finally:
        document.close()


def _page_text(document: pypdfium2.PdfDocument, index: int) -> str:
    try:
        page = document[index]
    except pypdfium2.PdfiumError:
        return ""  # one broken page costs one page
    try:
        text_page = page.get_textpage()
        try:
            return _in_reading_order(text_page)
        finally:
            text_page.close()
    finally:
        page.close()


def _in_reading_order(text_page: pypdfium2.PdfTextPage) -> str:
    """The page's text: as the file has it or, where that jumps about, line by line from above."""
    text = str(text_page.get_text_range())
    count = text_page.count_rects()
    if not _FEWEST_RECTS <= count <= _MOST_RECTS:
        return text
    rects = [text_page.get_rect(index) for index in range(count)]
    jumps = sum(
        1
        for before, after in itertools.pairwise(rects)
        if after[3] > before[3] + _LINE_POINTS and after[1] >= before[3]
    )
    if jumps <= _JUMP_SHARE * count:
        return text
    lines: list[list[tuple[float, float, float, float]]] = []
    for rect in sorted(rects, key=lambda each: (-each[3], each[0])):
        if lines and abs(lines[-1][0][3] - rect[3]) < _LINE_POINTS:
            lines[-1].append(rect)
        else:
            lines.append([rect])
    return "\n".join(
        " ".join(
            str(text_page.get_text_bounded(*rect)).strip()
            for rect in sorted(line, key=lambda each: each[0])
        )
        for line in lines
    )


def _answer(data: bytes, most_pages: int) -> dict[str, object]:
    try:
        return {"pages": _pages(data, most_pages)}
    except pypdfium2.PdfiumError as error:
        code = raw.FPDF_GetLastError()
        protected = code == raw.FPDF_ERR_PASSWORD
        return {"error": "password" if protected else f"not a readable PDF ({error})"}
    except OverflowError as error:
        return {"error": f"too_large: {error}"}
    except MemoryError:
        return {"error": "too_large: it needs more memory than a document may use"}


def main(memory: int, seconds: int, most_pages: int) -> None:
    """Answer documents until stdin ends.

    Args:
        memory: Address space of this process, in bytes.
        seconds: Processor time per document.
        most_pages: Pages per document.
    """
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    # Loads what is loaded late (codecs, fonts), while files can still be opened.
    _pages(_WARM_UP, 1)
    _give_up_rights(memory)
    while header := _read(requests, _HEADER):
        data = _read(requests, int.from_bytes(header, "big"))
        if data is None:
            return
        _allow_seconds(seconds)
        # Escaped, so lone surrogates of a broken font survive the pipe.
        answer = json.dumps(_answer(data, most_pages)).encode()
        answers.write(len(answer).to_bytes(_HEADER, "big") + answer)
        answers.flush()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
