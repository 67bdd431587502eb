"""How fast the privacy gate reads: megabytes of text a second.

Run ``python tests/benchmarks/bench_privacy.py``. The pages are the labelled passages, 3,000
characters a page; the dense ones have no other text, the usual ones are nine tenths of plain prose.
"""

import sys
import time
from pathlib import Path
from typing import Final

from ingestion.personal_data import find

PASSAGES: Final = Path(__file__).parents[1] / "unit" / "ingestion" / "privacy_passages.txt"
PROSE: Final = "Der Ausschuss nimmt den Bericht der Verwaltung zur Kenntnis und vertagt den Punkt. "
PAGE: Final = 3_000
SECONDS: Final = 2.0


def pages(text: str) -> list[str]:
    return [text[at : at + PAGE] for at in range(0, len(text), PAGE)]


def megabytes_per_second(texts: list[str]) -> float:
    """Read all pages again and again for ``SECONDS``."""
    for text in texts:
        find(text)
    size, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        for text in texts:
            find(text)
            size += len(text.encode())
    return size / spent / 1e6


def main() -> None:
    dense = PASSAGES.read_text("utf-8")
    usual = "\n".join(line + PROSE * 9 for line in dense.splitlines())
    for name, text in (("dense", dense), ("usual", usual)):
        sys.stdout.write(f"{name:<8}{megabytes_per_second(pages(text)):8.2f} MB/s\n")


if __name__ == "__main__":
    main()
