"""Publishing against a CKAN in memory: what is sent, what a kill leaves, what goes wrong."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.ckan import PortalAwayError, PublishError
from tests.integration.catalog import scenarios
from tests.integration.catalog.fake_ckan import TOKEN, FakeCkan
from tests.integration.catalog.publishing import once, snapshot
from tests.unit.catalog import world

pytestmark = pytest.mark.integration


@pytest.fixture
def ckan() -> Iterator[FakeCkan]:
    with FakeCkan() as server:
        yield server


@pytest.mark.parametrize(
    "scenario",
    [
        scenarios.create_then_nothing,
        scenarios.one_row_changes,
        scenarios.state_lost,
        scenarios.foreign_rows,
        scenarios.blocked_stays,
        scenarios.away_in_the_middle,
        scenarios.lost_answers,
    ],
    ids=lambda one: one.__name__,
)
def test_scenario(scenario, ckan, tmp_path: Path) -> None:
    scenario(ckan.url, TOKEN, tmp_path / "state", "x")


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [5, 8, 9, 10, 12])
def test_killed_while_changing(number: int, moment: str, ckan, tmp_path: Path) -> None:
    sent = scenarios.killed_at(ckan.url, TOKEN, tmp_path / "state", "x", number, moment)
    assert sent >= number


@pytest.mark.parametrize("number", [8, 9, 10, 11, 14])
def test_killed_while_creating(number: int, ckan, tmp_path: Path) -> None:
    scenarios.first_run_killed_at(ckan.url, TOKEN, tmp_path / "state", "x", number)


def test_server_errors_pass(ckan, tmp_path: Path) -> None:
    ckan.stumble = [502, 503, 429]
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).problems == []


def test_portal_away_from_the_start(ckan, tmp_path: Path) -> None:
    ckan.stumble = [503] * 50
    with pytest.raises(PortalAwayError, match=r"portal, package_search: .*503 → see that it runs"):
        once(ckan.url, TOKEN, tmp_path, "x", world.tables())


def test_wrong_token_is_said_and_not_shown(ckan, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="not allowed") as error:
        once(ckan.url, "another-token", tmp_path, "x", world.tables())
    assert "another-token" not in str(error.value)


def test_a_portal_without_scheming_gets_extras(tmp_path: Path) -> None:
    with FakeCkan(scheming=False) as ckan:
        assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).problems == []
        extras = {
            one["key"]: one["value"] for one in ckan.store.packages["mainz-observation-x"]["extras"]
        }
        assert extras["publisher_name"] == "Stadt Mainz"
        assert extras["temporal_start"] == "2020-12-31"
        assert extras["hvd_category"] == '["http://data.europa.eu/bna/c_e1da4e07"]'
        assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).writes == 0


def test_a_change_by_hand_is_taken_back_but_hiding_stays(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    package = ckan.store.packages["mainz-paper-x"]
    package |= {"title": "Von Hand", "private": True, "maintainer": "jemand"}
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    (title,) = result.differences.pop("mainz-paper-x").fields
    assert (title.name, title.old) == ("title", "Von Hand")
    assert title.new.startswith("Tabelle paper")
    assert result.differences == {}
    package = ckan.store.packages["mainz-paper-x"]
    assert package["title"].startswith("Tabelle paper")
    assert (package["private"], package["maintainer"]) == (True, "jemand")


def test_a_changed_type_makes_the_table_anew(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    table = ckan.store.packages["mainz-file-x"]["resources"][0]
    for field in ckan.store.tables[table["id"]]["fields"]:
        field["type"] = "text"
    table["data_dictionary_sha256"] = "an older dictionary"
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).problems == []
    fields = snapshot(ckan.url, TOKEN, "x")["mainz-file"]["resources"][0]["fields"]
    assert {field["id"]: field["type"] for field in fields}["size_bytes"] == "int8"
    assert len(ckan.store.tables[table["id"]]["rows"]) == 1


def test_a_dropped_table_comes_back(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))
    table = ckan.store.packages["mainz-paper-x"]["resources"][0]["id"]
    del ckan.store.tables[table]
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables(4)).problems == []
    assert len(ckan.store.tables[table]["rows"]) == 4


def test_one_refused_data_set_does_not_hold_the_others(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))
    ckan.store.packages["mainz-paper-x"]["resources"].pop(0)
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables(4))
    assert [problem.dataset for problem in result.problems] == ["mainz-paper-x"]
    assert "CSV resource was taken away" in str(result.problems[0])
    assert result.updated == ["alle-paper-x", "trier-paper-x"]


def test_what_is_empty_is_not_created_but_emptied(ckan, tmp_path: Path) -> None:
    nothing = {**world.tables(), "file": world.table("file", [])}
    assert "mainz-file-x" not in once(ckan.url, TOKEN, tmp_path, "x", nothing).created
    once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    emptied = once(ckan.url, TOKEN, tmp_path, "x", nothing)
    assert emptied.updated == ["alle-file-x", "mainz-file-x", "trier-file-x"]
    assert emptied.rows_deleted == 4
