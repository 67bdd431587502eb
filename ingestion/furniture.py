"""What stands on every page and belongs to none: page numbers, letterheads, running titles.

A running line stays where it is first, so no word of the document is lost; only its repetitions
go. A page number goes everywhere.
"""

import re
from collections.abc import Sequence
from typing import Final

# So far from a page's edge a running line may be, in lines that are not empty.
_EDGE: Final = 5
# Most pages carry it: a first page often does not.
_SHARE: Final = 0.6
_FEWEST: Final = 2
_NUMBER: Final = re.compile(r"\d+")
_OF_ALL: Final = re.compile(r"(\d{1,4})(\s*(?:von|/|of)\s*)(\d{1,4})(?!\d)", re.IGNORECASE)
_SLOT: Final = "\x00"
_ALL: Final = "\x01"
_PAGE_NUMBER: Final = re.compile(
    r"(?:[-\u2013\u2014|\s]*)(?:(?:Seite|Blatt|S\.|Page)\s*)?(\d{1,4})"
    r"(?:\s*(?:von|/|of)\s*\d{1,4})?(?:[-\u2013\u2014|\s]*)",
    re.IGNORECASE,
)
_SAYS_PAGE: Final = re.compile(r"Seite|Blatt|Page|von|^\s*[-\u2013\u2014|]", re.IGNORECASE)


def without_furniture(pages: Sequence[str]) -> list[str]:
    """Pages without the repetitions of running lines, and without page numbers.

    Args:
        pages: Normalised texts of one document, in order.

    Returns:
        As many pages. A line goes only if it is near an edge, and equal to one that stays on an
        earlier page (but for the page's number), or nothing but the page's number.
    """
    lines = [page.split("\n") for page in pages]
    running = _running(lines)
    first: set[str] = set()
    kept = []
    for number, page in enumerate(lines):
        edges = _edges(page)
        told = []
        for at, line in enumerate(page):
            shape = _shape(line, number, len(lines))
            if at in edges and (
                _is_number(line, number, shape in running) or shape in running & first
            ):
                continue
            if at in edges and shape in running:
                first.add(shape)
            told.append(line)
        rest = re.sub(r"\n{3,}", "\n\n", "\n".join(told)).strip()
        # A page of nothing else is no page with furniture: forms repeat themselves.
        kept.append(rest or "\n".join(page))
    return kept


def _edges(page: Sequence[str]) -> set[int]:
    full = [at for at, line in enumerate(page) if line]
    return {*full[:_EDGE], *full[-_EDGE:]}


def _running(lines: Sequence[Sequence[str]]) -> set[str]:
    """The shapes that stand at the edges of most pages."""
    counts: dict[str, int] = {}
    for number, page in enumerate(lines):
        for shape in {_shape(page[at], number, len(lines)) for at in _edges(page)}:
            counts[shape] = counts.get(shape, 0) + 1
    least = max(_FEWEST, _SHARE * len(lines))
    return {shape for shape, count in counts.items() if count >= least}


def _shape(line: str, number: int, count: int) -> str:
    """A line with this page's number as a slot: the same on each page, if it counts pages."""
    line = _OF_ALL.sub(
        lambda match: (
            f"{_SLOT}{match[2]}{_ALL}"
            if (int(match[1]), int(match[3])) == (number + 1, count)
            else match[0]
        ),
        line,
    )
    return _NUMBER.sub(
        lambda match: _SLOT if int(match[0]) == number + 1 else match[0], line
    ).casefold()


def _is_number(line: str, number: int, is_running: bool) -> bool:  # noqa: FBT001 - private
    match = _PAGE_NUMBER.fullmatch(line)
    if match is None or int(match[1]) != number + 1:
        return False
    # A bare figure is a page number only where the other pages have theirs.
    return bool(_SAYS_PAGE.search(line)) or is_running
