"""The census database's layout: municipalities of 12 digits, every figure final."""

import datetime as dt

import pytest

from ingestion.city import load
from ingestion.record import Fetched, Observation
from ingestion.systems import genesis

pytestmark = pytest.mark.integration

HEAD = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;value;value_unit;value_variable_code;"
    "value_variable_label;value_q"
)
# The figures are invented.
ROW = (
    "1000A;Bevölkerung kompakt (Gebietsstand 15.05.2022);STAG;Stichtag;2022-05-15;GEOGM4;"
    "Gemeinden (Gebietsstand 15.05.2022);{};Eine Stadt;{};{};{};{};e"
)
CELLS = (
    ("117,06", "qkm", "FLC001", "Fläche"),
    ("105432", "Anzahl", "PRS018", "Personen"),
    ("901", "Ew/qkm", "PRS017", "Bevölkerungsdichte"),
)


@pytest.mark.parametrize("city_id", ["mainz", "trier", "koblenz", "ludwigshafen"])
def test_a_city_is_found_by_its_twelve_digits(city_id: str) -> None:
    city = load(city_id)
    (entry,) = (each for each in city.statistics if each.source.id == "zensus2022")
    assert (entry.region, entry.system) == (city.ars, "genesis")
    keys = (city.ars, "092760130130")
    lines = [HEAD, *(ROW.format(key, *cell) for key in keys for cell in CELLS)]
    fetched = Fetched(
        f"{entry.url}data/tablefile",
        "tablefile",
        200,
        {},
        "\n".join(lines).encode("utf-8-sig"),
        dt.datetime(2026, 11, 26, tzinfo=dt.UTC),
        {"table": entry.table.code, "region": entry.region, "region_variable": "GEOGM4"}
        | {"language": "de"},
    )
    found = [each for each in genesis.parse(fetched) if isinstance(each, Observation)]
    assert {(each.region_code, each.variable_code): each.value for each in found} == {
        (city.ars, "FLC001"): 117.06,
        (city.ars, "PRS018"): 105432,
        (city.ars, "PRS017"): 901,
    }
    # What the answer calls its values and units is what the entry declares.
    declared = {each.variable: each for each in entry.table.indicators}
    for each in found:
        assert each.variable_label == declared[each.variable_code].variable_label
        assert each.unit in declared[each.variable_code].source_units
        assert (each.quality, each.time) == ("e", dt.date(2022, 5, 15))
