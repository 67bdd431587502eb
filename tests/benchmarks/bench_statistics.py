"""How fast statistics are read and loaded; prints tables for ``docs/benchmarks.md``.

python tests/benchmarks/bench_statistics.py parse
python tests/benchmarks/bench_statistics.py merge --rows 100000

``parse`` reads the same ZIPs three ways in one run: our parser (a record per row: sign, unit,
vintage and id), ``pandas.read_csv``, and ``pystatis``' cleaning of it where it is installed. Each
way is a process of its own: peak memory is that way's. ``merge`` loads that many invented
observations twice into a fresh lake through a crawl, from a transport in the process.
"""

import argparse
import datetime as dt
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import httpx

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import load
from ingestion.crawl import crawl_city
from ingestion.http import Client
from ingestion.record import Fetched
from ingestion.store import Store
from ingestion.systems import genesis
from orchestration.lake import Lake

SAMPLES: Final = Path(
    os.environ.get("SEEHAUS_SAMPLES", Path(__file__).parents[3] / "shared" / "samples")
)
WAYS: Final = ("seehaus", "pandas", "pystatis")
SECONDS: Final = 3.0
ROWS_PER_TABLE: Final = 100_000
HEADER: Final = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
    "2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;"
    "value_variable_label\n"
)


def peak_mib() -> float:
    """Most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def invented(rows: int, seed: int = 0) -> bytes:
    """A table of one district with that many rows, as a ZIP."""
    lines = [HEADER]
    first = dt.date(1990, 12, 31)
    for number in range(rows):
        year = first.year + number % 30
        member = f"M{number // 30:06}"
        lines.append(
            f"12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;{year}-12-31;KREISE;"
            f"Kreise und kreisfreie Städte;07315;Mainz, kreisfreie Stadt;GES;Geschlecht;{member};"
            f"Merkmal {member};{(number * 7919 + seed) % 100_000};Anzahl;BEVSTD;Bevölkerungsstand\n"
        )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        member_info = zipfile.ZipInfo("12411-01-01-4.csv", (2026, 3, 10, 9, 0, 0))
        archive.writestr(member_info, "".join(lines).encode("utf-8-sig"), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def bodies(folder: Path) -> list[bytes]:
    """The recorded ZIPs and one large invented one."""
    recorded = [path.read_bytes() for path in sorted((SAMPLES / "genesis").glob("*.zip"))]
    large = folder / "large.zip"
    if not large.exists():
        large.write_bytes(invented(ROWS_PER_TABLE))
    return [*recorded, large.read_bytes()]


def csv_of(body: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(archive.namelist()[0])


def read_seehaus(body: bytes) -> int:
    now = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
    page = Fetched("file:t", "tablefile", 200, {}, body, now, {"table": "12411-01-01-4"})
    return sum(1 for _ in genesis.parse(page))


def read_pandas(body: bytes) -> int:
    import pandas as pd

    signs = ["...", ".", "-", "/", "x"]
    return len(pd.read_csv(io.BytesIO(csv_of(body)), sep=";", decimal=",", na_values=signs))


def read_pystatis(body: bytes) -> int:
    import pandas as pd
    from pystatis.table import Table

    signs = ["...", ".", "-", "/", "x"]
    text = csv_of(body).decode("utf-8-sig")
    raw = pd.read_csv(io.StringIO(text), sep=";", decimal=",", na_values=signs, dtype=str)
    raw["value"] = pd.to_numeric(raw["value"])
    return len(Table.parse_v5_table(raw, "regio", "de"))


READERS: Final[dict[str, Callable[[bytes], int]]] = {
    "seehaus": read_seehaus,
    "pandas": read_pandas,
    "pystatis": read_pystatis,
}


def one_way(way: str, folder: Path) -> dict[str, Any]:
    """Read all ZIPs again and again for some seconds."""
    reader, found = READERS[way], bodies(folder)
    rows = seconds = 0.0
    while seconds < SECONDS:
        began = time.process_time()
        rows += sum(reader(body) for body in found)
        seconds += time.process_time() - began
    return {"way": way, "rows_per_cpu_second": round(rows / seconds), "peak_mib": round(peak_mib())}


def parse(folder: Path, python: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every way in a process of its own, one after the other."""
    bodies(folder)
    for way in WAYS:
        interpreter = python[0] if python and way == "pystatis" else sys.executable
        command = [interpreter, __file__, "one", way, "--folder", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            yield json.loads(done.stdout)
        else:
            yield {"way": way, "skipped": done.stderr.strip().splitlines()[-1][:120]}


def merge(rows: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Twice the same load, each in a process of its own."""
    for name in ("first", "second"):
        command = [sys.executable, __file__, "load", "--rows", str(rows), "--folder", str(folder)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        yield {"run": name, **json.loads(done.stdout)}


def load_once(rows: int, folder: Path) -> dict[str, Any]:
    """Crawl as many tables as hold these rows, guest access, so that every table is asked for."""
    root = folder / "lake"
    root.mkdir(parents=True, exist_ok=True)
    at = Lake(root=root, catalog=f"sqlite:///{root / 'c.sqlite'}", storage=f"{root / 'tables'}/")
    store = Store(
        "mainz",
        destination=at.dlt_destination(),
        read=at.read,
        write=at.write,
        lock=at.lock,
        pipelines=folder / "dlt",
    )
    city = load("mainz")
    entry = city.statistics_of("genesis")[0]
    per_table = min(rows, ROWS_PER_TABLE)
    codes = [f"{11111 + number}-01-01-4" for number in range(max(1, rows // per_table))]
    entries = [
        entry.model_copy(update={"table": entry.table.model_copy(update={"code": code})})
        for code in codes
    ]
    city = city.model_copy(update={"statistics": tuple(entries)})
    body = invented(per_table)
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    answers = StoredAnswers(store, Blobs(folder / "blobs"))
    with Client(
        allowed=city.base_urls("genesis"),
        user_agent="Seehaus/0.1",
        requests_per_second=1e6,
        permission=True,
        transport=answer,
        answers=answers,
    ) as client:
        began, worked = time.perf_counter(), time.process_time()
        result = crawl_city(city, genesis, client, store, None)
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    counts = result.load.counts["observation"]
    return {
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "rows_per_cpu_second": round(counts.seen / cpu),
        "seen": counts.seen,
        "changed": counts.new + counts.changed,
        "portions": result.portions,
        "peak_mib": round(peak_mib()),
    }


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("parse", "merge", "one", "load"))
    parser.add_argument("way", nargs="?", choices=WAYS)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--pystatis-python", action="append", default=[])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = args.folder or Path(made)
        found: Iterator[dict[str, Any]]
        if args.what == "one":
            found = iter([one_way(args.way, folder)])
        elif args.what == "load":
            found = iter([load_once(args.rows, folder)])
        elif args.what == "parse":
            found = parse(folder, args.pystatis_python)
        else:
            found = merge(args.rows, folder)
        for row in found:
            sys.stdout.write(json.dumps(row) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
