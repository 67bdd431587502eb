"""The recorded tables through raw load and dbt: every known fact of the four cities, S1 to S8."""

import csv
import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ingestion.city import load_all
from ingestion.record import Fetched, Record
from ingestion.store import Crawl, Store, city_row
from ingestion.systems import genesis
from orchestration.lake import Lake

pytestmark = pytest.mark.integration
SEEDS = Path(__file__).parents[3] / "transforms" / "seeds"
DAY = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)

# Facts that four_cities_facts.csv knows out of each file.
FACTS = {
    "11111-02-01-4_1773174974558_de_flat__0.zip": 4,
    "12411-01-01-4_1773175772751_de_flat__0.zip": 12,
    "13111-01-03-4_1773175029986_de_flat__0.zip": 24,
    "32121-01-02-4_1773175054738_de_flat__0.zip": 28,
    "41312-01-01-4_1773175064928_de_flat__0.zip": 44,
    "52411-02-01-4_1773177231272_de_flat__0.zip": 20,
    "12411-01-01-4__2024-12-04__0_662472.csv": 12,
    "12411-01-01-4__2025-04-12__0_1ade87.csv": 12,
}

# What a recorded file has and no row may come of: its rows are shifted, so it is refused.
REFUSED = {"52411-02-01-4__2024-12-04__0_ffe11f.csv": 12}
# Facts out of answers that were not recorded, per table.
UNRECORDED = {
    "11111-02-01-4": 12,
    "12411-01-01-4": 24,
    "13111-01-03-4": 72,
    "32121-01-02-4": 112,
    "52411-02-01-4": 12,
}
INKAR = 2_400

Fact = tuple[Any, ...]


def seed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def recorded(samples: Path, name: str) -> Path:
    (path,) = (samples / "genesis").rglob(name)
    return path


def records(path: Path, region: str) -> Iterator[Record]:
    """What one answer, cut to one city, would have brought on the day of its name."""
    told = re.search(r"__(\d{4}-\d\d-\d\d)__", path.name)
    day = dt.datetime.fromisoformat(f"{told[1]}T06:00:00+00:00") if told else DAY
    context = {
        "table": path.name[:13],
        "region": region,
        "page": "https://www.regionalstatistik.de/",
    }
    url = "https://www.regionalstatistik.de/genesisws/rest/2020/data/tablefile"
    yield from genesis.parse(Fetched(url, "tablefile", 200, {}, path.read_bytes(), day, context))


