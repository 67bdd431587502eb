"""What runs when: increments every six hours, all of it again once a week, by hand on request."""

import datetime as dt
import re
from itertools import pairwise
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from typer.testing import CliRunner

from orchestration import pipeline
from orchestration.cli import app
from orchestration.environment import cities
from orchestration.jobs import FULL
from orchestration.report import Report
from orchestration.schedules import schedules

MONDAY = dt.datetime(2026, 11, 2, 3, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def made() -> dict[str, dg.ScheduleDefinition]:
    return {each.name: each for each in schedules()}


def requests(schedule: dg.ScheduleDefinition, at: dt.datetime) -> list[dg.RunRequest]:
    """What a tick asks for; nothing where it skips."""
    found = schedule(dg.build_schedule_context(scheduled_execution_time=at))
    return [found] if isinstance(found, dg.RunRequest) else []


def test_every_city_has_its_three_and_the_links_are_looked_at(
    made: dict[str, dg.ScheduleDefinition],
) -> None:
    kinds = ("council", "reconcile", "statistics")
    assert set(made) == {"links"} | {f"{kind}_{city_id}" for kind in kinds for city_id in cities()}
    assert {each.default_status for each in made.values()} == {dg.DefaultScheduleStatus.RUNNING}


@pytest.mark.parametrize("city_id", ["koblenz", "ludwigshafen", "mainz", "trier"])
def test_the_council_is_asked_for_news_four_times_a_day(
    made: dict[str, dg.ScheduleDefinition], city_id: str
) -> None:
    schedule = made[f"council_{city_id}"]
    match = re.fullmatch(r"(\d+) (\d+)-23/6 \* \* \*", str(schedule.cron_schedule))
    assert match
    assert int(match[1]) < 60
    assert len(range(int(match[2]), 24, 6)) == 4
    (request,) = requests(schedule, MONDAY)
    assert request.partition_key == city_id
    assert FULL not in request.tags
    assert request.tags["seehaus/host"] in str(cities()[city_id].council.url)


@pytest.mark.parametrize("city_id", ["koblenz", "ludwigshafen", "mainz", "trier"])
def test_all_of_it_is_asked_for_again_once_a_week_at_night(
    made: dict[str, dg.ScheduleDefinition], city_id: str
) -> None:
    schedule = made[f"reconcile_{city_id}"]
    match = re.fullmatch(r"\d+ ([1-4]) \* \* \*", str(schedule.cron_schedule))
    assert match
    days = [MONDAY + dt.timedelta(days=number) for number in range(28)]
    due = {day: requests(schedule, day) for day in days}
    asked = [day for day, found in due.items() if found]
    assert len(asked) == 4
    assert {(later - first).days for first, later in pairwise(asked)} == {7}
    for found in due.values():
        assert all(request.tags[FULL] == "yes" for request in found)
        assert all(request.partition_key == city_id for request in found)


def test_the_statistics_are_asked_for_once_a_week(made: dict[str, dg.ScheduleDefinition]) -> None:
    for city_id in cities():
        cron = str(made[f"statistics_{city_id}"].cron_schedule)
        assert re.fullmatch(r"\d+ [2-5] \* \* 1", cron)


@pytest.mark.parametrize(("arguments", "full"), [([], False), (["--full"], True)])
def test_the_command_hands_on_whether_everything_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path, arguments: list[str], full: bool
) -> None:
    asked = []

    def run(only: list[str] | None, **options: bool) -> Report:
        asked.append((only, options))
        return Report()

    monkeypatch.setattr(pipeline, "run", run)
    monkeypatch.setattr(pipeline, "claim", lambda _: None)
    monkeypatch.setattr("orchestration.status.figures", dict)
    monkeypatch.setattr("orchestration.summary.show", lambda *_: None)
    done = CliRunner().invoke(app, ["run", "--city", "mainz", *arguments])
    assert done.exit_code == 0, done.output
    assert asked == [(["mainz"], {"accept_drop": False, "full": full})]
