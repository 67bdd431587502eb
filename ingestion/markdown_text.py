"""Parsed Markdown as plain text: what a table, an index and a reader of CSV can use."""

from collections.abc import Iterator, Sequence
from typing import Final

from markdown_it.token import Token

LINKS: Final = ("http://", "https://", "mailto:")
"""How the address of a link that may be shown begins."""
_INDENT: Final = "  "


def destinations(block: Token) -> Iterator[str]:
    """The addresses of a block's links."""
    for token in block.children or ():
        if token.type == "link_open":
            yield str(token.attrGet("href") or "")


def plain(tokens: Sequence[Token]) -> str:
    """The text of Markdown's blocks.

    Args:
        tokens: What markdown-it gives for some blocks, from whole opening to whole closing.

    Returns:
        Paragraphs apart by an empty line, entries of lists behind ``- `` or their number, each on
        a line of its own; a link is its text with the address behind it.
    """
    text = _Text()
    for token in tokens:
        text.take(token)
    return text.done()


class _Text:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        # Of each list that is open the number of its next entry; None: it has no numbers.
        self._lists: list[int | None] = []
        self._mark = ""
        self._is_in_entry = False

    def take(self, token: Token) -> None:
        if token.type in {"bullet_list_open", "ordered_list_open"}:
            is_numbered = token.type == "ordered_list_open"
            self._lists.append(int(token.attrGet("start") or 1) if is_numbered else None)
        elif token.type in {"bullet_list_close", "ordered_list_close"}:
            self._lists.pop()
        elif token.type == "list_item_open":
            self._mark = self._next_mark()
        elif token.type == "inline":
            self._add(_inline(token.children or ()))
        elif token.type in {"fence", "code_block"}:
            self._add(token.content.rstrip("\n"))

    def done(self) -> str:
        return "".join(self._pieces).strip()

    def _next_mark(self) -> str:
        number = self._lists[-1]
        if number is None:
            return "- "
        self._lists[-1] = number + 1
        return f"{number}. "

    def _add(self, text: str) -> None:
        if not text.strip():
            return
        indent = _INDENT * max(0, len(self._lists) - 1)
        is_entry = bool(self._mark)
        between = "\n" if is_entry and self._is_in_entry else "\n\n"
        self._pieces += [between if self._pieces else "", indent, self._mark, text]
        self._mark, self._is_in_entry = "", bool(self._lists)


def _inline(tokens: Sequence[Token]) -> str:
    pieces: list[str] = []
    links: list[tuple[str, int]] = []
    for token in tokens:
        if token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
        elif token.type == "link_open":
            links.append((str(token.attrGet("href") or ""), len(pieces)))
        elif token.type == "link_close" and links:
            address, begin = links.pop()
            shown = "".join(pieces[begin:])
            if address.removeprefix("mailto:") not in shown:
                pieces.append(f" ({address.removeprefix('mailto:')})")
        else:
            pieces.append(token.content)
    return "".join(pieces)
