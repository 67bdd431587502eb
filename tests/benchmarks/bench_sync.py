"""What a sync costs and how that grows; prints tables for ``docs/benchmarks.md``.

python tests/benchmarks/bench_sync.py speed --system sessionnet --sizes 500 2000 8000 20000
python tests/benchmarks/bench_sync.py speed --system oparl --sizes 500 2000 8000 20000
python tests/benchmarks/bench_sync.py memory --system oparl --sizes 500 2000 8000
python tests/benchmarks/bench_sync.py killed --papers 100000 --kills 10 --seed 1

``speed`` does four runs over each size: a first load, an increment and a reconciliation in which
nothing changed, and for OParl a plain loop over the same lists. ``memory`` does a first load and a
reconciliation of metadata only and tells what an object more costs at the peak. ``killed`` does a
first load that is killed again and again, and compares it with an undisturbed one. The server is a
process of its own, so is every run: peak memory is that run's.
"""

import argparse
import contextlib
import datetime as dt
import importlib
import json
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import psutil

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import City, load
from ingestion.crawl import crawl_city, load_documents
from ingestion.documents import Extractor
from ingestion.http import Client
from ingestion.plan import choose
from ingestion.privacy import Gate
from ingestion.sampleworld.council import TODAY
from ingestion.store import Store
from orchestration.lake import Lake

# Which server of the sample world speaks a system, and which city file is used for it.
SERVED: Final = {
    "sessionnet": ("mainz", "mainz"),
    "allris4": ("trier", "trier"),
    "oparl": ("musterstadt", "mainz"),
    "allris3": ("allris3", "mainz"),
    "sdnet": ("sdnet", "mainz"),
    "rubin": ("rubin", "mainz"),
}
NOON: Final = dt.datetime.combine(TODAY, dt.time(12), dt.UTC)
START_SECONDS: Final = 120.0
FASTEST: Final = 1e6
"""Requests a second: as fast as the two processes can."""
# How the work was cut differs between runs, what came of it does not.
CUT: Final = frozenset(
    {"retrieved_at", "first_seen_at", "last_seen_at", "started_at", "finished_at", "at"}
    | {"_dlt_valid_from", "_dlt_id", "_dlt_load_id"}
)
RUNS: Final = ("first", "increment", "full")


@dataclass(frozen=True, slots=True)
class Run:
    """What one run cost.

    Attributes:
        wall: Seconds.
        cpu: CPU seconds of the loading process and its children.
        server_cpu: CPU seconds of the sample world meanwhile.
        peak: Largest resident memory of the loading process, in MB (10⁶ bytes).
        objects: Objects that the run brought.
        requests: Requests sent.
        changed: Objects that are new, changed or gone.
    """

    wall: float
    cpu: float
    server_cpu: float
    peak: float
    objects: int
    requests: int
    changed: int


# -- the process that loads --------------------------------------------------------------------


def city_of(system: str, url: str, since: dt.date) -> City:
    """A city whose council is served at ``url`` by a server of that kind."""
    values = load(SERVED[system][1]).model_dump(mode="json")
    values |= {"statistics": [], "expect": {}}
    if system == "oparl":
        values |= {"name": "Musterstadt", "ags": "07999999", "ars": "079990000999"}
    values["council"] |= {
        "system": system,
        "url": url,
        "since": since.isoformat(),
        "quiet_hours": None,
    }
    return City.model_validate(values)


def lake_in(folder: Path) -> Lake:
    """The lake of one series of runs."""
    root = folder / "lake"
    root.mkdir(parents=True, exist_ok=True)
    catalog = f"sqlite:///{root / 'catalog.sqlite'}"
    return Lake(root=root, catalog=catalog, storage=f"{root / 'tables'}/")


