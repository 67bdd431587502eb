"""What every ALLRIS 4 page has in common: fields by id, documents, Wicket's page numbers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingestion.record import Fetched, UnknownStructureError
from ingestion.systems import _html, _words

# What tells the pages apart, in the order in which they are tried.
MARKS: Final = (
    ("calendar", re.compile(r"<ajax-response\b")),
    ("item", re.compile(r"""id=["']?tobetreff\b""")),
    ("agenda", re.compile(r"""id=["']?(?:toTreeTable|sigremium|sidatum)\b""")),
    ("paper", re.compile(r"""id=["']?(?:vobetreff|voart)\b""")),
    ("calendar_page", re.compile(r"si010\?\d+-\d+\.\d+-|calenderView")),
)
# Wicket numbers the pages of a session: the number changes with every request.
_PAGE_NUMBER: Final = re.compile(r"\?\d+(?=-)")
# What Wicket makes anew for every answer: page numbers and the ids of components without a name.
_FLEETING: Final = re.compile(rb"(?<=\?)\d+(?=-)|(?<=id=\")id[0-9a-f]+(?=\")")
_DOCUMENT: Final = re.compile(r"/doc(\d{1,18})\.(\w{2,5})$", re.ASCII)
_TOOLTIP_NAME: Final = re.compile(r"Datei\s+'(.+?)'\s+in neuem")


def essence(body: bytes) -> bytes:
    """What of an answer matters: without it every crawl would keep the same page once more."""
    return _FLEETING.sub(b"", body)


def passing(body: bytes) -> None:
    """For pages that only matter to the session that asked: nothing of them is kept."""
    del body


@dataclass(frozen=True, slots=True)
class Page:
    """One page, parsed."""

    fetched: Fetched
    root: LexborHTMLParser

    @property
    def url(self) -> str:
        """Where the page was read."""
        return self.fetched.url

    def error(self, what: str, mend: str = "") -> UnknownStructureError:
        """An error that names this page."""
        mend = mend or "compare the page with docs/sources/allris4.md"
        return UnknownStructureError(self.url, what, mend)

    def field(self, *names: str) -> str:
        """Read a field of the page's head by its id, e.g. ``sidatum``; nothing if missing."""
        return _html.text(_html.first(self.root, *(f"#{name}" for name in names)))

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
        return _html.only(self.url, *names)


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
        url = _html.absolute(page.url, _html.attribute(link, "href"))
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


def attachments(page: Page, owner_id: str) -> Iterator[tuple[str, str, str, str | None]]:
    """Find the attachments, whose addresses hold only within the session that saw the page.

    Yields:
        File id (made of the owner's number and the name: the server shows none), address with
        Wicket's page number set to 0 so that it stays the same, name, media type.
    """
    taken: set[str] = set()
    for link in page.root.css("a.attlink[href]"):
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        name = _html.text(link)
        if url is None or not name:
            raise page.error(f"the attachment {name!r} has no name or no address")
        file_id, count = f"{owner_id}-{_html.short_hash(name)}", 1
        while file_id in taken:
            count += 1
            file_id = f"{owner_id}-{_html.short_hash(name)}-{count}"
        taken.add(file_id)
        endings = _html.attribute(link, "class").split()
        mime_type = next(filter(None, map(_words.media_type, endings)), None)
        yield file_id, _PAGE_NUMBER.sub("?0", url, count=1), name, mime_type


def session_address(page: Page, stable: str) -> str | None:
    """The address that an attachment has in the session that was given this page."""
    for link in page.root.css("a.attlink[href]"):
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        if url is not None and _PAGE_NUMBER.sub("?0", url, count=1) == stable:
            return url
    return None


_COMPONENT: Final = re.compile(r"<component\b[^>]*>\s*<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_REDIRECT: Final = re.compile(r"<redirect>")


def unwrap(fetched: Fetched) -> Fetched:
    """Take the HTML out of a Wicket AJAX answer; any other answer stays as it is.

    Raises:
        UnknownStructureError: The answer sends us back to the page: the session is gone.
    """
    text = _html.decode(fetched.body, fetched.headers)
    if "<ajax-response" not in text[:1000]:
        return fetched
    if _REDIRECT.search(text) and "<component" not in text:
        raise UnknownStructureError(
            fetched.url,
            "the session is over: the answer is a redirect",
            "ask for the calendar's page again, then for its rows",
        )
    html = "".join(match[1] for match in _COMPONENT.finditer(text))
    end = "</html>" if "</ajax-response>" in text else ""
    return replace(fetched, body=f"{html}{end}".encode(), headers={})
