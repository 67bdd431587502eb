"""Check one harmonised table against its rules; the result is plain values.

Only what a rule needs leaves the lake: SQL counts and takes lengths, Great Expectations judges the
few columns that come out.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from quality.docs import build_docs
from quality.engine import SHOWN, Expected, validate
from quality.result import CheckResult
from quality.suite import RULES, Rule, Rules, load, tables

__all__ = ["CheckResult", "build_docs", "check", "tables"]

SCHEMA: Final = "harmonised"

Fetch = Callable[[str], pa.Table]
Bounds = Mapping[str, Mapping[str, int | None]]


def check(
    table: str, fetch: Fetch, bounds: Bounds | None = None, *, folder: Path = RULES
) -> list[CheckResult]:
    """Check one table.

    Args:
        table: The harmonised table, without its schema.
        fetch: Runs one query on the lake and gives its rows.
        bounds: City id → ``{"min": rows, "max": rows or None}`` for this table.
        folder: Where the rules lie.

    Returns:
        One result per rule and one per city with bounds, in the order of the file.

    Raises:
        RulesError: The table's rules are missing or not valid.
    """
    rules = load(table, folder)
    results = _volume(table, rules, fetch, bounds or {})
    rows = [rule for rule in rules.rules if not rule.query]
    if rows:
        frame = fetch(_row_query(table, rules, rows))
        results += _judge(table, rows, frame, rules.key, {rule.name: rule.name for rule in rows})
    for rule in rules.rules:
        if rule.query:
            columns = {rule.name: "value"}
            results += _judge(table, [rule], fetch(rule.query), rule.keys, columns)
    return results


def _row_query(table: str, rules: Rules, rows: Sequence[Rule]) -> str:
    """One pass over the table: the key and a column per rule, null where the rule looks away."""
    columns = [
        f'{rule.value or rule.column} AS "{rule.name}"'
        if rule.where is None
        else f'CASE WHEN {rule.where} THEN {rule.value or rule.column} END AS "{rule.name}"'
        for rule in rows
    ]
    return f"SELECT {', '.join([*rules.key, *columns])} FROM {SCHEMA}.{table}"  # noqa: S608


def _volume(table: str, rules: Rules, fetch: Fetch, bounds: Bounds) -> list[CheckResult]:
    """The rows of each city against what its city file expects; a city without rows has zero."""
    if not bounds:
        return []
    counted = fetch(f"SELECT city_id, count(*) AS n FROM {SCHEMA}.{table} GROUP BY 1")  # noqa: S608
    counts = dict(zip(*(counted.column(i).to_pylist() for i in (0, 1)), strict=True))
    found = {city: int(counts.get(city, 0)) for city in bounds}
    frame = pa.table({city: [count] for city, count in found.items()})
    expected = [
        Expected(
            name=city,
            expectation="expect_column_values_to_be_between",
            column=city,
            arguments={
                f"{side}_value": limit[side]
                for side in ("min", "max")
                if limit.get(side) is not None
            },
            note=f"rows of {city}",
            is_critical=rules.volume == "error",
        )
        for city, limit in bounds.items()
    ]
    judged = validate(frame, expected, keys=[])
    return [
        _volume_result(table, rules, city, found[city], bounds[city], judged[city])
        for city in bounds
    ]


def _volume_result(
    table: str,
    rules: Rules,
    city: str,
    count: int,
    limit: Mapping[str, int | None],
    evidence: Mapping[str, Any],
) -> CheckResult:
    upper = limit.get("max")
    wanted = f"{limit.get('min') or 0} to {'any' if upper is None else upper}"
    success = bool(evidence["success"])
    message = f"{SCHEMA}.{table}, {city}: {count} rows, expected {wanted}"
    if not success:
        message += (
            " → look at the city's last crawl; if the new figure is right, change `expect` in "
            f"ingestion/cities/{city}.yml"
        )
    return CheckResult(
        table=table,
        rule=f"volume_{city}",
        column=None,
        success=success,
        severity=rules.volume,
        observed=str(count),
        failing_rows=[] if success else [{"city_id": city, "rows": count}],
        rows_checked=count,
        message=message,
        evidence=evidence,
    )


def _judge(
    table: str,
    rules: Sequence[Rule],
    frame: pa.Table,
    keys: Sequence[str],
    columns: Mapping[str, str],
) -> list[CheckResult]:
    judged = validate(
        frame,
        [
            Expected(
                name=rule.name,
                expectation=rule.expectation,
                column=columns[rule.name],
                arguments=rule.arguments.given(),
                note=rule.why,
                is_critical=rule.severity == "error",
            )
            for rule in rules
        ],
        keys,
    )
    return [_result(table, rule, columns[rule.name], judged[rule.name]) for rule in rules]


def _result(table: str, rule: Rule, column: str, evidence: Mapping[str, Any]) -> CheckResult:
    result = evidence.get("result") or {}
    trouble = _trouble(evidence.get("exception_info") or {})
    success = bool(evidence["success"])
    checked = int(result.get("element_count") or 0) - int(result.get("missing_count") or 0)
    unexpected = int(result.get("unexpected_count") or 0)
    # A length or a share is not the column itself: it is shown as the value it is.
    named = rule.column if rule.column and not (rule.query or rule.value) else "value"
    message = f"{SCHEMA}.{table}, {rule.name}: {rule.why}"
    if trouble:
        message += f" It could not be checked: {trouble} → mend quality/rules/{table}.yml"
    elif not success:
        message += f" {unexpected} of {checked} do not keep it → {rule.mend}"
    return CheckResult(
        table=table,
        rule=rule.name,
        column=rule.column,
        success=success,
        severity=rule.severity,
        observed=f"{unexpected} of {checked} unexpected",
        failing_rows=[
            {(named if name == column else name): value for name, value in row.items()}
            for row in (result.get("partial_unexpected_index_list") or [])[:SHOWN]
        ],
        rows_checked=checked,
        message=message,
        evidence=evidence,
    )


def _trouble(info: Mapping[str, Any]) -> str | None:
    """Why a rule could not be evaluated; Great Expectations tells once, or once per metric."""
    parts = [info, *(part for part in info.values() if isinstance(part, Mapping))]
    told = (part.get("exception_message") for part in parts)
    return next((str(message) for message in told if message), None)
