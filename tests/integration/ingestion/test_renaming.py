"""A lake that holds seats under their old ids is renamed once: nothing is gone, nothing is new."""

import datetime as dt
from typing import Any

import pytest

from ingestion import renaming
from ingestion.record import Membership
from ingestion.store import Crawl, Store
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
