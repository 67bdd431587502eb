"""A load reads only what it needs, and judges as if it had read everything."""

import datetime as dt
import random
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pytest

from ingestion.absence import PARENTS, KnownRows, Seen, covered, drops, missing
from ingestion.absence_lake import judge
from ingestion.bookkeeping import Key, keys_table
from ingestion.known import Reach, read_state
from orchestration.lake import Lake

pytestmark = pytest.mark.integration

COLUMNS = {
    "meeting": "start_at TIMESTAMPTZ",
    "agenda_item": "meeting_id VARCHAR, paper_id VARCHAR",
    "paper": "name VARCHAR",
    "consultation": "meeting_id VARCHAR, paper_id VARCHAR",
    "vote": "agenda_item_id VARCHAR",
    "file": "meeting_id VARCHAR, paper_id VARCHAR, agenda_item_id VARCHAR",
    "organization": "name VARCHAR",
}
HANGS_BY = {
    "agenda_item": ["meeting_id"],
    "consultation": ["paper_id"],
    "vote": list(PARENTS),
    "file": list(PARENTS),
}
FIRST, LAST = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
Rows = dict[str, dict[str, dict[str, Any]]]


def made(chance: random.Random) -> Rows:
    """A council of which every third meeting lies within the days."""
    rows: Rows = {kind: {} for kind in COLUMNS}
    begins = dt.datetime(2026, 2, 1, 17, tzinfo=dt.UTC)

    def some(kind: str) -> str | None:
        return chance.choice([*rows[kind], None])

    for number in range(12):
        day = begins + dt.timedelta(days=chance.randrange(90))
        rows["meeting"][f"m{number}"] = {"start_at": chance.choice([day, day, day, None])}
    for number in range(20):
        rows["paper"][f"p{number}"] = {"name": "Vorlage"}
        rows["organization"][f"o{number}"] = {"name": "Ausschuss"}
    for number in range(50):
        hung = {"meeting_id": chance.choice([*rows["meeting"], "gone"]), "paper_id": some("paper")}
        rows["agenda_item"][f"i{number}"] = hung
        rows["consultation"][f"c{number}"] = {
            "meeting_id": some("meeting"),
            "paper_id": some("paper"),
        }
        rows["vote"][f"v{number}"] = {"agenda_item_id": some("agenda_item")}
        rows["file"][f"f{number}"] = {
            "meeting_id": some("meeting"),
            "paper_id": some("paper"),
            "agenda_item_id": some("agenda_item"),
        }
    return rows


def keep(lake: Lake, rows: Rows) -> None:
    """The rows as tables, each with an ended version besides, and a sighting for each object."""
    sightings = [(kind, id_) for kind, ids in rows.items() for id_ in ids]
    with lake.write() as con:
        for kind, columns in COLUMNS.items():
            listed = [{"id": id_, **fields} for id_, fields in rows[kind].items()]
            con.register("arriving", pa.Table.from_pylist(listed))
            con.execute(
                f"CREATE OR REPLACE TABLE raw_x.sessionnet_{kind} (id VARCHAR, "
                f"content_sha256 VARCHAR, _dlt_valid_to TIMESTAMPTZ, {columns})"
            )
            con.execute(
                f"INSERT INTO raw_x.sessionnet_{kind} BY NAME SELECT *, '0' AS content_sha256 "
                "FROM arriving UNION ALL BY NAME SELECT 'old' AS id, now() AS _dlt_valid_to"
            )
        con.register(
            "seen", pa.table({"kind": [k for k, _ in sightings], "id": [i for _, i in sightings]})
        )
        con.execute(
            "CREATE OR REPLACE TABLE raw_x.sighting AS SELECT 'sessionnet' AS system, "
            "kind AS object_type, id, now() AS last_seen_at, 0 AS missed FROM seen"
        )


