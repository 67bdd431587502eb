"""A city's pilot reports are a source like the others: how they ended, and what changed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from ingestion.city import CITIES
from orchestration import environment, history, outcome
from orchestration.assets import pilots, raw
from orchestration.cli import app
from orchestration.settings import settings
from tests.integration.pilots import report

pytestmark = pytest.mark.integration


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "cities" / "pilots" / "mainz"
    folder.mkdir(parents=True)
    shutil.copy(CITIES / "mainz.yml", tmp_path / "cities")
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SEEHAUS_CITIES", str(tmp_path / "cities"))
    settings.cache_clear()
    environment.cities.cache_clear()
    yield folder
    settings.cache_clear()
    environment.cities.cache_clear()


def materialize() -> dg.ExecuteInProcessResult:
    return dg.materialize(
        [raw.city_file, pilots.pilot_report],
        selection=[pilots.pilot_report],
        partition_key="mainz",
        raise_on_error=False,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )


def test_status_names_what_is_wrong_with_a_report_and_history_what_changed(reports: Path) -> None:
    path = reports / "suche.md"
    path.write_text(report("Eine Suche."), encoding="utf-8")
    assert materialize().success
    assert outcome.of_city("mainz")["pilots"]["outcome"] == "ok"

    path.write_text(report("Eine bessere Suche."), encoding="utf-8")
    (reports / "leer.md").write_text("nichts", encoding="utf-8")
    done = materialize()
    assert done.success
    (check,) = done.get_asset_check_evaluations()
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    told = outcome.of_city("mainz")["pilots"]
    assert (told["outcome"], told["problems"]) == ("incomplete", 1)
    assert told["where"].endswith("leer.md:1:1")

    for kind in (None, "pilot_report"):
        changes = history.of("mainz:suche", kind)
        assert [(each["object_type"], each["change"]) for each in changes] == [
            ("pilot_report", "created"),
            ("pilot_report", "changed"),
        ]
    assert changes[1]["changed_fields"] == ["tried"]
    shown = CliRunner().invoke(app, ["history", "mainz:suche"])
    assert shown.exit_code == 0
    assert "pilot_report" in shown.output
    assert history.of("mainz:suche", "paper") == []
