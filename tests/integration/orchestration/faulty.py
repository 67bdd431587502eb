"""The sources of a few cities, run by Dagster in this process against a small sample world."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pytest
import typer.testing
import yaml

from ingestion.city import CITIES as CITY_FILES
from ingestion.http import Hooks
from ingestion.sampleworld import World, world
from orchestration import environment
from orchestration import lake as lakes
from orchestration.assets import documents, raw
from orchestration.cli import app
from orchestration.jobs import FULL
from orchestration.lake import lake
from orchestration.pipeline import failures
from orchestration.settings import settings

OPARL: Final = "ludwigshafen"
"""The city whose council is, in these tests, Musterstadt's OParl server."""
SOURCES: Final = {
    "council": raw.council,
    "documents": documents.document,
    "statistics": raw.statistics,
}
# What a run changes, and what it only adds to or takes from: files that are never written again.
_REPLACED: Final = ("lake/catalog.sqlite", "lake/catalog.sqlite-wal", "dlt", "runs")
_WRITTEN_ONCE: Final = ("lake/tables", "blobs")
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Ran:
    """How a run of a city's sources ended.

    Attributes:
        is_success: Dagster's word for the run.
        failed: What the failed steps said.
        checks: Source → whether its check passed, its severity and its description.
        metadata: Source → the figures of its materialisation.
    """

    is_success: bool
    failed: list[str] = field(default_factory=list)
    checks: dict[str, tuple[bool, str, str]] = field(default_factory=dict)
    metadata: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Seen:
    """A data folder, the world it is filled from, and how to put it back."""

    data: Path
    kept: Path
    world: World
    loaded: set[str] = field(default_factory=set)

    def run(self, city_id: str, sources: Iterable[str] = SOURCES, *, full: bool = True) -> Ran:
        """Materialise some sources of a city; ``full``: as the reconciliation does."""
        ran = dg.materialize(
            [raw.city_file, *(SOURCES[name] for name in SOURCES)],
            selection=[SOURCES[name] for name in sources],
            partition_key=city_id,
            tags={FULL: "yes"} if full else {},
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
        source_of = {definition.key: name for name, definition in SOURCES.items()}
        made = Ran(ran.success, failures(ran))
        for each in ran.get_asset_check_evaluations():
            made.checks[source_of[each.asset_key]] = (
                each.passed,
                each.severity.value,
                each.description or "",
            )
        for event in ran.get_asset_materialization_events():
            name = source_of[event.step_materialization_data.materialization.asset_key]
            told = event.step_materialization_data.materialization.metadata
            made.metadata[name] = {key: value.value for key, value in told.items()}
        return made

    def good(self, city_id: str, sources: Iterable[str] = SOURCES) -> None:
        """Bring everything back to the good first load, which this city is part of from now on."""
        if self.loaded:
            self._restore()
        if city_id not in self.loaded:
            first = self.run(city_id, sources)
            assert first.is_success, first.failed
            assert all(passed for passed, _, _ in first.checks.values()), first.checks
            self.loaded.add(city_id)
            self._keep()

    def _restore(self) -> None:
        for con in lakes._readers.values():
            con.close()
        lakes._readers.clear()  # they would remember the catalog that is put away
        for name in _REPLACED:
            _replace(self.kept / name, self.data / name)
        for name in _WRITTEN_ONCE:
            _add_missing(self.kept / name, self.data / name)

    def _keep(self) -> None:
        for name in _REPLACED:
            _replace(self.data / name, self.kept / name)
        for name in _WRITTEN_ONCE:
            _add_missing(self.data / name, self.kept / name)

    @staticmethod
    def status() -> tuple[dict[str, Any], str]:
        """What ``seehaus status`` tells, as JSON and as text in one piece."""
        runner = typer.testing.CliRunner(env={"COLUMNS": "1000"})
        told = runner.invoke(app, ["status", "--json"])
        assert told.exit_code == 0, told.output
        shown = runner.invoke(app, ["status"])
        assert shown.exit_code == 0, shown.output
        return json.loads(told.stdout), _ANSI.sub("", shown.stdout)


def _replace(source: Path, target: Path) -> None:
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    elif source.exists():
        shutil.copy2(source, target)


def _add_missing(source: Path, target: Path) -> None:
    for each in source.rglob("*"):
        there = target / each.relative_to(source)
        if each.is_file() and not there.exists():
            there.parent.mkdir(parents=True, exist_ok=True)
            os.link(each, there)


def rows(city_id: str) -> dict[str, list[dict[str, Any]]]:
    """The current rows of a city's raw tables, without when they were seen."""
    schema = f"raw_{city_id}"
    found = {}
    for table in sorted(lake().tables(schema)):
        with lake().read() as con:
            columns = {row[0] for row in con.execute(f"DESCRIBE {schema}.{table}").fetchall()}
            if "_dlt_valid_to" not in columns:
                continue
            kept = sorted(
                each for each in columns if not each.startswith("_dlt") and each != "retrieved_at"
            )
            found[table] = (
                con.execute(
                    f"SELECT {', '.join(kept)} FROM {schema}.{table} "
                    "WHERE _dlt_valid_to IS NULL ORDER BY id"
                )
                .to_arrow_table()
                .to_pylist()
            )
    return found


@contextmanager
def seen(at: Path) -> Iterator[Seen]:
    """A small world that the cities' files lead to, and a data folder; nothing is loaded yet."""
    patch = pytest.MonkeyPatch()
    with world(seed=1, papers=20) as served, patch.context() as changed:
        _city_files(at / "cities", served)
        changed.setenv("SEEHAUS_DATA", str(at / "data"))
        changed.setenv("SEEHAUS_CITIES", str(at / "cities"))
        changed.setenv("SEEHAUS_CITY_URLS", str(at / "world.json"))
        # Nobody waits here for a server that rests: how long it is waited is the client's test.
        changed.setattr("ingestion.http.Hooks", partial(Hooks, sleep=lambda _: None))
        for cached in (settings, environment.cities):
            cached.cache_clear()
        try:
            yield Seen(at / "data", at / "kept", served)
        finally:
            for cached in (settings, environment.cities):
                cached.cache_clear()


def _city_files(folder: Path, served: World) -> None:
    shutil.copytree(CITY_FILES, folder)
    path = folder / f"{OPARL}.yml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    told |= {"ags": "07999999", "ars": "079990000999", "statistics": {}}
    told["council"] |= {"system": "oparl", "url": served.url("musterstadt")}
    # JSON is YAML, and quotes the keys whose leading zeros count.
    path.write_text(json.dumps(told, ensure_ascii=False, default=str), encoding="utf-8")
    urls = served.ready()
    urls["cities"][OPARL] = {"council": served.url("musterstadt")}
    (folder.parent / "world.json").write_text(json.dumps(urls), encoding="utf-8")
