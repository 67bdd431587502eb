"""What every ALLRIS 4 page has in common: fields by id, documents, Wicket's page numbers."""

import html
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.record import Fetched, File, UnknownStructureError
from ingestion.systems import _html, _page, _words

# What tells the pages apart, in the order in which they are tried: the page of an item may repeat
# its paper's and its meeting's fields, so it comes before theirs.
_MARKS: Final = (
    ("agenda", re.compile(r"""id=["']?toTreeTable\b""")),
    ("item", re.compile(r"""id=["']?(?:toname|tobetreff|to[Bb]eschlussart)\b""")),
    ("agenda", re.compile(r"""id=["']?(?:sigremium|sidatum)\b""")),
    ("paper", re.compile(r"""id=["']?(?:vobetreff|voart)\b""")),
    ("committee", re.compile(r"""id=["']?(?:grname|grbetreff|grkurz)\b|\bKPLFDNR=""")),
    ("committees_page", re.compile(r"gr010(?:;jsessionid=[\w.!-]+)?\?\d+-\d+\.\d+-")),
    ("calendar_page", re.compile(r"si010(?:;jsessionid=[\w.!-]+)?\?\d+-\d+\.\d+-|calenderView")),
)
_AJAX: Final = "<ajax-response"
# Where the visitor sent no cookie, the session stands in every address.
_SESSION: Final = re.compile(r";jsessionid=[\w.!-]*", re.IGNORECASE)
# What Wicket makes anew for every answer: page numbers, sessions and the ids of components without
# a name.
_FLEETING: Final = re.compile(
    rb"(?<=\?)\d+(?=-)|(?<=id=\")id[0-9a-f]+(?=\")|;jsessionid=[\w.!-]*", re.IGNORECASE
)
# What the server says instead of a page that is not meant for the public (with HTTP 200).
_WITHHELD: Final = re.compile(r"Keine\s+Information(?:en)?\s+verfügbar", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"/doc(\d{1,18})\.(\w{2,5})$", re.ASCII)
_TOOLTIP_NAME: Final = re.compile(r"Datei\s+'(.+?)'\s+in neuem")


def kind_of(text: str) -> str | None:
    """Tell a page's kind by what it says; None if it is none of these pages."""
    if _AJAX in text[:1000]:
        is_list = "GRLFDNR=" in text and "calenderView" not in text
        return "committees" if is_list else "calendar"
    return next((kind for kind, mark in _MARKS if mark.search(text)), None)


def essence(body: bytes) -> bytes:
    """What of an answer matters: without it every crawl would keep the same page once more."""
    return _FLEETING.sub(b"", body)


def passing(body: bytes) -> None:
    """For pages that only matter to the session that asked: nothing of them is kept."""
    del body


@dataclass(frozen=True, slots=True)
class Page(_page.Page):
    """One page, parsed."""

    GUIDE = "allris4"

    def field(self, *names: str) -> str:
        """Read a field of the page's head by its id, e.g. ``sidatum``; nothing if missing."""
        return _html.text(_html.first(self.root, *(f"#{name}" for name in names)))

    @property
    def is_withheld(self) -> bool:
        """Whether the server says that there is nothing here for the public."""
        return _WITHHELD.search(_html.text(self.root.body)) is not None

    def link(self, href: str) -> str | None:
        """Resolve a link of this page, without the session that may stand in it."""
        return _html.absolute(self.url, _SESSION.sub("", href))

    @property
    def heading(self) -> str:
        """The page's heading, else its title."""
        return _html.text(_html.first(self.root, "h1.title", "title"))

    def own_id(self, name: str) -> str | None:
        """Read the page's own number: its address, else what was asked for, else its links."""
        if number := _html.query_id(self.url, name) or self.fetched.context.get(name):
            return number
        links = self.root.css(f"#pageContent a[href*='{name}=']")
        numbers = {_html.query_id(_html.attribute(link, "href"), name) for link in links} - {None}
        # A page links others of its kind too: only one number alone can be its own.
        return numbers.pop() if len(numbers) == 1 else None

    def own_address(self, *names: str) -> str:
        """The page's address without what the session added to it."""
        return _html.only(_SESSION.sub("", self.url), *names)


def lasting(page: Page, href: str, name: str) -> str | None:
    """The address of what a link names by number, which needs no session.

    Args:
        page: The page that has the link.
        href: The link; whatever else is in its query belongs to the visit.
        name: The number's name: ``SILFDNR`` of a meeting, ``VOLFDNR`` of a paper.

    Returns:
        E.g. ``…/to010?SILFDNR=1000264&refresh=false``; None where the link has no such number.
    """
    url = page.link(href)
    if url is None or _html.query_id(url, name) is None:
        return None
    return f"{_html.only(url, name)}&refresh=false"


def committees_told(fetched: Fetched) -> dict[str, str]:
    """The server's committees, name → id, where the crawl read their list before this page."""
    told: dict[str, str] = json.loads(fetched.context.get("organizations", "{}"))
    return told


