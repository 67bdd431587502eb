"""Every rule and trap of docs/statistics.md names its tests (test_evidence: they are there)."""

import re

from tests.unit.project.test_docs import ROOT

PAGE = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_every_rule_and_every_trap_names_its_tests() -> None:
    rows = dict(re.findall(r"^\| (S?\d+) \|[^|]*\|([^|]*)\|$", PAGE, re.MULTILINE))
    rules, traps = [f"S{number}" for number in range(1, 11)], [str(n) for n in range(1, 7)]
    assert list(rows) == rules + traps
    for key, tests in rows.items():
        word = f"{key.lower()}_" if key in rules else f"trap_{key}_"
        assert word in tests, key
