"""What every SessionNet page has in common: its name, its fields, its documents."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode
from slugify import slugify

from ingestion.record import Fetched, File, UnknownStructureError
from ingestion.systems import _html, _page, _words

KINDS: Final[Mapping[str, str]] = {
    "si0040": "calendar",
    "si0057": "agenda",
    "si0056": "agenda",
    "to0040": "agenda",
    "si0050": "agenda",
    "vo0050": "paper",
    "vo0053": "consultations",
    "kp0040": "committee",
    "gr0040": "committee",
    "pe0051": "person",
}

LAYOUT: Final = re.compile(r"smc_page_([a-z]{2}\d{4})_layout")
_TYPE: Final = re.compile(r"Dateityp:\s*(\w{2,5})", re.IGNORECASE)
_ICON: Final = re.compile(r"/(\w{3,5})\.(?:gif|png|svg)$")


@dataclass(frozen=True, slots=True)
class Page(_page.Page):
    """One page, parsed: the answer, its tree, and the page's own name (``si0057``)."""

    GUIDE = "sessionnet"

    name: str

    def field(self, *names: str) -> str:
        """Read a field of the page's head by its class, e.g. ``sidat``; nothing if missing."""
        selectors = (
            s for name in names for s in (f"div.{name}", f"td.smc_field_{name}", f"td.{name}")
        )
        return _html.text(_html.first(self.root, *selectors))

    @property
    def heading(self) -> str:
        """The page's heading, else its title without the product's name."""
        heading = _html.text(self.root.css_first("h1"))
        title = _html.text(self.root.css_first("title"))
        return heading or title.removeprefix("SessionNet |").strip()

    def own_id(self, name: str) -> str | None:
        """Read the page's own number: from its address, else from its active tab."""
        tabs = self.root.css("#smcregister a")
        active = self.root.css("#smcregister .active a")
        for url in (self.url, *(_html.attribute(tab, "href") for tab in (*active, *tabs))):
            if number := _html.query_id(url, name):
                return number
        return self.fetched.context.get(name)


@dataclass(slots=True)
class _Document:
    """What several links to one document tell together: an icon, a name, a button."""

    url: str
    name: str = ""
    title: str = ""
    mime_type: str | None = None


def open_page(fetched: Fetched) -> Page:
    """Parse an answer and see which page it is.

    Raises:
        UnknownStructureError: It is no SessionNet page, e.g. an error page with HTTP 200.
    """
    root = _html.tree(fetched)
    classes = (_html.attribute(node, "class") for node in root.css("[class*=smc_page_]"))
    match = next(filter(None, map(LAYOUT.search, classes)), None)
    if match is None:
        title = _html.text(root.css_first("title"))[:80] or "no title"
        raise UnknownStructureError(
            fetched.url,
            f"this is no SessionNet page ({title!r})",
            "look at the page in a browser; if the product changed, change the city's system",
        )
    return Page(fetched, root, match[1])


def documents(
    root: LexborNode | LexborHTMLParser, page: Page, *, inside: bool = True
) -> Iterator[tuple[str, str, str, str | None]]:
    """Find the documents below a node.

    Args:
        root: Where to look.
        page: The page, for its address.
        inside: False leaves out what stands in the page's agenda table.

    Yields:
        File id, address, name and media type of each, once, in the page's order. Only
        ``getfile`` links count: a privacy statement in the footer is no document.
    """
    table = None if inside else agenda_table(page)
    left_out = {node.mem_id for node in table.css("a")} if table is not None else set()
    found: dict[str, _Document] = {}
    for link in root.css("a[href*=getfile]"):
        href = _html.attribute(link, "href")
        file_id = _html.query_id(href, "id")
        url = _html.absolute(page.url, href.rstrip("&"))
        if link.mem_id in left_out or file_id is None or url is None:
            continue
        if not _html.page_name(href).startswith("getfile") or _is_foreign(page.url, url):
            continue
        document = found.setdefault(file_id, _Document(url))
        document.name = document.name or _html.text(link, without=".smcdosize, i, img")
        document.title = document.title or _title(link)
        document.mime_type = document.mime_type or _media_type(link)
    for file_id, document in found.items():
        name = document.name or document.title or f"Dokument {file_id}"
        yield file_id, document.url, name, document.mime_type


def meeting_files(
    page: Page, root: LexborNode | LexborHTMLParser, meeting_id: str
) -> Iterator[File]:
    """Documents of the meeting itself: invitation, announcement, minutes."""
    for file_id, url, name, mime in documents(root, page, inside=False):
        yield File(
            id=file_id,
            url=url,
            name=name,
            meeting_id=meeting_id,
            role=_words.meeting_role(name),
            mime_type=mime,
        )


def item_key(number: str) -> str:
    """What an item's number is in its id: ``o3.1`` of ``Ö 3.1``; nothing where it has none."""
    return slugify(number, separator="", regex_pattern=r"[^a-z0-9.]+")


def agenda_table(page: Page) -> LexborNode | None:
    """Find the agenda's table by what it holds: the number in its id varies."""
    if (table := page.root.css_first("table.smctablesitzung")) is not None:
        return table
    for table in page.root.css("table[id^=smc_page_]"):
        if table.css_first("td.tofnum, td.smc_tophn, td.totrenn, td.smc-table-group") is not None:
            return table
    return None


def _title(link: LexborNode) -> str:
    title = _html.attribute(link, "title")
    is_generic = title.startswith(("Dokument Download", "Dokument anzeigen", "Link öffnen"))
    return "" if is_generic else title


def _media_type(link: LexborNode) -> str | None:
    match = _TYPE.search(_html.attribute(link, "title"))
    icon = _ICON.search(_html.attribute(link.css_first("img"), "src"))
    ending = match[1] if match else icon[1] if icon else ""
    return _words.media_type(ending)


def _is_foreign(page_url: str, url: str) -> bool:
    return urlsplit(page_url).netloc != urlsplit(url).netloc