def load_once(given: argparse.Namespace) -> None:
    """One run in this process; tells its figures on standard output."""
    began, lake = time.perf_counter(), lake_in(given.folder)
    city = city_of(given.system, given.url, given.since)
    assert city.council is not None
    store = Store(
        city.id,
        destination=lake.dlt_destination(),
        read=lake.read,
        write=lake.write,
        lock=lake.lock,
        pipelines=given.folder / "pipelines",
    )
    module = importlib.import_module(f"ingestion.systems.{given.system}")
    window = choose(store, city.council, is_full=given.kind == "full", now=NOON)
    assert window.kind == given.kind, f"{window.kind} is due, not {given.kind}"
    answers = StoredAnswers(store, Blobs(given.folder / "blobs"))
    client = Client(
        allowed=[given.url], user_agent="bench", requests_per_second=FASTEST, answers=answers
    )
    with client:
        done = crawl_city(city, module, client, store, window)
        requests = done.requests
        if given.files:
            with Extractor() as extractor:
                requests += load_documents(
                    city,
                    client,
                    store,
                    extractor,
                    Gate.of(city),
                    everything=given.kind != "increment",
                ).requests
    assert done.is_complete or window.changed_since, done.problems
    assert not done.problems, done.problems[:3]
    counts = done.load.counts.values()
    told = {
        "wall": time.perf_counter() - began,
        "requests": requests,
        "objects": sum(each.seen for each in counts),
        "changed": sum(each.new + each.changed + each.removed for each in counts),
        "cpu": sum(
            resource.getrusage(who).ru_utime + resource.getrusage(who).ru_stime
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def plain_once(given: argparse.Namespace) -> None:
    """The same lists, page by page into a file of JSON lines: no memory, no parser, no lake."""
    began, requests, objects = time.perf_counter(), 0, 0
    with (
        httpx.Client(trust_env=False, headers={"Accept-Encoding": "gzip"}) as client,
        (given.folder / "plain.jsonl").open("w", encoding="utf-8") as target,
    ):
        for url in _lists(given.folder):
            following: str | None = url
            while following is not None:
                page = client.get(following).raise_for_status().json()
                requests += 1
                for thing in page["data"]:
                    target.write(json.dumps(thing, ensure_ascii=False) + "\n")
                    objects += 1
                following = page["links"].get("next")
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "wall": time.perf_counter() - began,
        "requests": requests,
        "objects": objects,
        "changed": objects,
        "cpu": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024 / 1e6,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _lists(folder: Path) -> list[str]:
    """The lists that the first load asked for, each by its first page."""
    rows = lake_in(folder).arrow(
        "SELECT url FROM raw_mainz.fetch WHERE regexp_matches(url, '/body/1/[a-z]+$') ORDER BY url"
    )
    return [str(url) for url in rows["url"].to_pylist()]


# -- the processes around it -------------------------------------------------------------------


@contextlib.contextmanager
def served(folder: Path, system: str, papers: int) -> Iterator[tuple[psutil.Process, str]]:
    """The sample world as a process: it, and the address of the system's server."""
    ready = folder / "ready.json"
    command = ["-m", "ingestion.sampleworld", "--ready", str(ready), "--papers", str(papers)]
    name = SERVED[system][0]
    if name == system:
        command += ["--neighbours", system]
    child = psutil.Popen([sys.executable, *command])
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if child.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the sample world did not come up → see its message above")
            time.sleep(0.05)
        told = json.loads(ready.read_text(encoding="utf-8"))
        yield child, told["councils"][name]
    finally:
        child.terminate()
        child.wait()


def first_day(papers: int) -> dt.date:
    """Before the first meeting of a sample world of this size."""
    from ingestion.sampleworld.council import Council

    return Council("mainz", seed=1, papers=papers).first_day.replace(day=1)


def command(what: str, folder: Path, system: str, url: str, since: dt.date) -> list[str]:
    """The command line of one run."""
    return [
        *(sys.executable, str(Path(__file__).resolve()), what),
        *("--folder", str(folder), "--system", system),
        *("--url", url, "--since", since.isoformat()),
    ]


def measured(arguments: Sequence[str], server: psutil.Process) -> Run:
    """Run a child to its end and take its figures and the server's."""
    before = server.cpu_times()
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True, check=True)
    after = server.cpu_times()
    told = json.loads(done.stdout.splitlines()[-1])
    spent = after.user + after.system - before.user - before.system
    return Run(server_cpu=spent, **told)


# -- speed -------------------------------------------------------------------------------------


def speed(given: argparse.Namespace) -> None:
    """All runs over every size, then the exponents."""
    out = sys.stdout.write
    heads = ("papers", "run", "wall s", "CPU s", "server CPU s", "peak MB", "objects", "requests")
    heads += ("objects/s", "requests/s", "changed")
    out(f"| {' | '.join(heads)} |\n{'|---' * len(heads)}|\n")
    grown: dict[str, list[Run]] = {}
    for papers in given.sizes:
        with (
            tempfile.TemporaryDirectory() as name,
            served(Path(name), given.system, papers) as (server, url),
        ):
            since = first_day(papers)
            for kind in RUNS:
                line = [*command("load", Path(name), given.system, url, since), "--kind", kind]
                if given.files:
                    line += ["--files"]
                    a_day_passes(Path(name))
                grown.setdefault(kind, []).append(measured(line, server))
            if given.system == "oparl":
                line = command("plain", Path(name), given.system, url, since)
                grown.setdefault("plain loop", []).append(measured(line, server))
        for kind, runs in grown.items():
            out(_row(papers, kind, runs[-1]))
    for kind, runs in grown.items():
        out(_exponents(given.sizes, kind, runs))
    out(f"\n{_ratios(grown)}\n")


def a_day_passes(folder: Path) -> None:
    """All that was seen was seen a day earlier: what an increment meets is then asked for anew."""
    with lake_in(folder).write() as con:
        found = con.execute(
            "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'raw_mainz' "
            "AND table_name = 'sighting'"
        ).fetchall()
        if found:
            con.execute(
                "UPDATE raw_mainz.sighting SET last_seen_at = last_seen_at - INTERVAL 1 DAY"
            )


def _row(papers: int, kind: str, run: Run) -> str:
    each = (
        f"{papers:,}",
        kind,
        *(f"{seconds:.1f}" for seconds in (run.wall, run.cpu, run.server_cpu)),
        f"{run.peak:.0f}",
        *(f"{number:,}" for number in (run.objects, run.requests)),
        *(f"{number / run.wall:,.0f}" for number in (run.objects, run.requests)),
        str(run.changed),
    )
    return f"| {' | '.join(each)} |\n"


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of log cost over log size: 1 is linear."""
    if len(sizes) < 2:
        return float("nan")
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(costs, 0.01)), 1)[0])


def _exponents(sizes: Sequence[int], kind: str, runs: Sequence[Run]) -> str:
    figures = [asdict(run) for run in runs]
    each = [
        f"{exponent(sizes, [figure[name] for figure in figures]):.2f}"
        for name in ("wall", "cpu", "server_cpu", "peak", "objects", "requests")
    ]
    return f"| exponent | {kind} | {' | '.join(each)} | | | |\n"


def _ratios(grown: dict[str, list[Run]]) -> str:
    first, increment = grown["first"][-1], grown["increment"][-1]
    share = increment.requests / first.requests
    told = f"Increment: {share:.2%} of the first load's requests, {increment.wall:.1f} s."
    if "plain loop" in grown:
        plain = grown["plain loop"][-1]
        told += (
            f" First load to plain loop: {first.wall / plain.wall:.1f} times the wall time, "
            f"{first.cpu / plain.cpu:.1f} times the CPU time, server's left aside."
        )
    return told


# -- memory ------------------------------------------------------------------------------------


def memory(given: argparse.Namespace) -> None:
    """First load and reconciliation over every size: the peaks, and what an object more costs."""
    out = sys.stdout.write
    out("| papers | run | objects | peak MB | bytes per object more |\n|---|---|---|---|---|\n")
    grown: dict[str, list[Run]] = {}
    for papers in given.sizes:
        with (
            tempfile.TemporaryDirectory() as name,
            served(Path(name), given.system, papers) as (server, url),
        ):
            since = first_day(papers)
            for kind in ("first", "full"):
                line = [*command("load", Path(name), given.system, url, since), "--kind", kind]
                runs = grown.setdefault(kind, [])
                runs.append(run := measured(line, server))
                more = _bytes_per_object(runs[-2:])
                out(f"| {papers:,} | {kind} | {run.objects:,} | {run.peak:.0f} | {more} |\n")
                sys.stdout.flush()
    for kind, runs in grown.items():
        out(
            f"| exponent | {kind} | | {exponent(given.sizes, [run.peak for run in runs]):.2f} | |\n"
        )


def _bytes_per_object(runs: Sequence[Run]) -> str:
    if len(runs) < 2:
        return ""
    before, after = runs
    return f"{(after.peak - before.peak) * 1e6 / (after.objects - before.objects):,.0f}"


# -- killed ------------------------------------------------------------------------------------


def killed(given: argparse.Namespace) -> None:
    """A first load killed at random moments, and one undisturbed: the same end."""
    out, chance = sys.stdout.write, random.Random(given.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder, given.system, given.papers) as (server, url):
            since = first_day(given.papers)

            def line(into: str) -> list[str]:
                (folder / into).mkdir(exist_ok=True)
                made = command("load", folder / into, given.system, url, since)
                return [*made, "--kind", "first"]

            whole = measured(line("whole"), server)
            out(f"undisturbed: {_row(given.papers, 'first', whole)}")
            began = time.perf_counter()
            # Between nothing and all that is left of the work, less from kill to kill.
            for number in range(1, given.kills + 1):
                seconds = chance.uniform(0.05, 1.6) * whole.wall / given.kills
                out(f"kill {number} after {seconds:.1f} s: {_kill(line('killed'), seconds)}\n")
                sys.stdout.flush()
            last = measured(line("killed"), server)
            out(f"to the end: {_row(given.papers, 'first', last)}")
            spent = time.perf_counter() - began
            out(f"all runs with kills: {spent:.0f} s, undisturbed {whole.wall:.0f} s\n")
        found = [differing(folder / "whole", folder / "killed"), duplicates(folder / "killed")]
    out(f"tables that differ: {found[0] or 'none'}; duplicates by key: {found[1] or 'none'}\n")
    if any(found):
        raise SystemExit(1)


def _kill(arguments: Sequence[str], seconds: float) -> str:
    child = subprocess.Popen(arguments, stdout=subprocess.DEVNULL)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    return "killed" if child.wait() == -signal.SIGKILL else "had come to its end before"


def differing(one: Path, other: Path) -> list[str]:
    """Raw tables whose rows differ, times and dlt's ids left aside."""
    schema, lakes = "raw_mainz", (lake_in(one), lake_in(other))
    tables = [{name for name in lake.tables(schema) if name[0] != "_"} for lake in lakes]
    unequal = sorted(tables[0] ^ tables[1])
    # How the work was cut into runs stands in its own row and in the checkpoints.
    for table in sorted((tables[0] & tables[1]) - {"crawl", "fetch"}):
        if len({_digest(lake, f"{schema}.{table}") for lake in lakes}) > 1:
            unequal.append(table)
    if len({_digest(lake, f"{schema}.fetch", {"url", "sha256"}) for lake in lakes}) > 1:
        unequal.append("fetch")
    return unequal


def _digest(lake: Lake, table: str, only: set[str] | None = None) -> tuple[Any, ...]:
    """Row count and a sum of row hashes: equal for equal rows in any order."""
    with lake.read() as con:
        names = {row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()} - CUT
        names = names & only if only else names
        kept = ", ".join(f'"{each}"' for each in sorted(names))
        rows = con.execute(f"SELECT count(*), sum(hash({kept})::HUGEINT) FROM {table}")
        return tuple(rows.fetchall()[0])


def duplicates(folder: Path) -> list[str]:
    """Object tables in which a key has two current rows, or any row a second version."""
    lake, found = lake_in(folder), []
    with lake.read() as con:
        for table in sorted(lake.tables("raw_mainz")):
            names = {row[0] for row in con.execute(f"DESCRIBE raw_mainz.{table}").fetchall()}
            if "_dlt_valid_to" in names:
                key, where = "id", f"raw_mainz.{table}"
            elif table == "sighting":
                key, where = "system, object_type, id", "raw_mainz.sighting"
            else:
                continue
            twice = con.execute(
                f"SELECT count(*) FROM (SELECT {key} FROM {where} GROUP BY ALL HAVING count(*) > 1)"
            ).fetchall()[0][0]
            if twice:
                found.append(f"{table}: {twice}")
    return found


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parts = parser.add_subparsers(dest="what", required=True)
    fast = parts.add_parser("speed")
    fast.add_argument("--system", choices=sorted(SERVED), default="sessionnet")
    fast.add_argument("--sizes", type=int, nargs="+", default=[500, 2_000, 8_000, 20_000])
    fast.add_argument("--files", action="store_true", help="the documents too")
    flat = parts.add_parser("memory")
    flat.add_argument("--system", choices=sorted(SERVED), default="oparl")
    flat.add_argument("--sizes", type=int, nargs="+", default=[500, 2_000, 8_000])
    hard = parts.add_parser("killed")
    hard.add_argument("--system", choices=sorted(SERVED), default="oparl")
    hard.add_argument("--papers", type=int, default=100_000)
    hard.add_argument("--kills", type=int, default=10)
    hard.add_argument("--seed", type=int, default=1)
    for name in ("load", "plain"):  # what the others start
        child = parts.add_parser(name)
        child.add_argument("--folder", type=Path, required=True)
        child.add_argument("--system", required=True)
        child.add_argument("--url", required=True)
        child.add_argument("--since", type=dt.date.fromisoformat, required=True)
        child.add_argument("--kind", choices=RUNS, default="first")
        child.add_argument("--files", action="store_true")
    given = parser.parse_args()
    works = {
        "speed": speed,
        "memory": memory,
        "killed": killed,
        "load": load_once,
        "plain": plain_once,
    }
    works[given.what](given)


if __name__ == "__main__":
    main()
