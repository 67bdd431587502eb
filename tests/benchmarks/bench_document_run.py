"""What a run over a city's documents costs in which nothing is new, and how its memory grows.

python tests/benchmarks/bench_document_run.py grow --sizes 2000 20000 60000

One file of three pages is fetched, read and loaded as always; the lake then gets as many rows of
the same kind as if there had been so many files. Each run is a process of its own, which asks for
every file again and hears that it is unchanged (by a transport in the same process: no network).
Peak memory and CPU seconds are that run's.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import httpx
import numpy as np
import pyarrow as pa
from bench_documents import pdf
from duckdb import DuckDBPyConnection

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import City, load
from ingestion.crawl import Crawl, load_documents
from ingestion.documents import Document
from ingestion.extract import Extractor
from ingestion.http import Client, Hooks
from ingestion.privacy import Gate
from ingestion.record import File
from ingestion.store import Store
from orchestration.lake import Lake

BASE: Final = "http://council.example/"
PAGES: Final = 3
SCHEMA: Final = "raw_mainz"
# The tables that a file stands in, and the columns that name it.
NAMED: Final = {
    "oparl_file": ("id", "url"),
    "document": ("id", "url", "file_id"),
    "document_page": ("id", "url", "file_id"),
    "sighting": ("id",),
    "fetch": ("url",),
}


def answer(request: httpx.Request) -> httpx.Response:
    """The same bytes under every address; asked again, they are unchanged."""
    if not request.url.path.startswith("/file/"):
        return httpx.Response(404)
    if request.headers.get("If-None-Match"):
        return httpx.Response(304)
    return httpx.Response(200, content=pdf(PAGES), headers={"ETag": '"1"'})


def city() -> City:
    values = load("mainz").model_dump(mode="json") | {"statistics": [], "expect": {}}
    values["council"] |= {"system": "oparl", "url": BASE, "quiet_hours": None}
    return City.model_validate(values)


def store_in(folder: Path) -> tuple[Store, Lake]:
    root = folder / "lake"
    root.mkdir(parents=True, exist_ok=True)
    catalog = f"sqlite:///{root / 'catalog.sqlite'}"
    lake = Lake(root=root, catalog=catalog, storage=f"{root / 'tables'}/")
    store = Store(
        "mainz",
        destination=lake.dlt_destination(),
        read=lake.read,
        write=lake.write,
        lock=lake.lock,
        pipelines=folder / "pipelines",
    )
    return store, lake


def run(folder: Path) -> dict[str, float]:
    """One run over all files that the lake knows; its figures."""
    began, (store, _) = time.perf_counter(), store_in(folder)
    with (
        Client(
            allowed=[BASE],
            user_agent="bench",
            requests_per_second=1e6,
            permission=True,
            answers=StoredAnswers(store, Blobs(folder / "blobs")),
            transport=httpx.MockTransport(answer),
            hooks=Hooks(resolve=None),
        ) as client,
        Extractor(workers=1) as extractor,
    ):
        done = load_documents(city(), client, store, extractor, Gate.of(city()))
    assert not done.problems, done.problems[:3]
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "files": done.documents,
        "changed": done.changed,
        "unchanged": done.not_modified,
        "wall": time.perf_counter() - began,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024 / 1e6,
    }


def begin(folder: Path, files: int) -> dict[str, float]:
    """The first run, over one file, and rows as of many."""
    store, _ = store_in(folder)
    file = File(id="f0z", url=f"{BASE}file/f0z", name="Vorlage", mime_type="application/pdf")
    store.load("oparl", [file], crawl=Crawl("oparl", is_complete=True, kind="full"))
    told = run(folder)
    assert told["changed"] == 1 + PAGES
    multiply(folder, files)
    return told


def multiply(folder: Path, files: int) -> None:
    """As many rows of each kind as so many files would have."""
    _, lake = store_in(folder)
    with lake.write() as con:
        for table, columns in NAMED.items():
            have = con.execute(
                f"SELECT count(*) FROM {SCHEMA}.{table} WHERE contains({columns[0]}, 'f0z')"
            ).fetchall()
            assert have[0][0], table
            named = ", ".join(
                f"replace({each}, 'f0z', 'f' || n || 'z') AS {each}" for each in columns
            )
            con.execute(
                f"INSERT INTO {SCHEMA}.{table} SELECT t.* REPLACE ({named}) "
                f"FROM {SCHEMA}.{table} AS t, range(1, {files}) AS r(n) "
                f"WHERE contains({columns[0]}, 'f0z')"
            )
        con.register("hashes", hashes(con))
        con.execute(
            f"UPDATE {SCHEMA}.document SET content_sha256 = h.hash FROM hashes AS h "
            "WHERE document.id = h.id"
        )


def hashes(con: DuckDBPyConnection) -> pa.Table:
    """What each document's row hashes to: its id and address are part of it."""
    names = ", ".join(Document.model_fields)
    rows = con.execute(f"SELECT {names} FROM {SCHEMA}.document").fetchall()
    made = [
        Document.model_validate(dict(zip(Document.model_fields, row, strict=True))) for row in rows
    ]
    return pa.table(
        {"id": [each.id for each in made], "hash": [each.content_sha256 for each in made]}
    )


def child(what: str, folder: Path, files: int) -> dict[str, float]:
    """A step in a process of its own, which inherits no memory: ours stays small."""
    line = [sys.executable, str(Path(__file__).resolve()), what]
    line += ["--folder", str(folder), "--files", str(files)]
    done = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True)
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of log cost over log size: 1 is linear, 0 is flat."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0]) if len(sizes) > 1 else float("nan")


def grow(sizes: Sequence[int]) -> None:
    out = sys.stdout.write
    runs = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as name:
            child("begin", Path(name), size)
            told = child("once", Path(name), size)
        assert (told["files"], told["unchanged"], told["changed"]) == (size, size, 0), told
        runs.append(told)
        figures = f"{told['wall']:.0f} s, {told['cpu']:.1f} s CPU, {told['peak']:.0f} MB"
        out(f"{size:,} files: {figures}\n")
        sys.stdout.flush()
    for what in ("cpu", "peak"):
        out(f"exponent of {what}: {exponent(sizes, [each[what] for each in runs]):.2f}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="what", required=True)
    growing = parts.add_parser("grow")
    growing.add_argument("--sizes", type=int, nargs="+", default=[2_000, 20_000, 60_000])
    for name in ("begin", "once"):  # what grow starts
        part = parts.add_parser(name)
        part.add_argument("--folder", type=Path, required=True)
        part.add_argument("--files", type=int, required=True)
    given = parser.parse_args()
    if given.what == "grow":
        grow(given.sizes)
        return
    told = begin(given.folder, given.files) if given.what == "begin" else run(given.folder)
    sys.stdout.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