def open_page(fetched: Fetched) -> Page:
    """Parse an answer.

    Raises:
        UnknownStructureError: It is too large or too deep to be one of these pages.
    """
    return Page(fetched, _html.tree(fetched))


def documents(root: LexborNode | LexborHTMLParser, page: Page) -> Iterator[tuple[str, str, str]]:
    """Find the documents with an address of their own below a node.

    Yields:
        File id (the number in ``docNNN.pdf``), address and name, each id once. Links that only
        open a dialogue (``#``) are no documents.
    """
    taken: set[str] = set()
    for link in root.css("a.doclink[href]"):
        url = page.link(_html.attribute(link, "href"))
        match = _DOCUMENT.search(url or "")
        if url is None or match is None or match[1] in taken:
            continue
        taken.add(match[1])
        tooltip = _TOOLTIP_NAME.search(_html.attribute(link, "data-simpletooltip-text"))
        name = _html.text(link) or (tooltip[1] if tooltip else f"Dokument {match[1]}")
        yield match[1], url, name


def document_type(url: str) -> str | None:
    """The media type of a document, by the ending of its address."""
    match = _DOCUMENT.search(url)
    return _words.media_type(match[2]) if match else None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A document that the server hands out only to whom it just gave the page.

    Attributes:
        id: Made of the owner's number and the name: the server shows none.
        name: What the link says.
        mime_type: By the link's class, e.g. ``pdf``; None where it says nothing.
        address: Where it is in the session that was given this page.
    """

    id: str
    name: str
    mime_type: str | None
    address: str


def attachments(page: Page, owner_id: str) -> Iterator[Attachment]:
    """Find the attachments of a page, each once.

    Raises:
        UnknownStructureError: One has no name or no address.
    """
    # What hangs on an agenda's row is read on the item's own page.
    inside = {link.mem_id for link in page.root.css("#toTreeTable a.attlink")}
    links = [link for link in page.root.css("a.attlink[href]") if link.mem_id not in inside]
    # A panel that unfolds repeats what the page's head lists ("…-cell-link").
    names = {
        _html.text(link) for link in links if "-attachment-link" in _html.attribute(link, "href")
    }
    taken: Counter[str] = Counter()
    for link in links:
        name, address = _html.text(link), page.link(_html.attribute(link, "href"))
        if address is None or not name:
            raise page.error(f"the attachment {name!r} has no name or no address")
        if name in names and "-attachment-link" not in address:
            continue
        taken[name] += 1
        file_id = f"{owner_id}-{_html.short_hash(name)}"
        file_id = file_id if taken[name] == 1 else f"{file_id}-{taken[name]}"
        endings = _html.attribute(link, "class").split()
        mime_type = next(filter(None, map(_words.media_type, endings)), None)
        yield Attachment(file_id, name, mime_type, address)


def attached(page: Page, owner_id: str, address: str) -> Iterator[File]:
    """Records of a page's attachments, not yet hung on anything.

    Args:
        page: The page that lists them.
        owner_id: What their ids begin with.
        address: The page's lasting address. Theirs are this and their id as the fragment: whoever
            opens it sees the page that lists the attachment.
    """
    for each in attachments(page, owner_id):
        yield File(
            id=each.id,
            url=f"{address}#{each.id}",
            name=each.name,
            role="auxiliary_file",
            mime_type=each.mime_type,
            web_url=address,
        )


_COMPONENT: Final = re.compile(r"<component\b[^>]*>\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REDIRECT: Final = re.compile(r"<redirect>")
_CALLED: Final = re.compile(r"""["']u["']\s*:\s*["'](\.?/?[a-z]{2}\d{3}[;?][^"'\s]{1,400})["']""")


def rows_address(fetched: Fetched, name: str) -> str | None:
    """Where a page loads its rows from, as its script says; None if they are in the page.

    Args:
        fetched: The page, e.g. ``si010?MM=10&YY=2026``.
        name: The page's name, e.g. ``si010``.
    """
    for match in _CALLED.finditer(_html.decode(fetched.body, fetched.headers)):
        address = _SESSION.sub("", html.unescape(match[1]))
        if _html.page_name(address) == name:
            return _html.absolute(fetched.url, address)
    return None


def unwrap(fetched: Fetched) -> Fetched:
    """Take the HTML out of a Wicket AJAX answer; any other answer stays as it is.

    Raises:
        UnknownStructureError: The answer sends us back to the page: the session is gone.
    """
    text = _html.decode(fetched.body, fetched.headers)
    if _AJAX not in text[:1000]:
        return fetched
    if _REDIRECT.search(text) and "<component" not in text:
        raise UnknownStructureError(
            fetched.url,
            "the session is over: the answer is a redirect",
            "ask for the page again, then for its rows",
        )
    rows = "".join(match[1] for match in _COMPONENT.finditer(text))
    end = "</html>" if "</ajax-response>" in text else ""
    return replace(fetched, body=f"{rows}{end}".encode(), headers={})
