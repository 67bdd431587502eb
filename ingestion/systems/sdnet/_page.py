"""What every SD.NET RIM page has in common: its table of details, its documents, its ids."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import Fetched
from ingestion.systems import _dates, _html, _words
from ingestion.systems._page import LabelledPage

# What tells the pages apart, in the order in which they are tried.
MARKS: Final = (
    ("calendar", re.compile(r"\A\s*BEGIN:VCALENDAR\b")),
    ("agenda", re.compile(r"""class=["'][^"']*(?<![\w.-])table-top(?![\w.-])""")),
    ("paper", re.compile(r"""class=["'](?:[^"']*\s)?(?:table-vorgang|vorgang)(?=[\s"'])""")),
    ("papers", re.compile(r"""class=["'][^"']*\bcolumn-betreff\b""")),
    ("calendar_page", re.compile(r"\bdata-export-url=")),
)
VORGANG_ID: Final = re.compile(r"[\w-]{1,40}", re.ASCII)
_EXPORTED: Final = re.compile(r"\(\s*(?:exportiert|aktualisiert):\s*([^)]{1,40})\)", re.IGNORECASE)
_SIZE: Final = re.compile(r"\(\s*[\d.,]+\s*[kKMG]?B\s*\)")
_OPENED: Final = re.compile(r"\s+im\s+\S+-Format\s+(?:öffnen|herunterladen)\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page(LabelledPage):
    """One page, parsed; ``fields`` are the cells beside the labels of ``table.table-details``."""

    GUIDE = "sdnet"


@dataclass(frozen=True, slots=True)
class Document:
    """One document: its address, and what its link says of it.

    ``date`` is the day the server exported it; ``is_attachment`` as the icon's class says.
    """

    url: str
    name: str
    mime_type: str | None
    date: dt.date | None
    is_attachment: bool

    @property
    def key(self) -> str:
        """What stands for the document within its paper or meeting: its file's name."""
        return _html.short_hash(urlsplit(self.url).path.rpartition("/")[2], self.name)


def open_page(fetched: Fetched) -> Page:
    """Parse an answer.

    Raises:
        UnknownStructureError: It is cut off, or too large or too deep to be one of these pages.
    """
    root = _html.tree(fetched)
    fields: dict[str, LexborNode] = {}
    for row in root.css("table.table-details tr"):
        label, cell = row.css_first("th"), row.css_first("td")
        words = _html.text(label).rstrip(": ")
        if words and cell is not None:
            fields.setdefault(words, cell)
    return Page(fetched, root, fields)


def kind_of(body: bytes) -> str | None:
    """Which kind of page this is, by what it holds."""
    text = _html.decode(body[: 2**20], {})
    return next((kind for kind, mark in MARKS if mark.search(text)), None)


def meeting_id(day: dt.date, committee: str) -> str:
    """The id of a meeting: every page names its day and its committee, none a number."""
    return f"{day:%Y-%m-%d}-{slugify(committee, max_length=60)}"


def paper_id(reference: str) -> str:
    """The id of a paper: its number, which the agenda and the paper's own page print alike."""
    return slugify(reference, max_length=60)


def cell(row: LexborNode, *names: str) -> LexborNode | None:
    """A cell of a row by the name of its column, e.g. ``bezeichnung``."""
    return _html.first(row, *(f"td.column-{name}" for name in names))


def link_to(root: LexborNode | None, folder: str, page: Page) -> str | None:
    """The address of the first link below a node that leads into a folder, e.g. ``tops``."""
    for link in root.css("a[href]") if root is not None else ():
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        if url is not None and is_in(url, folder):
            return url
    return None


def is_in(url: str, folder: str) -> bool:
    """Whether an address leads to a page of that folder."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.path.rstrip("/").endswith(f"/{folder}") and bool(parts.query)


def documents(root: LexborNode | None, page: Page) -> Iterator[Document]:
    """Find the documents below a node, each address once."""
    taken: set[str] = set()
    for link in root.css("a[href*='sdnetrim/']") if root is not None else ():
        url = _html.absolute(page.url, _html.attribute(link, "href"))
        if url is None or url in taken or urlsplit(url).netloc != urlsplit(page.url).netloc:
            continue
        taken.add(url)
        words = _html.text(link) or _html.attribute(link, "title")
        stem = _SIZE.sub("", _EXPORTED.sub("", words)).strip()
        exported = _EXPORTED.search(words)
        ending = urlsplit(url).path.rpartition(".")[2]
        yield Document(
            url=url,
            name=_html.clean(_OPENED.sub("", stem)) or urlsplit(url).path.rpartition("/")[2],
            mime_type=_words.media_type(ending),
            date=_date(page, exported[1]) if exported else None,
            is_attachment=link.css_first("[class*=attachment-link]") is not None,
        )


def when(page: Page, words: str) -> tuple[dt.datetime, dt.datetime | None, bool]:
    """Start, end and whether there is a time of day, of words such as ``Di, 29.09.2026 16:30 Uhr``.

    Raises:
        UnknownStructureError: The words hold no date, or an impossible one.
    """
    try:
        day = _dates.the_date(words)
        # The date would be read as a time of day: "29.09".
        return _dates.span(day, re.sub(r"\d{1,2}\.\d{1,2}\.\d{4}", " ", words))
    except ValueError as error:
        raise page.error(str(error), "report the page: its date or time is new") from error


def _date(page: Page, words: str) -> dt.date | None:
    try:
        return _dates.find_date(words)
    except ValueError as error:
        raise page.error(str(error), "report the page: its date is new") from error
