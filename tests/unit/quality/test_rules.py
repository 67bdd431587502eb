"""What a rules file may say, and what is told when it says something else."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.suite import RULES, Rules, RulesError, load, tables

ROOT = Path(__file__).parents[3]
MODELS = sorted(path.stem for path in (ROOT / "transforms" / "harmonised").glob("*.sql"))

GOOD = """\
key: [meeting_id]
rules:
  - name: starts_after_1990
    severity: error
    column: start_at
    value: year(start_at)
    expectation: expect_column_values_to_be_between
    arguments: {min_value: 1990}
    why: Earlier dates were misread.
    mend: Look at the raw row.
"""


def broken(folder: Path, text: str) -> str:
    (folder / "meeting.yml").write_text(text, encoding="utf-8")
    with pytest.raises(RulesError) as caught:
        load("meeting", folder)
    return str(caught.value)


def test_every_harmonised_table_has_rules_and_no_other() -> None:
    assert tables() == MODELS


@pytest.mark.parametrize("table", MODELS)
def test_the_rules_are_valid(table: str) -> None:
    assert load(table).key


@pytest.mark.parametrize("table", MODELS)
def test_what_dbt_tests_is_not_here_twice(table: str) -> None:
    """Keys, not-null and references are dbt's."""
    text = (RULES / f"{table}.yml").read_text()
    assert "unique" not in text
    assert "not_be_null" not in text


def test_good_rules_load(tmp_path: Path) -> None:
    (tmp_path / "meeting.yml").write_text(GOOD, encoding="utf-8")
    (rule,) = load("meeting", tmp_path).rules
    assert rule.arguments.given() == {"min_value": 1990.0}


def test_an_unknown_expectation_names_file_line_and_mend(tmp_path: Path) -> None:
    told = broken(tmp_path, GOOD.replace("_to_be_between", "_to_be_lovely"))
    assert told.startswith(f"{tmp_path / 'meeting.yml'}:7: rules.0.expectation: ")
    assert "expect_column_values_to_be_between" in told
    assert "→" in told


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("severity: error", "severity: fatal", 4, "severity"),
        ("key: [meeting_id]", "keys: [meeting_id]", 1, "key"),
        ("    value: year(start_at)\n", "    valeu: year(start_at)\n", 6, "valeu"),
        ("{min_value: 1990}", "{regex: 'x'}", 3, "min_value"),
        ("{min_value: 1990}", "{regex: '('}", 8, "regex"),
        ("    value: year(start_at)\n", "    query: SELECT 1 AS value\n", 3, "keys"),
        ("    column: start_at\n    value: year(start_at)\n", "", 3, "column"),
    ],
)
def test_errors_name_the_line(tmp_path: Path, old: str, new: str, line: int, word: str) -> None:
    told = broken(tmp_path, GOOD.replace(old, new))
    assert f"meeting.yml:{line}: " in told
    assert word in told


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    told = broken(tmp_path, GOOD + GOOD.split("rules:\n")[1])
    assert "starts_after_1990" in told


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    assert "meeting.yml:2: " in broken(tmp_path, "key: [a]\nrules: ]\n")


def test_a_missing_file_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match="missing → write the rules of meeting"):
        load("meeting", tmp_path)


@given(st.text(max_size=60))
def test_any_text_loads_or_is_refused_with_its_place(tmp_path_factory, text: str) -> None:
    folder = tmp_path_factory.mktemp("rules")
    (folder / "x.yml").write_text(text, encoding="utf-8")
    with contextlib.suppress(RulesError):
        assert isinstance(load("x", folder), Rules)
