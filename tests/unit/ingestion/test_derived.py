"""Derived indicators: the network's file, and what it may not say."""

import csv
import io
from pathlib import Path

import pytest

from ingestion.derived import DERIVED, DerivedFileError, load_derived, unknown
from ingestion.seeds import seeds
from ingestion.statistics import load_sources

GOOD = """\
indicators:
  - id: women_share
    label: {de: Frauenanteil, en: Share of women}
    definition: {de: Anteil der Frauen, en: Share of women}
    computed: {de: Frauen durch alle, en: women by all}
    numerator: {indicator: population, dimensions: {SEX: F}}
    denominator: {indicator: population}
    period: same
    factor: 100
    unit: percent
    measure_type: share
    decimals: 1
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "derived.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_input_and_member_of_ours_is_known() -> None:
    assert unknown(load_derived(), load_sources()) == []


def test_what_no_source_has_is_named(tmp_path: Path) -> None:
    text = GOOD.replace("women_share", "cattle").replace("SEX: F", "SEX: X")
    found = unknown(
        load_derived(
            write(tmp_path, text.replace("{indicator: population}", "{indicator: nobody}"))
        ),
        load_sources(),
    )
    assert found == [
        "cattle: no source has an indicator nobody → add its table, or correct the id",
        "cattle: no source has SEX X → see the dimensions in ingestion/sources",
        "cattle: a source's indicator has that id → choose another",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "finding"),
    [
        ("    period: same\n", "", 2, "a ratio has a denominator and a rule for its period"),
        ("    factor: 100\n", "    method: change\n", 2, "a change is of the figure itself"),
        ("    factor: 100\n", "    factor: 0\n", 9, "a whole number above 0"),
        ("    decimals: 1\n", "    decimals: 9\n", 12, "a whole number from 0 to 6"),
        ("    unit: percent\n", "    unit: percent\n    rounding: up\n", 11, "unknown field"),
        ("period: same", "period: decade", 8, "none of the known values"),
        ("indicators:", "indicators", 2, "mapping values are not allowed"),
    ],
)
def test_a_mistake_is_told_by_its_line(
    tmp_path: Path, old: str, new: str, line: int, finding: str
) -> None:
    path = write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(DerivedFileError) as error:
        load_derived(path)
    text = str(error.value)
    assert text.startswith(f"{path}:{line}:"), text
    assert finding in text
    assert "→" in text


def test_two_of_one_id_are_refused(tmp_path: Path) -> None:
    twice = GOOD + GOOD.removeprefix("indicators:\n")
    with pytest.raises(DerivedFileError, match="another one's id"):
        load_derived(write(tmp_path, twice))


def test_the_seed_has_the_patch_that_takes_the_members_out(tmp_path: Path) -> None:
    derived = load_derived(write(tmp_path, GOOD))
    text = seeds(load_sources().values(), derived)["derived_indicators"]
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["numerator_dimensions"] == '{"SEX":"F"}'
    assert row["numerator_patch"] == '{"SEX":null}'
    assert (row["denominator_id"], row["denominator_patch"]) == ("population", "{}")
    assert (row["method"], row["period_rule"], row["factor"]) == ("ratio", "same", "100")


def test_a_change_is_held_against_its_earlier_self() -> None:
    text = seeds(load_sources().values(), load_derived())["derived_indicators"]
    rows = {row["indicator_id"]: row for row in csv.DictReader(io.StringIO(text))}
    change = rows["population_change"]
    assert (change["numerator_id"], change["denominator_id"]) == ("population", "population")
    assert change["period_rule"] == "previous"


def test_people_read_in_both_languages_how_it_is_computed() -> None:
    assert DERIVED.is_file()
    for each in load_derived():
        for words in (each.label, each.definition, each.computed):
            assert words.de != words.en
