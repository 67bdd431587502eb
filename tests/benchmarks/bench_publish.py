"""Publishing as a diff against loading everything again; prints a table for ``docs/benchmarks.md``.

python tests/benchmarks/bench_publish.py --sizes 20x100000 200x1000000 --folder data/bench-portal

Data sets of statistics go to a real CKAN in one run: first, with nothing new, and with one row in a
hundred changed in every one of them, which is the worst case for a diff: no data set is left out.
The plain way sends the same with ``ckanapi load datasets --upload-resources``, as many at a time,
and makes every DataStore table anew by ``datastore_delete``, ``datastore_create`` and
``datastore_upsert``. In the end both ways' tables are compared. Making the files counts for the
publisher; the plain way finds its files made.
"""

import argparse
import datetime as dt
import json
import math
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pydantic import SecretStr

from catalog.changes import batches, everything
from catalog.dataset import DataSet, datasets
from catalog.dictionary import datastore_fields, datastore_indexes
from catalog.package import is_empty, package, resource
from catalog.portal import Portal, PortalInfo, Settings
from catalog.publish import publish
from catalog.remote import Ckan
from tests.integration.catalog.proxy import Proxy
from tests.unit.catalog import world

if TYPE_CHECKING:
    import polars as pl

AT_ONCE = 4
COUNTED = 2
"""Of so many data sets a load's requests are counted, by a proxy that would slow the others."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one way took."""

    requests: int
    seconds: float


def figures(number: int, count: int, edition: int) -> pa.Table:
    """So many observations; from edition to edition the value of each hundredth row differs."""
    same = {
        "city_id": "mainz",
        "ars": "073150000000",
        "indicator_id": "population",
        "period_start_date": dt.date(2025, 12, 31),
        "period_end_date": dt.date(2025, 12, 31),
        "period_type": "date",
        "basis": "census-2022",
        "vintage_date": dt.date(2026, 3, 1),
        "obs_status": "A",
    }
    rows = [
        {
            **same,
            "observation_id": f"mainz:{number}-{n}",
            "dimensions": json.dumps({"AGE": f"Y{n}"}),
            "dimension_labels": json.dumps({"Alter": f"{n} Jahre"}),
            "value": 7.0 * n + (edition if n % 100 == number % 100 else 0),
            "value_raw": str(7 * n),
            "source_url": f"https://www.regionalstatistik.example/{number}/{n}",
        }
        for n in range(count)
    ]
    return world.table("observation", rows)


