"""Rows for Excel, for programs and for maps."""

import csv
import dataclasses
import io
import json

import pytest

from catalog.files import published_rows
from catalog.formats import GeometryError, excel_csv_bytes, geojson_bytes, json_lines_bytes
from tests.unit.catalog import world

PAPER = world.dictionary()["paper"]


def test_excel_reads_numbers_dates_and_no_formulas() -> None:
    rows = world.papers("mainz", 3)
    rows[2]["name"] = "x" * 40_000
    body = excel_csv_bytes(published_rows(world.table("paper", rows), PAPER), PAPER)
    assert body.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in body
    read = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))
    # Headings are what people call the columns.
    assert [row["Betreff"] for row in read][:2] == ["Haushalt, Teil 2\nAnlage", "'=SUMME(A1)"]
    assert len(read[2]["Betreff"]) == 32_767
    assert read[2]["Betreff"].endswith("… (gekürzt)")
    assert read[0]["paper_date"] == "02.01.2026"
    assert read[0]["retrieved_at"] == "01.11.2026 06:00:00"
    observation = world.dictionary()["observation"]
    rows = world.tables()["observation"]
    text = excel_csv_bytes(published_rows(rows, observation), observation).decode("utf-8-sig")
    assert "Wert [Personen]" in text
    assert ";102020,0;" in text


@pytest.mark.parametrize("begin", list("=+-@\t\r"))
def test_every_beginning_of_a_formula_is_defused(begin: str) -> None:
    rows = [{"paper_id": "mainz:1", "name": f"{begin}cmd|' /C calc'!A0"}]
    text = excel_csv_bytes(published_rows(world.table("paper", rows), PAPER), PAPER).decode()
    assert f"'{begin}cmd" in text


def test_two_columns_of_one_label_keep_their_names() -> None:
    columns = tuple(dataclasses.replace(column, label_de="Name") for column in PAPER.columns)
    table = dataclasses.replace(PAPER, columns=columns)
    text = excel_csv_bytes(published_rows(world.table("paper", []), table), table).decode()
    assert "Name (paper_id);Name (city_id)" in text


def test_json_lines_have_every_row_and_its_types() -> None:
    rows = published_rows(world.tables()["observation"], world.dictionary()["observation"])
    read = [json.loads(line) for line in json_lines_bytes(rows).splitlines()]
    assert len(read) == 9
    assert (read[0]["value"], read[1]["value"]) == (102_020.0, None)
    assert read[0]["period_start_date"] == "2020-12-31"
    assert read[0]["retrieved_at"] == "2026-11-01T06:00:00Z"


def placed(monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, object]]) -> bytes | None:
    columns = {
        "location_id": world.TEXT,
        "name": world.TEXT,
        "latitude": "double",
        "longitude": "double",
        "geometry": world.TEXT,
    }
    monkeypatch.setitem(world.TABLES, "location", ("location_id", "gove", columns))
    table = world.dictionary()["location"]
    return geojson_bytes(published_rows(world.table("location", rows), table), table)


def test_geojson_has_the_rows_that_lie_somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    outline = '{"type": "Polygon", "coordinates": [[[8, 49], [9, 49], [9, 50], [8, 49]]]}'
    body = placed(
        monkeypatch,
        [
            {"location_id": "a", "name": "Rathaus", "latitude": 49.5, "longitude": 8.5},
            {"location_id": "b", "geometry": outline},
            {"location_id": "c", "name": "irgendwo"},
        ],
    )
    assert body is not None
    point, polygon = json.loads(body)["features"]
    assert point["geometry"] == {"type": "Point", "coordinates": [8.5, 49.5]}
    assert point["properties"]["name"] == "Rathaus"
    assert "latitude" not in point["properties"]
    assert (polygon["id"], polygon["geometry"]["type"]) == ("b", "Polygon")
    assert placed(monkeypatch, [{"location_id": "c"}]) is None


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "Circle"}'])
def test_what_is_no_geometry_is_an_error(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GeometryError, match=r"location b: geometry .* is no GeoJSON geometry"):
        placed(monkeypatch, [{"location_id": "b", "geometry": text}])


def test_without_columns_for_a_place_there_is_no_geojson() -> None:
    assert geojson_bytes(published_rows(world.tables()["paper"], PAPER), PAPER) is None
