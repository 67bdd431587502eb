"""``seehaus up`` ends what it started, at any moment, and nothing else."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from orchestration import services
from orchestration.environment import cities
from orchestration.jobs import JOBS
from orchestration.processes import Child, ProcessError
from orchestration.schedules import schedules
from orchestration.settings import settings

pytestmark = pytest.mark.integration

# Stands in for the demo and the services: one child with a child of its own.
SCRIPT = """
import sys, time
from pathlib import Path
from rich.console import Console
from orchestration import services
from orchestration.processes import Child, python

folder, hangs = Path(sys.argv[1]), sys.argv[2] == "hangs"
inner = "import time; time.sleep(600)"
outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"

def start(console, started, *, papers, seed):
    child = Child("service", python("-c", outer), folder)
    started.callback(child.stop)
    child.start()
    if hangs:
        time.sleep(600)
    return [child]

services._start = start
services.up(Console(), papers=1, seed=1)
"""


def begin(folder: Path, moment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(folder), moment],
        env={**os.environ, "SEEHAUS_DATA": str(folder / "data")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def family(folder: Path) -> list[psutil.Process]:
    """The service and its child, once both run."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            saved = json.loads((folder / "service.pid").read_text())
            service = psutil.Process(saved["pid"])
        except (OSError, ValueError, psutil.Error):
            time.sleep(0.05)
            continue
        if children := service.children():
            return [service, *children]
        time.sleep(0.05)
    raise AssertionError("the service did not start")


@pytest.mark.parametrize(
    ("moment", "sent", "code"),
    [
        ("waits", signal.SIGTERM, 0),
        pytest.param("waits", signal.SIGINT, 0, marks=pytest.mark.long),
        ("hangs", signal.SIGTERM, None),
    ],
)
def test_up_ends_what_it_started_and_only_that(tmp_path, moment, sent, code):
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    up = begin(tmp_path, moment)
    try:
        started = family(tmp_path)
        up.send_signal(sent)
        ended = up.wait(30)
        _, alive = psutil.wait_procs(started, timeout=5)
        assert not alive
        assert (ended == 0) is (code == 0)
        assert other.poll() is None
        assert not (tmp_path / "service.pid").exists()
    finally:
        for process in (up, other):
            process.kill()
            process.wait()


def test_up_ends_when_a_service_ends_by_itself(tmp_path):
    up = begin(tmp_path, "waits")
    try:
        for process in family(tmp_path):
            process.kill()
        assert up.wait(30) != 0
    finally:
        up.kill()
        up.wait()


@pytest.fixture
def webserver(tmp_path, monkeypatch):
    """Dagster's web server over a module, started as ``up`` does; its process and URL."""
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SEEHAUS_DAGSTER_PORT", str(services.free_port(0)))
    settings.cache_clear()
    started = []

    def start(*module: str) -> tuple[Child, str]:
        if module:
            monkeypatch.setattr(services, "_MODULE", module)
        child, url = services.webserver()
        started.append(child)
        child.start()
        return child, url

    yield start
    for child in started:
        child.stop()
    settings.cache_clear()


def test_dagster_has_all_jobs_and_its_schedules_run(webserver):
    child, url = webserver()
    child.wait(lambda: services.loads(url), 300)
    query = "{repositoriesOrError{... on RepositoryConnection{nodes{jobs{name} "
    query += "schedules{name scheduleState{status}} sensors{name sensorState{status}}}}}}"
    answer = httpx.post(f"{url}/graphql", json={"query": query}, timeout=60).json()
    (found,) = answer["data"]["repositoriesOrError"]["nodes"]
    assert {job.name for job in JOBS} <= {each["name"] for each in found["jobs"]}
    states = {each["name"]: each["scheduleState"]["status"] for each in found["schedules"]}
    assert states == dict.fromkeys((each.name for each in schedules()), "RUNNING")
    assert len(states) > len(cities())
    assert found["sensors"]
    assert {each["sensorState"]["status"] for each in found["sensors"]} == {"RUNNING"}


def test_definitions_that_dagster_cannot_load_are_told(webserver, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise LookupError('there is no such city')\n")
    child, url = webserver("-f", str(broken))
    with pytest.raises(ProcessError, match="there is no such city"):
        child.wait(lambda: services.loads(url), 300)
