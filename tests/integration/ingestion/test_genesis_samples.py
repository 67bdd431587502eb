"""The recorded GENESIS answers: all layouts, the traps in them, and the four cities' figures."""

import csv
import datetime as dt
import json
from collections import Counter
from pathlib import Path

import pytest

from ingestion.record import Fetched, Observation, UnknownStructureError
from ingestion.systems import genesis, parse_saved

pytestmark = pytest.mark.integration

# File, rows, regions, time, layout. Counted with csv.reader, one observation per row.
TABLES = {
    "11111-02-01-4_1773174974558_de_flat__0.zip": (489, 489, "2024-12-31", "long"),
    "12411-01-01-4_1773175772751_de_flat__0.zip": (1467, 489, "2024-12-31", "long"),
    "13111-01-03-4_1773175029986_de_flat__0.zip": (3300, 550, "2025-06-30", "long"),
    "32121-01-02-4_1773175054738_de_flat__0.zip": (3423, 489, "2023-12-31", "long"),
    "41312-01-01-4_1773175064928_de_flat__0.zip": (5379, 489, "2025-11-03", "long"),
    "52411-02-01-4_1773177231272_de_flat__0.zip": (2445, 489, "2024-12-31", "long"),
    "older-layouts/12411-01-01-4__2024-12-04__0_662472.csv": (1614, 538, "2023-12-31", "wide_de"),
    "older-layouts/12411-01-01-4__2024-12-04__2_d85404.csv": (1614, 538, "2023-12-31", "wide_en"),
    "older-layouts/12411-01-01-4__2025-04-12__0_1ade87.csv": (1650, 550, "2023-12-31", "long"),
}
BROKEN = {
    "older-layouts/52411-02-01-4__2024-12-04__0_ffe11f.csv": "MeasureUnitNotFound!",
    "older-layouts/52411-02-01-4__2025-06-11__0_08215a.html": "HTML",
    "older-layouts/1000A-0001__2024-07-13__status_90_0.json": "status 90",
    "err_12531-0043_0_data_tablefile.json": "status 98",
    "err_12531-0043_2_catalogue_results.json": "status 104",
    "err_61111-0021_0_data_tablefile.json": "status -1",
    "regionalstatistik-badcreds-tablefile-13211-02-05-4__HTTP404.json": "status 2",
    "regionalstatistik-guest-metadata-table-13211-02-05-4__HTTP401.json": "status 15",
}
CITIES = ("07111", "07211", "07314", "07315")


@pytest.fixture(scope="session")
def folder(samples) -> Path:
    return samples / "genesis"


def rows(path: Path, **context: str) -> list[Observation]:
    now = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    url = f"file:{path.name}"
    return list(genesis.parse(Fetched(url, "tablefile", 200, {}, path.read_bytes(), now, context)))


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_recorded_table_is_read(folder, name):
    count, regions, time, layout = TABLES[name]
    found = parse_saved("genesis", (folder / name).read_bytes(), name=Path(name).name)
    assert Counter(type(row).__name__ for row in found) == {"Observation": count}
    assert len({row.region_code for row in found}) == regions
    assert {row.time.isoformat() for row in found} == {time}
    assert {row.layout for row in found} == {layout}
    assert {row.table_code for row in found} == {Path(name).name[:13]}
    assert len({row.id for row in found}) == count
    for row in found:
        assert row.region_label == row.region_label.strip()
        assert (row.value is None) == (row.sign is not None)
        assert row.sign in {None, "-", "."}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_refused_as_a_whole(folder, name):
    body = (folder / name).read_bytes()
    with pytest.raises(UnknownStructureError, match=BROKEN[name]):
        parse_saved("genesis", body, page="tablefile", name=Path(name).name)


