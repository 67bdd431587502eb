"""Cuts a page's text into overlapping windows that a model can read whole."""

import re
from collections.abc import Iterator
from typing import Final

WORDS: Final = 150
OVERLAP: Final = 25

# "Ver-\nkehr" is one word; "Ost-\nWest" keeps its hyphen: only lower case goes on with lower case.
_HYPHENATED: Final = re.compile(r"(?<=[a-zäöüß])-[ \t]*\r?\n[ \t]*(?=[a-zäöüß])")
# "und", "oder", "bzw." after the hyphen is a list ("Rad- \nund Fußwege"), not one word.
_LIST: Final = re.compile(r"(?<=[a-zäöüß]-)[ \t]*\r?\n[ \t]*(?=(?:und|oder|bzw|sowie)\b)")
# A word that ends a sentence; "1." and "Nr." and "z.B." do not.
_SENTENCE_END: Final = re.compile(r"[^\W\d_]{3,}[\"“”»«)\]]*[.!?:][\"“”»«)\]]*$")
_ABBREVIATIONS: Final = frozenset(
    [
        "abs",
        "art",
        "bzw",
        "ca",
        "etc",
        "evtl",
        "ggf",
        "inkl",
        "str",
        "usw",
        "vgl",
        "zzgl",
        "gem",
        "nrn",
        "insb",
        "bspw",
    ]
)


def clean(text: str) -> str:
    """One line of words: hyphenation at line ends undone, runs of white space made one blank."""
    joined = _HYPHENATED.sub("", _LIST.sub(" ", text))
    return " ".join(joined.split())


def windows(text: str, words: int = WORDS, overlap: int = OVERLAP) -> Iterator[str]:
    """Cut a text into windows of at most ``words`` words.

    A window ends with a sentence where one ends in its last quarter; the next one begins about
    ``overlap`` words before that end, at a sentence's start where there is one in reach.

    Args:
        text: Any text.
        words: Longest window.
        overlap: Words that two neighbours share; below half of ``words``.

    Yields:
        The windows in order, cleaned; none for a text without words.

    Raises:
        ValueError: ``overlap`` is not below half of ``words``.
    """
    if not 0 <= overlap < words / 2:
        raise ValueError(f"overlap {overlap} of {words} words → below half")
    every = clean(text).split()
    start = 0
    while start < len(every):
        end = min(start + words, len(every))
        if end < len(every):
            end = _last_end(every, end - words // 4, end) or end
        yield " ".join(every[start:end])
        if end == len(every):
            return
        start = _last_end(every, end - overlap, end - overlap // 2) or end - overlap


def _last_end(words: list[str], low: int, high: int) -> int | None:
    """The position after the last sentence end in ``words[low:high]``."""
    for position in range(high, low, -1):
        word = words[position - 1]
        if _SENTENCE_END.search(word) and word.strip('"“”»«()[].').lower() not in _ABBREVIATIONS:
            return position
    return None
