"""The header of a table file against what its entry declares: every column, or the load stops."""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from ingestion.record import UnknownStructureError
from ingestion.systems._grid import Grid, letter, number_of, refused
from ingestion.systems._table_file_model import (
    Column,
    MeasureColumn,
    NamedColumn,
    SkippedColumn,
    SkippedColumns,
    TableFileRequest,
    YearColumns,
)

JOINT: Final = " | "
_LONGEST: Final = 500
_MOST_FINDINGS: Final = 5


@dataclass(frozen=True, slots=True)
class Placed:
    """A declared column and where it stands; ``time`` is the header's, of ``years`` columns."""

    number: int
    header: str
    column: Column
    time: str | None = None


def placed(grid: Grid, layout: TableFileRequest, rows: list[int]) -> list[Placed]:
    """Where each declared column stands, in the file's order.

    Args:
        grid: The sheet; its header cells are filled where they are merged.
        layout: The entry.
        rows: The rows that hold data.

    Raises:
        UnknownStructureError: A column that is not declared, missing, renamed, doubled or
            without a header; names row and column, the nearest header and the mend.
    """
    headers = _headers(grid, layout, rows)
    matcher = _Matcher(layout, headers)
    found = matcher.matched()
    if matcher.findings:
        findings = matcher.findings
        more = len(findings) - _MOST_FINDINGS
        told = "; ".join(what for what, _ in findings[:_MOST_FINDINGS])
        mends = "; ".join(dict.fromkeys(mend for _, mend in findings[:_MOST_FINDINGS]))
        told += f"; and {more} more" if more > 0 else ""
        raise UnknownStructureError(
            f"{grid.where}, row {_rows(layout)}",
            told,
            f"{mends}; until then nothing of it is loaded",
        )
    return found


def _rows(layout: TableFileRequest) -> str:
    first, last = layout.header_rows[0], layout.header_rows[-1]
    return str(first) if first == last else f"{first} to {last}"


def _headers(grid: Grid, layout: TableFileRequest, data: list[int]) -> dict[int, str]:
    """Each used column's header; empty where it has data and no header."""
    rows = layout.header_rows
    grid.filled(rows)
    last = max((max(cells) for cells in grid.rows.values()), default=0)
    if not any(grid.rows.get(row) for row in rows):
        raise refused(grid.where, f"row {_rows(layout)} is empty where the header is declared")
    lines = [[grid.at(row, column).text for column in range(1, last + 1)] for row in rows]
    if layout.fill_header:
        lines = [*(_filled(line) for line in lines[:-1]), lines[-1]]
    used = {column for row in (*rows, *data) for column in grid.rows.get(row, {})}
    return {column: joined([line[column - 1] for line in lines]) for column in sorted(used)}


def _filled(line: list[str]) -> list[str]:
    before = ""
    return [before := words or before for words in line]


def joined(pieces: list[str]) -> str:
    """The header of a column: its rows' words; what is merged over several rows stands once."""
    words = [key for key, _ in groupby(piece for piece in pieces if piece)]
    return JOINT.join(words)[:_LONGEST]


class _Matcher:
    """Compares found and declared headers, and notes what does not fit with its mend."""

    def __init__(self, layout: TableFileRequest, headers: Mapping[int, str]) -> None:
        self.findings: list[tuple[str, str]] = []
        self._headers = headers
        self._many = [
            each for each in layout.columns if isinstance(each, YearColumns | SkippedColumns)
        ]
        self._declared = [each for each in layout.columns if isinstance(each, NamedColumn)]
        self._names = Counter(headers.values())
        self._told: set[int] = set()

    def matched(self) -> list[Placed]:
        found = {number: each for each in self._named() for number in [each.number]}
        for number, header in self._headers.items():
            if number not in found:
                one = self._one_of_many(number, header)
                if one is not None:
                    found[number] = one
        self._check_doubled(found)
        self._check_unknown(found)
        return [found[number] for number in sorted(found)]

    def _named(self) -> Iterator[Placed]:
        """The columns with an entry of their own; notes those that are missing."""
        for column in self._declared:
            numbers = [number for number, header in self._headers.items() if column.fits(header)]
            if column.at is not None:
                numbers = [number for number in numbers if number == number_of(column.at)]
            if not numbers:
                self._missing(column)
            elif len(numbers) > 1:
                self._doubled(column.name, numbers)
            else:
                yield Placed(numbers[0], self._headers[numbers[0]], column)

    def _missing(self, column: NamedColumn) -> None:
        header, at = column.name, column.at
        place = f" in column {at}" if at else ""
        if at and number_of(at) in self._headers:
            there = self._headers[number_of(at)]
            self._told.add(number_of(at))
            self._note(
                f"column {at} is {there!r} where {header!r} is declared",
                f"move `at` of {header!r} to where it stands now, or mend its header",
            )
            return
        near = difflib.get_close_matches(header, [*self._names], n=1, cutoff=0.6)
        nearest = f" (nearest: {near[0]!r})" if near else ""
        self._note(
            f"column {header!r} is missing{place}{nearest}",
            f"mend the header of {header!r} in the entry, or take it out with what needs it",
        )

    def _doubled(self, header: str, numbers: list[int]) -> None:
        letters = ", ".join(map(letter, numbers))
        self._told.update(numbers)
        self._note(
            f"header {header!r} stands in columns {letters}",
            f"give each its own entry with `at: …` ({letters})",
        )

    def _one_of_many(self, number: int, header: str) -> Placed | None:
        for column in self._many:
            match = re.fullmatch(column.pattern, header)
            if match is not None:
                time = match["time"] if isinstance(column, YearColumns) else None
                return Placed(number, header, column, time)
        return None

    def _check_doubled(self, found: Mapping[int, Placed]) -> None:
        """Two years columns of the same name; and patterns that no column fits."""
        seen: dict[str, list[int]] = defaultdict(list)
        for each in found.values():
            if isinstance(each.column, YearColumns):
                seen[each.header].append(each.number)
        for header, numbers in seen.items():
            if len(numbers) > 1:
                self._doubled(header, numbers)
        for column in self._many:
            if not any(each.column is column for each in found.values()):
                self._note(
                    f"no column's header fits the pattern {column.pattern!r}",
                    "mend the pattern in the entry",
                )

    def _check_unknown(self, found: Mapping[int, Placed]) -> None:
        declared = [column.name for column in self._declared]
        for number, header in self._headers.items():
            if number in found or number in self._told:
                continue
            if not header:
                self._note(
                    f"column {letter(number)} has values and no header",
                    f'declare it with `header: ""` and `at: {letter(number)}`',
                )
                continue
            near = difflib.get_close_matches(header, declared, n=1, cutoff=0.6)
            nearest = f" (nearest in the entry: {near[0]!r})" if near else ""
            self._note(
                f"column {letter(number)} {header[:80]!r} is not declared{nearest}",
                "declare it, or skip it with its reason (`role: skip`)",
            )

    def _note(self, what: str, mend: str) -> None:
        self.findings.append((what, mend))


def measures(columns: list[Placed]) -> list[Placed]:
    """The columns that hold figures."""
    return [
        each
        for each in columns
        if isinstance(each.column, MeasureColumn | YearColumns) or each.column.role == "value"
    ]


def read(columns: list[Placed]) -> list[Placed]:
    """The columns that are not left out."""
    left = SkippedColumn | SkippedColumns
    return [each for each in columns if not isinstance(each.column, left)]
