"""Passwords are random, private and lasting."""

import json
from pathlib import Path

import pytest

from catalog.portal import PortalError
from catalog.portal.secret import NAMES, load_or_make


def test_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"

    first = load_or_make(file)

    assert load_or_make(file) == first
    assert set(first) == set(NAMES)
    assert len(set(first.values())) == len(NAMES)
    assert min(map(len, first.values())) >= 40


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    load_or_make(file)

    assert file.stat().st_mode & 0o777 == 0o600


def test_a_new_name_leaves_the_old_ones(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"secret_key": "kept"}))

    made = load_or_make(file)

    assert made["secret_key"] == "kept"
    assert set(made) == set(NAMES)


@pytest.mark.parametrize("text", ["{", "[]", '{"secret_key": 1}'])
def test_a_broken_file_is_said_and_not_overwritten(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(text)

    with pytest.raises(PortalError, match=r"secrets\.json is broken"):
        load_or_make(file)

    assert file.read_text() == text
