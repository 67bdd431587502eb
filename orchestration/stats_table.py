"""Tables for any width of terminal: a number is never cut and never broken over two lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_FRAME = 3


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name and its cells.

    Attributes:
        is_number: Set to the right.
        wraps: Whether a cell may be broken, between words only.
        is_drawing: It says nothing that is not said beside it: left out where it has no room.
    """

    name: str
    cells: tuple[str, ...]
    is_number: bool = False
    wraps: bool = True
    is_drawing: bool = False

    @property
    def wide(self) -> int:
        """What it takes without a break."""
        return max(map(cell_len, (self.name, *self.cells)))

    @property
    def least(self) -> int:
        """What it takes at least: its longest word."""
        if not self.wraps:
            return self.wide
        return max(cell_len(word) for text in (self.name, *self.cells) for word in text.split(" "))


@dataclass(frozen=True, slots=True)
class Listing:
    """A table and what its rows belong to.

    Attributes:
        columns: The first one names the rows.
        groups: Per row what it belongs to (``Zensus 2022``), in order; empty: to nothing.
        group: What the groups are called.
        in_lines: Whether each cell has a line of its own where there is no room for a table.
    """

    columns: tuple[Column, ...]
    groups: tuple[str, ...] = ()
    group: str = ""
    title: str = ""
    in_lines: bool = True

    def print(self, console: Console) -> None:
        """As a table; else with the groups as headings between the rows; else row by row."""
        told = tuple(one for one in self.columns if not one.is_drawing)
        first = replace(told[0], cells=(*told[0].cells, *self.groups), wraps=False)
        if self.groups and _fits(
            beside := (*told, Column(self.group, self.groups, wraps=False)), console
        ):
            _table(self, beside, _widths(beside, console.width), console)
        elif self.groups and _fits(below := (first, *told[1:]), console):
            _table(self, told, _widths(below, console.width), console, headings=True)
        elif not self.groups and (
            shown := next((each for each in (self.columns, told) if _fits(each, console)), None)
        ):
            _table(self, shown, _widths(shown, console.width), console)
        else:
            _rows(self, told, console)


def room(columns: Sequence[Column], width: int) -> int:
    """How much a further column may take beside these, none of which is broken."""
    return width - sum(one.wide for one in columns) - _FRAME * (len(columns) + 1) - 1


def _fits(columns: Sequence[Column], console: Console) -> bool:
    return sum(one.least for one in columns) + _FRAME * len(columns) + 1 <= console.width


def _widths(columns: Sequence[Column], width: int) -> list[int]:
    """The widest column that may be broken gives way first."""
    widths = [one.wide for one in columns]
    while sum(widths) + _FRAME * len(columns) + 1 > width:
        yielding = [at for at, one in enumerate(columns) if widths[at] > one.least]
        widths[max(yielding, key=lambda at: widths[at])] -= 1
    return widths


def _table(
    shown: Listing,
    columns: Sequence[Column],
    widths: Sequence[int],
    console: Console,
    *,
    headings: bool = False,
) -> None:
    table = Table(title=escape(shown.title) or None, title_justify="left")
    for one, width in zip(columns, widths, strict=True):
        table.add_column(
            escape(one.name),
            justify="right" if one.is_number else "left",
            width=width,
            style="blue" if one.is_drawing else None,
        )
    before = ""
    for number in range(len(columns[0].cells)):
        group = shown.groups[number] if shown.groups else ""
        if group != before:
            if number:
                table.add_section()
            if headings:
                table.add_row(Text(group, style="bold"))
        before = group
        table.add_row(*(escape(one.cells[number]) for one in columns))
    console.print(table)


def _rows(shown: Listing, columns: Sequence[Column], console: Console) -> None:
    """Row by row: its name, then its cells."""
    if shown.title:
        console.print(Text(shown.title, style="italic"))
    first, *others = columns
    for number, name in enumerate(first.cells):
        group = shown.groups[number] if shown.groups else ""
        console.print(Text(f"{name} ({group})" if group else name, style="bold"))
        cells = [f"{one.name}: {one.cells[number]}" for one in others if one.cells[number]]
        for line in cells if shown.in_lines else [" · ".join(cells)]:
            console.print(Padding(Text(line), (0, 0, 0, 2)))
