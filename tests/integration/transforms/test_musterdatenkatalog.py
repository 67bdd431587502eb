"""The tables' places in the catalogues of others."""

import csv
import re
from pathlib import Path

import pytest

from catalog.figures.model import _UNITS

pytestmark = pytest.mark.integration
SEEDS = Path(__file__).parents[3] / "transforms" / "seeds"


def tables() -> list[dict[str, str]]:
    with (SEEDS / "statistic_tables.csv").open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


def test_every_concept_of_the_musterdatenkatalog_exists(samples: Path) -> None:
    (path,) = (samples / "musterdatenkatalog").glob("*.rdf")
    known = set(re.findall(r'rdf:about="([^"]+)"', path.read_text(encoding="utf-8")))
    named = {row["table_code"]: row["mdk_uri"] for row in tables() if row["mdk_uri"]}
    assert len(known) > 200
    assert [row["table_code"] for row in tables() if not row["mdk_uri"]] == []
    assert {code: uri for code, uri in named.items() if uri not in known} == {}


def test_indicators_and_members_are_labelled_in_both_languages() -> None:
    for name in ("indicators", "dimension_codes", "statistic_tables", "signs"):
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                words = {key: text for key, text in row.items() if key.endswith(("_de", "_en"))}
                must = {key for key in words if not key.startswith(("note", "definition_en"))}
                assert all(words[key].strip() for key in must), row


def test_every_indicator_is_of_a_table_with_a_concept_and_a_known_category() -> None:
    known = {(row["source_id"], row["table_code"]): row for row in tables()}
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as source:
        used = [known[row["source_id"], row["table_code"]] for row in csv.DictReader(source)]
    assert all(row["mdk_uri"] for row in used)
    # The category of statistics is the only one that tables of figures have.
    assert {row["hvd_category"] for row in used} == {"", "http://data.europa.eu/bna/c_e1da4e07"}


def test_every_unit_has_words_in_both_languages() -> None:
    for name in ("indicators", "derived_indicators"):
        with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as source:
            for row in csv.DictReader(source):
                assert row["unit"] in _UNITS, row["indicator_id"]


def test_population_and_employment_are_high_value_data() -> None:
    statistics = "http://data.europa.eu/bna/c_e1da4e07"
    categories = {row["table_code"][:5]: row["hvd_category"] for row in tables()}
    assert categories["12411"] == categories["13111"] == statistics
    assert categories["41312"] == ""
