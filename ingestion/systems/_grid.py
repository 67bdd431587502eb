"""A sheet of cells, wherever it was read from: what ``_csv_grid`` and ``_xlsx`` give."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from ingestion.record import UnknownStructureError

MAX_CELLS: Final = 4_000_000
"""Filled cells of one sheet; the directory of all municipalities has 250,000."""
MEND: Final = (
    "nothing of it is loaded and the last good data stay; look at the file, and mend the table's"
    " entry if the source has changed it for good"
)

type_of_kind = Literal["text", "number", "error"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a cell.

    Attributes:
        text: Blanks collapsed; a number with a point and without what storing it added.
        kind: ``number`` where the file itself says so, else ``text``; ``error`` where a
            spreadsheet program could not work a formula out, or has not.
    """

    text: str
    kind: type_of_kind = "text"


EMPTY: Final = Cell("")


@dataclass(frozen=True, slots=True)
class Merge:
    """Cells that are shown as one; rows and columns count from 1, the last ones belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Grid:
    """The filled cells of a sheet.

    Attributes:
        where: Address and sheet, for messages.
        rows: Row → column → cell, all counted from 1; empty cells have no entry.
        merges: Which cells are shown as one.
    """

    where: str
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    merges: list[Merge] = field(default_factory=list)

    def at(self, row: int, column: int) -> Cell:
        """The cell of a place; an empty one where there is none."""
        return self.rows.get(row, {}).get(column, EMPTY)

    def row_numbers(self, first: int) -> Iterator[int]:
        """The rows with anything in them from one on, in order."""
        return (row for row in sorted(self.rows) if row >= first)

    def filled(self, rows: Iterable[int], columns: Iterable[int] | None = None) -> None:
        """Give every cell of a merged area what its first one says, in some rows and columns.

        Raises:
            UnknownStructureError: If the areas overlap or reach so far that no table is meant.
        """
        wanted, chosen = sorted(set(rows)), None if columns is None else set(columns)
        filled = 0
        for merge in self.merges:
            cell = self.at(merge.top, merge.left)
            across = range(merge.left, merge.right + 1)
            kept = [column for column in across if chosen is None or column in chosen]
            begin, end = bisect_left(wanted, merge.top), bisect_right(wanted, merge.bottom)
            filled += (end - begin) * len(kept)
            if filled > MAX_CELLS:
                raise refused(self.where, f"more than {MAX_CELLS:,} merged cells")
            if cell.text:
                for row in wanted[begin:end]:
                    self.rows.setdefault(row, {}).update(dict.fromkeys(kept, cell))


def letter(column: int) -> str:
    """A column's name in a spreadsheet: 1 is A, 27 is AA."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def number_of(name: str) -> int:
    """A column's number by its name: A is 1, AA is 27."""
    number = 0
    for char in name:
        number = number * 26 + ord(char) - ord("A") + 1
    return number


def collapsed(text: str) -> str:
    """Words with single blanks between them; soft hyphens, which only wrap words, taken out."""
    return " ".join(text.replace("\u00ad", "").split())


def refused(where: str, what: str, mend: str = MEND) -> UnknownStructureError:
    """The error for a file that is not loaded."""
    return UnknownStructureError(where, what, mend)
