"""The quality rules as blocking asset checks: what they stop is neither published nor indexed."""

from collections.abc import Iterator, Mapping

import dagster as dg
import pyarrow as pa

from orchestration import preview, verdict
from orchestration.environment import cities, folder
from orchestration.lake import lake
from orchestration.progress import step
from orchestration.report import current
from orchestration.verdict import Judged
from quality import suite


def bounds(table: str) -> Mapping[str, Mapping[str, int | None]]:
    """What the city files expect of one table."""
    return {
        city.id: {"min": limit.min, "max": limit.max}
        for city in cities().values()
        if (limit := city.expect.get(table))
    }


def _names(table: str) -> list[str]:
    volume = [f"volume_{city_id}" for city_id in bounds(table)]
    return [*volume, *(rule.name for rule in suite.load(table).rules)]


def _key(table: str) -> dg.AssetKey:
    return dg.AssetKey(["harmonised", table])


def quality_checks() -> dg.AssetChecksDefinition:
    """One step that checks every table with rules; Great Expectations is imported once, there."""
    specs = [
        dg.AssetCheckSpec(
            name=name,
            asset=_key(table),
            blocking=True,
            description=f"quality/rules/{table}.yml: {name}",
        )
        for table in suite.tables()
        for name in _names(table)
    ]

    @dg.multi_asset_check(name="quality", specs=specs)
    def quality(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        """Check, record, tell."""
        judged = check_all(context.run.run_id)
        for one in judged:
            yield _told(one)
        told = {(one.result.table, one.result.rule) for one in judged}
        for table in suite.tables():
            for name in _names(table):
                if (table, name) not in told:
                    yield _not_yet(table, name)

    return quality


def check_all(run_id: str) -> list[Judged]:
    """Check every table, keep the results in the lake and build the Data Docs."""
    with step("quality checks", current().seconds) as tell:
        from quality.run import build_docs, check  # noqa: PLC0415 - six seconds of import

        at = lake()
        tables = suite.tables()
        judged: list[Judged] = []
        with at.read() as con:

            def fetch(sql: str) -> pa.Table:
                return con.execute(sql).to_arrow_table()

            # A city that joined but was never loaded has nothing that could be too little.
            loaded = set(fetch("SELECT city_id FROM harmonised.city")["city_id"].to_pylist())
            for done, table in enumerate(tables, 1):
                limits = {city: one for city, one in bounds(table).items() if city in loaded}
                results = check(table, fetch, limits)
                judged += [verdict.judge(result, cities()) for result in results]
                tell(done, len(tables), table)
        verdict.record(at, run_id, judged)
        build_docs([one.result for one in judged], folder("quality") / "docs")
    for one in judged:
        if one.result.blocks:
            current().problems.append(one.result.message)
    return judged


def _told(one: Judged) -> dg.AssetCheckResult:
    result = one.result
    severity = dg.AssetCheckSeverity.ERROR
    if result.severity == "warn" or one.held:
        # A city that is held back keeps its last good version; the others go on.
        severity = dg.AssetCheckSeverity.WARN
    metadata: dict[str, dg.MetadataValue] = {
        "observed": dg.MetadataValue.text(result.observed),
        "rows_checked": dg.MetadataValue.int(result.rows_checked),
    }
    if one.held:
        metadata["held_back"] = dg.MetadataValue.text(", ".join(one.held))
    if result.failing_rows:
        metadata["failing_rows"] = preview.markdown(result.failing_rows)
    return dg.AssetCheckResult(
        passed=result.success,
        asset_key=_key(result.table),
        check_name=result.rule,
        severity=severity,
        description=result.message,
        metadata=metadata,
    )


def _not_yet(table: str, name: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=True,
        asset_key=_key(table),
        check_name=name,
        description="This city has not been loaded yet.",
    )


def held_in(run_id: str) -> frozenset[tuple[str, str]]:
    """City and table that this run must leave as they are."""
    return verdict.held(lake(), run_id)
