"""The figures of the summary: what the lake, the portal and the index hold right now."""

import json
from pathlib import Path
from typing import Any, Final

from orchestration import outcome, verdict
from orchestration.environment import cities, folder
from orchestration.lake import Lake, lake
from orchestration.report import Report
from orchestration.settings import settings

# What is counted per city: the label and the harmonised table.
COUNTED: Final = {
    "persons": "person",
    "meetings": "meeting",
    "agenda_items": "agenda_item",
    "papers": "paper",
    "files": "file",
    "pages": "document_page",
    "observations": "observation",
    "pilots": "pilot_report",
}
# The tables that have stubs for what the source only refers to.
STUBBED: Final = frozenset({"meeting", "organization", "paper", "person"})


def report_path() -> Path:
    """Where the account of the last run lies."""
    return folder("runs") / "last.json"


def _count_by_city(of: Lake, table: str, have: set[str]) -> dict[str, int]:
    if table not in have:
        return {}
    # A stub is only a name that others gave: what is counted is what the source lists.
    listed = "WHERE NOT is_stub " if table in STUBBED else ""
    rows = of.arrow(
        f"SELECT city_id, count(*) AS n FROM harmonised.{table} {listed}GROUP BY city_id",  # noqa: S608 - our own names
    ).to_pylist()
    return {row["city_id"]: row["n"] for row in rows}


def figures() -> dict[str, Any]:
    """Everything that ``seehaus status --json`` tells.

    Returns:
        ``cities`` (per city the counts of ``COUNTED`` and passages), ``sources`` (per city and
        source how its last run ended, as in ``outcome.Outcome``), ``held_back`` (per city what
        failed its checks and keeps its last good version), ``lake`` (paths), ``portal`` (url, data
        sets), ``index``, ``last_run`` (seconds per step, changes, problems). Counts of what was
        not built yet are 0.
    """
    at = lake()
    have = at.tables("harmonised")
    counts = {label: _count_by_city(at, table, have) for label, table in COUNTED.items()}
    index = _json(folder("index") / "summary.json")
    last = Report.load(report_path())
    return {
        "cities": {
            city.id: {
                "name": city.name,
                **{label: by_city.get(city.id, 0) for label, by_city in counts.items()},
                "passages": index.get("by_city", {}).get(city.id, 0),
            }
            for city in cities().values()
        },
        "sources": {city_id: outcome.of_city(city_id) for city_id in cities()},
        "held_back": verdict.holding_back(at),
        "lake": {
            "catalog": _without_password(at.catalog),
            "storage": at.storage,
            "data": str(settings().root),
        },
        "portal": published(),
        "index": {key: value for key, value in index.items() if key != "by_city"},
        "last_run": None
        if last is None
        else {
            "started_at": last.started_at,
            "finished": last.finished,
            "seconds": last.seconds,
            "changes": last.changes,
            "problems": last.problems,
            **last.details,
        },
    }


def published() -> dict[str, Any]:
    """What was published last: ``url`` of the portal (empty without one), ``datasets``."""
    return _json(folder("published") / "summary.json")


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return loaded


def _without_password(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if "@" in rest else address
