"""XLSX workbooks: one sheet to a grid of cells, values only.

An own reader over the hardened parser of ``ingestion.formats``, for the same reason as there: the
libraries for this format trust the sizes that a file claims. Formulas are never worked out: what
the program that saved the file had worked out is the value. Links to other files, macros, styles
and pictures are not opened at all.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.formats import Budget, ProtectedError, TooLargeError, UnreadableError, archive, xml
from ingestion.systems._grid import (
    MAX_CELLS,
    Cell,
    Grid,
    Merge,
    collapsed,
    letter,
    number_of,
    refused,
)
from ingestion.systems._table_file_model import MAX_COLUMNS

MAX_UNPACKED: Final = 256 * 2**20
"""Bytes of all parts that are read; the directory of all municipalities has 13 MB."""
MAX_ROWS: Final = 1_048_576
MAX_STRINGS: Final = 2_000_000
MAX_STRING_CHARS: Final = 64 * 2**20
MAX_MERGES: Final = 100_000
MAX_CELL_ELEMENTS: Final = 5 * MAX_CELLS
"""Cells with and without a value: programs write the empty ones too, for their borders."""

_WORKBOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_STRINGS: Final = "xl/sharedStrings.xml"
_MACROS: Final = "xl/vbaProject.bin"
_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})", re.ASCII)
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?", re.ASCII)
# Fifteen digits are exact in what the format stores; a sixteenth is an echo of binary fractions.
_FIGURES: Final = ".15g"
_NO_FIGURE: Final = re.compile(r"inf|nan")


def read(where: str, body: bytes, sheet: Callable[[str], bool] | str) -> Grid:
    """The cells of one sheet.

    Args:
        where: For messages.
        body: The file, untrusted.
        sheet: The sheet's name, or what says whether a name is the one.

    Raises:
        UnknownStructureError: Not an XLSX, damaged, protected, with macros, larger than any real
            table, or without exactly one such sheet.
    """
    try:
        package = archive.opened(body)
        budget = Budget(unpacked=MAX_UNPACKED)
        if _MACROS in package.NameToInfo:
            raise refused(where, "a workbook with macros", "ask the source for it without macros")
        name, part = _sheet(where, package, budget, sheet)
        strings = _Strings()
        if _STRINGS in package.NameToInfo:
            xml.walk(_member(package, _STRINGS, budget), strings)
        found = _Sheet(f"{where}, sheet {name}", strings.found)
        xml.walk(_member(package, part, budget), found)
    except ProtectedError:
        raise refused(where, "a protected workbook", "ask the source for it without") from None
    except (TooLargeError, UnreadableError) as error:
        raise refused(where, f"not a readable XLSX ({error})") from None
    return found.grid


def sheets(where: str, body: bytes) -> list[str]:
    """The names of a workbook's sheets, in their order.

    Raises:
        UnknownStructureError: Not an XLSX.
    """
    try:
        package = archive.opened(body)
        return [each.name for each in _named(package, Budget(unpacked=MAX_UNPACKED))]
    except (ProtectedError, TooLargeError, UnreadableError) as error:
        raise refused(where, f"not a readable XLSX ({error})") from None


def _member(package: zipfile.ZipFile, name: str, budget: Budget) -> bytes:
    if name not in package.NameToInfo:
        raise UnreadableError(f"it has no {name[:80]}")
    return archive.unpacked(package, package.NameToInfo[name], budget)


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    relation: str


def _named(package: zipfile.ZipFile, budget: Budget) -> list[_Named]:
    names = _Names("sheet", ("name", "id"))
    xml.walk(_member(package, _WORKBOOK, budget), names)
    return [_Named(collapsed(name), relation) for name, relation in names.found]


def _sheet(
    where: str, package: zipfile.ZipFile, budget: Budget, wanted: Callable[[str], bool] | str
) -> tuple[str, str]:
    """Name and part of the one sheet that is asked for."""
    named = _named(package, budget)
    is_it = wanted if callable(wanted) else collapsed(wanted).__eq__
    found = [each for each in named if is_it(each.name)]
    if len(found) != 1:
        known = ", ".join(repr(each.name[:40]) for each in named[:20]) or "none"
        asked = "such sheets" if callable(wanted) else f"sheets {wanted!r}"
        raise refused(where, f"{len(found)} {asked} instead of one", f"its sheets are: {known}")
    relations = _Names("Relationship", ("Id", "Target"))
    xml.walk(_member(package, _RELATIONS, budget), relations)
    target = dict(relations.found).get(found[0].relation, "")
    # A target is relative to xl/, or begins with / and is relative to the package.
    return found[0].name, posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")


class _Names:
    """Two attributes of each element of one name; of two sheet ids the relation's comes last."""

    def __init__(self, element: str, attributes: tuple[str, str]) -> None:
        self.found: list[tuple[str, str]] = []
        self._element, self._attributes = element, attributes

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == self._element:
            first, second = (attributes.get(each, "") for each in self._attributes)
            self.found.append((first, second))

    def end(self, name: str) -> None:
        """Nothing ends."""

    def data(self, text: str) -> None:
        """Attributes only."""