def facts(samples: Path, file: str) -> set[tuple[str, ...]]:
    """What is known of the four cities out of this file, as region, measure, parts, value."""
    known = set()
    with (samples / "four_cities_facts.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            if row["sample_file"].rpartition("/")[2] != file:
                continue
            pairs = (part.partition("=") for part in row["dimensions"].split("|"))
            parts = ";".join(sorted(f"{k}={v}" for k, _, v in pairs if k and v != "TOTAL"))
            measure = row["indicator_source_code"].partition(":")[2]
            known.add((row["ags"][:5], measure, parts, row["value_raw"], row["unit"]))
    return known


# The English twin of a table is not in the list of facts.
@pytest.mark.parametrize("name", [name for name in TABLES if "__2_" not in name])
def test_the_four_cities_figures_are_the_known_facts(folder, samples, name):
    expected = facts(samples, Path(name).name)
    assert expected
    found = {
        (
            row.region_code,
            row.variable_code,
            ";".join(f"{k}={v}" for k, v in json.loads(row.dimensions).items()),
            row.value_raw,
            row.unit,
        )
        for row in rows(folder / name)
        if row.region_code in CITIES
    }
    assert found == expected


def test_trap_1_one_date_has_two_truths(folder):
    old = rows(folder / "older-layouts/12411-01-01-4__2024-12-04__0_662472.csv", region="07211")
    new = rows(folder / "older-layouts/12411-01-01-4__2025-04-12__0_1ade87.csv", region="07211")
    totals = [{row.value for row in each if row.dimensions == "{}"} for each in (old, new)]
    assert totals == [{112737.0}, {103986.0}]
    assert {row.time for row in old} == {row.time for row in new} == {dt.date(2023, 12, 31)}


def test_trap_2_german_and_english_give_the_same_rows(folder):
    labels = {"layout", "time_text", "region_label", "dimension_labels"}
    german, english = (
        [
            row.model_dump(exclude=labels | {"url"})
            for row in rows(folder / f"older-layouts/12411-01-01-4__2024-12-04__{name}.csv")
        ]
        for name in ("0_662472", "2_d85404")
    )
    assert german == english
    # The German file sets its regions in by six blanks, the English one names columns twice.
    for name in ("0_662472", "2_d85404"):
        path = folder / f"older-layouts/12411-01-01-4__2024-12-04__{name}.csv"
        assert all(row.region_label == row.region_label.strip() for row in rows(path))


def test_trap_2_long_and_wide_have_the_same_shape(folder):
    fields = ("region_code", "variable_code", "dimensions", "time", "unit", "statistic_code")
    wide = rows(folder / "older-layouts/12411-01-01-4__2024-12-04__0_662472.csv")
    long = rows(folder / "older-layouts/12411-01-01-4__2025-04-12__0_1ade87.csv")
    keys = [
        {tuple(getattr(row, name) for name in fields) for row in each if len(row.region_code) == 5}
        for each in (wide, long)
    ]
    # The districts that both publications name; their numbers differ, their keys must not.
    assert len(keys[0] & keys[1]) > 1400


def test_trap_3_a_dash_is_no_zero(folder):
    path = folder / "13111-01-03-4_1773175029986_de_flat__0.zip"
    for region in CITIES:
        (total,) = (row for row in rows(path, region=region) if row.dimensions == "{}")
        assert (total.value, total.sign, total.value_raw) == (None, "-", "-")


def test_trap_4_a_shifted_table_yields_nothing(folder):
    path = folder / "older-layouts/52411-02-01-4__2024-12-04__0_ffe11f.csv"
    records = genesis.parse(
        Fetched("file:x", "tablefile", 200, {}, path.read_bytes(), dt.datetime.now(dt.UTC))
    )
    with pytest.raises(UnknownStructureError):
        next(records)


def test_trap_4_an_html_page_yields_nothing(folder):
    body = (folder / "older-layouts/52411-02-01-4__2025-06-11__0_08215a.html").read_bytes()
    now = dt.datetime.now(dt.UTC)
    with pytest.raises(UnknownStructureError, match="the last good data stay"):
        next(genesis.parse(Fetched("file:x", "tablefile", 500, {}, body, now)))


def test_trap_5_keys_stay_text_with_their_leading_zeros(folder):
    for name in TABLES:
        keys = {row.region_code for row in rows(folder / name)}
        assert set(CITIES) <= keys
        assert all(key == "DG" or key.isdecimal() for key in keys)
        assert {len(key) for key in keys if key.startswith("07")} <= {2, 3, 5}


def test_trap_6_decimals_of_both_languages_are_the_same_figures(folder):
    path = folder / "older-layouts/12411-01-01-4__2024-12-04__2_d85404.csv"
    german = path.with_name("12411-01-01-4__2024-12-04__0_662472.csv")
    told = [{row.id: row.value for row in rows(each)} for each in (path, german)]
    assert told[0] == told[1]
    table = folder / "32121-01-02-4_1773175054738_de_flat__0.zip"
    marked = [row for row in rows(table) if "," in row.value_raw]
    assert all(row.value == float(row.value_raw.replace(",", ".")) for row in marked)


def test_trap_6_a_total_is_left_out_whatever_it_is_called(folder):
    for name in TABLES:
        for row in rows(folder / name):
            assert '""' not in row.dimensions
            assert "Insgesamt" not in row.dimension_labels
            assert "Total" not in row.dimension_labels


def test_men_and_women_make_the_total(folder):
    for region in CITIES:
        found = rows(folder / "12411-01-01-4_1773175772751_de_flat__0.zip", region=region)
        values = {row.dimensions: row.value for row in found}
        assert values["{}"] == values['{"GES": "GESM"}'] + values['{"GES": "GESW"}']
