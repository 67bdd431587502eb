"""The part of a passage that shows why it was found, as HTML with the words marked."""

import html
import re
from typing import Final

from indexes.lexical import stemmed, stems, stop_words

WORDS: Final = 45
_TOKEN: Final = re.compile(r"\w+|\W+")
# A query word inside a compound is marked from this length of its stem on: "verkehr" in
# "Radverkehrsnetz", but not "rat" in "Beratung".
_COMPOUND: Final = 5


def snippet(text: str, query: str, words: int = WORDS) -> str:
    """Cut out the window with most of the query's words and mark them.

    Args:
        text: The passage.
        query: What was asked; compared by German stem, and inside compounds.
        words: Longest window.

    Returns:
        Escaped HTML whose only tags are ``<mark>``; an ellipsis where text was left out.
    """
    tokens: list[str] = _TOKEN.findall(text)
    places = [index for index, token in enumerate(tokens) if token[0].isalnum()]
    if not places:
        return html.escape(text)
    found = _hits([tokens[index] for index in places], query)
    hits = {index for index, hit in zip(places, found, strict=True) if hit}
    start, end = _window(found, words)
    first = 0 if start == 0 else places[start]
    last = len(tokens) if end == len(places) else places[end - 1] + 1
    shown = "".join(
        f"<mark>{html.escape(token)}</mark>" if index in hits else html.escape(token)
        for index, token in enumerate(tokens[first:last], first)
    ).strip()
    return ("… " if first else "") + shown + (" …" if last < len(tokens) else "")


def _hits(words: list[str], query: str) -> list[bool]:
    """Which words have a stem of the query, or hold one of at least five letters."""
    wanted = frozenset(stems(query))
    parts = [stem for stem in wanted if len(stem) >= _COMPOUND]
    lower = [word.lower() for word in words]
    stop = stop_words()
    return [
        word not in stop and (stem in wanted or any(part in word for part in parts))
        for word, stem in zip(lower, stemmed(lower), strict=True)
    ]


def _window(hits: list[bool], words: int) -> tuple[int, int]:
    """The window of ``words`` words with most hits, the earliest, a little lead before them."""
    if len(hits) <= words:
        return 0, len(hits)
    count = best = sum(hits[:words])
    start = 0
    for left in range(1, len(hits) - words + 1):
        count += hits[left + words - 1] - hits[left - 1]
        if count > best:
            best, start = count, left
    if best:
        # The window ends at its last hit so far: move on until the hits lie in its middle.
        inside = [index for index in range(start, start + words) if hits[index]]
        middle = (inside[0] + inside[-1]) // 2
        start = min(max(middle - words // 2, 0), len(hits) - words)
    return start, start + words
