"""Reading HTML that nobody promised us: text, attributes, links, never an exception but our own."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.record import Fetched, UnknownStructureError

# What browsers do: Latin-1 on the web means Windows-1252. Only these are believed, because a
# charset is the server's word and Python has codecs that are no character sets at all.
_CODECS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "cp1252", "iso-8859-1": "cp1252",
    "latin1": "cp1252", "windows-1252": "cp1252", "cp1252": "cp1252",
    "iso-8859-15": "iso-8859-15",
}  # fmt: skip
_CHARSET: Final = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_-]{1,20})""", re.IGNORECASE)
_HEAD_BYTES: Final = 4096
_BLOCKS: Final = frozenset((
    "address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))  # fmt: skip
_SILENT: Final = frozenset(("script", "style", "template", "noscript", "title"))
_MAX_BYTES: Final = 16 * 2**20
# The parser's time grows with the square of the nesting: 200,000 open tags (one megabyte) cost it
# over a minute. Real pages stay below a hundred.
_MAX_OPEN: Final = 2000
# A server that dies while it answers sends half a page with HTTP 200: half an agenda would look
# like items that were taken away.
_END: Final = re.compile(r"</html\s*>|</ajax-response\s*>", re.IGNORECASE)
_TAG: Final = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*)")
# Tags that never stay open: void elements, and those that the next of their kind closes.
_SELF_CLOSING: Final = frozenset((
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track",
    "wbr", "p", "li", "dt", "dd", "tr", "td", "th", "tbody", "thead", "tfoot", "option",
    "optgroup", "colgroup",
))  # fmt: skip
_SPACE: Final = re.compile(r"[\s\u200b\ufeff]+")
_ID: Final = re.compile(r"[0-9]{1,18}")


def decode(body: bytes, headers: Mapping[str, str]) -> str:
    """Turn an answer's bytes into text, by its byte order mark, its header, its ``meta``, or UTF-8.

    Args:
        body: The bytes as sent.
        headers: The answer's headers, names in lower case.

    Returns:
        The text; bytes that are no character become U+FFFD, NUL is dropped.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:].decode("utf-8", "replace").replace("\0", "")
    header = headers.get("content-type", "").encode("ascii", "ignore")
    match = _CHARSET.search(header) or _CHARSET.search(body[:_HEAD_BYTES])
    declared = _CODECS.get(match[1].decode("ascii").lower()) if match else None
    codec = declared or "utf-8"
    if declared is None:
        try:
            return body.decode("utf-8").replace("\0", "")
        except UnicodeDecodeError:
            codec = "cp1252"
    return body.decode(codec, "replace").replace("\0", "")


def tree(fetched: Fetched) -> LexborHTMLParser:
    """Parse an answer as a browser would.

    Raises:
        UnknownStructureError: The answer is cut off, or larger or deeper than any real page.
    """
    if len(fetched.body) > _MAX_BYTES:
        what = f"the page has {len(fetched.body):,} bytes, more than {_MAX_BYTES:,}"
        raise UnknownStructureError(fetched.url, what, "look at the page; it is not parsed")
    html = decode(fetched.body, fetched.headers)
    if not _END.search(html):
        what = "the page is cut off: it has no end"
        raise UnknownStructureError(fetched.url, what, "ask for the page again")
    if _open_tags(html) > _MAX_OPEN:
        what = f"the page leaves more than {_MAX_OPEN} tags open at once"
        raise UnknownStructureError(fetched.url, what, "look at the page; it is not parsed")
    return LexborHTMLParser(html)


def clean(text: str | None) -> str:
    """Make every run of white space (non-breaking blanks included) one blank."""
    return _SPACE.sub(" ", text).strip() if text else ""


def text(node: LexborNode | None, *, without: str | None = None) -> str:
    """Read a node as one line: blocks apart, white space collapsed, scripts left out.

    Args:
        node: Where to read; None reads as nothing.
        without: A CSS selector of parts that are not read.
    """
    return clean("".join(_pieces(node, without, " "))) if node is not None else ""


def paragraphs(node: LexborNode | None) -> str:
    """Read a node as lines, one per block, empty ones left out."""
    if node is None:
        return ""
    lines = "".join(_pieces(node, None, "\x1f")).split("\x1f")
    return "\n".join(line for line in map(clean, lines) if line)


def first(root: LexborNode | LexborHTMLParser, *selectors: str) -> LexborNode | None:
    """Find the first node of the first selector that has one."""
    for selector in selectors:
        if (node := root.css_first(selector)) is not None:
            return node
    return None


def attribute(node: LexborNode | None, name: str) -> str:
    """Read an attribute, white space collapsed; nothing where it is missing."""
    return clean(node.attributes.get(name)) if node is not None else ""


def absolute(base: str, href: str) -> str | None:
    """Resolve a link; None for what is not on the web (``javascript:``, ``#``, broken)."""
    href = href.strip()
    if not href or href.startswith("#"):
        return None
    try:
        url = urljoin(base, href)
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https", "file") or not parts.scheme else None


def page_name(url: str) -> str:
    """Read the page out of an address: ``si0057`` of ``https://host/bi/si0057.php?__ksinr=1``."""
    try:
        path = urlsplit(url.strip()).path
    except ValueError:
        return ""
    return path.rsplit("/", 1)[-1].split(".", 1)[0].lower()


def query_id(url: str, name: str) -> str | None:
    """Read a number out of an address's query, e.g. ``9693`` of ``si0057.php?__ksinr=9693``."""
    try:
        query = urlsplit(url.strip()).query
        values = parse_qs(query, max_num_fields=50).get(name, ())
    except ValueError:
        return None
    return next((value for value in values if _ID.fullmatch(value)), None)


def only(url: str, *names: str) -> str:
    """Cut an address down to the named parts of its query, so that one page has one address."""
    try:
        parts = urlsplit(url)
        pairs = parse_qs(parts.query, max_num_fields=50)
    except ValueError:
        return url
    kept = [(name, value) for name in names for value in pairs.get(name, ())[:1]]
    return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def short_hash(*parts: str) -> str:
    """Ten hexadecimal digits that stand for the words, the same on every machine."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10]


def _open_tags(html: str) -> int:
    """Count the tags that are open at once, at most; zero where it cannot matter."""
    if html.count("<") <= _MAX_OPEN:
        return 0
    counts: dict[str, int] = {}
    total = deepest = 0
    for match in _TAG.finditer(html):
        name = match[2].lower()
        if name in _SELF_CLOSING:
            continue
        step = -1 if match[1] else 1
        count = counts.get(name, 0) + step
        if count >= 0:
            counts[name] = count
            total += step
            deepest = max(deepest, total)
    return deepest


def _pieces(node: LexborNode, without: str | None, gap: str) -> Iterator[str]:
    """Walk the tree without recursion: a hostile page may nest as deep as it likes."""
    skipped = {found.mem_id for found in node.css(without)} if without else set()
    stack: list[LexborNode | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif item.is_text_node:
            yield item.text_content or ""
        elif item is not node and (item.tag in _SILENT or item.mem_id in skipped):
            continue
        else:
            if item.tag in _BLOCKS:
                yield gap
                stack.append(gap)
            child = item.last_child
            while child is not None:
                if child.is_text_node or child.is_element_node:
                    stack.append(child)
                child = child.prev
