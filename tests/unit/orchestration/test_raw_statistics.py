"""The statistics asset: each kind of server in turn, told as one source."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from ingestion.bookkeeping import Counts
from ingestion.crawl import CrawlResult
from ingestion.http import Problem
from ingestion.store import DropError, LoadResult
from orchestration import outcome
from orchestration.assets import raw

SYSTEMS = ["genesis", "table_file", "inkar"]


def crawled(
    system: str, *, answers: int = 1, new: int = 0, problems: tuple[Problem, ...] = ()
) -> CrawlResult:
    counts = {"observation": Counts(seen=new, new=new)}
    return CrawlResult(
        system=system,
        load=LoadResult(counts, is_complete=not problems),
        answers=answers,
        requests=1,
        not_modified=0,
        problems=problems,
        seconds=0.0,
    )


@pytest.fixture
def materialize(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[dict[str, Any]], dg.MaterializeResult[Any]]:
    """Run the asset for a city whose servers answer as told, by the kind of server."""
    monkeypatch.setattr(outcome, "folder", lambda _: tmp_path)
    city = SimpleNamespace(
        id="mainz",
        name="Mainz",
        council=None,
        statistics=[None],
        statistics_systems=SYSTEMS,
        statistics_of=lambda system: [SimpleNamespace(page=f"https://{system}.example.org/")],
    )
    monkeypatch.setattr(raw, "cities", lambda: {"mainz": city})
    monkeypatch.setattr(raw, "store", lambda _: SimpleNamespace(together=nullcontext))
    monkeypatch.setattr(raw, "lake", lambda: SimpleNamespace(tables=lambda _: []))

    def run(told: dict[str, Any]) -> dg.MaterializeResult[Any]:
        def answer(_context: Any, _city: Any, system: str, _into: Any, _tell: Any) -> CrawlResult:
            if isinstance(told[system], Exception):
                raise told[system]
            return told[system]  # type: ignore[no-any-return]

        monkeypatch.setattr(raw, "_crawled", answer)
        context = SimpleNamespace(
            partition_key="mainz",
            run=SimpleNamespace(run_id="r1", tags={}),
            log=SimpleNamespace(warning=lambda _: None),
        )
        return raw._crawl(context, *SYSTEMS)  # type: ignore[arg-type]

    return run


def test_every_kind_of_server_is_read_and_counted(materialize: Any) -> None:
    done = materialize(
        {
            "genesis": crawled("genesis", new=6),
            "table_file": crawled("table_file", new=3),
            "inkar": crawled("inkar", new=1),
        }
    )
    assert done.metadata["changed"].value == 10
    assert done.metadata["requests"].value == 3
    assert done.metadata["outcome"] == "ok"
    assert "table_file: observation" in done.metadata["objects"].value


def test_a_problem_of_one_server_is_told_and_the_others_are_loaded(materialize: Any) -> None:
    problem = Problem("https://inkar.example.org/", "HTTP 503", "run again later")
    done = materialize(
        {
            "genesis": crawled("genesis", new=6),
            "table_file": crawled("table_file"),
            "inkar": crawled("inkar", answers=0, problems=(problem,)),
        }
    )
    assert done.metadata["outcome"] == "incomplete"
    assert not done.metadata["complete"].value
    (check,) = done.check_results
    assert "HTTP 503" in check.description


def test_where_no_server_answers_the_run_has_failed(materialize: Any) -> None:
    problem = Problem("https://a.example.org/", "HTTP 503", "run again later")
    with pytest.raises(dg.Failure, match="HTTP 503"):
        materialize({name: crawled(name, answers=0, problems=(problem,)) for name in SYSTEMS})
    found = outcome.Outcome.load("mainz", "statistics")
    assert found is not None
    assert found.outcome == "failed"


def test_a_drop_of_one_server_holds_it_back_after_the_others_are_read(materialize: Any) -> None:
    asked = []

    class Counting(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            asked.append(name)
            return super().__getitem__(name)

    told = Counting(
        genesis=DropError("raw_mainz: 90 of 100 rows are missing → look at the server"),
        table_file=crawled("table_file", new=3),
        inkar=crawled("inkar", new=1),
    )
    with pytest.raises(dg.Failure, match="90 of 100"):
        materialize(told)
    assert set(asked) == set(SYSTEMS)
    found = outcome.Outcome.load("mainz", "statistics")
    assert found is not None
    assert found.outcome == "held back"
