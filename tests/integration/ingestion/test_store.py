"""Records into a real lake: history, counts, absence, tombstones."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import pytest

from ingestion import dlt_load
from ingestion.privacy import bare
from ingestion.record import AgendaItem, File, Meeting, Observation, Paper, Record, Tombstone
from ingestion.store import Crawl, DropError, LoadResult, Store
from orchestration.lake import Lake

pytestmark = pytest.mark.integration


def paper(number: int, **changes: Any) -> Paper:
    return Paper(id=str(number), url=f"http://x/vo?{number}", name=f"Vorlage {number}", **changes)


def load(store: Store, records: Iterable[Record], **crawl: Any) -> LoadResult:
    return store.load("sessionnet", records, crawl=Crawl("sessionnet", **crawl))


def rows(lake: Lake, sql: str) -> list[dict[str, Any]]:
    return lake.arrow(sql).to_pylist()


CURRENT = "SELECT * FROM raw_mainz.sessionnet_paper WHERE _dlt_valid_to IS NULL ORDER BY id"


def test_a_new_a_changed_and_an_unchanged_paper(store: Store, lake: Lake) -> None:
    at = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC)
    first = load(store, [paper(1), paper(2)], retrieved_at=at)
    assert (first.counts["paper"].new, first.counts["paper"].seen) == (2, 2)

    second = load(store, [paper(1), paper(2, reference="0002/2026")])
    counts = second.counts["paper"]
    assert (counts.new, counts.changed, counts.unchanged) == (0, 1, 1)
    current = rows(lake, CURRENT)
    assert [(row["id"], row["reference"]) for row in current] == [("1", None), ("2", "0002/2026")]
    assert current[0]["retrieved_at"] == at
    assert current[0]["content_sha256"] == paper(1).content_sha256
    assert rows(lake, "SELECT count(*) AS n FROM raw_mainz.sessionnet_paper") == [{"n": 3}]


PROBLEM = {"url": "http://x/vo?1", "what": "HTTP 500", "mend": "run again later"}


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({"reference": None}, True),
        ({"reference": None, "name": "Neufassung"}, False),
        ({"reference": None, "is_public": False}, False),
        ({"state": "beschlossen"}, False),
    ],
)
def test_a_crawl_with_problems_takes_no_field_away(
    store: Store, lake: Lake, changes: dict[str, Any], stays: bool
) -> None:
    known = paper(1, reference="0001/2026")
    load(store, [known, paper(2)])
    lesser = known.model_copy(update=changes)
    load(store, [lesser, paper(2)], problems=[PROBLEM])
    wanted = known if stays else lesser
    assert rows(lake, CURRENT)[0]["content_sha256"] == wanted.content_sha256
    complete = load(store, [lesser, paper(2)], is_complete=True)
    assert rows(lake, CURRENT)[0]["content_sha256"] == lesser.content_sha256
    assert complete.counts["paper"].changed == int(stays)


def test_a_closed_item_keeps_its_title_and_its_file_only_that_it_is_there(
    store: Store, lake: Lake
) -> None:
    item = AgendaItem(
        id="4",
        url="http://x/4",
        meeting_id="3",
        position=1,
        name="Grundstück",
        is_public=False,
        result="verkauft",
        paper_reference="NÖ 1",
    )
    file = File(id="7", url="http://x/7", name="Kaufvertrag", agenda_item_id="4", is_public=False)
    load(store, [item, file])
    (kept,) = rows(lake, "SELECT * FROM raw_mainz.sessionnet_agenda_item")
    assert (kept["name"], kept["result"], kept["paper_reference"]) == ("Grundstück", None, None)
    assert kept["content_sha256"] == bare(item).content_sha256
    (kept,) = rows(lake, "SELECT * FROM raw_mainz.sessionnet_file")
    assert (kept["name"], kept["agenda_item_id"]) == ("nichtöffentlich", "4")


def test_a_crawl_with_problems_leaves_a_file_at_its_paper(store: Store, lake: Lake) -> None:
    known = File(id="7", url="http://x/7", name="Vorlage", paper_id="1", role="main_file")
    load(store, [paper(1), known])
    lesser = File(id="7", url="http://x/7", name="Vorlage", meeting_id="3", role="auxiliary_file")
    load(store, [paper(1), lesser], problems=[PROBLEM])
    (row,) = rows(lake, "SELECT * FROM raw_mainz.sessionnet_file WHERE _dlt_valid_to IS NULL")
    assert row["content_sha256"] == known.content_sha256


def test_every_column_has_its_type_although_no_row_fills_it(store: Store, lake: Lake) -> None:
    load(store, [paper(1)])
    types = {
        row["column_name"]: row["column_type"]
        for row in rows(lake, "DESCRIBE raw_mainz.sessionnet_paper")
    }
    assert types["date"] == "DATE"
    assert types["is_public"] == "BOOLEAN"
    assert types["main_text"] == "VARCHAR"
    assert types["retrieved_at"] == "TIMESTAMP WITH TIME ZONE"


def test_the_same_again_runs_no_load_and_writes_no_row(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, [paper(1)])
    before = rows(lake, CURRENT), rows(lake, "SELECT * FROM raw_mainz.sighting")
    monkeypatch.setattr("ingestion.store.load_tables", lambda *_, **__: pytest.fail("dlt ran"))
    again = load(store, [paper(1)])
    assert not again.has_changed
    assert again.counts["paper"].unchanged == 1
    assert (rows(lake, CURRENT), rows(lake, "SELECT * FROM raw_mainz.sighting")) == before
    assert rows(lake, "SELECT count(*) AS n FROM raw_mainz.crawl") == [{"n": 2}]


def test_the_last_record_of_an_object_counts(store: Store, lake: Lake) -> None:
    load(store, [paper(1, state="erste"), paper(1, state="zweite")])
    assert [row["state"] for row in rows(lake, CURRENT)] == ["zweite"]
    # Back to what is known within one crawl: nothing to write.
    result = load(store, [paper(1, state="dritte"), paper(1, state="zweite")])
    assert not result.has_changed


def test_a_change_and_back_gives_three_versions(store: Store, lake: Lake) -> None:
    for state in ("a", "b", "a"):
        load(store, [paper(1, state=state)])
    versions = rows(lake, "SELECT state FROM raw_mainz.sessionnet_paper ORDER BY _dlt_valid_from")
    assert [row["state"] for row in versions] == ["a", "b", "a"]
    assert [row["state"] for row in rows(lake, CURRENT)] == ["a"]


def test_an_object_is_gone_after_two_complete_crawls_and_comes_back(
    store: Store, lake: Lake
) -> None:
    load(store, [paper(1), paper(2)], is_complete=True)
    assert load(store, [paper(1)], is_complete=True).counts["paper"].missing == 1
    assert len(rows(lake, CURRENT)) == 2
    load(store, [paper(1)], is_complete=False)
    assert len(rows(lake, CURRENT)) == 2
    assert load(store, [paper(1)], is_complete=True).counts["paper"].removed == 1
    assert [row["id"] for row in rows(lake, CURRENT)] == ["1"]
    tombstones = rows(lake, "SELECT object_type, id, reason FROM raw_mainz.tombstone")
    assert tombstones == [{"object_type": "paper", "id": "2", "reason": "disappeared"}]

    load(store, [paper(1), paper(2)], is_complete=True)
    assert [row["id"] for row in rows(lake, CURRENT)] == ["1", "2"]
    assert rows(lake, "SELECT * FROM raw_mainz.tombstone") == []


def test_a_sighting_between_two_misses_starts_the_count_again(store: Store, lake: Lake) -> None:
    load(store, [paper(1), paper(2)], is_complete=True)
    load(store, [paper(1)], is_complete=True)
    load(store, [paper(1), paper(2)], is_complete=True)
    load(store, [paper(1)], is_complete=True)
    assert len(rows(lake, CURRENT)) == 2


def test_the_server_says_deleted(store: Store, lake: Lake) -> None:
    load(store, [paper(1), paper(2)])
    gone = Tombstone(
        id="paper:2", url="http://x", deleted_object_type="paper", deleted_id="2", reason="deleted"
    )
    result = load(store, [paper(1), gone])
    assert result.counts["paper"].removed == 1
    assert [row["id"] for row in rows(lake, CURRENT)] == ["1"]
    assert load(store, [paper(1), gone]).has_changed is False


def test_a_deletion_request_outlives_every_crawl(store: Store, lake: Lake) -> None:
    file = File(id="9", url="http://x/9", name="Anlage", paper_id="2")
    load(store, [paper(1), paper(2), file])
    load(store, [], tombstones={("paper", "2"): "deletion_request"})
    for _ in range(2):
        result = load(store, [paper(1), paper(2, state="neu"), file], is_complete=True)
        assert result.counts["paper"].held_back == 1
        assert [row["id"] for row in rows(lake, CURRENT)] == ["1"]
    assert rows(lake, "SELECT * FROM raw_mainz.sessionnet_file WHERE _dlt_valid_to IS NULL") == []
    assert rows(lake, "SELECT reason FROM raw_mainz.tombstone") == [{"reason": "deletion_request"}]


def test_a_drop_stops_before_anything_is_written(store: Store, lake: Lake) -> None:
    load(store, [paper(number) for number in range(40)], is_complete=True)
    before = {
        table: rows(lake, f"SELECT * FROM raw_mainz.{table}")
        for table in ("sessionnet_paper", "sighting", "crawl", "fetch", "tombstone")
    }
    with pytest.raises(
        DropError,
        match=r"mainz/sessionnet: the crawl misses 6 of 40 paper.*--city mainz --accept-drop",
    ):
        load(store, [paper(number) for number in range(6, 50)], is_complete=True)
    for table, content in before.items():
        assert rows(lake, f"SELECT * FROM raw_mainz.{table}") == content
    # A few may always go, an incomplete crawl proves nothing, and the operator has the last word.
    load(store, [paper(number) for number in range(5, 40)], is_complete=True)
    load(store, [], is_complete=False)
    load(store, [paper(number) for number in range(20)], is_complete=True, accept_drop=True)


def test_crawls_of_several_systems_are_one_load(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, [paper(number) for number in range(40)], is_complete=True)
    loads = list[set[str]]()

    def counted(dataset: str, tables: Mapping[str, Any], **options: Any) -> None:
        loads.append(set(tables))
        dlt_load.load_tables(dataset, tables, **options)

    monkeypatch.setattr("ingestion.store.load_tables", counted)
    told = list[str]()
    with store.together():
        first, second = (Crawl(system, is_complete=True) for system in ("oparl", "allris3"))
        for crawl in (first, second):
            monkeypatch.setattr(crawl, "committed", partial(told.append, crawl.system))
        store.load("oparl", [paper(1), paper(2)], crawl=first)
        store.load("allris3", [paper(1)], crawl=second)
        with pytest.raises(DropError):  # one server's, and no loss of what the others brought
            load(store, [paper(1)], is_complete=True)
        assert (loads, told) == ([], [])
    assert loads == [{"oparl_paper", "allris3_paper"}]
    assert told == ["oparl", "allris3"]
    crawls = rows(lake, "SELECT system FROM raw_mainz.crawl ORDER BY system")
    assert [each["system"] for each in crawls] == ["allris3", "oparl", "sessionnet"]
    # Each by itself again, and nothing new.
    for crawl in (first, second):
        again = store.load(crawl.system, [paper(1)], crawl=Crawl(crawl.system))
        assert again.counts["paper"].unchanged == 1


def test_a_load_too_large_to_wait_is_written(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.store._MOST_HELD", 2)
    with store.together():
        store.load("oparl", [paper(1), paper(2)], crawl=Crawl("oparl"))
        assert "oparl_paper" not in lake.tables("raw_mainz")
        store.load("allris3", [paper(1)], crawl=Crawl("allris3"))
        assert {"oparl_paper", "allris3_paper"} <= lake.tables("raw_mainz")


def test_only_what_lies_in_the_window_can_be_missing(store: Store, lake: Lake) -> None:
    def meeting(number: int, day: str) -> Meeting:
        at = dt.datetime.fromisoformat(f"{day}T18:00:00+02:00")
        return Meeting(id=str(number), url="http://x", name="Rat", start_at=at)

    def item(number: int, meeting_id: int, paper_id: str | None = None) -> AgendaItem:
        return AgendaItem(
            id=str(number),
            url="http://x",
            meeting_id=str(meeting_id),
            position=1,
            name="TOP",
            is_public=True,
            paper_id=paper_id,
        )

    load(
        store,
        [
            meeting(1, "2025-03-01"),
            meeting(2, "2026-03-01"),
            item(1, 1, "1"),
            item(2, 2, "2"),
            item(3, 2, "1"),
            paper(1),
            paper(2),
        ],
        is_complete=True,
    )
    for _ in range(2):
        load(store, [meeting(3, "2026-05-01")], since=dt.date(2026, 1, 1), is_complete=True)
    gone = rows(lake, "SELECT object_type, id FROM raw_mainz.tombstone ORDER BY ALL")
    assert [(row["object_type"], row["id"]) for row in gone] == [
        ("agenda_item", "2"),
        ("agenda_item", "3"),
        ("meeting", "2"),
        ("paper", "2"),
    ]


def test_observations_of_a_new_vintage_are_added(store: Store, lake: Lake) -> None:
    def observation(id_: str, vintage: str, value: float) -> Observation:
        return Observation(
            id=id_,
            url="http://x",
            table_code="12411-01-01-4",
            statistic_code="12411",
            statistic_label="Bevölkerung",
            region_code="07315",
            region_label="Mainz",
            variable_code="BEVSTD",
            variable_label="Bevölkerungsstand",
            unit="Anzahl",
            dimensions="{}",
            dimension_labels="{}",
            time_code="STAG",
            time=dt.date(2024, 12, 31),
            time_text="31.12.2024",
            value_raw=str(value),
            value=value,
            sign=None,
            row_no=1,
            layout="ffcsv",
            vintage=dt.date.fromisoformat(vintage),
        )

    for id_, vintage in (("a", "2025-06-01"), ("b", "2026-06-01")):
        crawl = Crawl("genesis", is_complete=True)
        store.load("genesis", [observation(id_, vintage, 220_000.0)], crawl=crawl)
    found = rows(
        lake,
        "SELECT id, value, time FROM raw_mainz.genesis_observation "
        "WHERE _dlt_valid_to IS NULL ORDER BY id",
    )
    assert found == [
        {"id": "a", "value": 220_000.0, "time": dt.date(2024, 12, 31)},
        {"id": "b", "value": 220_000.0, "time": dt.date(2024, 12, 31)},
    ]
    assert rows(lake, "SELECT * FROM raw_mainz.tombstone") == []


def test_the_city_is_one_row_that_changes_with_its_file(store: Store, lake: Lake) -> None:
    row = {"city_id": "mainz", "name": "Mainz", "ags": "07315000", "is_sample": True}
    assert store.city(row)
    assert not store.city(row)
    assert store.city(row | {"name": "Landeshauptstadt Mainz"})
    found = rows(lake, "SELECT name, nuts3, is_sample FROM raw_mainz.city")
    assert found == [{"name": "Landeshauptstadt Mainz", "nuts3": None, "is_sample": True}]


def test_cities_do_not_share_tables(make_store: Callable[[str], Store], lake: Lake) -> None:
    load(make_store("mainz"), [paper(1)])
    load(make_store("trier"), [paper(1, state="anders")])
    assert rows(lake, CURRENT)[0]["state"] is None
    assert len(rows(lake, "SELECT * FROM raw_trier.sessionnet_paper")) == 1


def test_nothing_is_left_behind_outside_of_the_data_folder(
    store: Store, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    load(store, [paper(1)])
    assert list(home.rglob("*")) == []
    assert list(here.rglob("*")) == []


# In a process of its own: a second SQLite in ours would not see the locks of DuckDB's.
HOLD = (
    "import sqlite3, sys; con = sqlite3.connect(sys.argv[1], isolation_level=None); "
    "con.execute('BEGIN IMMEDIATE'); print('held', flush=True); sys.stdin.readline()"
)


def test_a_load_is_tried_again_while_the_catalog_is_being_written(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(store, [paper(1)])
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, lake.catalog.removeprefix("sqlite:///")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert held.stdout is not None
    assert held.stdout.readline() == "held\n"
    once, tried = dlt_load._run, list[int]()

    def counted(*arguments: Any) -> None:
        tried.append(1)
        if len(tried) == 2:
            held.communicate("let go\n")
        once(*arguments)

    monkeypatch.setattr(dlt_load, "_run", counted)
    try:
        counts = load(store, [paper(1, reference="0001/2026"), paper(2)]).counts["paper"]
    finally:
        held.kill()
        held.wait()
    assert (len(tried), counts.new, counts.changed) == (2, 1, 1)
    assert [row["reference"] for row in rows(lake, CURRENT)] == ["0001/2026", None]
