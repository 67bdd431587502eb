"""``seehaus stats`` as it prints."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestration import lake as lakes
from orchestration.cli import app
from orchestration.lake import Lake
from tests import statistics_lake

pytestmark = pytest.mark.integration
RUNNER = CliRunner(env={"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1"})
GOLDEN = Path(__file__).with_name("stats_show.txt")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return statistics_lake.lake_in(tmp_path_factory.mktemp("lake"))


@pytest.fixture(autouse=True)
def lake(made: Lake, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr(lakes, "lake", lambda: made)
    for module in ("stats_cli", "stats_report"):
        monkeypatch.setattr(f"orchestration.{module}.console", _console(), raising=False)
    return made


def _console() -> object:
    from rich.console import Console

    return Console(width=140, force_terminal=False, color_system=None)


def run(*arguments: str, code: int = 0) -> str:
    done = RUNNER.invoke(app, ["stats", *arguments])
    assert done.exit_code == code, done.output
    return done.output


def test_the_list_names_unit_table_source_and_span() -> None:
    said = run("list")
    line = next(line for line in said.splitlines() if "population" in line)
    for part in ("Bevölkerung", "Personen", "T1", "Regionaldatenbank", "4"):
        assert part in line
    told = {one["id"]: one for one in json.loads(run("list", "--json"))}
    assert told["population"]["first"] == "2008-12-31"
    assert told["population"]["cities"] == ["koblenz", "ludwigshafen", "mainz", "trier"]
    assert told["rent"]["is_open"] is False


def test_show_prints_plot_table_breaks_missing_values_source_and_licence() -> None:
    said = run("show", "population", "--city", "mainz", "--city", "trier", "--from", "2009")
    assert "\n".join(line.rstrip() for line in said.splitlines()) + "\n" == GOLDEN.read_text(
        encoding="utf-8"
    )


def test_show_for_programs() -> None:
    rows = json.loads(
        run(
            "show",
            "population",
            "--city",
            "trier",
            "--dimension",
            "SEX=F",
            "--to",
            "2009",
            "--json",
        )
    )
    assert [(row["end"], row["value"], row["dimensions"]) for row in rows] == [
        ("2008-12-31", 55_000.0, {"SEX": "F"}),
        ("2009-12-31", 55_200.0, {"SEX": "F"}),
    ]
    table = list(csv.DictReader(io.StringIO(run("show", "employees", "--csv"))))
    missing = [row for row in table if row["value"] == ""]
    assert {(row["value_raw"], row["obs_status"]) for row in missing} == {("-", "O")}
    assert len(missing) == 4


def test_where_nothing_has_a_value_there_is_no_plot_but_the_reason() -> None:
    said = run("show", "employees", "--from", "2025", "--city", "mainz")
    assert "Mainz, 30.06.2025: keine Angabe: nicht vorhanden oder nicht geliefert" in said
    assert "⣀" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "populaton"), "did you mean population"),
        (("show", "zzzzzz"), "seehaus stats list"),
        (("show", "population", "--city", "bonn"), "no such city: bonn → one of koblenz"),
        (("show", "population", "--dimension", "SEX"), "write NAME=MEMBER"),
        (("show", "population", "--dimension", "AGE=1"), "one of SEX=F, SEX=M"),
        (("show", "population", "--from", "2999"), "no figures for this choice"),
        (("vintages", "T9"), "no such indicator"),
    ],
)
def test_what_cannot_be_shown_names_the_mend(arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(run(*arguments, code=1).split())


def test_vintages_tell_a_change_of_basis_from_a_correction() -> None:
    for wanted in ("T1", "population"):
        said = run("vintages", wanted)
        assert "Bevölkerung: Datenstand 01.04.2025, 1 Werte geändert" in said
        line = next(line for line in said.splitlines() if "Trier" in line)
        for part in ("112.737", "103.986", "\N{MINUS SIGN}8.751", "andere Grundlage"):
            assert part in line
        assert "1 davon beruhen auf einer anderen Grundlage" in said
    (row,) = json.loads(run("vintages", "T1", "--json"))
    assert row["difference"] == -8751.0
    assert "kein Wert hat sich" in run("vintages", "employees")


def test_an_empty_lake_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.settings import Settings

    empty = Lake.of(Settings(data=tmp_path, _env_file=None))
    monkeypatch.setattr(lakes, "lake", lambda: empty)
    assert "→ seehaus run" in run("list", code=1)
