"""The whole sample world in one process: one port per city's server, one for the statistics."""

import datetime as dt
import json
import os
import socket
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from ingestion.sampleworld import table_files
from ingestion.sampleworld.allris3 import Allris3
from ingestion.sampleworld.allris4 import Allris4
from ingestion.sampleworld.council import TODAY, Council
from ingestion.sampleworld.faults import Faults
from ingestion.sampleworld.genesis import BASE, CENSUS, CENSUS_BASE, Genesis, served_tables
from ingestion.sampleworld.oparl import OParl
from ingestion.sampleworld.rubin import Rubin
from ingestion.sampleworld.sdnet import SdNet
from ingestion.sampleworld.sessionnet import SessionNet
from ingestion.sampleworld.statistics_apis import DISTRICTS, DISTRICTS_TABLE, INKAR, INKAR_TABLE
from ingestion.sampleworld.statistics_apis import app as statistics_apis

HOST: Final = "127.0.0.1"
# Where each city's council lies on its server; the names are those of the city files.
PATHS: Final = {
    "mainz": "/",
    "trier": "/public/",
    "koblenz": "/",
    "ludwigshafen": "/ratsinformationssystem/bi/",
    "musterstadt": "/oparl/system",
}
# Further systems, for tests: the same council through another protocol, as a city of its own.
NEIGHBOURS: Final = {"allris3": "/bi/", "sdnet": "/", "rubin": "/"}
STATISTICS: Final = "statistics"
APIS: Final = "statistics_apis"
_NEIGHBOUR_TOWN: Final = "mainz"
_ALLRIS_IDS: Final = 1_000_000
_START_SECONDS: Final = 20.0
_NEIGHBOUR_APPS: Final[Mapping[str, type[Allris3 | SdNet | Rubin]]] = {
    "allris3": Allris3,
    "sdnet": SdNet,
    "rubin": Rubin,
}


@dataclass
class World:
    """A running (or startable) sample world.

    Attributes:
        seed: Equal seeds, sizes and days give equal worlds.
        papers: Papers per city.
        today: The day the world believes it is.
        faults: What goes wrong; may be switched while the world runs.
        councils: Each city's council, by city id.
        ports: The port of each city's server, of ``statistics`` and of ``statistics_apis``.
        neighbours: Which of ``NEIGHBOURS`` are served too; each is a council under its own name.
    """

    seed: int
    papers: int
    today: dt.date
    faults: Faults
    councils: dict[str, Council] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    neighbours: tuple[str, ...] = ()

    def url(self, city: str) -> str:
        """The base URL of a city's council (OParl: of the system object)."""
        path = PATHS.get(city) or NEIGHBOURS[city]
        return f"http://{HOST}:{self.ports[city]}{path}"

    @property
    def statistics_url(self) -> str:
        """The base URL of the GENESIS web service."""
        return f"http://{HOST}:{self.ports[STATISTICS]}{BASE}/"

    def api_url(self, path: str) -> str:
        """The base URL of one of the services beside GENESIS; ``path`` is its constant."""
        return f"http://{HOST}:{self.ports[APIS]}{path}"

    def _tables(self, city: str) -> dict[str, str]:
        """Where each table that this world has is asked for."""
        office = f"http://{HOST}:{self.ports[STATISTICS]}"
        tables = dict.fromkeys(served_tables(), self.statistics_url)
        tables[CENSUS] = f"{office}{CENSUS_BASE}/"
        tables |= {code: f"{office}{path}" for code, path in table_files.TABLES.items()}
        tables[INKAR_TABLE] = self.api_url(INKAR)
        if city == "trier":
            tables[DISTRICTS_TABLE] = self.api_url(DISTRICTS)
        return tables

    def ready(self) -> dict[str, Any]:
        """What a client must know, as written to the ready file."""
        cities = {
            city: {"council": self.url(city), "statistics": self._tables(city)}
            for city in PATHS
            if city != "musterstadt"
        }
        return {
            "pid": os.getpid(),
            "seed": self.seed,
            "papers": self.papers,
            "today": self.today.isoformat(),
            "cities": cities,
            "oparl": self.url("musterstadt"),
            "genesis": {"username": "beispiel", "password": "beispiel"},
            "ports": self.ports,
            "councils": {city: self.url(city) for city in (*PATHS, *self.neighbours)},
        }


