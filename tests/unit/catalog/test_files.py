"""Equal rows give equal bytes, and nothing is lost on the way."""

import csv
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.files import (
    RowsError,
    csv_bytes,
    datapackage_bytes,
    parquet_bytes,
    published_rows,
)
from tests.unit.catalog import world

PAPER = world.dictionary()["paper"]


def cut(rows: list[dict[str, object]]) -> pa.Table:
    return published_rows(world.table("paper", rows), PAPER)


def test_order_of_rows_and_columns_does_not_matter() -> None:
    rows = world.papers("mainz", 20)
    shuffled = random.Random(1).sample(rows, len(rows))
    table = world.table("paper", shuffled)
    table = table.select(sorted(table.column_names))
    one, other = cut(rows), published_rows(table, PAPER)
    assert csv_bytes(one) == csv_bytes(other)
    assert parquet_bytes(one) == parquet_bytes(other)


def test_how_duckdb_hands_over_does_not_matter() -> None:
    table = world.table("paper", world.papers("mainz", 5))
    chunked = pa.concat_tables([table.slice(0, 2), table.slice(2)])
    at = chunked.schema.get_field_index("retrieved_at")
    berlin = chunked.column(at).cast(pa.timestamp("ns", tz="Europe/Berlin"))
    large = chunked.set_column(at, "retrieved_at", berlin)
    at = large.schema.get_field_index("name")
    large = large.set_column(at, "name", large.column(at).cast(pa.large_string()))
    assert parquet_bytes(published_rows(large, PAPER)) == parquet_bytes(
        published_rows(table, PAPER)
    )


def test_csv_is_what_the_page_promises() -> None:
    text = csv_bytes(cut(world.papers("mainz", 4))).decode()
    assert text.startswith("paper_id,city_id,reference,name,paper_date,main_text,retrieved_at\r\n")
    assert "2026-01-02" in text
    assert "2026-11-01T06:00:00Z" in text
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["name"] for row in rows][:2] == ["Haushalt, Teil 2\nAnlage", "=SUMME(A1)"]
    # Missing and empty are told apart by the quotes.
    assert ',"",2026-01-05' in text
    assert "Geheim" not in text


@settings(deadline=None)  # the first call loads polars
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=1, max_size=5)
)
def test_every_text_survives_csv(texts: list[str]) -> None:
    rows = [
        {"paper_id": f"mainz:{number:03}", "city_id": "mainz", "name": text}
        for number, text in enumerate(texts)
    ]
    text = csv_bytes(cut(rows)).decode()
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["name"] for row in read] == texts


def test_parquet_has_the_types() -> None:
    read = pq.read_table(pa.BufferReader(parquet_bytes(cut(world.papers("mainz", 2)))))
    assert read.schema == PAPER.schema
    assert read.schema.metadata is None


def test_not_a_number_becomes_missing() -> None:
    table = world.dictionary()["observation"]
    rows = [
        {"observation_id": str(number), "value": value}
        for number, value in enumerate((float("nan"), float("inf"), 1.5))
    ]
    cells = published_rows(world.table("observation", rows), table)["value"].to_pylist()
    assert cells == [None, None, 1.5]


def test_shared_and_missing_keys_are_errors() -> None:
    row = world.papers("mainz", 1)[0]
    with pytest.raises(RowsError, match=r"paper: 1 rows share a key \(paper_id\)"):
        cut([row, row])
    with pytest.raises(RowsError, match=r"paper: a key \(paper_id\) is null"):
        cut([{**row, "paper_id": None}])


def test_a_missing_column_and_a_wrong_type_are_errors() -> None:
    table = world.table("paper", world.papers("mainz", 1))
    with pytest.raises(RowsError, match=r"paper\.reference: described, but not among the rows"):
        published_rows(table.drop_columns("reference"), PAPER)
    at = table.schema.get_field_index("paper_date")
    wrong = table.set_column(at, "paper_date", pa.array(["morgen"]))
    with pytest.raises(RowsError, match=r"paper\.paper_date: the rows do not fit date"):
        published_rows(wrong, PAPER)


def test_no_rows_are_a_header() -> None:
    empty = cut([])
    assert csv_bytes(empty).count(b"\r\n") == 1
    assert parquet_bytes(empty) == parquet_bytes(cut([]))


def test_datapackage() -> None:
    package = json.loads(datapackage_bytes("mainz-paper", "T", "D", {"name": "x"}, PAPER))
    (resource,) = package["resources"]
    assert resource["path"] == "mainz-paper.csv"
    assert resource["schema"]["primaryKey"] == ["paper_id"]
    assert len(resource["schema"]["fields"]) == 7
