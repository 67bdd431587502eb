"""Publishing against a CKAN in memory: what is sent, what a kill leaves, what goes wrong."""

import json
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pydantic import SecretStr

from catalog.ckan import FullError, PortalAwayError, PublishError, TokenError, TooLargeError
from catalog.publish import publish
from catalog.remote import Ckan
from tests.integration.catalog import scenarios
from tests.integration.catalog.fake_ckan import TOKEN, FakeCkan
from tests.integration.catalog.publishing import edition, made, once, snapshot
from tests.integration.catalog.reader import Reader
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
        scenarios.a_city_leaves,
        scenarios.away_in_the_middle,
        scenarios.lost_answers,
    ],
    ids=lambda one: one.__name__,
)
def test_scenario(scenario, ckan, tmp_path: Path) -> None:
    scenario(ckan.url, TOKEN, tmp_path / "state", "x")


@pytest.mark.parametrize(
    "scenario",
    [
        scenarios.one_row_changes,
        scenarios.state_lost,
        scenarios.foreign_rows,
        scenarios.a_city_leaves,
    ],
    ids=lambda one: one.__name__,
)
def test_scenario_without_our_extension(scenario, tmp_path: Path) -> None:
    with FakeCkan(extension=False) as ckan:
        scenario(ckan.url, TOKEN, tmp_path / "state", "x")


def refusing(status: int, body: bytes = b"", **headers: str):
    """An answer for every request that carries rows; none for the others."""

    def refuse(action: str):
        return (status, body, headers) if action == "seehaus_publish" else None

    return refuse


@pytest.mark.parametrize(
    ("status", "body", "kind", "mend"),
    [
        (413, b"<html>", TooLargeError, "let the web server before CKAN take larger requests"),
        (
            409,
            b'{"error": {"__type": "Validation Error", "resources": [{"upload": ["too large"]}]}}',
            TooLargeError,
            "raise ckan.max_resource_size",
        ),
        (507, b"<html>", FullError, "make room on the portal"),
        (500, b"<html>", PortalAwayError, "see that it runs"),
    ],
)
def test_a_failure_leaves_the_last_publication_and_the_next_run_mends_it(
    status: int, body: bytes, kind: type[PublishError], mend: str, ckan, tmp_path: Path
) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))
    before = snapshot(ckan.url, TOKEN, "x")
    ckan.refuse = refusing(status, body)
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables(4))
    names = {problem.dataset for problem in result.problems}
    assert names >= {"alle-paper-x", "mainz-paper-x", "trier-paper-x"}
    assert all(type(problem) is kind and mend in str(problem) for problem in result.problems)
    assert snapshot(ckan.url, TOKEN, "x") == before
    ckan.refuse = lambda _: None
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables(4)).problems == []
    assert len(snapshot(ckan.url, TOKEN, "x")["mainz-paper"]["resources"][0]["rows"]) == 4


def test_a_token_that_expires_in_mid_run_is_said_once_and_the_rest_is_not_tried(
    ckan, tmp_path: Path
) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))

    def expire(action: str):
        if action == "seehaus_publish":
            ckan.token = "another"

    ckan.refuse = expire
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables(4), workers=1)
    assert all(type(problem) is TokenError for problem in result.problems)
    assert "make a new one, set SEEHAUS_CKAN_TOKEN" in str(result.problems[0])
    assert [problem.step for problem in result.problems].count("seehaus_publish") == 1
    assert {problem.step for problem in result.problems} == {"seehaus_publish", "not tried"}
    ckan.token, ckan.refuse = TOKEN, lambda _: None
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables(4)).problems == []


def test_a_pause_that_the_portal_asks_for_is_kept(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))
    asked: list[float] = []

    def once_busy(action: str):
        if action == "seehaus_publish":
            asked.append(time.monotonic())
        return (503, b"", {"Retry-After": "1"}) if len(asked) == 1 else None

    ckan.refuse = once_busy
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables(4), workers=1).problems == []
    assert asked[1] - asked[0] >= 1


def test_no_answer_in_time_is_tried_again(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables(3))
    late: list[str] = []

    def be_late(action: str):
        if action == "seehaus_publish" and not late:
            late.append(action)
            time.sleep(1)

    ckan.refuse = be_late
    portal = Ckan(ckan.url, SecretStr(TOKEN), patience=0.3, timeouts=(1, 0.5))
    result = publish(made("x", world.tables(4)), portal, state=tmp_path)
    assert (result.problems, len(result.updated)) == ([], 3)


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize(("number", "extension"), [(5, True), (8, True), (10, True), (11, False)])
def test_killed_while_changing(number: int, extension: bool, moment: str, tmp_path: Path) -> None:
    with FakeCkan(extension=extension) as ckan:
        sent = scenarios.killed_at(ckan.url, TOKEN, tmp_path / "state", "x", number, moment)
    assert sent >= number


@pytest.mark.parametrize("number", [8, 10, 14])
def test_killed_while_creating(number: int, ckan, tmp_path: Path) -> None:
    scenarios.first_run_killed_at(ckan.url, TOKEN, tmp_path / "state", "x", number)


def test_killed_twice_at_random_moments_readers_never_see_a_half(ckan, tmp_path: Path) -> None:
    seed = secrets.randbelow(10_000)
    scenarios.killed_under_readers(ckan.url, TOKEN, tmp_path / "state", "x", kills=2, seed=seed)


