"""Presentations and workbooks of Office Open XML: PPTX and XLSX, slide by slide, sheet by sheet."""

import re
import zipfile
from collections.abc import Mapping
from typing import Final

from ingestion.formats import Budget, Content, UnreadableError, archive, office, paged, xml
from ingestion.formats.kinds import PPTX, XLSX

_PROPERTIES: Final = "docProps/core.xml"
_STRINGS: Final = "xl/sharedStrings.xml"
_SLIDE: Final = re.compile(r"ppt/slides/slide(\d{1,5})\.xml")
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d{1,5})\.xml")
_FIGURES: Final = ".15g"


def read_pptx(data: bytes, budget: Budget) -> Content:
    """The slides of a PPTX by their numbers; each is a page. Notes are left."""
    package = archive.opened(data)
    texts = []
    for name in _numbered(package, _SLIDE):
        slide = _Slide()
        xml.walk(office.member(package, name, budget), slide)
        texts.append("".join(slide.pages()))
    title = office.title_of(package, _PROPERTIES, budget)
    return Content(PPTX, paged(texts, budget), title=title)


def read_xlsx(data: bytes, budget: Budget) -> Content:
    """The sheets of an XLSX by their numbers; each is a page, a row is a line.

    Numbers are given as they are stored, without their format: a day is its number.
    """
    package = archive.opened(data)
    strings = _Strings()
    if _STRINGS in package.NameToInfo:
        xml.walk(office.member(package, _STRINGS, budget), strings)
    texts = []
    for name in _numbered(package, _SHEET):
        sheet = _Sheet(strings.found, budget)
        xml.walk(office.member(package, name, budget), sheet)
        texts.append("\n".join(sheet.lines))
    title = office.title_of(package, _PROPERTIES, budget)
    return Content(XLSX, paged(texts, budget), title=title)


def _numbered(package: zipfile.ZipFile, pattern: re.Pattern[str]) -> list[str]:
    found = [match for name in package.NameToInfo if (match := pattern.fullmatch(name))]
    return [match[0] for match in sorted(found, key=lambda match: int(match[1]))]


class _Slide(office.Runs):
    """DrawingML: text runs in paragraphs; a table's row is one line."""

    unread = frozenset({"Fallback"})


class _Strings:
    """The texts that cells refer to by number; readings in another script are left."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._texts = self._readings = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        self._texts += name == "t"
        self._readings += name == "rPh"

    def end(self, name: str) -> None:
        self._texts -= name == "t"
        self._readings -= name == "rPh"
        if name == "si":
            self.found.append(" ".join("".join(self._pieces).split()))
            self._pieces = []

    def data(self, text: str) -> None:
        if self._texts and not self._readings:
            self._pieces.append(text)


class _Sheet:
    """One sheet's rows; cells without text are left."""

    def __init__(self, strings: list[str], budget: Budget) -> None:
        self.lines: list[str] = []
        self._strings, self._budget = strings, budget
        self._kind = ""
        self._value: list[str] | None = None
        self._cells: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "c":
            self._kind = attributes.get("t", "n")
        elif name in {"v", "t"}:
            self._value = []

    def end(self, name: str) -> None:
        if name in {"v", "t"} and self._value is not None:
            cell = self._cell("".join(self._value))
            # One long text may be meant by a million cells.
            self._budget.take_bytes(len(cell))
            self._cells.append(cell)
            self._value = None
        elif name == "row":
            line = " ".join(filter(None, self._cells))
            self._cells = []
            if line:
                self.lines.append(line)

    def data(self, text: str) -> None:
        if self._value is not None:
            self._value.append(text)

    def _cell(self, value: str) -> str:
        if self._kind == "s":
            try:
                return self._strings[int(value)]
            except (ValueError, IndexError):
                raise UnreadableError("a cell refers to a text that is not there") from None
        if self._kind != "n":
            return " ".join(value.split())
        try:
            return format(float(value), _FIGURES)
        except ValueError:
            return value.strip()
