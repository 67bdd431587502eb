"""What the checks mean for publishing: who is held back, and whether everything stops.

Kept as history in the lake (``quality.check_result``), so that a publication started by hand obeys
the newest verdict too.
"""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from catalog.assurance import Checked, Rule
from orchestration.lake import Lake
from quality.result import CheckResult

_SHOWN: Final = 20
_TABLE: Final = "lake.quality.check_result"
_COLUMNS: Final = {
    "run_id": "VARCHAR",
    "checked_at": "TIMESTAMPTZ",
    "table_name": "VARCHAR",
    "rule": "VARCHAR",
    "column_name": "VARCHAR",
    "severity": "VARCHAR",
    "is_success": "BOOLEAN",
    "observed": "VARCHAR",
    "rows_checked": "BIGINT",
    "message": "VARCHAR",
    "failing_rows": "VARCHAR",
    "held_cities": "VARCHAR",
    "is_stopping": "BOOLEAN",
}


class ChecksFailedError(RuntimeError):
    """A check that no single city answers for failed: nothing may be published or indexed."""


@dataclass(frozen=True)
class Judged:
    """A check's result and what follows from it.

    Attributes:
        result: What the rule found.
        held: The cities whose rows broke it.
        is_stopping: The rule failed and the rows cannot all be laid at some cities' door.
    """

    result: CheckResult
    held: tuple[str, ...] = ()
    is_stopping: bool = False


def judge(result: CheckResult, cities: Iterable[str]) -> Judged:
    """Find out whose rows broke a rule.

    A row belongs to a city by its ``city_id``, or by an id of the form ``<city>:<server id>``. The
    failing rows are cut at twenty: where more failed than are shown, everybody stops.
    """
    if not result.blocks:
        return Judged(result)
    known = set(cities)
    rows = result.failing_rows
    found = [_city(row, known) for row in rows]
    if not rows or len(rows) >= _SHOWN or None in found:
        return Judged(result, is_stopping=True)
    return Judged(result, held=tuple(sorted({city for city in found if city})))


def _city(row: dict[str, Any], known: set[str]) -> str | None:
    for name, value in row.items():
        if not isinstance(value, str):
            continue
        if name == "city_id" and value in known:
            return value
        prefix = value.partition(":")[0]
        if name.endswith("_id") and prefix in known:
            return prefix
    return None


def record(lake: Lake, run_id: str, judged: Sequence[Judged]) -> None:
    """Append one run's results to the history."""
    now = dt.datetime.now(dt.UTC)
    rows = [
        [
            run_id,
            now,
            one.result.table,
            one.result.rule,
            one.result.column,
            one.result.severity,
            one.result.success,
            one.result.observed,
            one.result.rows_checked,
            one.result.message,
            json.dumps(one.result.failing_rows, ensure_ascii=False, default=str),
            json.dumps(one.held),
            one.is_stopping,
        ]
        for one in judged
    ]
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    marks = ", ".join("?" for _ in _COLUMNS)
    with lake.write() as con:
        con.execute("CREATE SCHEMA IF NOT EXISTS lake.quality")
        con.execute(f"CREATE TABLE IF NOT EXISTS {_TABLE} ({columns})")
        con.execute("BEGIN")
        if rows:
            con.executemany(f"INSERT INTO {_TABLE} VALUES ({marks})", rows)  # noqa: S608 - our own names
        con.execute("COMMIT")


def held(lake: Lake, run_id: str | None = None) -> frozenset[tuple[str, str]]:
    """City and table that must keep their last good version.

    Args:
        lake: Where the history is.
        run_id: The run whose verdict counts; where it checked nothing, and by default, the newest.

    Raises:
        ChecksFailedError: The newest verdict stops everything, or nothing was checked yet.
    """
    if "check_result" not in lake.tables("quality"):
        raise ChecksFailedError("nothing was checked yet → materialise the harmonised assets first")
    rows = lake.arrow(
        f"""
        WITH newest AS (
            SELECT run_id FROM {_TABLE}
            ORDER BY run_id = ? DESC, checked_at DESC LIMIT 1
        )
        SELECT table_name, rule, message, held_cities, is_stopping
        FROM {_TABLE} WHERE run_id = (SELECT run_id FROM newest) AND NOT is_success
        """,  # noqa: S608 - our own names
        [run_id or ""],
    ).to_pylist()
    if stopping := [row["message"] for row in rows if row["is_stopping"]]:
        raise ChecksFailedError("checks failed, the last publication stays: " + "; ".join(stopping))
    return frozenset(
        (city, row["table_name"]) for row in rows for city in json.loads(row["held_cities"])
    )


def checked(lake: Lake) -> dict[str, Checked]:
    """What the checks of each table found, and since when they have found the same.

    The day is that of the first run in the unbroken row of runs with the newest outcome, so it
    stays while nothing changes.
    """
    if "check_result" not in lake.tables("quality"):
        return {}
    rows = lake.arrow(
        f"""
        SELECT
            table_name,
            min(checked_at) AS checked_from,
            list(
                {{
                    'name': rule,
                    'is_hint': severity = 'warn',
                    'is_kept': is_success,
                    'held': held_cities
                }} ORDER BY rule
            ) AS rules
        FROM {_TABLE}
        GROUP BY table_name, run_id
        ORDER BY table_name, checked_from DESC
        """,  # noqa: S608 - our own names
    ).to_pylist()
    newest: dict[str, list[dict[str, Any]]] = {}
    since: dict[str, dt.datetime] = {}
    is_over: set[str] = set()
    for row in rows:
        table = row["table_name"]
        if row["rules"] != newest.setdefault(table, row["rules"]):
            is_over.add(table)
        if table not in is_over:
            since[table] = row["checked_from"]
    return {
        table: Checked(
            since[table].astimezone(dt.UTC).date(),
            tuple(Rule(**{**rule, "held": tuple(json.loads(rule["held"]))}) for rule in rules),
        )
        for table, rules in newest.items()
    }


def holding_back(lake: Lake) -> dict[str, list[dict[str, Any]]]:
    """What the newest verdict holds back, for people.

    Returns:
        City → one entry per failed rule: ``table``, ``message`` and ``since``, when the rule was
        first broken without having held again. Cities that are not held back are left out.
    """
    if "check_result" not in lake.tables("quality"):
        return {}
    rows = lake.arrow(
        f"""
        WITH newest AS (SELECT run_id FROM {_TABLE} ORDER BY checked_at DESC LIMIT 1),
        good AS (
            SELECT table_name, rule, max(checked_at) AS at
            FROM {_TABLE} WHERE is_success GROUP BY ALL
        )
        SELECT now.table_name, now.message, now.held_cities, min(each.checked_at) AS since
        FROM {_TABLE} AS now
        JOIN {_TABLE} AS each USING (table_name, rule)
        LEFT JOIN good USING (table_name, rule)
        WHERE now.run_id = (SELECT run_id FROM newest) AND NOT now.is_success
            AND now.held_cities != '[]' AND NOT each.is_success
            AND (good.at IS NULL OR each.checked_at > good.at)
        GROUP BY ALL ORDER BY now.table_name, now.message
        """,  # noqa: S608 - our own names
    ).to_pylist()
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        for city in json.loads(row["held_cities"]):
            found.setdefault(city, []).append(
                {
                    "table": row["table_name"],
                    "message": row["message"],
                    "since": row["since"].isoformat(timespec="seconds"),
                }
            )
    return found
