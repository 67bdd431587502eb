"""Crawls a council of the sample world in small portions and, if told so, is killed on the way.

``python resumed_run.py FOLDER URL [POINT]``; POINT is ``<what>:<n>``: just before the n-th time.
"""

import datetime as dt
import os
import signal
import sys
from functools import wraps
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

WINDOW = {"kind": "first", "first": dt.date(2026, 3, 1), "last": dt.date(2027, 1, 31)}
PORTIONS = Portions(answers=40, kept_answers=6)
POINTS: dict[str, tuple[Any, str]] = {
    "request": (Sender, "send"),
    "portion": (bookkeeping, "write"),
    "answers": (bookkeeping, "write_answers"),
}


def arm(point: str) -> None:
    """Kill this process just before the n-th call."""
    what, _, number = point.partition(":")
    owner, name = POINTS[what]
    original = getattr(owner, name)
    calls = 0

    @wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, deadly)


def run(folder: Path, url: str) -> CrawlResult:
    """One run, opened anew."""
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
        return crawl_city(city, sessionnet, client, store, Window(**WINDOW), portions=PORTIONS)


if __name__ == "__main__":
    if len(sys.argv) > 3:
        arm(sys.argv[3])
    run(Path(sys.argv[1]), sys.argv[2])