def drawn(chance: random.Random, rows: Rows) -> Mapping[str, set[str]]:
    return {
        kind: set(chance.sample(sorted(ids), chance.randrange(len(ids) // 2)))
        for kind, ids in rows.items()
    }


def keys_of(rows: Mapping[str, Iterable[str]]) -> set[Key]:
    return {(kind, id_) for kind, ids in rows.items() for id_ in ids}


def had_to_come(known: KnownRows, seen: Seen, since: dt.date | None) -> dict[str, set[str]]:
    """The rule for a crawl of everything from a day on, told object by object.

    A meeting of before, or of the outermost days, need not come, nor what hangs on it and on
    nothing that was met. A paper is met through the items that link it.
    """

    def is_due(kind: str, id_: str) -> bool:
        row = known[kind].get(id_)
        if row is None or since is None:
            return row is not None
        if kind == "meeting":
            return row.start_at is None or since < row.start_at.date() < LAST
        if kind == "paper":
            items = known["agenda_item"].items()
            return all(
                is_due("agenda_item", n) for n, of in items if of.parents.get("paper_id") == id_
            )
        on = [(PARENTS[by], row.parents[by]) for by in HANGS_BY.get(kind, []) if by in row.parents]
        return all(id_ in seen[of] or is_due(of, id_) for of, id_ in on)

    return {kind: {id_ for id_ in ids if is_due(kind, id_)} for kind, ids in known.items()}


def count(things: Iterable[Mapping[str, Any]]) -> int:
    return sum(map(len, things))


def test_what_is_missing_within_days_is_found_among_what_is_read(lake: Lake) -> None:
    chance = random.Random(1)
    with lake.write() as con:
        con.execute("CREATE SCHEMA raw_x")
    found = 0
    for _ in range(3):
        rows = made(chance)
        keep(lake, rows)
        seen = drawn(chance, rows)
        keys = keys_of(seen)
        with lake.read() as con:
            whole = read_state(con, "raw_x", "sessionnet", keys_of(rows))
            part = read_state(con, "raw_x", "sessionnet", keys, Reach(FIRST, LAST, seen))
        assert {kind: set(ids) for kind, ids in whole.known.items()} == {
            kind: set(ids) for kind, ids in rows.items()
        }
        absent = missing(covered(whole.known, seen, FIRST, LAST), seen)
        assert missing(covered(part.known, seen, FIRST, LAST), seen) == absent
        gone = keys_of(absent)
        assert keys | gone <= part.sightings.keys() <= whole.sightings.keys()
        found += len(gone)
        # What neither came nor hangs on these days stays unread.
        assert count(part.known.values()) < count(whole.known.values())
        assert part.known.get("organization", {}).keys() == seen["organization"]
    assert found > 20


@pytest.mark.parametrize("since", [FIRST, None])
def test_a_crawl_of_everything_is_judged_in_the_lake_as_by_the_rules(
    since: dt.date | None, lake: Lake
) -> None:
    """What earlier portions met stands in the lake, what the last one brought does not."""
    chance = random.Random(3)
    with lake.write() as con:
        con.execute("CREATE SCHEMA raw_x")
    found = 0
    for _ in range(3):
        rows = made(chance)
        keep(lake, rows)
        seen, last = drawn(chance, rows), drawn(chance, rows)
        seen = seen | {"meeting": {*seen["meeting"], "gone"}}
        with lake.write() as con:
            con.register("met", keys_table(keys_of(seen)))
            con.execute(
                "CREATE OR REPLACE TABLE raw_x.checkpoint_item AS SELECT 'sessionnet' AS system, "
                "object_type AS what, id FROM met UNION ALL SELECT 'oparl', 'file', 'f1'"
            )
        deleted = {("file", "f1"), ("file", "f2"), ("organization", "o1")}
        told = {kind: {*ids, *last[kind]} for kind, ids in seen.items()}
        with lake.read() as con:
            known = read_state(con, "raw_x", "sessionnet", keys_of(rows)).known
            given: dict[str, Any] = {"brought": last, "deleted": deleted, "since": since}
            given["until"] = LAST
            braked = judge(con, "raw_x", "sessionnet", **given)
            judged = judge(con, "raw_x", "sessionnet", accept_drop=True, **given)
        cover = {
            kind: {id_ for id_ in ids if (kind, id_) not in deleted}
            for kind, ids in had_to_come(known, told, since).items()
        }
        absent = missing(cover, told)
        assert (judged.dropped, judged.absent) == ({}, absent)
        assert (braked.dropped, braked.absent) == (drops(cover, absent), {})
        assert braked.dropped
        found += count(absent.values())
    assert found > 100


def test_without_a_judgement_only_what_came_is_read(lake: Lake) -> None:
    with lake.write() as con:
        con.execute("CREATE SCHEMA raw_x")
    keep(lake, made(random.Random(2)))
    with lake.write() as con:
        con.execute(
            "CREATE TABLE raw_x.tombstone AS FROM (VALUES ('paper', 'p1', 'deleted'), "
            "('paper', 'p2', 'deleted'), ('file', 'p1', 'deleted')) AS t (object_type, id, reason)"
        )
    with lake.read() as con:
        state = read_state(con, "raw_x", "sessionnet", {("paper", "p1"), ("paper", "new")})
    assert {kind: set(ids) for kind, ids in state.known.items()} == {"paper": {"p1"}}
    assert state.sightings.keys() == {("paper", "p1")}
    assert state.tombstones == {("paper", "p1"): "deleted"}
