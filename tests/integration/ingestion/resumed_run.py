"""Crawls a council of the sample world in small portions and, if told so, is killed on the way.

``python resumed_run.py FOLDER URL SIZE [POINT]``; POINT is ``<what>:<n>``: just before the n-th
time; SIZE is one of ``SIZES``.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import killed_run

from ingestion import bookkeeping
from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import load
from ingestion.crawl import CrawlResult, Portions, crawl_city
from ingestion.http import Client
from ingestion.http_send import Sender
from ingestion.store import Store
from ingestion.systems import sessionnet
from ingestion.window import Window

LAST = dt.date(2027, 1, 31)
# From which day on, and in which portions: a load into the lake takes longer than all else here.
SIZES = {
    "small": (dt.date(2026, 9, 1), Portions(answers=12, kept_answers=6)),
    "long": (dt.date(2026, 3, 1), Portions(answers=80, kept_answers=10)),
}
POINTS: dict[str, tuple[Any, str]] = {
    "request": (Sender, "send"),
    "portion": (bookkeeping, "write"),
    "answers": (bookkeeping, "write_answers"),
}


def run(folder: Path, url: str, size: str) -> CrawlResult:
    """One run, opened anew."""
    first, portions = SIZES[size]
    window = Window(kind="first", first=first, last=LAST)
    lake = killed_run.lake_in(folder)
    city = load("mainz").with_urls({"council": url})
    store = Store(
        "mainz",
        destination=lake.dlt_destination(),
        read=lake.read,
        write=lake.write,
        lock=lake.lock,
        pipelines=folder / "pipelines",
    )
    answers = StoredAnswers(store, Blobs(folder / "blobs"))
    with Client(
        allowed=[url], user_agent="t", requests_per_second=10_000, answers=answers
    ) as client:
        return crawl_city(city, sessionnet, client, store, window, portions=portions)


if __name__ == "__main__":
    if len(sys.argv) > 4:
        killed_run.arm(sys.argv[4], POINTS)
    run(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
