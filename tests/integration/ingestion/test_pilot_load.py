"""Pilot reports into the lake: what is new, changed, gone, wrong or personal."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion.bookkeeping import Crawl
from ingestion.city import City, load
from ingestion.pilot_load import load_pilots
from ingestion.privacy_policy import Findings
from ingestion.record import Paper
from ingestion.store import DropError, Store
from orchestration.lake import Lake
from tests.integration.pilots import report

MAINZ = load("mainz")
SAMPLE = MAINZ.model_copy(update={"is_sample": True})


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    (tmp_path / "cities" / "pilots" / "mainz").mkdir(parents=True)
    return tmp_path / "cities"


@pytest.fixture
def write(cities: Path) -> Callable[..., Path]:
    def write(
        name: str,
        tried: str = "Eine Suche.",
        title: str = "Vorlagen finden",
        *,
        example: bool = False,
    ) -> Path:
        path = cities / "pilots" / "mainz" / f"{name}.md"
        email = "ratsbuero@example.org" if example else "ratsbuero@mainz.de"
        title = f'"Beispiel: {title}"' if example else title
        path.write_text(report(tried, title, email, example=example), encoding="utf-8")
        return path

    return write


def current(lake: Lake, columns: str = "id") -> list[Any]:
    found = lake.arrow(
        f"SELECT {columns} FROM raw_mainz.pilot_report WHERE _dlt_valid_to IS NULL ORDER BY id"
    )
    return [tuple(row.values()) for row in found.to_pylist()]


def tombstones(lake: Lake) -> list[Any]:
    found = lake.arrow("SELECT object_type, id, reason FROM raw_mainz.tombstone ORDER BY ALL")
    return [tuple(row.values()) for row in found.to_pylist()]


def versions(lake: Lake) -> int:
    return len(lake.arrow("SELECT id FROM raw_mainz.pilot_report"))


def test_a_second_load_writes_nothing_and_a_change_is_a_new_version(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    write("suche")
    write("zaehlung", title="Räder zählen")
    first = load_pilots(MAINZ, store, cities)
    assert (first.changed, first.reports, first.problems, first.left_out) == (2, 2, (), ())
    assert current(lake, "id, title, retrieved_at IS NOT NULL") == [
        ("suche", "Vorlagen finden", True),
        ("zaehlung", "Räder zählen", True),
    ]
    again = load_pilots(MAINZ, store, cities)
    assert (again.changed, again.load.counts["pilot_report"].unchanged) == (0, 2)
    assert versions(lake) == 2
    write("suche", tried="Eine bessere Suche.")
    changed = load_pilots(MAINZ, store, cities)
    assert (changed.changed, versions(lake)) == (1, 3)
    assert current(lake, "id, tried")[0] == ("suche", "Eine bessere Suche.")


def test_a_deleted_file_is_a_tombstone_at_once_and_may_come_back(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    path = write("suche")
    write("zaehlung")
    load_pilots(MAINZ, store, cities)
    path.unlink()
    gone = load_pilots(MAINZ, store, cities)
    assert (gone.changed, gone.reports) == (1, 1)
    assert current(lake) == [("zaehlung",)]
    assert tombstones(lake) == [("pilot_report", "suche", "deleted")]
    assert load_pilots(MAINZ, store, cities).changed == 0
    write("suche")
    assert load_pilots(MAINZ, store, cities).changed == 1
    assert current(lake) == [("suche",), ("zaehlung",)]
    assert tombstones(lake) == []


def test_what_is_not_valid_keeps_its_last_good_version_and_is_told(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    path = write("suche")
    write("zaehlung")
    load_pilots(MAINZ, store, cities)
    path.write_text(path.read_text().replace("area: council", "area: rat"))
    done = load_pilots(MAINZ, store, cities)
    (problem,) = done.problems
    assert problem.url == f"{path}:3:1"
    assert problem.what.startswith("area: ")
    assert (done.changed, done.load.is_complete) == (0, False)
    assert current(lake) == [("suche",), ("zaehlung",)]
    assert tombstones(lake) == []


def test_examples_are_for_the_sample_world_and_true_reports_for_production(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    write("suche")
    write("erfunden", example=True)
    done = load_pilots(MAINZ, store, cities)
    assert (done.reports, done.left_out, done.problems) == (1, ("erfunden.md",), ())
    assert current(lake, "id, is_example") == [("suche", False)]
    done = load_pilots(SAMPLE, store, cities)
    assert (done.reports, done.left_out) == (1, ("suche.md",))
    assert current(lake, "id, is_example") == [("erfunden", True)]


def with_policy(**findings: str) -> City:
    privacy = MAINZ.privacy.model_copy(update={"findings": Findings(**findings)})  # type: ignore[arg-type]
    return MAINZ.model_copy(update={"privacy": privacy})


def test_personal_data_is_taken_out_or_holds_the_report_back(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    write("suche", tried="Fragen an Tel. 0170 1234567 oder max@web.de, Amt: amt@mainz.de.")
    load_pilots(MAINZ, store, cities)
    ((tried, is_redacted),) = current(lake, "tried, is_redacted")
    assert is_redacted
    assert "0170" not in tried
    assert "max@web.de" not in tried
    assert "amt@mainz.de" in tried
    done = load_pilots(with_policy(phone="quarantine"), store, cities)
    (problem,) = done.problems
    assert "holds what the city's policy quarantines" in problem.what
    assert "phone" in problem.what
    assert "0170" not in f"{problem.what}{problem.mend}"
    assert current(lake) == []
    assert tombstones(lake) == []


def test_many_that_are_gone_at_once_stop_the_load(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    paths = [write(f"bericht-{number}") for number in range(8)]
    load_pilots(MAINZ, store, cities)
    for path in paths[:6]:
        path.unlink()
    with pytest.raises(DropError, match=r"6 of 8 pilot reports are gone .* SEEHAUS_CITIES"):
        load_pilots(MAINZ, store, cities)
    assert len(current(lake)) == 8
    assert load_pilots(MAINZ, store, cities, accept_drop=True).changed == 6
    assert len(current(lake)) == 2


def test_crawls_of_the_council_and_of_documents_leave_the_reports_alone(
    lake: Lake, store: Store, cities: Path, write: Callable[..., Path]
) -> None:
    """Two complete crawls that bring no report: nothing of theirs is missing."""
    write("suche")
    load_pilots(MAINZ, store, cities)

    def complete(crawl: Crawl, papers: list[Paper]) -> Iterator[Paper]:
        yield from papers
        crawl.is_complete = True

    paper = Paper(id="1", url="https://ris.example/1", name="Radweg")
    for system in ("sessionnet", "sessionnet", "documents", "documents"):
        crawl = Crawl(system, started_at=dt.datetime.now(dt.UTC))
        brought = [paper] if system == "sessionnet" else []
        store.load(system, complete(crawl, brought), crawl=crawl)
    assert current(lake) == [("suche",)]
    load_pilots(MAINZ, store, cities)
    papers = lake.arrow("SELECT id FROM raw_mainz.sessionnet_paper WHERE _dlt_valid_to IS NULL")
    assert papers.to_pylist() == [{"id": "1"}]
    assert tombstones(lake) == []
