"""What the privacy gate costs: processor seconds and memory by page and megabyte, beside a peer.

Run ``python tests/benchmarks/bench_privacy.py``. The pages are the labelled passages, 3,000
characters a page; the dense ones have no other text, the usual ones are nine tenths of plain prose.
The exponent is the processor time's over the length of one text (1: twice the text, twice the
time). The peer is the search by patterns of datafog, which knows no names of persons: it runs
where ``--peers`` names a folder into which it was installed.
"""

import argparse
import math
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ingestion.personal_data import find

PASSAGES: Final = Path(__file__).parents[1] / "unit" / "ingestion" / "privacy_passages.txt"
PROSE: Final = "Der Ausschuss nimmt den Bericht der Verwaltung zur Kenntnis und vertagt den Punkt. "
PAGE: Final = 3_000
LENGTHS: Final = (3_000, 30_000, 300_000)
SECONDS: Final = 2.0
Search = Callable[[str], Any]


def pages(text: str) -> list[str]:
    return [text[at : at + PAGE] for at in range(0, len(text), PAGE)]


def seconds(search: Search, texts: Sequence[str], least: float = SECONDS) -> float:
    """Processor seconds to read all texts once: the mean over at least so many seconds."""
    for text in texts:
        search(text)
    rounds, began = 0, time.process_time()
    while (spent := time.process_time() - began) < least:
        for text in texts:
            search(text)
        rounds += 1
    return spent / rounds


def exponent(search: Search, text: str) -> tuple[list[float], float]:
    """Seconds for each of ``LENGTHS`` characters, and how they grow."""
    long = text * (LENGTHS[-1] // len(text) + 1)
    spent = [seconds(search, [long[:length]], SECONDS / 4) for length in LENGTHS]
    return spent, math.log(spent[-1] / spent[0]) / math.log(LENGTHS[-1] / LENGTHS[0])


def peak(search: Search, text: str) -> int:
    """Most bytes that one search holds at a time."""
    tracemalloc.start()
    search(text)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=Path, help="folder into which datafog was installed")
    peers: Path | None = parser.parse_args().peers
    searches: dict[str, Search] = {"seehaus": find}
    if peers is not None:
        sys.path.append(str(peers))  # at the end: what is locked here wins
        searches["datafog"] = partial(import_module("datafog").scan, engine="regex")
    dense = PASSAGES.read_text("utf-8")
    usual = "\n".join(line + PROSE * 9 for line in dense.splitlines())
    out = sys.stdout.write
    for name, text in (("dense", dense), ("usual", usual)):
        cut = pages(text)
        for who, search in searches.items():
            spent = seconds(search, cut)
            a_page, a_megabyte = spent / len(cut), spent / len(text.encode()) * 1e6
            out(f"{name} {who:8} {1000 * a_page:6.2f} ms a page, {a_megabyte:6.2f} s a megabyte")
            out(f", {max(peak(search, page) for page in cut) / 1000:,.0f} kB at most\n")
            told, slope = exponent(search, text)
            listed = ", ".join(f"{n:,}: {s:.4f} s" for n, s in zip(LENGTHS, told, strict=True))
            out(f"{name} {who:8} characters {listed}, exponent {slope:.2f}\n")


if __name__ == "__main__":
    main()
