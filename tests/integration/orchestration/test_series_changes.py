"""What a run changed in the figures, series by series."""

import base64
import re
from pathlib import Path

import pytest

from orchestration import series_changes
from orchestration.changes import snapshot
from tests import statistics_lake

pytestmark = pytest.mark.integration


def test_a_run_tells_which_series_it_changed_before_and_after(tmp_path: Path) -> None:
    lake = statistics_lake.lake_in(tmp_path)
    before = snapshot(lake)
    assert series_changes.since(lake, before) == []
    with lake.write() as con:
        table = "lake.harmonised.observation_current"
        of = "city_id = 'trier' AND indicator_id = 'population' AND dimensions = '{}'"
        con.execute(
            f"UPDATE {table} SET value = 103986 WHERE {of} AND year(period_end_date) = 2023"
        )
        con.execute(f"DELETE FROM {table} WHERE {of} AND year(period_end_date) = 2008")
        con.execute(
            f"UPDATE {table} SET value = 5, obs_status = 'A' WHERE city_id = 'mainz' "
            "AND indicator_id = 'employees' AND year(period_end_date) = 2025"
        )
    first, second = series_changes.since(lake, before)
    assert first.row() == {
        "series": "Bevölkerung, Insgesamt, Trier",
        "added": 0,
        "changed": 1,
        "removed": 1,
        "period": "31.12.2023",
        "before": "111.000",
        "after": "103.986",
    }
    assert second.row()["before"] == "keine Angabe (O)"
    assert second.row()["after"] == "5"
    told = series_changes.plots([first, second])
    pictures = re.findall(r"!\[[^\]]*\]\(data:image/png;base64,([A-Za-z0-9+/=]+)\)", told)
    assert len(pictures) == 2
    for picture in pictures:
        assert base64.b64decode(picture).startswith(b"\x89PNG")
        assert len(picture) < 150_000


def test_where_there_were_no_figures_all_is_new_and_nothing_is_compared(tmp_path: Path) -> None:
    lake = statistics_lake.lake_in(tmp_path)
    assert series_changes.since(lake, 0) == []


def test_computed_figures_are_compared_like_observed_ones(tmp_path: Path) -> None:
    lake = statistics_lake.lake_in(tmp_path)
    before = snapshot(lake)
    with lake.write() as con:
        con.execute(
            "UPDATE lake.harmonised.derived_observation SET value = 5.4 WHERE city_id = 'mainz' "
            "AND period_end_date = (SELECT max(period_end_date) FROM "
            "lake.harmonised.derived_observation)"
        )
    assert series_changes.since(lake, before) == []
    (found,) = series_changes.since(lake, before, "derived_observation")
    assert found.row()["series"] == "Veränderung, Insgesamt, Mainz"
    assert (found.changed, found.row()["after"]) == (1, "5,4")
    assert "data:image/png" in series_changes.plots([found])
