"""What a run did: seconds per step and what changed, kept as JSON for the summary and programs."""

import datetime as dt
import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Report:
    """One run's account.

    Attributes:
        started_at: ISO time in UTC.
        seconds: Wall time per step, in the order of the steps.
        changes: Rows or objects changed per layer, from raw to indexed.
        problems: What did not go well, each naming the place and the mend.
        finished: False while the run is under way, or if it died.
    """

    started_at: str = field(default_factory=lambda: dt.datetime.now(dt.UTC).isoformat())
    seconds: dict[str, float] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)
    finished: bool = False

    def changed(self, layer: str, rows: int) -> None:
        """Count changes of a layer."""
        self.changes[layer] = self.changes.get(layer, 0) + rows

    def save(self, path: Path) -> None:
        """Write it in one rename, so that no reader sees half of it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{os.getpid()}.tmp")
        beside.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))
        beside.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Report | None":
        """The report of the last run, or None where there was none."""
        try:
            return cls(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None


_current = Report()


def current() -> Report:
    """The account of the run in this process."""
    return _current


def begin() -> Report:
    """Start a new account."""
    global _current  # noqa: PLW0603 - one run per process
    _current = Report()
    return _current
