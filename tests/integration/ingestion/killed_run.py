"""Runs a city twice in a child process and, if told so, is killed in the second run.

``python killed_run.py FOLDER [POINT]``; POINT is ``<what>:<n>``: just before the n-th time.
"""

import os
import signal
import sys
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parent))

import council
from dlt.destinations import job_client_impl

import ingestion.answers
import ingestion.store
from ingestion import bookkeeping
from ingestion.blobs import Blobs
from ingestion.crawl import crawl_city, load_documents
from ingestion.documents import Extractor
from ingestion.privacy import Gate
from ingestion.store import Store
from orchestration.lake import Lake

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Where the plug is pulled: the owner of the function and its name.
POINTS: dict[str, tuple[Any, str]] = {
    "dlt": (ingestion.store, "load_tables"),
    "merge": (job_client_impl.SqlLoadJob, "run"),
    "bookkeeping": (bookkeeping, "write"),
    "sightings": (bookkeeping, "_write_sightings"),
    "tombstones": (bookkeeping, "_write_tombstones"),
    "blob": (Blobs, "put"),
}


def arm(point: str, points: "Mapping[str, tuple[Any, str]]" = POINTS) -> None:
    """Kill this process just before the n-th call."""
    what, _, number = point.partition(":")
    owner, name = points[what]
    original: Callable[..., Any] = getattr(owner, name)
    calls = 0

    @wraps(original)
    def deadly(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        return original(*args, **kwargs)

    setattr(owner, name, deadly)


def lake_in(folder: Path) -> Lake:
    root = folder / "lake"
    root.mkdir(parents=True, exist_ok=True)
    return Lake(
        root=root, catalog=f"sqlite:///{root / 'catalog.sqlite'}", storage=f"{root / 'tables'}/"
    )


def run(folder: Path, server: council.Council) -> None:
    """One run over everything, opened anew."""
    lake = lake_in(folder)
    blobs = Blobs(folder / "blobs")
    system = SimpleNamespace(
        __name__="ingestion.systems.sessionnet", fetch=council.fetch, parse=council.parse
    )
    store = Store(
        "mainz",
        destination=lake.dlt_destination(),
        read=lake.read,
        write=lake.write,
        lock=lake.lock,
        pipelines=folder / "pipelines",
    )
    answers = ingestion.answers.StoredAnswers(store, blobs)
    with server.client(answers=answers) as client, Extractor(workers=1) as extractor:
        crawl_city(council.CITY, system, client, store, None)
        load_documents(council.CITY, client, store, extractor, Gate.of(council.CITY))


def first() -> council.Council:
    """The server as the first run meets it."""
    server = council.Council()
    for number in range(4):
        server.add(number, f"Vorlage {number} zum Haushalt.", "Die Mittel stehen bereit.")
    return server


def second() -> council.Council:
    """The server as the second run meets it: something new, changed, shorter, withdrawn."""
    server = first()
    server.add(4, "Neue Vorlage zum Radverkehr in der Innenstadt.")
    server.papers["1"]["state"] = "beschlossen"
    server.add(2, "Vorlage 2 in neuer, kürzerer Fassung.")
    server.bytes["f3"] = 410
    return server


if __name__ == "__main__":
    at = Path(sys.argv[1])
    run(at, first())
    (at / "first-done").touch()
    if len(sys.argv) > 2:
        arm(sys.argv[2])
    run(at, second())
