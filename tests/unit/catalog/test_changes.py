"""The diff of rows, and what a machine remembers."""

from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.changes import State, batches, everything, records, row_changes, vanished
from catalog.files import parquet_bytes, published_rows, sha256
from tests.unit.catalog import world

PAPER = world.dictionary()["paper"]
KEYS = PAPER.keys
WORLDS = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from([None, "", "x", "y"]))


def rows(papers: dict[str, str | None]) -> pa.Table:
    found = [{"paper_id": key, "city_id": "mainz", "name": name} for key, name in papers.items()]
    return published_rows(world.table("paper", found), PAPER)


@settings(deadline=None)  # the first call loads polars
@given(WORLDS, WORLDS)
def test_a_diff_turns_one_into_the_other_and_sends_no_more(
    before: dict[str, str | None], after: dict[str, str | None]
) -> None:
    changes = row_changes(rows(before), rows(after), KEYS)
    assert changes is not None
    table = dict(before)
    for record in records(changes.inserts):
        assert record["paper_id"] not in table
        table[record["paper_id"]] = record["name"]
    for update in changes.updates:
        assert update.columns == ["paper_id", "name"]
        for record in records(update):
            assert table[record["paper_id"]] != record["name"]
            table[record["paper_id"]] = record["name"]
    for record in records(changes.deletes):
        del table[record["paper_id"]]
    assert table == after


def test_other_columns_need_a_full_reload() -> None:
    full = rows({"a": "x"})
    assert row_changes(full.drop_columns("reference"), full, KEYS) is None
    assert len(everything(full)) == 1


def test_records_are_json_ready() -> None:
    paper = world.papers("mainz", 1)
    (record,) = next(iter(batches(everything(published_rows(world.table("paper", paper), PAPER)))))
    assert record["paper_date"] == "2026-01-02"
    assert record["retrieved_at"] == "2026-11-01T06:00:00"
    assert record["main_text"] is None


def test_vanished_keys() -> None:
    stored = [{"paper_id": "a"}, {"paper_id": "z"}]
    assert vanished(stored, rows({"a": "x"}), KEYS).to_dicts() == [{"paper_id": "z"}]
    assert vanished(stored[:1], rows({"a": "x"}), KEYS).to_dicts() == []


def test_state_trusts_only_the_portals_hash(tmp_path: Path) -> None:
    state, table = State(tmp_path / "new", "mainz-paper"), rows({"a": "x"})
    body = parquet_bytes(table)
    assert state.base(sha256(body)) is None
    state.begin()
    assert state.is_unfinished
    state.finish(body)
    assert not state.is_unfinished
    assert state.has(sha256(body))
    base = state.base(sha256(body))
    assert base is not None
    assert base.equals(table)
    assert state.base("another hash") is None
