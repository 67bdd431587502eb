"""The texts that ALLRIS 3 puts into its pages: whole HTML documents, each behind an anchor."""

from selectolax.lexbor import LexborNode

from ingestion.systems import _html
from ingestion.systems.allris3._page import Page


def section(page: Page, code: str) -> str | None:
    """Read one text of a page.

    Args:
        page: The page of a paper or an item.
        code: The anchor's letters: ``SV`` facts, ``BV`` proposal, ``BS`` resolution, ``AE`` vote.

    Returns:
        Its lines, empty ones left out; None where the page has no such text.
    """
    anchor = page.root.css_first(f"a[name=allris{code}]")
    lines: list[str] = []
    node = anchor.next if anchor is not None else None
    while node is not None and not _ends(node):
        if node.is_element_node and (words := _html.paragraphs(node)):
            lines.append(words)
        node = node.next
    return "\n".join(lines) or None


def _ends(node: LexborNode) -> bool:
    """The next text begins, or the page goes on with its own tables."""
    if not node.is_element_node:
        return False
    is_anchor = node.tag == "a" and _html.attribute(node, "name").startswith("allris")
    return is_anchor or (node.tag == "table" and "tk1" in _html.attribute(node, "class").split())
