"""The rules and traps of docs/statistics.md have the tests that the page names."""

import re

import pytest

from tests.unit.project.test_docs import ROOT

PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`([\w./]+)::(\w+)`", PAGE)


def test_every_rule_and_every_trap_names_its_tests() -> None:
    rows = dict(re.findall(r"^\| (S?\d+) \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE))
    rules, traps = [f"S{number}" for number in range(1, 11)], [str(n) for n in range(1, 7)]
    assert list(rows) == rules + traps
    for key, tests in rows.items():
        word = f"{key.lower()}_" if key in rules else f"trap_{key}_"
        assert word in tests, key


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED)))
def test_a_named_test_is_there(path: str, name: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(?:def {name}\(|  - name: {name}$)", text, re.MULTILINE)
