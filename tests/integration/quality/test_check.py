"""Rules over small tables in DuckDB, judged by the real Great Expectations."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from ingestion.statistics import load_sources
from quality.result import CheckResult
from quality.run import build_docs, check, tables

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[3]

Fetch = Callable[[str], pa.Table]


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute("CREATE SCHEMA harmonised")
    return con


@pytest.fixture
def fetch(con: duckdb.DuckDBPyConnection) -> Fetch:
    return lambda sql: con.execute(sql).to_arrow_table()


def meetings(con: duckdb.DuckDBPyConnection, *rows: tuple[str, str, str, str | None]) -> None:
    """(meeting id, city, start, end) as a table."""
    con.execute(
        "CREATE TABLE harmonised.meeting (meeting_id VARCHAR, city_id VARCHAR, name VARCHAR, "
        "organization_id VARCHAR, start_at TIMESTAMPTZ, end_at TIMESTAMPTZ, "
        "last_seen_at TIMESTAMPTZ)"
    )
    for id_, city, start, end in rows:
        con.execute(
            "INSERT INTO harmonised.meeting VALUES (?, ?, 'Stadtrat', ?, ?, ?, now())",
            [id_, city, id_, start, end],
        )


def by_rule(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {result.rule: result for result in results}


def test_good_rows_keep_every_rule(con: duckdb.DuckDBPyConnection, fetch: Fetch) -> None:
    meetings(con, ("mainz:1", "mainz", "2026-03-04 16:00:00Z", "2026-03-04 18:00:00Z"))
    results = check("meeting", fetch, {"mainz": {"min": 1, "max": None}})
    assert [result.rule for result in results if not result.success] == []
    assert by_rule(results)["ends_after_start"].rows_checked == 1


def test_a_failing_row_is_shown_by_its_key(con: duckdb.DuckDBPyConnection, fetch: Fetch) -> None:
    meetings(
        con,
        ("mainz:1", "mainz", "2026-03-04 16:00:00Z", None),
        ("mainz:2", "mainz", "1970-01-01 00:00:00Z", None),
        ("mainz:3", "mainz", "2199-01-01 00:00:00Z", "2198-01-01 00:00:00Z"),
    )
    found = by_rule(check("meeting", fetch))
    early = found["starts_after_1990"]
    assert early.blocks
    assert early.failing_rows == [{"meeting_id": "mainz:2", "value": 1970}]
    assert early.rows_checked == 3
    assert early.observed == "1 of 3 unexpected"
    assert "→" in early.message
    assert found["starts_within_two_years"].failing_rows[0]["meeting_id"] == "mainz:3"
    late = found["ends_after_start"]
    assert not late.success
    assert not late.blocks
    json.dumps([result.failing_rows for result in found.values()])


def test_at_most_twenty_rows_are_shown(con: duckdb.DuckDBPyConnection, fetch: Fetch) -> None:
    meetings(con, *((f"m:{i}", "mainz", "1970-01-01 00:00:00Z", None) for i in range(50)))
    early = by_rule(check("meeting", fetch))["starts_after_1990"]
    assert len(early.failing_rows) == 20
    assert early.observed == "50 of 50 unexpected"


def test_volume_is_per_city_and_a_silent_city_has_none(
    con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    meetings(con, *((f"m:{i}", "mainz", "2026-01-01 10:00:00Z", None) for i in range(3)))
    bounds = {
        "mainz": {"min": 1, "max": 2},
        "trier": {"min": 1, "max": None},
        "koblenz": {"min": 0, "max": 5},
    }
    found = by_rule(check("meeting", fetch, bounds))
    assert found["volume_mainz"].blocks
    assert found["volume_mainz"].failing_rows == [{"city_id": "mainz", "rows": 3}]
    assert found["volume_trier"].observed == "0"
    assert found["volume_trier"].blocks
    assert "ingestion/cities/trier.yml" in found["volume_trier"].message
    assert found["volume_koblenz"].success


def test_an_empty_table_keeps_its_rules(con: duckdb.DuckDBPyConnection, fetch: Fetch) -> None:
    meetings(con)
    assert all(result.success for result in check("meeting", fetch))


def observations(con: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    """(id, dimensions, period end, basis, value) of Trier as a table."""
    con.execute(
        f"CREATE TABLE harmonised.{table} (observation_id VARCHAR, dimensions VARCHAR, "
        "period_end_date DATE, basis VARCHAR, value DOUBLE, city_id VARCHAR DEFAULT 'trier', "
        "ars VARCHAR DEFAULT '072110000000', indicator_id VARCHAR DEFAULT 'population', "
        "unit VARCHAR DEFAULT 'persons', period_start_date DATE DEFAULT DATE '2000-01-01', "
        "vintage_date DATE DEFAULT DATE '2026-03-10')"
    )
    con.executemany(
        f"INSERT INTO harmonised.{table} (observation_id, dimensions, period_end_date, basis, "
        "value) VALUES (?, ?, ?, ?, ?)",
        rows,
    )


def test_s8_female_and_male_make_the_total_unless_suppressed(
    con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    male, female, total = '{"SEX":"M"}', '{"SEX":"F"}', "{}"
    observations(
        con,
        "observation",
        [
            ("a1", total, "2024-12-31", "census-2022", 104342),
            ("a2", female, "2024-12-31", "census-2022", 53179),
            ("a3", male, "2024-12-31", "census-2022", 51163),
            ("b1", total, "2023-12-31", "census-2022", 100),
            ("b2", female, "2023-12-31", "census-2022", 60),
            ("b3", male, "2023-12-31", "census-2022", None),
            ("c1", total, "2022-12-31", "census-2022", 100),
            ("c2", female, "2022-12-31", "census-2022", 60),
            ("c3", male, "2022-12-31", "census-2022", 41),
        ],
    )
    sexes = by_rule(check("observation", fetch))["sexes_add_up"]
    assert sexes.blocks
    assert [(row["period"], row["value"]) for row in sexes.failing_rows] == [("2022-12-31", 1.0)]


def test_s8_parts_of_a_complete_breakdown_make_their_total(
    con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    """S8. Also below another breakdown; a suppressed part and rounding are no fault."""
    foreign, german = '{"CITIZENSHIP":"FOR","SEX":"F"}', '{"CITIZENSHIP":"NAT","SEX":"F"}'
    women, waste = '{"SEX":"F"}', '{"WASTE":"%s"}'
    kinds = [waste % kind for kind in ("RESIDUAL", "ORGANIC", "RECYCLABLE", "OTHER")]
    (elections,) = load_sources()["wahlen_rlp"].dimensions
    parties = [each.member for each in elections.members]
    day = "2024-12-31"
    observations(
        con,
        "observation",
        [
            ("a1", women, day, None, 10),
            ("a2", foreign, day, None, 4),
            ("a3", german, day, None, 7),
            ("b1", women, "2023-12-31", None, 10),
            ("b2", foreign, "2023-12-31", None, None),
            ("b3", german, "2023-12-31", None, 3),
            ("c1", "{}", day, None, 102),
            *((f"c{i}", kind, day, None, 25) for i, kind in enumerate(kinds, 2)),
            ("d1", waste % "ORGANIC_BIN", day, None, 20),
            ("e1", "{}", "2022-12-31", None, 103),
            *((f"e{i}", kind, "2022-12-31", None, 25) for i, kind in enumerate(kinds, 2)),
            ("f0", "{}", "2026-03-22", None, 13),
            *((f"f-{code}", f'{{"PARTY":"{code}"}}', "2026-03-22", None, 1) for code in parties),
        ],
    )
    con.execute("UPDATE harmonised.observation SET unit = 'tonnes' WHERE observation_id >= 'c'")
    con.execute("UPDATE harmonised.observation SET unit = 'votes' WHERE observation_id >= 'f'")
    parts = by_rule(check("observation", fetch))["parts_add_up"]
    assert not parts.blocks
    assert [(row["dimension"], row["period"], row["value"]) for row in parts.failing_rows] == [
        ("CITIZENSHIP", day, 1.0),
        ("WASTE", "2022-12-31", 1.0),
        ("PARTY", "2026-03-22", 1.0),
    ]


def test_s9_a_step_that_stands_out_is_told_and_stays(
    con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    """S9. Trier's 2015 is real: it warns in both rules, and nothing is dropped."""
    thousands = [105.3, 105.7, 106.2, 106.7, 107.2, 107.6, 108.1, 108.5, 114.9, 115.3, 115.8]
    rows = [
        (f"o{year}", "{}", f"{year}-12-31", "census-2011", 1000 * value)
        for year, value in enumerate(thousands, 2007)
    ]
    observations(con, "observation_current", rows)
    found = by_rule(check("observation_current", fetch))
    for rule in ("change_plausible", "no_outlier"):
        assert not found[rule].blocks
        assert [row["observation_id"] for row in found[rule].failing_rows] == ["o2015"], rule
    (kept,) = con.execute("SELECT count(*) FROM harmonised.observation_current").fetchall()
    assert kept == (len(rows),)


