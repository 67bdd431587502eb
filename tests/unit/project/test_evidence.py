"""The tests that the docs name as evidence are there."""

import re
from pathlib import Path

import pytest

from tests.unit.project.test_docs import ROOT

PAGES = [ROOT / "docs" / "statistics.md", *sorted((ROOT / "docs" / "evidence").glob("*.md"))]
PROMISE = re.compile(r"^\| (?!promise|---|\*\*)([^|]+) \| (.*) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_named_test_is_there(page: Path) -> None:
    named = set(re.findall(r"`([\w./-]+)::(\w+)`", page.read_text(encoding="utf-8")))
    assert named
    for path, name in sorted(named):
        text = (ROOT / path).read_text(encoding="utf-8")
        is_there = rf"^(?:    )?(?:async )?def {name}\(|^  - name: {name}$"
        assert re.search(is_there, text, re.MULTILINE), f"{path}::{name}"


@pytest.mark.parametrize("page", PAGES[1:], ids=lambda page: page.stem)
def test_every_promise_is_shown_by_something(page: Path) -> None:
    promises = PROMISE.findall(page.read_text(encoding="utf-8"))
    assert promises
    for promise, shown in promises:
        assert re.search(r"`[\w./-]+`|::|\]\(", shown), promise
