"""``make up``: everything left running, each URL printed; Ctrl-C ends what it started."""

import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final, NoReturn

import httpx
import psutil
from rich.console import Console
from rich.panel import Panel

from orchestration import demo, environment, instance, pipeline, status, world
from orchestration.processes import Child, ProcessError, python
from orchestration.settings import settings

_START_SECONDS: Final = 300
_LOOK_SECONDS: Final = 2
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
_MODULE: Final = ("-m", "orchestration.definitions")
_LOCATIONS: Final = """{workspaceOrError {... on Workspace {locationEntries {locationOrLoadError {
  ... on RepositoryLocation {name} ... on PythonError {message causes {message}}}}}}}"""


def free_port(wanted: int) -> int:
    """``wanted`` if nobody listens there, else a free one."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def answers(url: str) -> bool:
    """Whether something answers there."""
    try:
        return httpx.get(url, timeout=2).status_code < 500  # noqa: PLR2004
    except httpx.HTTPError:
        return False


def loads(url: str) -> bool:
    """Whether Dagster's web server has our definitions; False while it does not answer yet.

    Raises:
        ProcessError: It cannot load them: no schedule would run, and its pages would be empty.
    """
    try:
        answer = httpx.post(f"{url}/graphql", json={"query": _LOCATIONS}, timeout=30)
        answer.raise_for_status()
        entries = answer.json()["data"]["workspaceOrError"]["locationEntries"]
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        return False
    told = [entry["locationOrLoadError"] or {} for entry in entries]
    errors = [
        each["message"]
        for error in told
        if "message" in error
        for each in (error, *error["causes"])
    ]
    if errors:
        raise ProcessError("Dagster cannot load its definitions:\n" + "\n".join(errors))
    return bool(told) and all("name" in each for each in told)


def webserver_command(host: str, port: int) -> list[str]:
    """Dagster's web server over our definitions."""
    return python("-m", "dagster_webserver", *_MODULE, "-h", host, "-p", str(port))


def daemon_command() -> list[str]:
    """Dagster's daemon over our definitions: schedules, sensors, the queue of runs."""
    return python("-m", "dagster._daemon", "run", *_MODULE)


def become(command: list[str]) -> NoReturn:
    """Turn this process into one of Dagster's, so that a service manager sees just that one.

    Args:
        command: What ``webserver_command`` or ``daemon_command`` gives.

    Raises:
        OtherDataError: The data folder holds the other kind of data.
    """
    pipeline.claim("production" if settings().city_urls is None else "sample")
    instance.home()
    os.execv(command[0], command)  # noqa: S606 - our own commands only


def _port(running: Child, option: str, wanted: int) -> int:
    """The port of a server: read off its command line where it runs already."""
    if running.pid is None:
        return free_port(wanted)
    command = psutil.Process(running.pid).cmdline()
    return int(command[command.index(option) + 1])


def webserver() -> tuple[Child, str]:
    """Dagster's UI and its URL; not started."""
    home = instance.home()
    port = _port(Child("webserver", (), home), "-p", settings().dagster_port)
    child = Child("webserver", webserver_command("127.0.0.1", port), home)
    return child, f"http://127.0.0.1:{port}"


def search() -> tuple[Child, str]:
    """The search server and its URL; not started."""
    folder = environment.folder("search")
    port = _port(Child("search", (), folder), "--port", settings().search_port)
    command = python("-m", "orchestration.cli", "serve", "--port", str(port))
    return Child("search", command, folder), f"http://127.0.0.1:{port}"


def up(console: Console, *, papers: int, seed: int) -> None:
    """Run the demo, start the services, print their URLs and wait for Ctrl-C or SIGTERM.

    What ran before stays as it is, its URL is printed too; what this started ends with it.

    Raises:
        ProcessError: One of the services ended by itself; the others are stopped.
    """
    for one in _SIGNALS:
        signal.signal(one, signal.default_int_handler)
    with ExitStack() as started:
        try:
            children = _start(console, started, papers=papers, seed=seed)
            _watch(children)
        finally:
            for one in _SIGNALS:  # a second Ctrl-C must not leave half of it running
                signal.signal(one, signal.SIG_IGN)
            console.print("stopping …")


def _start(console: Console, started: ExitStack, *, papers: int, seed: int) -> list[Child]:
    """Start what does not run; ``started`` takes how each of those ends."""
    portal, sample = environment.local_portal(), world.process(seed, papers)
    if not portal.missing() and not portal.status().get("running"):
        started.callback(portal.down)
    if sample.pid is None:
        started.callback(sample.stop)
    page, page_url = search()
    if not settings().search_url:  # the portal links to it, so its port is chosen first
        os.environ["SEEHAUS_SEARCH_URL"] = page_url
        settings.cache_clear()
    demo.demo(console, papers=papers, seed=seed, faults="", keep=True)
    ui, ui_url = webserver()
    children = [ui, Child("daemon", daemon_command(), instance.home()), page]
    for child in children:
        if child.pid is None:
            started.callback(child.stop)
            child.start()
    ui.wait(partial(loads, ui_url), _START_SECONDS)
    page.wait(partial(answers, page_url), _START_SECONDS)
    urls = {"Dagster": ui_url, "Search": page_url, "Portal": status.published().get("url", "")}
    lines = "\n".join(f"{name:<8} {url or 'not running'}" for name, url in urls.items())
    console.print(Panel(lines, title="Seehaus is up", subtitle="Ctrl-C stops it"))
    return children


def _watch(children: Sequence[Child]) -> None:
    """Wait for Ctrl-C or SIGTERM, and notice when a service ends by itself."""
    try:
        while True:
            for child in children:
                if child.pid is None:
                    raise ProcessError(f"{child.name} ended → {child.log}\n{child.tail()}")
            time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        return
