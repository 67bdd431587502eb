import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexes.windows import clean, windows

WORD = st.text(st.sampled_from("abcäöß.?"), min_size=1, max_size=8)


def test_undoes_hyphenation_at_line_ends() -> None:
    assert clean("Der Ver-\nkehr in der Stra-  \n ße") == "Der Verkehr in der Straße"


def test_keeps_the_hyphen_of_names_and_lists() -> None:
    assert clean("Ost-\nWest, Rad-\nund Fußweg") == "Ost- West, Rad- und Fußweg"


def test_a_short_text_is_one_window() -> None:
    assert list(windows("Ein Satz. Noch einer.")) == ["Ein Satz. Noch einer."]


def test_a_text_without_words_has_none() -> None:
    assert list(windows(" \n\t ")) == []


def test_ends_with_a_sentence_and_begins_with_one() -> None:
    sentence = "Der Rat der Stadt beschließt das."  # 6 words
    cut = list(windows(" ".join([sentence] * 10), words=20, overlap=8))
    assert all(one.endswith("das.") for one in cut)
    assert all(one.startswith("Der Rat") for one in cut)


def test_an_abbreviation_ends_no_sentence() -> None:
    text = "eins zwei drei vier fünf sechs sieben acht bzw. neun zehn elf"
    assert next(windows(text, words=10, overlap=2)).endswith("neun")


@given(st.lists(WORD, max_size=200), st.integers(4, 30))
def test_no_word_is_lost_and_no_window_too_long(words: list[str], size: int) -> None:
    overlap = size // 3
    text = " ".join(words)
    every = text.split()
    found = [one.split() for one in windows(text, words=size, overlap=overlap)]
    at = 0
    for one in found:
        assert 0 < len(one) <= size
        # Each window continues the text, sharing at most the overlap with the one before.
        start = next(
            place
            for place in range(max(at - overlap, 0), at + 1)
            if every[place : place + len(one)] == one and place + len(one) > at - (at == 0)
        )
        at = start + len(one)
    assert at == len(every)


def test_refuses_an_overlap_that_never_ends() -> None:
    with pytest.raises(ValueError, match="below half"):
        list(windows("a b", words=10, overlap=5))
