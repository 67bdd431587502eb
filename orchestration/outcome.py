"""How each source of each city ended its last run, as ``seehaus status`` tells it.

Small files beside the lake: a run that could not open or write the lake leaves its word too.
"""

import datetime as dt
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

from ingestion.http_errors import Problem
from orchestration.environment import folder

type_of_ending = Literal["ok", "incomplete", "held back", "failed"]
"""``ok``: all that was asked for was read. ``incomplete``: what was read is loaded, the rest is
told. ``held back``: nothing was loaded, because much of what is known was missing. ``failed``:
nothing was read, or the run broke. In all but the first the last good data stay."""

SOURCES: Final = ("council", "documents", "statistics", "pilots")


@dataclass(frozen=True)
class Outcome:
    """How a source ended its last run.

    Attributes:
        outcome: The word for it.
        at: When that run ended, ISO time in UTC.
        since: The end of the first run of a row that did not go well; of the first good one.
        good_at: The end of the last run that went well; None: there was none.
        where: The place of the first problem.
        what: What was found there.
        mend: What to do about it.
        problems: How many there were.
        run_id: Dagster's id of the run.
    """

    outcome: type_of_ending
    at: str
    since: str
    good_at: str | None = None
    where: str | None = None
    what: str | None = None
    mend: str | None = None
    problems: int = 0
    run_id: str | None = None

    @classmethod
    def load(cls, city_id: str, source: str) -> "Self | None":
        """The outcome of a source's last run, or None before the first."""
        try:
            return cls(**json.loads(_path(city_id, source).read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None


def of_city(city_id: str) -> dict[str, dict[str, Any]]:
    """Source → its outcome as plain values; only sources that ran."""
    found = {source: Outcome.load(city_id, source) for source in SOURCES}
    return {source: asdict(outcome) for source, outcome in found.items() if outcome is not None}


def write(
    city_id: str, source: str, ending: type_of_ending, problems: Sequence[Problem], run_id: str
) -> None:
    """Keep how a run ended, in one rename.

    Args:
        city_id: The city.
        source: One of ``SOURCES``.
        ending: The word for it.
        problems: What was reported, the most telling first.
        run_id: Dagster's id of the run.
    """
    before = Outcome.load(city_id, source)
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    is_good = ending == "ok"
    goes_on = before is not None and is_good == (before.outcome == "ok")
    first = problems[0] if problems else None
    outcome = Outcome(
        outcome=ending,
        at=at,
        since=before.since if before is not None and goes_on else at,
        good_at=at if is_good else before.good_at if before is not None else None,
        where=first.url if first else None,
        what=first.what if first else None,
        mend=first.mend if first else None,
        problems=len(problems),
        run_id=run_id,
    )
    path = _path(city_id, source)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_text(json.dumps(asdict(outcome), ensure_ascii=False, indent=1), encoding="utf-8")
    beside.replace(path)


def _path(city_id: str, source: str) -> Path:
    at = folder("runs") / "sources"
    at.mkdir(exist_ok=True)
    return at / f"{city_id}-{source}.json"
