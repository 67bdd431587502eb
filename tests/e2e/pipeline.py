"""The pipeline as its users run it, a process of its own, and what it left: lake, CKAN, index."""

import csv
import hashlib
import io
import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import psutil
import requests

from catalog.portal import PortalInfo
from indexes.search import kept_passages
from ingestion.sampleworld import World, world
from ingestion.sampleworld.server import known_ports, write_ready
from orchestration.lake import Lake

ROOT: Final = Path(__file__).parents[2]
CITIES: Final = ("koblenz", "ludwigshafen", "mainz", "trier")
PAPERS: Final = 20
SEED: Final = 1
_RUN_SECONDS: Final = 1_500
# When something was seen is not what it says; two homes saw it at different times.
VOLATILE: Final = frozenset({"_id", "first_seen_at", "last_seen_at", "retrieved_at"})
# Nor when something changed; of a change's row id and hash are made of that.
VOLATILE_OF_CHANGES: Final = VOLATILE | {"changed_at", "object_change_id", "content_sha256"}

Rows = list[str]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Everything, for messages of assertions."""
        return f"exit {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Home:
    """One SEEHAUS_DATA with the world and the portal it talks to."""

    data: Path
    portal: PortalInfo
    extra: Mapping[str, str | None] = field(default_factory=dict)

    def with_(self, **variables: str | None) -> "Home":
        """The same with other settings; None: without that one."""
        return replace(self, extra={**self.extra, **variables})

    @property
    def ready(self) -> Path:
        """The sample world's ready file."""
        return self.data / "sampleworld" / "world.json"

    def environment(self) -> dict[str, str]:
        """What a command of this home sees."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SEEHAUS_")}
        ours = {
            "SEEHAUS_DATA": str(self.data),
            "SEEHAUS_CKAN_URL": self.portal.url,
            "SEEHAUS_CKAN_TOKEN_FILE": str(self.portal.token_file),
            "COLUMNS": "400",  # no message of ours is broken into lines
            **self.extra,
        }
        return kept | {key: value for key, value in ours.items() if value is not None}

    def seehaus(self, *arguments: str, most_bytes: int | None = None) -> Done:
        """Run a command to its end; ``most_bytes``: no file may grow larger (a full disk)."""
        return self.python("-m", "orchestration.cli", *arguments, most_bytes=most_bytes)

    def python(self, *arguments: str, most_bytes: int | None = None) -> Done:
        """Run this environment's Python to its end, as a command of this home."""

        def limit() -> None:
            if most_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

        ran = subprocess.run(
            [sys.executable, *arguments],
            env=self.environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
            preexec_fn=limit,
        )
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def run(self, *cities: str) -> Done:
        """``seehaus run`` over some cities; all by default."""
        return self.seehaus(
            "run", "--full", *(word for city in cities for word in ("--city", city))
        )

    def killed(self, step: str, done: int, *arguments: str) -> Done:
        """Run until ``step`` tells of its ``done``-th piece of work, then SIGKILL it alone."""
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", *arguments],
            env={**self.environment(), "SEEHAUS_LOG_LEVEL": "DEBUG"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert process.stderr is not None
        lines: list[str] = []
        clock = threading.Timer(_RUN_SECONDS, process.kill)
        clock.start()
        with process, process.stderr as stderr:
            for line in stderr:
                lines.append(line)
                if _tells(line, step, done):
                    os.kill(process.pid, signal.SIGKILL)
                    break  # a child of it that lives on may hold the pipe: no waiting for its end
        clock.cancel()
        return Done(process.returncode, "", "".join(lines))

    # -- what it left --------------------------------------------------------------------------

    @property
    def lake(self) -> Lake:
        """Its lake."""
        root = self.data / "lake"
        return Lake(root, f"sqlite:///{root / 'catalog.sqlite'}", f"{root / 'tables'}/")

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """A query on the lake."""
        return self.lake.arrow(sql, list(parameters)).to_pylist()

    def harmonised(self) -> dict[str, Rows]:
        """Every harmonised table, by content."""
        with self.lake.read() as con:
            con.execute("BEGIN")
            return {
                name: canonical(
                    con.execute(f"SELECT * FROM harmonised.{name}").to_arrow_table().to_pylist()
                )
                for name in sorted(self.lake.tables("harmonised"))
            }

    def passages(self) -> Rows:
        """The index's passages, by content."""
        return canonical(kept_passages(self.data / "index", CITIES).to_pylist())

    def index_version(self) -> str:
        """The version that is searched now."""
        return (self.data / "index" / "current").readlink().name

    def static(self) -> dict[str, str]:
        """The static catalogue: path to hash."""
        public = self.data / "public"
        return {
            str(path.relative_to(public)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(public.rglob("*"))
            if path.is_file()
        }

    def status(self) -> dict[str, Any]:
        """``seehaus status --json``."""
        done = self.seehaus("status", "--json")
        assert done.code == 0, done.said
        loaded: dict[str, Any] = json.loads(done.out)
        return loaded

    def account(self) -> dict[str, Any]:
        """What the last run says it did."""
        loaded: dict[str, Any] = json.loads((self.data / "runs" / "last.json").read_text())
        return loaded

    def processes(self) -> list[psutil.Process]:
        """Every process that works in this home, whoever started it."""
        return [each for each in psutil.process_iter() if _environment(each) == str(self.data)]

    def settled(self, seconds: float = 30) -> list[psutil.Process]:
        """The processes that are still there after a while; none, we hope."""
        end = time.monotonic() + seconds
        while (alive := self.processes()) and time.monotonic() < end:
            time.sleep(0.1)
        return alive


def _environment(process: psutil.Process) -> str | None:
    try:
        return process.environ().get("SEEHAUS_DATA")
    except psutil.Error:
        return None


def _tells(line: str, step: str, done: int) -> bool:
    if not line.startswith("{"):
        return False
    told = json.loads(line)
    return told.get("event") == "step" and told["step"] == step and told["done"] >= done


def canonical(rows: list[dict[str, Any]]) -> Rows:
    """Rows in an order and form that two runs can be compared by."""

    def line(row: dict[str, Any]) -> str:
        left_out = VOLATILE_OF_CHANGES if "object_change_id" in row else VOLATILE
        kept = {key: value for key, value in row.items() if key not in left_out}
        return json.dumps(kept, ensure_ascii=False, sort_keys=True, default=str)

    return sorted(map(line, rows))


@contextmanager
def serving(home: Home) -> Iterator[World]:
    """The sample world of ``home`` in this process, at the addresses it had before."""
    with world(SEED, PAPERS, ports=known_ports(home.ready)) as made:
        before = known_ports(home.ready)
        assert not before or made.ports == before, "somebody took a port of the sample world"
        write_ready(made, home.ready)
        yield made


# -- CKAN --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Published:
    """One data set as a visitor of the portal gets it."""

    modified: str
    metadata: str
    resources: tuple[tuple[str, str, str], ...]
    rows: Rows

    def lasting(self) -> tuple[Any, ...]:
        """All of it that two homes must agree on."""
        return self.metadata, tuple(name for name, _, _ in self.resources), self.rows


def ckan(portal: PortalInfo, action: str, **parameters: Any) -> Any:
    """Ask CKAN without a token."""
    answer = requests.get(f"{portal.url}/api/3/action/{action}", parameters, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["result"]


def _is_ours(name: str) -> bool:
    """Other tests of the session have data sets of their own, with a suffix of hex digits."""
    city, _, table = name.partition("-")
    return city in (*CITIES, "alle") and not any(letter.isdigit() for letter in table)


def datastore(portal: PortalInfo, resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All rows of a resource's table."""
    found = ckan(portal, "datastore_search", resource_id=resource["id"], limit=32000)
    records: list[dict[str, Any]] = found["records"]
    return records


def download(resource: Mapping[str, Any]) -> bytes:
    """A resource's file; its bytes are those that its hash names."""
    data = requests.get(resource["url"], timeout=60).content
    assert hashlib.sha256(data).hexdigest() == resource["hash"], resource["url"]
    return data


def of_csv(data: bytes) -> list[dict[str, Any]]:
    """The rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(data.decode())))


def publication(portal: PortalInfo) -> dict[str, Published]:
    """Every data set of the pipeline in CKAN; the files' hashes are those of their bytes."""
    names = sorted(name for name in ckan(portal, "package_list") if _is_ours(name))
    found = {}
    for name in names:
        package = ckan(portal, "package_show", id=name)
        files = {each["name"]: (each, download(each)) for each in package["resources"]}
        table, data = files["CSV"]
        rows = of_csv(data)
        if table["datastore_active"]:
            stored = datastore(portal, table)
            assert len(stored) == len(rows), name
            rows = stored
        found[name] = Published(
            modified=package["metadata_modified"],
            metadata=json.dumps(
                {key: package[key] for key in ("title", "notes", "license_id", "theme", "groups")},
                sort_keys=True,
            ),
            resources=tuple(
                (each["name"], each["hash"], each["last_modified"]) for each in package["resources"]
            ),
            rows=canonical(rows),
        )
    return found


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What is not as it was, shortly, for messages: nothing where all is."""
    found: dict[str, Any] = {}
    for key in sorted({*before, *after}):
        old, new = before.get(key), after.get(key)
        if old == new:
            continue
        if isinstance(old, list) and isinstance(new, list):
            gone, come = sorted(set(old) - set(new)), sorted(set(new) - set(old))
            found[key] = {"gone": gone[:3], "come": come[:3], "rows": (len(old), len(new))}
        else:
            found[key] = {"was": str(old)[:2000], "is": str(new)[:2000]}
    return found


def lasting(found: Mapping[str, Published]) -> dict[str, tuple[Any, ...]]:
    """A publication without times, to compare those of two homes."""
    return {name: each.lasting() for name, each in found.items()}