class _ByPort:
    """Hands each request to the app of the port it came in on."""

    def __init__(self, apps: Mapping[int, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._apps[scope["server"][1]](scope, receive, send)


def build(
    seed: int = 1,
    papers: int = 40,
    faults: Iterable[str] = (),
    today: dt.date = TODAY,
    neighbours: Iterable[str] = (),
) -> World:
    """A world that serves nothing yet.

    Raises:
        ValueError: A fault's or a neighbour's name is unknown, or the number of papers is out of
            range.
    """
    if unknown := set(neighbours := tuple(neighbours)) - set(NEIGHBOURS):
        known = ", ".join(NEIGHBOURS)
        raise ValueError(f"neighbours={sorted(unknown)}: unknown → use some of {known}")
    made = World(seed, papers, today, Faults(faults), neighbours=neighbours)
    for city in PATHS:
        base = _ALLRIS_IDS if city == "trier" else 0
        made.councils[city] = Council(
            city, seed=seed, papers=papers, today=today, faults=made.faults, id_base=base
        )
    for name in made.neighbours:
        made.councils[name] = Council(
            _NEIGHBOUR_TOWN, seed=seed, papers=papers, today=today, faults=made.faults
        )
    return made


def _apps(world: World) -> dict[str, ASGIApp]:
    councils = world.councils
    return {
        "mainz": SessionNet(councils["mainz"], is_old=False).app(),
        "koblenz": SessionNet(councils["koblenz"], is_old=False).app(),
        "ludwigshafen": SessionNet(
            councils["ludwigshafen"], is_old=True, base=PATHS["ludwigshafen"]
        ).app(),
        "trier": Allris4(councils["trier"]).app(),
        "musterstadt": OParl(councils["musterstadt"]).app(),
        STATISTICS: _statistics(world),
        APIS: statistics_apis(),
        **{name: _NEIGHBOUR_APPS[name](councils[name]).app() for name in world.neighbours},
    }


def _statistics(world: World) -> Starlette:
    """The office's web service, and the files beside it."""
    service = Mount("", app=Genesis(world.faults).app())
    return Starlette(routes=[*table_files.routes(), service])


def listen(world: World, ports: Mapping[str, int] | None = None) -> list[socket.socket]:
    """Bind a socket per server: the wanted port where it is free, else any free one."""
    sockets = []
    for name in (*PATHS, STATISTICS, APIS, *world.neighbours):
        bound = _bound((ports or {}).get(name, 0))
        world.ports[name] = bound.getsockname()[1]
        sockets.append(bound)
    return sockets


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.bind((HOST, 0))
    return made


def server(world: World) -> uvicorn.Server:
    """The server for all sockets of ``listen``; stops cleanly on SIGTERM and SIGINT."""
    apps = {world.ports[name]: app for name, app in _apps(world).items()}
    config = uvicorn.Config(
        _ByPort(apps),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


@contextmanager
def world(
    seed: int = 1,
    papers: int = 40,
    faults: Iterable[str] = (),
    *,
    today: dt.date = TODAY,
    ports: Mapping[str, int] | None = None,
    neighbours: Iterable[str] = (),
) -> Iterator[World]:
    """Serve a world from a thread of this process, for tests.

    Raises:
        ValueError: A fault's or a neighbour's name is unknown, or the number of papers is out of
            range.
        TimeoutError: The servers did not come up.
    """
    made = build(seed, papers, faults, today, neighbours)
    sockets = listen(made, ports)
    serving = server(made)
    thread = threading.Thread(target=serving.run, args=(sockets,), name="sampleworld", daemon=True)
    thread.start()
    try:
        waited = threading.Event()
        deadline = _START_SECONDS
        while not serving.started and thread.is_alive() and deadline > 0:
            waited.wait(0.01)
            deadline -= 0.01
        if not serving.started:
            raise TimeoutError(f"sample world: not up after {_START_SECONDS:.0f} s → see the log")
        yield made
    finally:
        serving.should_exit = True
        thread.join(_START_SECONDS)
        for each in sockets:
            each.close()


def known_ports(file: Path) -> dict[str, int]:
    """The ports of an earlier world out of its ready file; empty where there is none."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {str(name): int(port) for name, port in told["ports"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{file}: no ready file of a sample world ({error}) → delete it"
        ) from error


def write_ready(world: World, file: Path) -> None:
    """Write the ready file at once, never half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    with os.fdopen(handle, "w", encoding="utf-8") as target:
        json.dump(world.ready(), target, indent=2, ensure_ascii=False)
        target.write("\n")
    Path(name).replace(file)
