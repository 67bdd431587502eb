"""How fast documents become text: pages a second by format, by workers, and by size.

Run ``python tests/benchmarks/bench_documents.py``. The documents are made here. The peer is plain
pypdfium2 in one process without limits. The exponent is the time's over three lengths of a PDF
(1: twice the pages take twice the time).
"""

import io
import math
import sys
import time
from collections.abc import Callable
from typing import Final

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from ingestion.extract import Extractor, Limits
from ingestion.formats import ocr
from ingestion.sampleworld import formats
from ingestion.sampleworld.papers import Section
from ingestion.sampleworld.pdf import Document, scan
from ingestion.sampleworld.vocabulary import common

SENTENCE: Final = "Der Stadtrat beschließt den Ausbau des Radwegs in der Neustadt, Abschnitt {}."
LINES: Final = 40
SIZES: Final = (10, 100, 1000)


def pdf(pages: int, key: int = 0) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, invariant=True)
    for page in range(pages):
        for line in range(LINES):
            canvas.drawString(72, 780 - 16 * line, SENTENCE.format(f"{key}.{page}.{line}"))
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def letter(name: str, key: int) -> bytes:
    """About one page in one of the other formats."""
    text = tuple(SENTENCE.format(f"{key}.{line}") for line in range(LINES))
    section = Section("Sachverhalt", text)
    return formats.written(Document("Musterstadt", "Anlage", (), (section,), ""), name)


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def pages_per_second(documents: list[bytes], workers: int) -> float:
    with Extractor(workers=workers, limits=Limits(pages=5_000)) as extractor:
        warm = [(number, pdf(1, -number - 1)) for number in range(workers)]
        list(extractor.map(warm))
        pages = 0
        began = time.perf_counter()
        for _, found in extractor.map(enumerate(documents)):
            assert found.status == "text", found.error
            pages += len(found.pages)
        return pages / (time.perf_counter() - began)


def plainly(documents: list[bytes]) -> None:
    for data in documents:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            page.get_textpage().get_text_range()


def main() -> None:
    out = sys.stdout.write
    for name in formats.FORMATS[1:]:
        speed = pages_per_second([letter(name, key) for key in range(200)], 1)
        out(f"{name:6} {speed:8,.0f} pages/s, 1 worker\n")
    documents = [pdf(20, key) for key in range(60)]
    peer = 1_200 / seconds(lambda: plainly(documents))
    out(f"pdf    {peer:8,.0f} pages/s, plain pypdfium2 in one process\n")
    for workers in (1, 2, 4):
        speed = pages_per_second(documents, workers)
        out(f"pdf    {speed:8,.0f} pages/s, {workers} workers, {speed / peer:.2f} of the peer\n")
    spent = []
    with Extractor(workers=1, limits=Limits(pages=5_000)) as extractor:
        extractor.extract(pdf(1))
        for size in SIZES:
            data = pdf(size)
            spent.append(seconds(lambda data=data: extractor.extract(data)))  # type: ignore[misc]
    exponent = math.log(spent[-1] / spent[0]) / math.log(SIZES[-1] / SIZES[0])
    told = ", ".join(f"{n} pages {each:.2f} s" for n, each in zip(SIZES, spent, strict=True))
    out(f"pdf    {told}, exponent {exponent:.2f}\n")
    if ocr.data_folder() is None:
        out(f"scan   not measured: {ocr.MISSING}\n")
        return
    scans = [scan(common().scan, f"Stadt {number}") for number in range(10)]
    for workers in (1, 2):
        speed = pages_per_second(scans, workers)
        out(f"scan   {1 / speed:8.2f} s a page recognised, {workers} workers\n")


if __name__ == "__main__":
    main()
