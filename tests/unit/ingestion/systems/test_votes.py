"""Votes in the words of minutes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.systems import _votes
from ingestion.systems._votes import Counted


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ja: 20, Nein: 3, Enthaltungen: 2, Befangen: 0", Counted(20, 3, 2, False)),
        ("Abstimmung: 12 Ja-Stimmen, 0 Nein-Stimmen, 1 Enthaltung.", Counted(12, 0, 1, None)),
        ("einstimmig beschlossen", Counted(None, None, None, True)),
        ("einstimmig bei 2 Enthaltungen", Counted(None, None, 2, True)),
        ("mehrheitlich abgelehnt", Counted(None, None, None, False)),
        ("nicht einstimmig", Counted(None, None, None, False)),
        ("Ja 20", None),
        ("Nein: - Ja: 5", Counted(5, 0, None, None)),
        ("mit einer Gegenstimme und ohne Enthaltungen", Counted(None, 1, 0, None)),
        ("Kenntnis genommen", None),
        ("Der Betrag von 1.500 Jahren", None),
    ],
)
def test_votes_are_read(text: str, expected: Counted | None) -> None:
    assert _votes.read(text) == expected


def test_the_first_text_that_counts_wins() -> None:
    counted = _votes.read("Ja: 5, Nein: 4", "einstimmig bei 9 Ja-Stimmen")
    assert counted == Counted(5, 4, None, False)


def test_an_item_without_a_vote_has_none() -> None:
    none = _votes.record("1", "http://x/", None, result="vertagt", vote_text=None)
    assert none is None


@given(st.integers(0, 999), st.integers(0, 999), st.integers(0, 99))
def test_what_is_written_comes_back(yes: int, no: int, abstained: int) -> None:
    counted = _votes.read(f"Ja: {yes}, Nein: {no}, Enthaltungen: {abstained}")
    assert counted is not None
    assert (counted.yes, counted.no, counted.abstained) == (yes, no, abstained)
