"""What a crawl asks for: months, borders, clock changes; and what its days prove."""

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.absence import Known, covered
from ingestion.crawl import _span
from ingestion.partial import is_mention
from ingestion.window import Month, Window, around, is_before, today

days = st.dates(dt.date(1995, 1, 1), dt.date(2060, 12, 31))
SINCE = dt.date(2020, 1, 1)


def names(window: Window) -> list[str]:
    return [month.name for month in window.months(SINCE)]


@given(days, days)
def test_every_day_of_a_window_lies_in_one_of_its_months_and_none_comes_twice(
    one: dt.date, other: dt.date
) -> None:
    first, last = sorted((one, other))
    months = list(Window(first=first, last=last).months(SINCE))
    assert months[0].first_day <= first <= months[0].last_day
    assert months[-1].first_day <= last <= months[-1].last_day
    for month, following in pairwise(months):
        assert month.last_day + dt.timedelta(days=1) == following.first_day


@given(days, st.sets(st.integers(0, 8)))
def test_loaded_months_are_not_asked_for_again(first: dt.date, loaded: set[int]) -> None:
    last = first + dt.timedelta(days=240)
    wanted = names(Window(first=first, last=last))
    done = frozenset(name for number, name in enumerate(wanted) if number in loaded)
    rest = names(Window(first=first, last=last, loaded=done))
    assert rest == [name for name in wanted if name not in done]


def test_a_month_is_reached_when_the_next_is_asked_for() -> None:
    reached: list[str] = []
    window = Window(first=dt.date(2025, 12, 31), last=dt.date(2026, 2, 1), reached=reached.append)
    seen = [(month.name, tuple(reached)) for month in window.months(SINCE)]
    assert seen == [
        ("2025-12", ()),
        ("2026-01", ("2025-12",)),
        ("2026-02", ("2025-12", "2026-01")),
    ]
    assert reached == ["2025-12", "2026-01", "2026-02"]


def test_open_meetings_come_first_and_only_where_the_window_does_not_reach() -> None:
    window = Window(
        kind="increment",
        first=dt.date(2026, 11, 11),
        last=dt.date(2026, 12, 1),
        open_meetings={
            "7": dt.date(2026, 9, 3),
            "8": dt.date(2026, 9, 30),
            "9": SINCE.replace(2026, 11, 2),
        },
    )
    assert list(window.months(SINCE)) == [
        Month(2026, 9, frozenset({"7", "8"})),
        Month(2026, 11, first=dt.date(2026, 11, 11), also=frozenset({"9"})),
        Month(2026, 12),
    ]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T23:30:00+00:00", "2026-03-29"),  # the clock goes forward that night
        ("2026-10-24T22:30:00+00:00", "2026-10-25"),  # and back again
        ("2026-10-25T23:30:00+00:00", "2026-10-26"),
        ("2025-12-31T23:00:00+00:00", "2026-01-01"),
        ("2026-06-30T21:59:59+00:00", "2026-06-30"),
    ],
)
def test_the_day_is_the_citys(moment: str, day: str) -> None:
    assert today(dt.datetime.fromisoformat(moment)).isoformat() == day
    assert today(dt.datetime.fromisoformat(moment), ZoneInfo("UTC")).isoformat() == moment[:10]


@given(days, st.integers(0, 365), st.integers(0, 730))
def test_an_increment_has_as_many_days_as_asked_for_whatever_the_clocks_do(
    day: dt.date, back: int, ahead: int
) -> None:
    first, last = around(day, back, ahead)
    assert (last - first).days == back + ahead
    assert first <= day <= last


def test_a_bare_day_asks_for_everything_from_it_on() -> None:
    window = Window.of(SINCE)
    assert (window.kind, window.first, window.changed_since) == ("full", SINCE, SINCE)
    assert Window.of(None).first is None
    assert Window.of(window) is window


def test_a_portions_days_are_those_of_its_months_within_the_window() -> None:
    window = Window(first=dt.date(2026, 2, 10))
    assert _span({"2026-02", "2026-03", "2025-09"}, window) == (
        dt.date(2026, 2, 1),
        dt.date(2026, 3, 31),
    )
    assert _span({"https://ris.example.org/papers?page=2"}, window) is None


moments = st.none() | st.datetimes(
    dt.datetime(2019, 1, 1),  # noqa: DTZ001 - the zone is added to all
    dt.datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


@given(st.dictionaries(st.sampled_from("abcdefgh"), moments), days, days)
def test_no_meeting_outside_of_the_days_is_ever_missing(
    starts: dict[str, dt.datetime | None], one: dt.date, other: dt.date
) -> None:
    first, last = sorted((one, other))
    known = {"meeting": {id_: Known("x", start) for id_, start in starts.items()}}
    known["organization"] = {"o": Known("x")}
    within = covered(known, {}, first, last)
    for id_ in within["meeting"]:
        start = starts[id_]
        assert start is not None
        assert first < start.date() < last
    assert "organization" not in within


def test_within_days_no_paper_is_missed_that_no_item_links_any_more() -> None:
    known = {"paper": {"1": Known("x")}, "meeting": {}}
    assert covered(known, {}, SINCE)["paper"] == set()


def test_an_agenda_only_mentions_a_papers_file() -> None:
    assert is_mention("file", "agenda")
    assert not is_mention("file", "paper")
    assert is_mention("meeting", "calendar")
    assert not is_mention("agenda_item", "agenda")
    assert not is_mention("file", None)


def test_an_increment_leaves_the_days_before_its_first_one_out_of_that_month() -> None:
    month = Month(2026, 11, first=dt.date(2026, 11, 11), also=frozenset({"9"}))

    def at(day: int) -> dt.datetime:
        return dt.datetime(2026, 11, day, 17, tzinfo=dt.UTC)

    assert [month.wants("1", at(day)) for day in (10, 11, 30)] == [False, True, True]
    assert month.wants("9", at(2))
    assert month.wants("1", None)
    assert [is_before(month.context, at(day)) for day in (10, 11)] == [True, False]
    assert not is_before(Month(2026, 11).context, at(1))
    full = Window(kind="full", first=dt.date(2026, 11, 11), last=dt.date(2026, 11, 30))
    assert list(full.months(SINCE)) == [Month(2026, 11)]
