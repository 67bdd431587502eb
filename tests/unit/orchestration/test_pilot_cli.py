"""``seehaus pilot`` and what ``seehaus city check`` says of reports."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from ingestion.city import CITIES
from orchestration import summary
from orchestration.cli import app
from orchestration.settings import settings


@pytest.fixture
def cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    shutil.copy(CITIES / "mainz.yml", tmp_path)
    monkeypatch.setenv("SEEHAUS_CITIES", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "400")
    # It opens standard error for the whole process, which here is the tests'.
    monkeypatch.setattr("orchestration.terminal.configure_logging", lambda: None)
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def said(*words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return " ".join(done.output.split())


def test_a_new_report_is_checked_with_its_city(cities: Path) -> None:
    said("pilot", "new", "mainz", "suche", "--title", "Vorlagen finden")
    path = cities / "pilots" / "mainz" / "suche.md"
    assert path.is_file()
    assert "1 pilot reports are valid" in said("pilot", "check")
    assert "1 pilot reports are valid" in said("pilot", "check", str(path))
    assert "1 city files are valid, 1 pilot reports, " in said("city", "check")
    told = said("pilot", "new", "mainz", "suche", "--title", "Vorlagen finden", code=1)
    assert "is there already → seehaus pilot check" in told


def test_a_wrong_report_and_a_stray_one_fail_the_check(cities: Path) -> None:
    said("pilot", "new", "mainz", "suche", "--title", "Vorlagen finden")
    path = cities / "pilots" / "mainz" / "suche.md"
    path.write_text(path.read_text().replace("area: administration", "area: amt"))
    (cities / "pilots" / "mayence").mkdir()
    for command in (("pilot", "check"), ("city", "check")):
        told = said(*command, code=1)
        assert "suche.md:4:1: area: is none of the known values → write" in told
        assert "no city of this name has a file → move it to one of mainz" in told
    assert "suche.md:4:1: area:" in said("pilot", "check", str(path), code=1)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("worms", "suche"), "there is no such city file → known cities: mainz"),
        (("mainz", "Suche 1"), "cannot be used as one → name it with a-z, 0-9 and -"),
    ],
)
def test_a_report_needs_a_city_and_a_name(cities: Path, words: tuple[str, str], told: str) -> None:
    assert told in said("pilot", "new", *words, "--title", "Vorlagen finden", code=1)
    assert not list(cities.rglob("*.md"))


def test_an_answer_names_kind_section_and_data_set() -> None:
    hit = {
        "kind": "pilot_report",
        "title": "Vorlagen finden",
        "city_name": "Mainz",
        "reference": None,
        "date": "2026-06-30",
        "page": None,
        "section": "Ergebnis",
        "snippet_html": "fand <mark>47</mark>",
        "source_url": None,
        "file_url": None,
        "dataset_url": "http://portal.example/dataset/alle-pilot-report",
    }
    console = Console(record=True, width=120)
    summary.answer(console, {"question": "Wie viele?", "took_ms": 1.0, "hits": [hit]})
    text = console.export_text()
    assert "Pilotbericht, Mainz, 2026-06-30, Ergebnis" in text
    assert "http://portal.example/dataset/alle-pilot-report" in text
