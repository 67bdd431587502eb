"""The sample world as a process of ours: stand-ins for the cities' servers on loopback."""

import json
import os
from pathlib import Path

from orchestration.environment import cities, folder
from orchestration.processes import Child, python
from orchestration.settings import settings

_READY_SECONDS = 60


def ready_file() -> Path:
    """Where the world writes its addresses; the next start takes the same ports."""
    return folder("sampleworld") / "world.json"


def process(seed: int = 1, papers: int = 40, faults: str = "") -> Child:
    """The process, not started."""
    arguments = ["--ready", str(ready_file()), "--seed", str(seed), "--papers", str(papers)]
    if faults:
        arguments += ["--faults", faults]
    return Child(
        "sampleworld",
        python("-m", "ingestion.sampleworld", *arguments),
        folder("sampleworld"),
    )


def up(seed: int = 1, papers: int = 40, faults: str = "") -> Child:
    """Start it and let this process's city files point to it."""
    child = process(seed, papers, faults)
    child.start()
    child.wait(lambda: _serves(child), _READY_SECONDS)
    use()
    return child


def _serves(child: Child) -> bool:
    try:
        return bool(json.loads(ready_file().read_text())["pid"] == child.pid)
    except (OSError, ValueError, KeyError):
        return False


def use() -> None:
    """Read the city files with the sample world's addresses from now on, children too."""
    os.environ["SEEHAUS_CITY_URLS"] = str(ready_file())
    settings.cache_clear()
    cities.cache_clear()
