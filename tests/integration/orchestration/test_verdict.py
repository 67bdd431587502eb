"""Whom a failed check holds back, and that the history in the lake decides."""

import pytest

from orchestration import verdict
from orchestration.changes import changed_rows, snapshot
from orchestration.lake import Lake
from orchestration.verdict import ChecksFailedError, Judged
from quality.result import CheckResult

pytestmark = pytest.mark.integration

CITIES = ("koblenz", "mainz")


@pytest.fixture
def lake(tmp_path):
    return Lake(tmp_path, f"sqlite:///{tmp_path / 'catalog.sqlite'}", f"{tmp_path / 'tables'}/")


def result(*, success=False, severity="error", rows=(), table="paper", rule="name_is_there"):
    return CheckResult(
        table=table,
        rule=rule,
        column="name",
        success=success,
        severity=severity,
        observed=f"{len(rows)} of 100",
        failing_rows=list(rows),
        rows_checked=100,
        message=f"{table}: {rule}",
    )


def test_a_rule_that_holds_and_a_warning_hold_nobody_back():
    assert verdict.judge(result(success=True), CITIES) == Judged(result(success=True))
    warned = result(severity="warn", rows=[{"paper_id": "mainz:1"}])
    assert verdict.judge(warned, CITIES) == Judged(warned)


def test_the_city_whose_rows_break_the_rule_is_held_back():
    by_id = verdict.judge(result(rows=[{"paper_id": "mainz:1", "name": ""}]), CITIES)
    assert (by_id.held, by_id.is_stopping) == (("mainz",), False)
    by_volume = verdict.judge(result(rows=[{"city_id": "koblenz", "rows": 0}]), CITIES)
    assert (by_volume.held, by_volume.is_stopping) == (("koblenz",), False)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"ars": "073150000000", "value": -1}],
        [{"paper_id": "mainz:1"}, {"paper_id": "atlantis:2"}],
        [{"paper_id": f"mainz:{n}"} for n in range(20)],
    ],
    ids=["no row shown", "no city in the row", "a row of nobody", "more than are shown"],
)
def test_what_no_city_answers_for_stops_everything(rows):
    judged = verdict.judge(result(rows=rows), CITIES)
    assert judged.is_stopping
    assert judged.held == ()


def test_before_the_first_check_nothing_may_be_published(lake):
    with pytest.raises(ChecksFailedError, match="nothing was checked"):
        verdict.held(lake)


def test_the_run_s_own_verdict_counts_and_else_the_newest(lake):
    held = verdict.judge(result(rows=[{"paper_id": "mainz:1"}]), CITIES)
    verdict.record(lake, "first", [held])
    verdict.record(lake, "second", [Judged(result(success=True))])
    assert verdict.held(lake, "first") == {("mainz", "paper")}
    assert verdict.held(lake, "second") == frozenset()
    assert verdict.held(lake) == frozenset()
    assert verdict.held(lake, "a run by hand") == frozenset()


def test_a_stopping_verdict_stops_a_publication_by_hand_too(lake):
    verdict.record(lake, "first", [Judged(result(), is_stopping=True)])
    with pytest.raises(ChecksFailedError, match="name_is_there"):
        verdict.held(lake)


def test_changes_are_counted_by_content_not_by_when_it_was_seen(lake):
    def fill(*rows):
        with lake.write() as con:
            con.execute("CREATE SCHEMA IF NOT EXISTS harmonised")
            con.execute(
                "CREATE OR REPLACE TABLE harmonised.paper (paper_id VARCHAR, name VARCHAR, "
                "last_seen_at TIMESTAMPTZ)"
            )
            con.executemany("INSERT INTO harmonised.paper VALUES (?, ?, now())", list(rows))

    nothing = snapshot(lake)
    fill(("a", "Radweg"), ("b", "Kita"))
    first = snapshot(lake)
    assert changed_rows(lake, ["paper"], since=nothing)["paper"].total == 2
    fill(("a", "Radweg"), ("b", "Kita"))
    again = changed_rows(lake, ["paper"], since=first)["paper"]
    assert (again.rows, again.total) == (2, 0)
    second = snapshot(lake)
    fill(("a", "Radweg"), ("b", "Kita Nord"), ("c", "Bad"))
    change = changed_rows(lake, ["paper"], since=second)["paper"]
    assert (change.rows, change.added, change.removed) == (3, 2, 1)


def test_since_when_the_checks_find_the_same(lake):
    def run(number, *, hint):
        warned = result(success=hint, severity="warn", rule="types_known")
        kept = result(success=True)
        verdict.record(
            lake, f"run-{number}", [verdict.judge(one, CITIES) for one in (kept, warned)]
        )
        day = f"2026-11-{number:02}"
        with lake.write() as con:
            con.execute(
                "UPDATE lake.quality.check_result SET checked_at = ? WHERE run_id = ?",
                [f"{day} 12:00:00+00", f"run-{number}"],
            )

    assert verdict.checked(lake) == {}
    for number, hint in ((1, False), (2, True), (3, False), (4, False)):
        run(number, hint=hint)
    checked = verdict.checked(lake)["paper"]
    assert checked.since.isoformat() == "2026-11-03"
    assert [(rule.name, rule.is_hint, rule.is_kept) for rule in checked.rules] == [
        ("name_is_there", False, True),
        ("types_known", True, False),
    ]
