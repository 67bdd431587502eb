import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.query import MAX_QUERY, QueryError, checked, item_number, item_numbers, references


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   \t\n ", "empty"),
        ("???", "empty"),
        ("a" * (MAX_QUERY + 1), "too_long"),
        ("Rad\x00weg", "control"),
        ("Rad\x1bweg", "control"),
        ("Rad\ud800weg", "control"),
    ],
)
def test_refuses_what_cannot_be_searched(text: str, code: str) -> None:
    with pytest.raises(QueryError) as caught:
        checked(text)
    assert caught.value.code == code


def test_tidies_white_space_and_composes_letters() -> None:
    assert checked("  Rad\n wege  fu\u0308r Trier ") == "Rad wege für Trier"


@given(st.text(max_size=600))
def test_every_text_is_either_searched_or_refused(text: str) -> None:
    try:
        query = checked(text)
    except QueryError:
        return
    assert query
    assert query == checked(query)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Was steht in 0815/2026?", ["815/2026"]),
        ("DS 12 / 2026", ["12/2026"]),
        ("BV/0045/2026", ["45/2026"]),
        ("2026-0311", ["2026/311"]),
        ("V 12/2026-1", ["12/2026/1"]),
        ("Haushalt 2027", []),
    ],
)
def test_finds_references(text: str, found: list[str]) -> None:
    assert list(references(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TOP 5", {"5"}),
        ("top Ö 12.1 bitte", {"12.1"}),
        ("Tagesordnungspunkt 3", {"3"}),
        ("Stopp 5", set()),
    ],
)
def test_finds_agenda_items(text: str, found: set[str]) -> None:
    assert item_numbers(text) == found


def test_reduces_a_printed_number() -> None:
    assert (item_number("Ö 5.2"), item_number("ohne")) == (["5.2"], [])
