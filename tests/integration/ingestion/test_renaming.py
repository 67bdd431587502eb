"""A lake that holds seats under their old ids is renamed once: nothing is gone, nothing is new."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest
from duckdb import DuckDBPyConnection

from ingestion import renaming
from ingestion.record import Membership
from ingestion.store import Crawl, Store
from ingestion.tables import BOOKKEEPING
from orchestration.lake import Lake

pytestmark = pytest.mark.integration

FORMER, NOW = dt.date(2019, 7, 1), dt.date(2024, 7, 1)


def seat(number: str, start: dt.date | None, person: str = "7", **more: Any) -> Membership:
    return Membership(
        id=number, url="u", person_id=person, organization_id="2", start_date=start, **more
    )


def load(store: Store, *seats: Membership) -> Any:
    crawl = Crawl("sessionnet", is_complete=True, kind="full")
    return store.load("sessionnet", seats, crawl=crawl).counts["membership"]


@pytest.mark.long
def test_an_old_lake_is_renamed_once(
    store: Store, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "SYSTEM", "nobody's")
    load(store, seat("2-7", FORMER), seat("2-8", NOW, "8"), seat("2-9", None, "9"))
    ended = {"end_date": dt.date(2024, 6, 30)}
    load(store, seat("2-7", NOW), seat("2-7-20190701", FORMER, **ended), seat("2-9", None, "9"))
    monkeypatch.undo()
    with lake.write() as con:
        con.execute(
            "INSERT INTO raw_mainz.tombstone VALUES "
            "('membership', '2-8', 'deletion_request', now())"
        )
    told = [
        seat("2-7-20240701", NOW),
        seat("2-7-20190701", FORMER, **ended),
        seat("2-8-20240701", NOW, "8"),
        seat("2-9", None, "9"),
    ]
    counts = load(store, *told)
    assert (counts.new, counts.changed, counts.removed) == (0, 0, 1)
    rows = lake.arrow(
        "SELECT id, content_sha256 FROM raw_mainz.sessionnet_membership "
        "WHERE _dlt_valid_to IS NULL ORDER BY id"
    ).to_pylist()
    kept = sorted((each.id, each.content_sha256) for each in told if each.person_id != "8")
    assert [(row["id"], row["content_sha256"]) for row in rows] == kept
    tombs = lake.arrow("SELECT id, reason FROM raw_mainz.tombstone").to_pylist()
    assert {row["id"] for row in tombs} == {"2-8", "2-8-20240701"}
    seen = lake.arrow("SELECT id FROM raw_mainz.sighting ORDER BY id")["id"].to_pylist()
    assert seen == ["2-7-20190701", "2-7-20240701", "2-8-20240701", "2-9"]
    with lake.read() as con:
        assert not renaming.is_due(con, "raw_mainz")
    assert load(store, *told).changed == 0


@pytest.fixture
def con(lake: Lake) -> Iterator[DuckDBPyConnection]:
    with lake.write() as con:
        con.begin()
        yield con
        con.commit()


def keep(con: DuckDBPyConnection, *seats: Membership, **books: Sequence[Mapping[str, Any]]) -> None:
    """A lake of before that holds these current seats, the oldest first, and these books."""
    rows = [
        each.model_dump()
        | {"content_sha256": each.content_sha256, "_dlt_valid_from": NOW + dt.timedelta(days=day)}
        for day, each in enumerate(seats)
    ]
    listed = pa.Table.from_pylist(rows)
    con.execute("CREATE SCHEMA raw_mainz")
    con.register("arriving", listed)
    con.execute(
        "CREATE TABLE raw_mainz.sessionnet_membership AS SELECT * REPLACE "
        "(start_date::DATE AS start_date, end_date::DATE AS end_date, "
        "_dlt_valid_from::TIMESTAMPTZ AS _dlt_valid_from), "
        "NULL::TIMESTAMPTZ AS _dlt_valid_to FROM arriving"
    )
    for book, lines in books.items():
        con.execute(f"CREATE TABLE raw_mainz.{book} ({BOOKKEEPING[book]})")
        con.register("arriving", pa.Table.from_pylist(list(lines)))
        con.execute(f"INSERT INTO raw_mainz.{book} BY NAME SELECT * FROM arriving")
    con.commit()  # what tables there are is read from the catalog
    con.begin()


@pytest.mark.parametrize("has_it_already", [False, True])
def test_of_two_current_rows_that_become_one_seat_one_stays(
    has_it_already: bool, con: DuckDBPyConnection
) -> None:
    told = [seat("2-7-20240630", NOW, role="Mitglied"), seat("2-7", NOW, role="Vorsitz")]
    if has_it_already:
        told.insert(0, seat("2-7-20240701", NOW, role="Gast"))
    day = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    seen = [
        {
            "object_type": "membership",
            "system": "sessionnet",
            "id": each.id,
            "first_seen_at": day,
            "last_seen_at": day,
            "missed": 0,
        }
        for each in told
    ]
    requests = [
        {"object_type": "membership", "id": id_, "reason": "deletion_request", "at": day}
        for id_ in ("2-7", "2-7-20240630")
    ]
    keep(con, *told, sighting=seen, tombstone=requests)
    assert renaming.rename_seats(con, "raw_mainz") == dict.fromkeys(
        ["2-7", "2-7-20240630"], "2-7-20240701"
    )
    seats = con.execute(
        "SELECT id, role, content_sha256 FROM raw_mainz.sessionnet_membership "
        "WHERE _dlt_valid_to IS NULL"
    ).fetchall()
    role = "Gast" if has_it_already else "Vorsitz"
    now = seat("2-7-20240701", NOW, role=role)
    assert seats == [(now.id, role, now.content_sha256)]
    assert con.execute("SELECT id FROM raw_mainz.sighting").fetchall() == [(now.id,)]
    tombs = con.execute("SELECT id FROM raw_mainz.tombstone ORDER BY id").fetchall()
    assert tombs == [("2-7",), ("2-7-20240630",), ("2-7-20240701",)]
    assert not renaming.is_due(con, "raw_mainz")


def test_an_unfinished_crawl_goes_on_with_the_new_ids(con: DuckDBPyConnection) -> None:
    met = [
        {"system": system, "what": what, "id": id_, "answered": None}
        for system, what, id_ in [
            ("sessionnet", "membership", "2-7"),
            ("sessionnet", "membership", "2-8"),
            ("sessionnet", "membership", "2-8-20240701"),
            ("sessionnet", "membership", "2-9"),
            ("sessionnet", "person", "2-7"),
            ("oparl", "membership", "2-7"),
        ]
    ]
    keep(
        con,
        seat("2-7", NOW),
        seat("2-8", NOW, "8"),
        seat("2-9", None, "9"),
        checkpoint_item=met,
    )
    assert renaming.rename_seats(con, "raw_mainz") == {"2-7": "2-7-20240701", "2-8": "2-8-20240701"}
    rows = con.execute("SELECT system, what, id FROM raw_mainz.checkpoint_item").fetchall()
    assert sorted(rows) == [
        ("oparl", "membership", "2-7"),
        ("sessionnet", "membership", "2-7-20240701"),
        ("sessionnet", "membership", "2-8-20240701"),
        ("sessionnet", "membership", "2-9"),
        ("sessionnet", "person", "2-7"),
    ]