def made(run: str, sets: int, rows: int, edition: int) -> list[DataSet]:
    """The data sets of one edition, ``rows`` in all; their files are not made yet."""
    found = []
    for number in range(sets):
        of = {**world.tables(), "observation": figures(number, rows // sets, edition)}
        every = datasets(of, world.dictionary(), world.cities(), portal_url=world.PORTAL)
        one = next(each for each in every if each.name == "mainz-observation")
        owner = replace(one.organization, id=f"bench-{run}")
        found.append(replace(one, name=f"bench-{run}-{number}", organization=owner, indicators=()))
    return found


def forgotten(sets: list[DataSet]) -> Iterator[DataSet]:
    """One after the other, each without a trace: files of all of them would fill the memory."""
    while sets:
        yield sets.pop(0)


def ours(info: PortalInfo, state: Path, sets: list[DataSet]) -> Cost:
    """Publish, as ``seehaus publish`` does."""
    token = SecretStr(info.token_file.read_text().strip())
    began = time.perf_counter()
    result = publish(forgotten(sets), Ckan(info.url, token), state=state, workers=AT_ONCE)
    taken = time.perf_counter() - began
    result.raise_for_problems()
    return Cost(result.requests, taken)


class Plain:
    """Everything anew: metadata and files by ``ckanapi load``, rows by CKAN's own actions."""

    def __init__(self, info: PortalInfo, schema: frozenset[str], folder: Path) -> None:
        """Work in ``folder``, whose files a server of ours offers for the load."""
        self.info, self.schema, self.folder = info, schema, folder
        self.token = info.token_file.read_text().strip()
        self.rows: dict[str, pl.DataFrame] = {}
        self.tables: dict[str, tuple[str, dict[str, Any]]] = {}

    def prepare(self, sets: list[DataSet], server: str) -> list[dict[str, Any]]:
        """Write the files and say what the portal shall be told."""
        lines = []
        for dataset in forgotten(sets):
            here = self.folder / dataset.name
            here.mkdir(parents=True, exist_ok=True)
            files = []
            for file in dataset.distributions:
                (here / file.file_name).write_bytes(file.body)
                id_ = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{dataset.name}/{file.key}"))
                place = {"id": id_, "url": f"{server}/{dataset.name}/{file.file_name}"}
                files.append({**resource(dataset, file), **place, "url_type": "upload"})
            fields = package(dataset, self.schema)
            told = {name: value for name, value in fields.items() if not is_empty(value)}
            lines.append({**told, "resources": files})
            table = {
                "fields": datastore_fields(dataset.table),
                "primary_key": list(dataset.table.keys),
                "indexes": datastore_indexes(dataset.table),
            }
            self.tables[dataset.name] = files[0]["id"], table
            self.rows[dataset.name] = everything(dataset.rows)
        return lines

    def load(self, lines: list[dict[str, Any]], url: str) -> None:
        """Metadata and files."""
        source = self.folder / "load.jsonl"
        source.write_text("".join(f"{json.dumps(one)}\n" for one in lines))
        tools = str(Path(sys.executable).parent)
        command = ["ckanapi", "load", "datasets", "--upload-resources", "-q"]
        done = subprocess.run(
            [*command, "-I", str(source), "-p", str(AT_ONCE), "-r", url, "-a", self.token],
            env={**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]

    def reload(self, names: Sequence[str], *, is_new: bool) -> int:
        """The rows; gives the number of requests."""
        portal = Ckan(self.info.url, SecretStr(self.token))

        def one(name: str) -> None:
            id_, table = self.tables[name]
            known: dict[str, Any] = {"resource_id": id_, "force": True}
            if not is_new:
                portal.call("datastore_delete", known)
            first, *others = batches(self.rows[name])
            portal.call("datastore_create", {**known, **table, "records": first})
            for batch in others:
                portal.call("datastore_upsert", {**known, "method": "insert", "records": batch})

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, names))
        portal.close()
        return portal.requests

    def counted(self, lines: list[dict[str, Any]]) -> int:
        """Requests that a load of so many data sets sends, seen by a proxy."""
        few = lines[:COUNTED]
        with Proxy(self.info.url) as proxy:
            self.load(few, proxy.url)
            return math.ceil(len(proxy.actions) * len(lines) / len(few))

    def all(self, lines: list[dict[str, Any]], *, is_new: bool) -> Cost:
        """Metadata, files, rows."""
        names = [str(one["name"]) for one in lines]
        began = time.perf_counter()
        self.load(lines, self.info.url)
        sent = self.reload(names, is_new=is_new)
        return Cost(sent, time.perf_counter() - began)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder's files over HTTP, by a process of its own."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        [*command, "--directory", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close())
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _wait(ask: Callable[[], object]) -> None:
    for _ in range(100):
        try:
            ask()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError


def table(info: PortalInfo, id_: str) -> list[tuple[Any, ...]]:
    """The rows of a DataStore table, by key, without the portal's own number."""
    portal = Ckan(info.url, SecretStr(info.token_file.read_text().strip()))
    found: list[dict[str, Any]] = []
    while True:
        asked = {"resource_id": id_, "limit": 30_000, "offset": len(found), "sort": "_id"}
        page = portal.call("datastore_search", asked)["records"]
        found += page
        if not page:
            break
    portal.close()
    return sorted(tuple(str(row[key]) for key in sorted(row) if key != "_id") for row in found)


def measured(info: PortalInfo, folder: Path, sets: int, rows: int) -> dict[str, Cost]:
    """Both ways at one size."""
    run = secrets.token_hex(3)
    portal = Ckan(info.url, SecretStr(info.token_file.read_text().strip()))
    schema = portal.schema()
    state = folder / "state"
    costs = {
        "published, first": ours(info, state, made(f"{run}a", sets, rows, 0)),
        "published, nothing new": ours(info, state, made(f"{run}a", sets, rows, 0)),
        "published, 1 % of the rows changed": ours(info, state, made(f"{run}a", sets, rows, 1)),
    }
    source = folder / "source"
    source.mkdir()
    # The plain way finds what an administrator made once.
    organization = {"name": f"bench-{run}b", "title": "Bench"}
    portal.call("organization_create", organization)
    plain = Plain(info, schema, source)
    with served(source) as server:
        for edition, what in enumerate(("loaded, first", "loaded, 1 % of the rows changed")):
            lines = plain.prepare(made(f"{run}b", sets, rows, edition), server)
            cost = plain.all(lines, is_new=edition == 0)
            costs[what] = replace(cost, requests=cost.requests + plain.counted(lines))
    found = portal.packages()
    for number in (0, sets - 1):
        theirs, mine = (found[f"bench-{run}{way}-{number}"]["resources"][0] for way in "ba")
        assert table(info, mine["id"]) == table(info, theirs["id"])
    portal.close()
    return costs


def printed(size: tuple[int, int], costs: dict[str, Cost]) -> None:
    """The rows of the table."""
    sets, rows = size
    for what, cost in costs.items():
        seconds = f"{cost.seconds:.1f} s"
        sys.stdout.write(f"| {sets} | {rows:,} | {what} | {cost.requests:,} | {seconds} |\n")
    for how in ("first", "1 % of the rows changed"):
        mine, theirs = costs[f"published, {how}"], costs[f"loaded, {how}"]
        times = f"{theirs.seconds / mine.seconds:.1f}"
        fewer = f"{theirs.requests / mine.requests:.1f}"
        sys.stdout.write(f"{how}: {times} times as fast, {fewer} times fewer requests\n")
    sys.stdout.flush()


def main() -> None:
    """Run both ways at each size, on one portal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["20x100000"], help="data sets x rows in all")
    parser.add_argument("--folder", type=Path, required=True, help="of a portal of its own")
    asked = parser.parse_args()
    server = Portal(asked.folder / "portal", settings=Settings(sample_data=True))
    if lacking := server.missing():
        raise SystemExit("; ".join(lacking))
    server.reset()
    info = server.up()
    found = []
    try:
        for text in asked.sizes:
            size = (int(text.partition("x")[0]), int(text.partition("x")[2]))
            work = asked.folder / "work"
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir(parents=True)
            costs = measured(info, work, *size)
            shutil.rmtree(work)
            printed(size, costs)
            found.append((size, costs))
    finally:
        server.down()
    if len(found) > 1:
        (small, before), (large, after) = found[0], found[-1]
        for what in before:
            grown = math.log(after[what].seconds / before[what].seconds)
            exponent = grown / math.log(large[1] / small[1])
            sys.stdout.write(f"{what}: seconds grow with rows to the power of {exponent:.2f}\n")


if __name__ == "__main__":
    main()
