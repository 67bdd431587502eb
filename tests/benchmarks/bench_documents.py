"""How fast documents become text: pages a second by format, by workers, and by size.

Run ``python tests/benchmarks/bench_documents.py``. The documents are made here. The peer is plain
pypdfium2 in one process without limits; it and 1, 2 and 4 workers take turns, the median counts.
Where ``--peers`` names a folder into which pdfminer.six was installed, that takes turns too.
Processor time per page is told beside: on a busy machine it says more than pages a second. The
exponent is the processor time's over three lengths of a PDF (1: twice the pages, twice the time).
"""

import argparse
import io
import math
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Final

import psutil
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
SIZES: Final = (100, 400, 1600)
WORKERS: Final = (1, 2, 4)
ROUNDS: Final = 3


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


def processor() -> float:
    """Seconds of processor time that this process and its readers, ended ones too, have used."""
    ours = os.times()
    used = ours.user + ours.system + ours.children_user + ours.children_system
    for child in psutil.Process().children(recursive=True):
        told = child.cpu_times()
        used += told.user + told.system + told.children_user + told.children_system
    return used


def measured(documents: list[bytes], workers: int) -> tuple[float, float]:
    """Pages a second, and processor milliseconds a page."""
    with Extractor(workers=workers, limits=Limits(pages=5_000)) as extractor:
        list(extractor.map((number, pdf(1, -number - 1)) for number in range(2 * workers)))
        pages, used, began = 0, processor(), time.perf_counter()
        for _, found in extractor.map(enumerate(documents)):
            assert found.status == "text", found.error
            pages += len(found.pages)
        return pages / (time.perf_counter() - began), 1000 * (processor() - used) / pages


def timed(read: Callable[[list[bytes]], int], documents: list[bytes]) -> tuple[float, float]:
    """The same of a peer that reads all in this process and tells how many pages there were."""
    used, began = time.process_time(), time.perf_counter()
    pages = read(documents)
    return pages / (time.perf_counter() - began), 1000 * (time.process_time() - used) / pages


def by_pypdfium2(documents: list[bytes]) -> int:
    pages = 0
    for data in documents:
        document = pypdfium2.PdfDocument(data)
        for page in document:
            page.get_textpage().get_text_range()
            pages += 1
    return pages


def by_pdfminer(documents: list[bytes]) -> int:
    """A fifth of the documents, since this peer is slow."""
    pages = 0
    for data in documents[::5]:
        text = import_module("pdfminer.high_level").extract_text(io.BytesIO(data))
        pages += text.count("\f")
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder into which pdfminer.six was installed")
    folder: Path | None = parser.parse_args().peers
    peers = {"plain pypdfium2": by_pypdfium2}
    if folder is not None:
        sys.path.append(str(folder))  # at the end: what is locked here wins
        peers["pdfminer.six"] = by_pdfminer
    out = sys.stdout.write
    for name in formats.FORMATS[1:]:
        speed, used = measured([letter(name, key) for key in range(60)], 1)
        out(f"{name:6} {speed:8,.0f} pages/s, {used:.2f} ms of processor a page, 1 worker\n")
    documents = [pdf(20, key) for key in range(20)]
    ways = {name: partial(timed, read) for name, read in peers.items()}
    ways |= {f"{number} workers": partial(measured, workers=number) for number in WORKERS}
    rounds = [[way(documents) for way in ways.values()] for _ in range(ROUNDS)]
    for name, told in zip(ways, zip(*rounds, strict=True), strict=True):
        speed, used = median(each[0] for each in told), median(each[1] for each in told)
        of_peer = median(mine[0] / peer[0][0] for mine, peer in zip(told, rounds, strict=True))
        cost = median(mine[1] / peer[0][1] for mine, peer in zip(told, rounds, strict=True))
        out(f"pdf    {speed:8,.0f} pages/s, {used:.2f} ms of processor a page, {name}")
        out(f", {of_peer:.2f} times the pages and {cost:.2f} times the processor of pypdfium2\n")
    spent = []
    with Extractor(workers=1, limits=Limits(pages=5_000)) as extractor:
        extractor.extract(pdf(1))
        for size in SIZES:
            data, used = pdf(size), processor()
            extractor.extract(data)
            spent.append(processor() - used)
    exponent = math.log(spent[-1] / max(spent[0], 0.01)) / math.log(SIZES[-1] / SIZES[0])
    told = ", ".join(f"{n} pages {each:.2f} s" for n, each in zip(SIZES, spent, strict=True))
    out(f"pdf    {told} of processor, exponent {exponent:.2f}\n")
    if ocr.data_folder() is None:
        out(f"scan   not measured: {ocr.MISSING}\n")
        return
    scans = [scan(common().scan, f"Stadt {number}") for number in range(6)]
    for workers in (1, 2):
        speed, used = measured(scans, workers)
        out(f"scan   {1 / speed:8.2f} s a page, {used / 1000:.2f} s processor, {workers} workers\n")


if __name__ == "__main__":
    main()