@pytest.mark.long
def test_killed_ten_times_at_random_moments_readers_never_see_a_half(ckan, tmp_path: Path) -> None:
    seed = secrets.randbelow(10_000)
    scenarios.killed_under_readers(ckan.url, TOKEN, tmp_path / "state", "x", kills=10, seed=seed)


def test_the_reader_of_the_kill_tests_sees_a_half(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", edition(3))
    table = ckan.store.packages["mainz-paper-x"]["resources"][0]["id"]
    with Reader(ckan.url, ["mainz-paper-x"]) as reader:
        reader.wait_for("Fassung 3")
        assert reader.mixed == []
        with ckan.store.lock:
            next(iter(ckan.store.tables[table]["rows"].values()))["reference"] = "Fassung 4"
        until = time.monotonic() + 10
        while not reader.mixed:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_server_errors_pass(ckan, tmp_path: Path) -> None:
    ckan.stumble = [502, 503, 429]
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).problems == []


def test_portal_away_from_the_start(ckan, tmp_path: Path) -> None:
    ckan.stumble = [503] * 50
    with pytest.raises(PortalAwayError, match=r"portal, package_search: .*503 → see that it runs"):
        once(ckan.url, TOKEN, tmp_path, "x", world.tables())


def test_wrong_token_is_said_and_not_shown(ckan, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"not allowed.*new one") as error:
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


def test_a_portal_without_scheming_says_in_extras_that_a_city_left(tmp_path: Path) -> None:
    staying = world.cities().filter(pc.field("city_id") != "trier")
    with FakeCkan(scheming=False) as ckan:
        once(ckan.url, TOKEN, tmp_path, "x", world.tables())
        package = ckan.store.packages["trier-paper-x"]
        before = {one["key"]: one["value"] for one in package["extras"]}
        package["extras"].append({"key": "of-somebody-else", "value": "stays"})
        left = once(ckan.url, TOKEN, tmp_path, "x", world.tables(), staying)
        again = once(ckan.url, TOKEN, tmp_path, "x", world.tables(), staying)
    said = [(one["key"], one["value"]) for one in ckan.store.packages["trier-paper-x"]["extras"]]
    assert "trier-paper-x" in left.retired
    assert (again.retired, again.writes) == ([], 0)
    assert len(said) == len(dict(said)) == len(before) + 1
    assert {key for key, value in said if before.get(key) != value} == {
        "frequency",
        "notes_en",
        "of-somebody-else",
    }


def test_a_data_set_whose_checks_fail_from_the_start_is_not_on_the_portal(
    ckan, tmp_path: Path
) -> None:
    held = {("mainz", "paper")}
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables(), blocked=held)
    assert result.blocked == ["alle-paper-x", "mainz-paper-x"]
    assert "trier-paper-x" in result.created
    assert not {"alle-paper-x", "mainz-paper-x"} & set(ckan.store.packages)
    assert "mainz-paper-x" not in result.urls
    assert "mainz-paper-x" in once(ckan.url, TOKEN, tmp_path, "x", world.tables()).created


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


def test_a_chart_is_told_once_what_it_shows_and_again_when_that_changes(
    ckan, tmp_path: Path
) -> None:
    """Made with the data set, left alone without a change, told anew when a label changes."""
    tables = world.tables()
    once(ckan.url, TOKEN, tmp_path, "x", tables)
    csv = ckan.store.packages["mainz-observation-x"]["resources"][0]
    (view,) = ckan.store.charts[csv["id"]]
    assert (view["view_type"], view["title"]) == ("seehaus_chart", "Diagramm")
    (told,) = json.loads(view["indicators"])
    assert (told["label_de"], told["licence_id"]) == ("Einwohner", "dl-by-de/2.0")
    # Of papers no chart can be drawn.
    assert len(ckan.store.charts) == len([name for name in ckan.store.packages if "obs" in name])

    labels = pa.array(["Einwohnerinnen und Einwohner"])
    at = tables["indicator"].column_names.index("label_de")
    tables["indicator"] = tables["indicator"].set_column(at, "label_de", labels)
    changed = once(ckan.url, TOKEN, tmp_path, "x", tables)
    assert changed.rows_upserted == 0
    (again,) = ckan.store.charts[csv["id"]]
    assert again["id"] == view["id"]
    assert json.loads(again["indicators"])[0]["label_de"] == "Einwohnerinnen und Einwohner"
    assert once(ckan.url, TOKEN, tmp_path, "x", tables).writes == 0


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


def test_a_file_that_is_new_or_no_more_comes_and_goes(ckan, tmp_path: Path) -> None:
    once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    resources = ckan.store.packages["mainz-paper-x"]["resources"]
    (lines,) = (one for one in resources if one["name"] == "JSON Lines")
    resources.remove(lines)
    resources.append({**lines, "id": "an-old-kind", "name": "GeoJSON", "part": "geojson"})
    result = once(ckan.url, TOKEN, tmp_path, "x", world.tables())
    differs = result.differences["mainz-paper-x"]
    assert list(result.differences) == ["mainz-paper-x"]
    assert differs.resources == ("JSON Lines", "-an-old-kind")
    assert differs.files == ("JSON Lines",)
    found = {one["name"]: one for one in snapshot(ckan.url, TOKEN, "x")["mainz-paper"]["resources"]}
    assert "GeoJSON" not in found
    assert found["JSON Lines"]["file"] == found["JSON Lines"]["hash"]
    assert once(ckan.url, TOKEN, tmp_path, "x", world.tables()).writes == 0
