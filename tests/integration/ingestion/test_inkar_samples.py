"""The four cities' recorded figures of INKAR, in the bulk file's described layout with its traps.

The figures are those that another project published after reading the real file; the file around
them is made here, not by the sample world: a figure that is lost or misread shows.
"""

import csv
import datetime as dt
import io
import json
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from ingestion.record import Fetched, Observation
from ingestion.sampleworld.statistics_apis import bulk
from ingestion.systems import inkar
from ingestion.systems._inkar_file import Wanted, cut

pytestmark = pytest.mark.integration

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
HEADER = ["Bereich", "ID", "Kuerzel", "Indikator", "Raumbezug", "Kennziffer", "Name", "Zeitbezug"]
CITIES = ("07111", "07211", "07314", "07315")
FACTS = 2_400
INDICATORS = 30


@pytest.fixture(scope="module")
def facts(samples: Path) -> dict[tuple[str, str, str], str]:
    """District, indicator and year → the figure with a decimal point, as it was recorded."""
    with (samples / "four_cities_facts.csv").open(encoding="utf-8-sig", newline="") as file:
        return {
            (row["ags"][:5], row["indicator_source_code"][6:], row["period_raw"]): row["value_raw"]
            for row in csv.DictReader(file)
            if row["indicator_source_code"].startswith("INKAR:")
        }


@pytest.fixture(scope="module")
def file(facts) -> bytes:
    """A bulk file with all of them: five ways to write a key, quotes, rows of other regions."""
    keys = (
        lambda district: f"{district}000",
        lambda district: f"{district}000".lstrip("0"),
        lambda district: district,
        lambda district: district.lstrip("0"),
        lambda district: f" {district} ",
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([*HEADER, "Wert"])
    for number, ((district, name, year), value) in enumerate(facts.items()):
        label = f'Indikator "{name}"; je Einwohner'
        row = ["LRB", number, name, label, "Kreise", keys[number % 5](district), "Stadt", year]
        writer.writerow([*row, value.replace(".", ",")])
        # What must not be taken for the city's: its namesakes in other keys, levels and sections.
        for at, other in ((5, f"1{district[1:]}"), (4, "Gemeinden"), (0, "ZOM"), (4, "Kreise EU")):
            writer.writerow([*row[:at], other, *row[at + 1 :], "99999,0"])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("BBSR_Raumgliederungen.xlsx", b"no table")
        archive.writestr("inkar_2025.csv", text.getvalue().encode("utf-8-sig"))
    return target.getvalue()


def read(body: bytes, district: str, names: set[str]) -> list:
    context = {
        "table": "INKAR-KRE",
        "region": district,
        "units": json.dumps(dict.fromkeys(sorted(names), "?")),
    }
    return list(inkar.parse(Fetched("file:inkar", "bulk", 200, {}, body, NOW, context)))


def test_every_recorded_figure_is_read_as_it_is(facts, file):
    names = {name for _, name, _ in facts}
    found = [each for district in CITIES for each in read(file, district, names)]
    assert Counter(type(each).__name__ for each in found) == {"Observation": FACTS}
    assert len(facts) == FACTS
    assert len(names) == INDICATORS
    read_back = {(e.region_code, e.variable_code, e.time_text): e.value for e in found}
    assert read_back == {key: float(value) for key, value in facts.items()}
    assert {each.time.isoformat()[4:] for each in found} == {"-12-31"}


def test_a_cut_holds_the_same_and_nothing_else(facts, file):
    names = {name for _, name, _ in facts}
    for district in CITIES:
        wanted = Wanted(region=district, variables=frozenset(names))
        small = cut("file:inkar", io.BytesIO(file), wanted)
        assert len(small) < len(file)
        told = {(e.variable_code, e.time_text, e.value) for e in read(file, district, names)}
        assert {(e.variable_code, e.time_text, e.value) for e in read(small, district, set())} == (
            told
        )


def test_the_sample_world_tells_the_recorded_figures(facts):
    names = {
        "a_bev65um": "share_65plus",
        "q_alo": "unemployment_rate",
        "q_kaufkraft": "purchasing_power",
        "q_bip_ew": "gdp_per_capita",
    }
    found = [
        each
        for district in CITIES
        for each in read(bulk(), district, set(names))
        if isinstance(each, Observation)
    ]
    assert len(found) == sum(name in names.values() for _, name, _ in facts)
    assert all(
        each.value == float(facts[each.region_code, names[each.variable_code], each.time_text])
        for each in found
    )
