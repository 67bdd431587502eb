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
        assert "Bevölkerung: Datenstand 01.04.2025, 1 Wert geändert" in said
        line = next(line for line in said.splitlines() if "Trier" in line)
        for part in ("112.737", "103.986", "\N{MINUS SIGN}8.751", "andere Grundlage"):
            assert part in line
        assert "1 davon beruht auf einer anderen Grundlage" in said
    (row,) = json.loads(run("vintages", "T1", "--json"))
    assert row["difference"] == -8751.0
    assert "kein Wert hat sich" in run("vintages", "employees")


def test_districts_of_a_city_as_table_and_bars() -> None:
    assert "residents" in run("districts", "trier")
    said = run("districts", "trier", "residents")
    assert "Stadtteile von Trier, Insgesamt, 31.12.2024, in Personen" in said
    lines = [line for line in said.splitlines() if line.startswith("│")]
    told = [[cell.strip() for cell in line.split("│")[1:4]] for line in lines]
    assert [(row[0], row[1]) for row in told] == [
        ("Mitte", "24.310"),
        ("West", "21.125"),
        ("Ost", "17.402"),
        (f"Nord {statistics_lake.HOSTILE}", "6.875"),
        ("Neu", "0"),
        ("Süd", "keine Angabe: geheim oder unbekannt"),
        ("Feyen", "nicht in der Quelle"),
    ]
    bars = [len(row[2]) for row in told]
    assert bars[:3] == [40, 35, 29]
    assert bars[4:] == [0, 0, 0]
    assert "Süd, 31.12.2024: keine Angabe: geheim oder unbekannt (Zeichen der Quelle '.'" in said
    assert "sind keine der Stadt" in said
    assert "Lizenz: Datenlizenz Deutschland" in said


def test_districts_for_programs() -> None:
    rows = json.loads(run("districts", "trier", "residents", "--year", "2023", "--json"))
    assert [row["name"] for row in rows][:4] == ["Mitte", "West", "Ost", "Alt"]
    assert rows[0]["figure"]["value"] == 24_210.0
    assert rows[-1]["figure"] is None
    table = list(csv.DictReader(io.StringIO(run("districts", "trier", "residents", "--csv"))))
    assert [(row["ars"], row["name"]) for row in table][:1] == [("072110000000-11", "Mitte")]
    listed = json.loads(run("districts", "trier", "--json"))
    assert [one["id"] for one in listed] == ["residents"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "residents"), "→ seehaus stats districts trier residents"),
        (("districts", "mainz"), "no figures of districts"),
        (("districts", "bonn"), "no such city: bonn"),
        (("districts", "trier", "population"), "no such indicator"),
        (("districts", "trier", "residents", "--year", "1999"), "one of 2023, 2024"),
        (("districts", "trier", "residents", "--dimension", "SEX=F"), "one of the total"),
    ],
)
def test_what_cannot_be_shown_of_districts_names_the_mend(
    arguments: tuple[str, ...], said: str
) -> None:
    assert said in " ".join(run(*arguments, code=1).split())


def test_a_change_of_a_district_is_none_of_its_city(made: Lake) -> None:
    rows = statistics_lake.tables()
    (row,) = rows["vintage_difference"]
    row |= {"ars": f"{row['ars']}-11", "indicator_id": "residents"}
    statistics_lake.write(made, {"vintage_difference": [row]})
    try:
        said = run("vintages", "residents")
    finally:
        statistics_lake.write(
            made, {"vintage_difference": statistics_lake.tables()["vintage_difference"]}
        )
    assert "Trier, Mitte" in said


def test_an_empty_lake_is_named_with_the_mend(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestration.settings import Settings

    empty = Lake.of(Settings(data=tmp_path, _env_file=None))
    monkeypatch.setattr(lakes, "lake", lambda: empty)
    assert "→ seehaus run" in run("list", code=1)
