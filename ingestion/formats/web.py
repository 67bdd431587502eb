"""HTML, text only: no script runs, nothing is fetched."""

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.formats import Budget, Content, TooLargeError, paged
from ingestion.formats.kinds import HTML
from ingestion.formats.plain import decode

_UNSEEN: Final = ["script", "style", "template", "noscript", "svg", "nav", "iframe", "object"]
_CELLS: Final = frozenset({"td", "th"})
_BLOCKS: Final = frozenset(
    {
        *_CELLS,
        *("address", "article", "aside", "blockquote", "caption", "dd", "div", "dl", "dt"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6"),
        *(
            "header",
            "li",
            "main",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "tbody",
            "thead",
            "tr",
            "ul",
        ),
    }
)
_BLANK: Final = re.compile(r"\s+")
_MOST_NODES: Final = 1_000_000


def read(data: bytes, budget: Budget) -> Content:
    """The text of a page as a reader sees it: blocks are lines, a table's row is one line."""
    tree = LexborHTMLParser(decode(data))
    title = tree.css_first("title")
    name = title.text(strip=True) if title else ""
    tree.strip_tags(_UNSEEN)
    text = text_of(tree.body) if tree.body else ""
    return Content(HTML, paged([text], budget), title=name or None)


def text_of(root: LexborNode) -> str:
    """The text below a node.

    Raises:
        TooLargeError: More elements than a document may have.
    """
    pieces: list[str] = []
    line, cell = 0, 0
    for count, node in enumerate(root.traverse(include_text=True)):
        if count > _MOST_NODES:
            raise TooLargeError(f"more than {_MOST_NODES} elements")
        if node.tag == "br":
            pieces.append("\n")
        if node.tag != "-text":
            continue
        before = line, cell
        line, cell = _place(node)
        if pieces and (line, cell) != before:
            pieces.append(" " if line == before[0] else "\n")
        pieces.append(_BLANK.sub(" ", node.text_content or ""))
    lines = "".join(pieces).split("\n")
    return "\n".join(kept for line in lines if (kept := " ".join(line.split())))


def _place(node: LexborNode) -> tuple[int, int]:
    """Which line and which cell of it a text is in: its block, or its table's row and the cell."""
    box = node.parent
    while box is not None and box.parent is not None and box.tag not in _BLOCKS:
        box = box.parent
    if box is None:
        return 0, 0
    if box.tag in _CELLS and box.parent is not None:
        return box.parent.mem_id, box.mem_id
    return box.mem_id, 0
