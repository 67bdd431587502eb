"""Documents of the office programs: DOCX (Office Open XML), ODT, ODS and ODP (OpenDocument).

Own readers over a hardened parser: the libraries for these formats unpack without limits and keep
the whole tree. Only the text body is read, in its order, tables row by row; headers and footers
stand in other members and are left. What was deleted under change tracking is left as well.
"""

import zipfile
from collections.abc import Mapping
from typing import ClassVar, Final

from ingestion.formats import Budget, Content, UnreadableError, archive, paged, xml
from ingestion.formats.kinds import DOCX, ODP, ODS, ODT

_MOST_BLANKS: Final = 100


class Text:
    """Text as it grows: lines, a table's cells on one line, pages."""

    unread: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        """Start with one empty page."""
        self._pages: list[list[str]] = [[]]
        self._rows = 0
        self._skipped = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        if name in self.unread:
            self._skipped += 1
        elif not self._skipped:
            self.opened(name, attributes)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in self.unread:
            self._skipped -= 1
        elif not self._skipped:
            self.closed(name)

    def data(self, text: str) -> None:
        """Text, where it is any of the document's."""
        if not self._skipped and self.is_text():
            self.add(text)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """A kept element begins."""

    def closed(self, name: str) -> None:
        """A kept element ends."""

    def is_text(self) -> bool:
        """Whether what comes now is text."""
        return True

    def add(self, text: str) -> None:
        """Text goes on."""
        self._pages[-1].append(text)

    def end_line(self) -> None:
        """A line ends; within a table's row only a cell's."""
        self.add(" " if self._rows else "\n")

    def end_page(self) -> None:
        """A page ends, if anything is on it."""
        if not self._rows and any(piece.strip() for piece in self._pages[-1]):
            self._pages.append([])

    def row(self, change: int) -> None:
        """A table's row begins (+1) or ends (-1)."""
        self._rows = max(0, self._rows + change)
        if change < 0:
            self.add("\n")

    def pages(self) -> list[str]:
        """What was read."""
        return ["".join(page) for page in self._pages]


class Runs(Text):
    """Office Open XML: text stands in runs (``t``), a table's row is one line."""

    def __init__(self) -> None:
        """Start outside of any run."""
        super().__init__()
        self._texts = 0

    def is_text(self) -> bool:
        """Whether this is within a run."""
        return self._texts > 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        """A run, a row, or a break."""
        if name == "t":
            self._texts += 1
        elif name == "tr":
            self.row(+1)
        elif name == "br":
            self.end_line()

    def closed(self, name: str) -> None:
        """The end of a run, a row or a paragraph."""
        if name == "t":
            self._texts -= 1
        elif name == "tr":
            self.row(-1)
        elif name == "p":
            self.end_line()


class _Word(Runs):
    """WordprocessingML. Deleted text, fallback drawings and field codes are not read."""

    unread = frozenset({"del", "moveFrom", "Fallback", "pPr", "rPr", "instrText"})
    _signs: Final = {"tab": " ", "noBreakHyphen": "-", "softHyphen": "\u00ad"}

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in self._signs:
            self.add(self._signs[name])
        elif name == "lastRenderedPageBreak" or (
            name not in {"t", "tr"} and attributes.get("type") == "page"
        ):
            self.end_page()
        elif name == "cr":
            self.end_line()
        else:
            super().opened(name, attributes)


class _Open(Text):
    """OpenDocument. Change tracking, notes of reviewers and styles are not read."""

    unread = frozenset({"tracked-changes", "annotation", "scripts", "automatic-styles", "forms"})
    _paragraphs: Final = frozenset({"p", "h"})

    def __init__(self, *breaks: str) -> None:
        """Take the names of the elements before which a page ends."""
        super().__init__()
        self._breaks = frozenset(breaks)
        self._depth = 0

    def is_text(self) -> bool:
        return self._depth > 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in self._paragraphs:
            self._depth += 1
        elif name == "table-row":
            self.row(+1)
        elif name in self._breaks:
            self.end_page()
        elif name == "line-break":
            self.end_line()
        elif name == "tab":
            self.add(" ")
        elif name == "s":
            count = attributes.get("c", "1")
            self.add(" " * (min(int(count[:3]), _MOST_BLANKS) if count.isdecimal() else 1))

    def closed(self, name: str) -> None:
        if name in self._paragraphs:
            self._depth -= 1
            self.end_line()
        elif name == "table-row":
            self.row(-1)


class _Title(Text):
    """The title among a document's properties."""

    def __init__(self) -> None:
        super().__init__()
        self._titles = 0

    def is_text(self) -> bool:
        return self._titles > 0

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        self._titles += name == "title"

    def closed(self, name: str) -> None:
        self._titles -= name == "title"


class Ignored(Text):
    """Reads nothing: with it the parser is loaded before it is needed."""


def read_docx(data: bytes, budget: Budget) -> Content:
    """The body of a DOCX; pages where Word last saw them end, or where an author ended one."""
    return _read(data, budget, DOCX, ("word/document.xml", _Word()), "docProps/core.xml")


def read_odt(data: bytes, budget: Budget) -> Content:
    """The body of an ODT; pages where the program last saw them end."""
    return _read(data, budget, ODT, ("content.xml", _Open("soft-page-break")), "meta.xml")


def read_ods(data: bytes, budget: Budget) -> Content:
    """A workbook's tables as they are shown, row by row; each is a page."""
    return _read(data, budget, ODS, ("content.xml", _Open("table")), "meta.xml")


def read_odp(data: bytes, budget: Budget) -> Content:
    """A presentation's slides; each is a page."""
    return _read(data, budget, ODP, ("content.xml", _Open("page")), "meta.xml")


def _read(
    data: bytes, budget: Budget, mime_type: str, body: tuple[str, Text], properties: str
) -> Content:
    package = archive.opened(data)
    xml.walk(member(package, body[0], budget), body[1])
    title = title_of(package, properties, budget)
    return Content(mime_type, paged(body[1].pages(), budget), title=title)


def title_of(package: zipfile.ZipFile, properties: str, budget: Budget) -> str | None:
    """The title among a package's properties; the text is worth as much without one."""
    title = _Title()
    try:
        xml.walk(member(package, properties, budget), title)
    except UnreadableError:
        return None
    return " ".join("".join(title.pages()).split()) or None


def member(package: zipfile.ZipFile, name: str, budget: Budget) -> bytes:
    """A part of a package.

    Raises:
        UnreadableError: It is not there, or damaged.
        TooLargeError: It unpacks to more than is left.
    """
    try:
        found = package.getinfo(name)
    except KeyError:
        raise UnreadableError(f"an office document without {name}") from None
    return archive.unpacked(package, found, budget)