def test_change_is_judged_within_one_census_only(
    con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    observations(
        con,
        "observation_current",
        [
            ("o14", "{}", "2014-12-31", "census-2011", 108500),
            ("o15", "{}", "2015-12-31", "census-2011", 114900),
            ("o16", "{}", "2016-12-31", "census-2011", 110100),
            ("o23", "{}", "2023-12-31", "census-2022", 90000),
        ],
    )
    change = by_rule(check("observation_current", fetch))["change_plausible"]
    assert not change.success
    assert not change.blocks
    assert [row["observation_id"] for row in change.failing_rows] == ["o15"]


def test_a_rule_that_cannot_be_checked_fails_and_says_so(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    (tmp_path / "thing.yml").write_text(
        "key: [id]\nrules:\n  - name: text_is_no_number\n    severity: error\n    column: t\n"
        "    expectation: expect_column_values_to_be_between\n    arguments: {min_value: 1}\n"
        "    why: A text is no number, ever.\n    mend: Compare numbers with numbers.\n"
    )
    con.execute("CREATE TABLE harmonised.thing AS SELECT 'a' AS id, 'x' AS t")
    (result,) = check("thing", fetch, folder=tmp_path)
    assert result.blocks
    assert "could not be checked" in result.message


def test_data_docs_are_a_site_that_loads_nothing_foreign(
    tmp_path: Path, con: duckdb.DuckDBPyConnection, fetch: Fetch
) -> None:
    meetings(con, ("mainz:2", "mainz", "1970-01-01 00:00:00Z", None))
    site = tmp_path / "site"
    index = build_docs(check("meeting", fetch, {"mainz": {"min": 1, "max": 9}}), site)
    build_docs(check("meeting", fetch), site)  # again: nothing of the first build stays
    text = index.read_text()
    assert "starts_after_1990" in text
    pages = list((site / "validations" / "meeting").rglob("*.html"))
    assert len(pages) == 1
    page = pages[0].read_text()
    assert "starts_after_1990" in page
    assert "volume_mainz" not in page
    assert all("default-src 'none'" in path.read_text()[:600] for path in site.rglob("*.html"))


def test_nothing_is_imported_or_written_before_a_check(tmp_path: Path) -> None:
    """Great Expectations takes seconds to import, and likes to write into the home folder."""
    home, cwd = tmp_path / "home", tmp_path / "cwd"
    home.mkdir()
    cwd.mkdir()
    code = (
        "import sys; from quality.run import check; import pyarrow as pa\n"
        "assert 'great_expectations' not in sys.modules\n"
        "check('source', lambda sql: pa.table({'source_id': ['a'], 'has_attribution': [20]}))\n"
        "assert 'great_expectations' in sys.modules\n"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT), "HOME": str(home)},
        cwd=cwd,
        check=True,
    )
    assert list(home.rglob("*")) == []
    assert list(cwd.rglob("*")) == []


def test_all_tables_are_known() -> None:
    assert "meeting" in tables()
