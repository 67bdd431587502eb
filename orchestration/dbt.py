"""The dbt project as Dagster sees it: its manifest, parsed once per state of the project."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

from orchestration.changes import is_untouched, snapshot
from orchestration.environment import TRANSFORMS, dbt_variables, folder
from orchestration.lake import Lake, lake

_WATCHED: Final = ("*.sql", "*.yml", "*.csv", "*.md")
EXECUTABLE: Final = str(Path(sys.executable).parent / "dbt")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one of dbt's tests said: the asset's key, the test, whether it held, how severe."""

    key: tuple[str, ...]
    name: str
    passed: bool
    severity: str


class DbtError(RuntimeError):
    """The project does not parse; the message holds dbt's own words."""


def environment(of: Lake) -> dict[str, str]:
    """What profiles.yml reads, and dbt's own settings: no telemetry, no files in the checkout."""
    home = folder("dbt")
    return {
        **of.dbt_environment(),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_PROJECT_DIR": str(TRANSFORMS),
        "DBT_PROFILES_DIR": str(TRANSFORMS),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        "DBT_USE_COLORS": "false",
    }


def fingerprint() -> str:
    """Hash over every file of the project: a changed model means a new manifest."""
    digest = hashlib.sha256()
    for path in sorted(found for pattern in _WATCHED for found in TRANSFORMS.rglob(pattern)):
        if "target" in path.relative_to(TRANSFORMS).parts:
            continue
        digest.update(str(path.relative_to(TRANSFORMS)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def manifest_path() -> Path:
    """The manifest of the project as it is now; parsed only when the project changed.

    Loading Dagster's definitions must not parse again every time: that took minutes.

    Raises:
        DbtError: The project does not parse.
    """
    home = folder("dbt")
    path = home / f"manifest-{fingerprint()}.json"
    if path.exists():
        return path
    with FileLock(home / ".lock"):
        if not path.exists():
            _parse(home, path)
    return path


def _parse(home: Path, path: Path) -> None:
    command = [EXECUTABLE, "--quiet", "parse", "--vars", json.dumps(dbt_variables())]
    done = subprocess.run(  # noqa: S603 - our own environment's dbt
        command,
        env={**os.environ, **environment(lake())},
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    made = home / "target" / "manifest.json"
    if done.returncode or not made.exists():
        raise DbtError(f"{TRANSFORMS}: dbt parse failed → {done.stdout}{done.stderr}")
    for old in home.glob("manifest-*.json"):
        old.unlink()
    made.replace(path)


def manifest() -> Mapping[str, Any]:
    """The manifest as a dict."""
    loaded: dict[str, Any] = json.loads(manifest_path().read_text())
    return loaded


def harmonised_tables(of: Mapping[str, Any]) -> list[str]:
    """The names of the harmonised models, sorted."""
    return sorted(
        node["name"]
        for node in of["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "harmonised"
    )


def _state(of: Lake) -> dict[str, Any]:
    return {"project": fingerprint(), "variables": dbt_variables(), "lake": of.catalog}


def is_built(of: Lake) -> bool:
    """Whether the harmonised tables already say what this project makes of the raw tables."""
    built = _built()
    return (
        built.get("state") == _state(of)
        and "verdicts" in built
        and is_untouched(of, since=built["snapshot"])
    )


def mark_built(of: Lake, verdicts: Iterable[Verdict]) -> None:
    """Remember that the tables are built; called under the lake's lock, after the last test.

    Args:
        of: The lake.
        verdicts: What dbt's tests said of these tables.
    """
    built = {
        "state": _state(of),
        "snapshot": snapshot(of),
        "verdicts": [asdict(each) for each in verdicts],
    }
    beside = folder("dbt") / "built.tmp"
    beside.write_text(json.dumps(built))
    beside.replace(folder("dbt") / "built.json")


def verdicts() -> list[Verdict]:
    """What dbt's tests said of the tables as they are; only where ``is_built``."""
    return [Verdict(**{**each, "key": tuple(each["key"])}) for each in _built()["verdicts"]]


def _built() -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder("dbt") / "built.json").read_text())
    except FileNotFoundError:
        return {}
    return found