class _Strings:
    """The texts that cells refer to by number; readings in another script are left."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._pieces: list[str] = []
        self._texts = self._readings = self._chars = 0

    def start(self, name: str, attributes: Mapping[str, str]) -> None:  # noqa: ARG002
        self._texts += name == "t"
        self._readings += name == "rPh"

    def end(self, name: str) -> None:
        self._texts -= name == "t"
        self._readings -= name == "rPh"
        if name == "si":
            words = collapsed("".join(self._pieces))
            self._chars += len(words)
            if len(self.found) >= MAX_STRINGS or self._chars > MAX_STRING_CHARS:
                raise TooLargeError("more text than a table has")
            self.found.append(words)
            self._pieces = []

    def data(self, text: str) -> None:
        if self._texts and not self._readings:
            self._pieces.append(text)


class _Sheet:
    """One sheet's cells. What the file claims of its size is not asked; what it holds counts."""

    def __init__(self, where: str, strings: list[str]) -> None:
        self.grid = Grid(where)
        self._strings = strings
        self._row = self._column = self._cells = self._elements = 0
        self._kind = ""
        self._has_formula = False
        self._inside = 0
        self._pieces: list[str] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "row":
            self._begin_row(attributes.get("r"))
        elif name == "c":
            self._begin_cell(attributes)
        elif name == "f":
            self._has_formula = True
        elif name in {"v", "t"}:
            self._inside += 1
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._inside -= 1
        elif name == "c":
            self._end_cell()

    def data(self, text: str) -> None:
        if self._inside > 0:
            self._pieces.append(text)

    def _begin_row(self, told: str | None) -> None:
        """A row says its number, or is the one after the last."""
        row = (
            self._row + 1 if told is None else int(told) if told.isascii() and told.isdigit() else 0
        )
        if not self._row < row <= MAX_ROWS:
            raise UnreadableError(f"row {str(told)[:12]!r} after row {self._row}")
        self._row, self._column = row, 0

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        told = attributes.get("r")
        column = self._column + 1
        if told is not None:
            match = _REFERENCE.fullmatch(told)
            column = number_of(match[1]) if match else 0
            if match is None or int(match[2]) != self._row or column <= self._column:
                raise UnreadableError(f"cell {told[:12]!r} in row {self._row}")
        self._elements += 1
        if self._elements > MAX_CELL_ELEMENTS:
            raise TooLargeError(f"more than {MAX_CELL_ELEMENTS:,} cells")
        self._column = column
        self._kind = attributes.get("t", "n")
        self._has_formula, self._pieces = False, []

    def _end_cell(self) -> None:
        cell = self._cell("".join(self._pieces))
        if not cell.text:
            return
        if self._column > MAX_COLUMNS:
            raise TooLargeError(f"a value in column {letter(self._column)}")
        self._cells += 1
        if self._cells > MAX_CELLS:
            raise TooLargeError(f"more than {MAX_CELLS:,} filled cells")
        self.grid.rows.setdefault(self._row, {})[self._column] = cell

    def _cell(self, raw: str) -> Cell:
        if not raw.strip():
            # Whoever saved the file has not worked the formula out; neither do we.
            return (
                Cell("formula without a stored value", "error") if self._has_formula else Cell("")
            )
        if self._kind == "s":
            if not raw.isascii() or not raw.isdigit() or int(raw[:12]) >= len(self._strings):
                raise UnreadableError("a cell refers to a text that is not there")
            return Cell(self._strings[int(raw)])
        if self._kind == "e":
            return Cell(collapsed(raw), "error")
        if self._kind != "n":
            return Cell(collapsed(raw))
        return self._number(raw.strip())

    def _number(self, raw: str) -> Cell:
        if _NUMBER.fullmatch(raw) is None:
            raise UnreadableError(f"a number {raw[:20]!r} in row {self._row}")
        text = plain(float(raw))
        if _NO_FIGURE.search(text):
            raise UnreadableError(f"a number {raw[:20]!r} in row {self._row}")
        return Cell(text, "number")

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        ends = [_REFERENCE.fullmatch(end) for end in (first, last or first)]
        if ends[0] is None or ends[1] is None:
            raise UnreadableError(f"merged cells {reference[:20]!r}")
        if len(self.grid.merges) >= MAX_MERGES:
            raise TooLargeError(f"more than {MAX_MERGES:,} merged areas")
        (left, top), (right, bottom) = ((number_of(end[1]), int(end[2])) for end in ends if end)
        self.grid.merges.append(Merge(top, left, min(bottom, MAX_ROWS), min(right, MAX_COLUMNS)))


def plain(value: float) -> str:
    """A stored number as it was typed: ``77.430000000000007`` is 77.43, no exponent."""
    text = format(value, _FIGURES)
    if "e" not in text:
        return text
    whole = format(value, "f")
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