@pytest.fixture(scope="module")
def lake(
    samples: Path,
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Lake:
    """All recorded tables of the four cities, loaded by the store and built by dbt."""
    lake = make_lake("facts")
    paths = [recorded(samples, name) for name in FACTS]
    cities = load_all()
    for city in cities:
        store = Store(
            city.id,
            destination=lake.dlt_destination(),
            read=lake.read,
            write=lake.write,
            lock=lake.lock,
            pipelines=tmp_path_factory.mktemp("pipelines"),
        )
        store.city(city_row(city))
        found = [record for path in paths for record in records(path, city.ags[:5])]
        store.load("genesis", found, crawl=Crawl("genesis", retrieved_at=DAY))
    run_dbt(
        lake,
        "build",
        "--exclude-resource-type",
        "test",
        "--exclude-resource-type",
        "unit_test",
        "--select",
        "+derived_observation",
        "+vintage_difference",
        "+rejected_row",
        "+indicator",
        cities=[{"city_id": city.id, "systems": ["genesis"]} for city in cities],
    )
    return lake


def rows(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in lake.arrow(sql).to_pylist()]


def harmonised(table: str, dimensions: str) -> str:
    """The source's breakdown of a fact in our codes, by the seeds."""
    source = {row["table_code"]: row["source_id"] for row in seed("statistic_tables")}[table]
    codes = {
        (row["variable_code"], row["code"]): (row["dimension"], row["member"])
        for row in seed("dimension_codes")
        if row["source_id"] == source
    }
    pairs = (part.partition("=") for part in dimensions.split("|"))
    parts = {k: codes[k, v] for k, _, v in pairs if k and v != "TOTAL"}
    members = dict(member for member in parts.values() if member[1] != "_T")
    return json.dumps(members, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def known(samples: Path) -> dict[str, list[Fact]]:
    """Per file its facts: key of the place, indicator, breakdown, last day, figure."""
    ars = {city.ags: city.ars for city in load_all()}
    indicators = {(row["table_code"], row["variable_code"]): row for row in seed("indicators")}
    found: dict[str, list[Fact]] = {name: [] for name in FACTS}
    with (samples / "four_cities_facts.csv").open(encoding="utf-8", newline="") as source:
        for row in csv.DictReader(source):
            name = row["sample_file"].rpartition("/")[2]
            if name not in found:
                continue
            table, raw = name[:13], row["value_raw"]
            what = indicators[table, row["indicator_source_code"].partition(":")[2]]
            is_figure = re.fullmatch(r"\d+([.,]\d+)?", raw)
            value = float(raw.replace(",", ".")) * float(what["factor"]) if is_figure else None
            day, _, rest = row["period_raw"].partition(".")
            iso = "-".join(reversed([day, *rest.split(".")])) if rest else day
            found[name].append(
                (
                    ars[row["ags"]],
                    what["indicator_id"],
                    harmonised(table, row["dimensions"]),
                    dt.date.fromisoformat(iso if len(iso) > 4 else f"{iso}-12-31"),
                    raw,
                    None if value is None else pytest.approx(value, rel=1e-12),
                )
            )
    return found


def test_every_fact_is_compared_or_it_is_said_why_not(samples: Path) -> None:
    """The 2,800 facts by count, as docs/statistics.md tells them."""
    with (samples / "four_cities_facts.csv").open(encoding="utf-8", newline="") as source:
        files = Counter(row["sample_file"] for row in csv.DictReader(source))
    told: dict[str, Counter[str]] = {name: Counter() for name in ("same", "no", "away", "inkar")}
    for file, count in files.items():
        name = file.rpartition("/")[2]
        if "inkar" in name:
            told["inkar"][name] += count
        elif name in FACTS:
            told["same"][name] += count
        elif name in REFUSED:
            told["no"][name] += count
        else:
            assert not list((samples / "genesis").rglob(name)), f"{name} is recorded: add it"
            told["away"][name[:13]] += count
    assert told["same"] == FACTS
    assert told["no"] == REFUSED
    assert told["away"] == UNRECORDED
    assert told["inkar"].total() == INKAR
    assert files.total() == 2_800
    page = (Path(__file__).parents[3] / "docs" / "statistics.md").read_text("utf-8")
    cells = [[cell.strip() for cell in line.split("|")] for line in page.splitlines()]
    listed = {row[1]: tuple(row[2:4]) for row in cells if len(row) == 6 and row[2].isdecimal()}
    same = Counter[str]()
    for name, count in FACTS.items():
        same[name[:13]] += count
    known = same + Counter(UNRECORDED) + Counter({name[:13]: n for name, n in REFUSED.items()})
    counts = {table: (str(known[table]), str(same[table])) for table in known}
    assert listed == counts | {"INKAR": (str(INKAR), "0")}


def test_harmonised_rows_are_the_known_facts(lake: Lake, samples: Path) -> None:
    """Everything that the facts know of the recorded tables, by count; nothing else is there."""
    facts = known(samples)
    assert {name: len(found) for name, found in facts.items()} == FACTS
    wanted = sorted((fact for found in facts.values() for fact in found), key=lambda f: str(f[:5]))
    found = sorted(
        rows(
            lake,
            "SELECT ars, indicator_id, dimensions, period_end_date, value_raw, value "
            "FROM harmonised.observation",
        ),
        key=lambda f: str(f[:5]),
    )
    assert len(found) == sum(FACTS.values()) == 156
    assert found == wanted


def test_s2_every_record_is_an_observation_or_rejected(lake: Lake) -> None:
    counted = dict(rows(lake, "SELECT city_id, count(*) FROM harmonised.observation GROUP BY 1"))
    assert counted == dict.fromkeys(("koblenz", "ludwigshafen", "mainz", "trier"), 39)
    assert rows(lake, "SELECT reason FROM harmonised.rejected_row") == []
    raw = Counter()
    for city in counted:
        ((count,),) = rows(lake, f"SELECT count(*) FROM raw_{city}.genesis_observation")
        raw[city] = count
    assert raw == counted


def test_s3_a_minus_is_no_zero_and_keeps_its_sign(lake: Lake) -> None:
    """The employees of 2025 were not delivered: no value, the sign beside its status."""
    assert rows(
        lake,
        "SELECT ars, value, value_raw, obs_status FROM harmonised.observation "
        "WHERE indicator_id = 'employees_workplace' AND dimensions = '{}' ORDER BY ars",
    ) == [
        (ars, None, "-", "O")
        for ars in ("071110000000", "072110000000", "073140000000", "073150000000")
    ]


def test_s4_the_districts_key_means_the_city_that_is_its_own_district(lake: Lake) -> None:
    """Five digits with their leading zero become the city's ARS, each city's its own."""
    for city in load_all():
        codes = rows(lake, f"SELECT DISTINCT region_code FROM raw_{city.id}.genesis_observation")
        assert codes == [(city.ars[:5],)]
        keys = rows(
            lake, f"SELECT DISTINCT ars FROM harmonised.observation WHERE city_id = '{city.id}'"
        )
        assert keys == [(city.ars,)]
        assert city.ars.startswith("07")


def test_s5_a_revision_is_a_further_vintage(lake: Lake) -> None:
    where = (
        "WHERE ars = '072110000000' AND indicator_id = 'population' AND dimensions = '{}' "
        "AND period_end_date = DATE '2023-12-31' ORDER BY vintage_date"
    )
    assert rows(lake, f"SELECT vintage_date, basis, value FROM harmonised.observation {where}") == [
        (dt.date(2024, 12, 4), "census-2011", 112737.0),
        (dt.date(2025, 4, 12), "census-2022", 103986.0),
    ]
    assert rows(lake, f"SELECT value FROM harmonised.observation_current {where}") == [(103986.0,)]


def test_s6_what_two_censuses_say_is_told_apart_and_never_differenced(lake: Lake) -> None:
    assert rows(
        lake,
        "SELECT old_value, new_value, difference, difference_pct, is_basis_change "
        "FROM harmonised.vintage_difference WHERE ars = '072110000000' AND dimensions = '{}'",
    ) == [(112737.0, 103986.0, -8751.0, -7.76, True)]
    # 2023 and 2024 rest on one census: 104,342 of 103,986.
    assert rows(
        lake,
        "SELECT period_end_date, value, basis, is_break FROM harmonised.derived_observation "
        "WHERE ars = '072110000000' AND indicator_id = 'population_change' AND dimensions = '{}'",
    ) == [(dt.date(2024, 12, 31), 0.34, "census-2022", False)]


def test_s8_nothing_is_derived_from_what_is_missing(lake: Lake) -> None:
    found = rows(
        lake,
        "SELECT DISTINCT value, obs_status FROM harmonised.derived_observation "
        "WHERE indicator_id = 'employees_women_share' AND dimensions = '{}'",
    )
    assert found == [(None, "O")]


def test_derived_figures_are_those_of_their_inputs(lake: Lake) -> None:
    """Trier, worked out by hand: 53,179 women of 104,342; waste of 2023 by people of 2023."""
    found = dict(
        rows(
            lake,
            "SELECT indicator_id, value FROM harmonised.derived_observation "
            "WHERE ars = '072110000000' AND dimensions = '{}' "
            "AND year(period_end_date) IN (2023, 2024) "
            "AND indicator_id IN ('women_share', 'insolvencies_per_10000') "
            "AND period_end_date = DATE '2024-12-31'",
        )
    )
    ((insolvencies,),) = rows(
        lake,
        "SELECT value FROM harmonised.observation_current WHERE ars = '072110000000' "
        "AND indicator_id = 'insolvencies' AND dimensions = '{}'",
    )
    assert found == {
        "women_share": 51.0,
        "insolvencies_per_10000": round(10000 * insolvencies / 104342, 2),
    }
    # Trier delivered no waste: its rows are there, without a value.
    assert rows(
        lake,
        "SELECT count(*), count(derived.value), count(*) FILTER "
        "(coalesce(abs(derived.value - 1000 * waste.value / people.value) <= 0.05001, "
        "derived.value IS NULL AND waste.value IS NULL)) "
        "FROM harmonised.derived_observation AS derived "
        "JOIN harmonised.observation_current AS waste "
        "ON derived.numerator_observation_id = waste.observation_id "
        "JOIN harmonised.observation_current AS people "
        "ON derived.denominator_observation_id = people.observation_id "
        "WHERE derived.indicator_id = 'household_waste_per_head' "
        "AND people.dimensions = '{}' AND derived.dimensions = waste.dimensions",
    ) == [(28, 21, 28)]
    assert rows(
        lake,
        "SELECT ars, count(*) FROM harmonised.observation_current "
        "WHERE indicator_id = 'household_waste' AND value IS NULL GROUP BY 1",
    ) == [("072110000000", 7)]
