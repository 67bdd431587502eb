"""Dates and times: every form that the pages use, there and back."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.systems import _dates

DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2099, 12, 31))
TIMES = st.times().map(lambda time: time.replace(second=0, microsecond=0))
ENGLISH = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
GERMAN = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
]


@given(DAYS)
def test_every_form_of_a_date_comes_back(day: dt.date) -> None:
    forms = (
        f"{day:%d.%m.%Y}",
        f"Mi., {day:%d.%m.%Y}",
        f"Details anzeigen: Stadtrat {day.day}.{day.month}.{day.year}",
        day.isoformat(),
        f"{day.year} {ENGLISH[day.month - 1]} {day.day:02d}",
        f"{day.day}. {GERMAN[day.month - 1]} {day.year}",
    )
    assert [_dates.find_date(form) for form in forms] == [day] * len(forms)


@pytest.mark.parametrize("text", ["31.02.2026", "2026 Oct 32", "2026 Foo 12", "2026-13-01"])
def test_an_impossible_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        _dates.find_date(text)


@pytest.mark.parametrize("text", ["", "im Herbst", "12/2026", "Nr. 1.2.3", "10.000.2026123"])
def test_no_date_is_none(text: str) -> None:
    assert _dates.find_date(text) is None
    with pytest.raises(ValueError, match="holds no date"):
        _dates.the_date(text)


@given(DAYS, TIMES)
def test_a_start_keeps_its_wall_clock(day: dt.date, time: dt.time) -> None:
    start, end, has_time = _dates.span(day, f" um {time:%H:%M} Uhr.")
    assert (start.date(), start.time(), end, has_time) == (day, time, None, True)
    assert start.utcoffset() in (dt.timedelta(hours=1), dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("15:00-22:00 Uhr", "15:00", "22:00"),
        ("17:30 - 18:50", "17:30", "18:50"),
        ("17:00 Uhr bis 19.15 Uhr", "17:00", "19:15"),
        ("9.05 Uhr", "09:05", None),
        ("ab 18 Uhr", "18:00", None),
        ("im Anschluss an den Stadtrat", None, None),
        ("", None, None),
    ],
)
def test_words_about_the_time(words: str, start: str | None, end: str | None) -> None:
    found = tuple(f"{time:%H:%M}" if time else None for time in _dates.find_times(words))
    assert found == (start, end)


def test_a_meeting_may_end_after_midnight() -> None:
    start, end, _ = _dates.span(dt.date(2026, 12, 31), "19:00-24:00 Uhr")
    assert end is not None
    assert (start.isoformat(), end.isoformat()) == (
        "2026-12-31T19:00:00+01:00",
        "2027-01-01T00:00:00+01:00",
    )


def test_an_impossible_time_is_an_error() -> None:
    with pytest.raises(ValueError, match="hour"):
        _dates.span(dt.date(2026, 1, 1), "27:00 Uhr")


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("Kalender 2026 September", (2026, 9)),
        ("Inhalt der Tabelle: Sitzungen Termine: März 2026", (2026, 3)),
        ("Stadtrat 03.09.2026", None),
        ("Haushalt 2026", None),
    ],
)
def test_find_month(text: str, month: tuple[int, int] | None) -> None:
    assert _dates.find_month(text) == month


@pytest.mark.parametrize(("name", "number"), [("Thu", 3), ("Do.", 3), ("Sonntag", 6), ("x", None)])
def test_weekday(name: str, number: int | None) -> None:
    assert _dates.weekday(name) == number
