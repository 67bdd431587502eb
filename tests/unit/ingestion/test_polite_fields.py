"""The city file's words about politeness: every mistake is told with its line and its mend."""

from pathlib import Path

import pytest

from ingestion.city import CITIES, check, load_all

GOOD = (CITIES / "mainz.yml").read_text(encoding="utf-8")
PACE = "  requests_per_second: 1\n"
GRANTED = {
    "granted_by": "Hauptamt, Stelle für Ratsdienste",
    "granted_on": "2026-01-31",
    "reference": "E-Mail vom 31.01.2026",
}


def written(folder: Path, *lines: str) -> Path:
    """Mainz' file with more lines under ``council``."""
    assert GOOD.count(PACE) == 1
    path = folder / "mainz.yml"
    more = "".join(f"  {line}\n" for line in lines)
    path.write_text(GOOD.replace(PACE, PACE + more), encoding="utf-8")
    return path


def permission(**told: str) -> list[str]:
    return ["permission:", *(f"  {name}: {value}" for name, value in told.items())]


def test_all_of_it_may_be_said(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        *permission(**GRANTED),
        'quiet_hours: "22:00-05:00"',
        "window_days_back: 30",
        "window_days_ahead: 120",
        "reconcile_days: 14",
    )
    assert check(path) == []
    (city,) = load_all(tmp_path)
    assert city.council is not None
    assert city.council.permission is not None
    assert city.council.permission.reference == GRANTED["reference"]
    days = (city.council.window_days_back, city.council.window_days_ahead)
    assert (*days, city.council.reconcile_days) == (30, 120, 14)


@pytest.mark.parametrize("missing", GRANTED)
def test_a_permission_names_who_when_and_where_it_is_written(tmp_path: Path, missing: str) -> None:
    told = {name: value for name, value in GRANTED.items() if name != missing}
    path = written(tmp_path, *permission(**told))
    (problem,) = check(path)
    assert str(problem).startswith(f"{path}:")
    assert f"council.permission.{missing}: " in str(problem)
    assert " → " in str(problem)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("permission: true", "permission"),
        ('quiet_hours: "25:00-26:00"', "quiet_hours"),
        ('quiet_hours: "07:00"', "quiet_hours"),
        ('quiet_hours: "07:00-07:00"', "quiet_hours"),
        ("window_days_back: -1", "window_days_back"),
        ("window_days_back: 366", "window_days_back"),
        ("window_days_ahead: 731", "window_days_ahead"),
        ("reconcile_days: 0", "reconcile_days"),
        ("reconcile_days: 91", "reconcile_days"),
    ],
)
def test_what_is_no_such_field_is_told_with_its_line(tmp_path: Path, line: str, field: str) -> None:
    path = written(tmp_path, line)
    number = path.read_text(encoding="utf-8").splitlines().index(f"  {line}") + 1
    (problem,) = check(path)
    assert str(problem).startswith(f"{path}:{number}:")
    assert f"council.{field}: " in str(problem)
    assert " → " in str(problem)


@pytest.mark.parametrize("pace", ["0", "51", "-1"])
def test_a_pace_that_is_none_or_no_longer_polite_is_refused(tmp_path: Path, pace: str) -> None:
    path = tmp_path / "mainz.yml"
    path.write_text(GOOD.replace(PACE, f"  requests_per_second: {pace}\n"), encoding="utf-8")
    (problem,) = check(path)
    assert "council.requests_per_second: " in str(problem)
