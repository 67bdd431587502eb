"""Rows of a table file to observations: what each cell says by what its column is declared to be.

Every row ends as observations or as a rejected row with its reason; a row of another region is not
asked for, as in a table that the server cuts to the region.
"""

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ingestion.record import Observation, Record, RejectedRow
from ingestion.systems._grid import Cell, Grid
from ingestion.systems._table_columns import Placed
from ingestion.systems._table_columns import measures as measures_of
from ingestion.systems._table_file_model import (
    DIGITS,
    DimensionColumn,
    Meaning,
    MeasureColumn,
    NamedColumn,
    OnlyColumn,
    RegionKeyColumn,
    RegionNameColumn,
    RegionPartColumn,
    TableFileRequest,
    TimeColumn,
    VariableColumn,
    YearColumns,
)
from ingestion.systems._table_times import day_of

_BROKEN_KEY: Final = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_PLAIN: Final = re.compile(r"([-+]?\d+)(?:\.(\d+))?", re.ASCII)


class _OtherRowError(Exception):
    """The row is about another region or level, as declared: it is not asked for."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What a source writes instead of a figure, and beside one.

    Attributes:
        instead: E.g. ``-`` or ``.``; none of them has a value.
        beside: E.g. ``p`` or ``()``; part of the cell's text, or in a column of its own.
    """

    instead: frozenset[str]
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class About:
    """What all records of a table share.

    Attributes:
        table_code: The table's code in the network's list.
        label: What the table is about.
        page: The table's public page.
        region: The region that is asked for; None: every region.
        vintage: As of when the figures stand.
        signs: The source's signs.
    """

    table_code: str
    label: str
    page: str
    region: str | None
    vintage: dt.date
    signs: Signs


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row says of all its figures."""

    number: int
    words: tuple[str, ...]
    region: str
    region_label: str
    dimensions: Mapping[str, str]
    labels: Mapping[str, str]
    time_text: str | None
    time_form: str
    time_code: str
    meaning: Meaning | None
    meaning_label: str
    unit: str | None
    quality: str


def data_rows(grid: Grid, layout: TableFileRequest) -> list[int]:
    """The rows below the header, without those after the table's end and without footnotes.

    A footnote is a row whose first word matches a declared pattern and that has no second word.
    """
    found = []
    for number in grid.row_numbers(layout.first_data_row):
        cells = grid.rows[number]
        first = cells[min(cells)].text
        if layout.end is not None and re.match(layout.end, first):
            break
        alone = len({cell.text for cell in cells.values()}) == 1
        if not (alone and any(re.match(pattern, first) for pattern in layout.footnotes)):
            found.append(number)
    return found


def figure(
    cell: Cell, layout: TableFileRequest, signs: Signs
) -> tuple[float | None, str | None, str | None]:
    """Value, sign and quality of a cell that is not empty.

    Raises:
        ValueError: If it is neither a figure as declared nor one of the source's signs.
    """
    if cell.kind == "error":
        raise ValueError(f"a spreadsheet's error in place of a figure: {cell.text[:40]!r}")
    if cell.kind == "number":
        return float(cell.text), None, None
    if cell.text in signs.instead:
        return None, cell.text, None
    text, quality = _without_mark(cell.text, signs.beside)
    return float(_plain(text, layout.decimal, layout.thousands)), None, quality


def _without_mark(text: str, marks: frozenset[str]) -> tuple[str, str | None]:
    """A figure's text and the mark that stands beside it: ``(12)``, ``12 p``, ``12p``."""
    if "()" in marks and text.startswith("(") and text.endswith(")"):
        return text[1:-1].strip(), "()"
    for mark in sorted(marks - {"()"}, key=len, reverse=True):
        if mark and text.endswith(mark) and text[: -len(mark)].strip():
            return text[: -len(mark)].strip(), mark
    return text, None


def _plain(text: str, decimal: str | None, thousands: str | None) -> str:
    """A figure with a point and without groups.

    Raises:
        ValueError: A group that has not three digits, another mark, no figure.
    """
    whole, mark, rest = text.partition(decimal) if decimal else (text, "", "")
    if thousands is not None and thousands in whole:
        # A group mark in the wrong place is a decimal mark, and the figure a thousand times less.
        groups = re.compile(rf"[-+]?\d{{1,3}}({re.escape(thousands)}\d{{3}})+", re.ASCII)
        if groups.fullmatch(whole) is None:
            raise ValueError(f"groups of digits that are not three: {text[:40]!r}")
        whole = whole.replace(thousands, "")
    plain = f"{whole}.{rest}" if mark else whole
    if _PLAIN.fullmatch(plain) is None:
        expected = f"decimal mark {decimal!r}" if decimal else "no decimal mark"
        raise ValueError(f"neither a figure ({expected}) nor a known sign: {text[:40]!r}")
    return plain


class Reading:
    """Turns the rows of one sheet into records."""

    def __init__(
        self, grid: Grid, layout: TableFileRequest, columns: Sequence[Placed], about: About
    ) -> None:
        """Hold what is read; nothing is read yet."""
        self._grid, self._layout, self._about = grid, layout, about
        self._columns = columns
        self._figures = measures_of(list(columns))
        self._above: dict[int, Cell] = {}
        self.other_rows = 0

    def records(self, rows: Sequence[int]) -> Iterator[Record]:
        """Observations and rejected rows, in the file's order."""
        self._fill(rows)
        seen: Counter[str] = Counter()
        for number in rows:
            words = self._words(number)
            try:
                row = self._row(number, words)
            except _OtherRowError:
                self.other_rows += 1
                continue
            except ValueError as error:
                yield self._rejected(number, words, "", str(error))
                continue
            yield from self._figures_of(row, seen)

    def _fill(self, rows: Sequence[int]) -> None:
        """What is merged over several rows is each row's; figures are nobody's but their own."""
        figures = {each.number for each in self._figures}
        self._grid.filled(
            rows, [each.number for each in self._columns if each.number not in figures]
        )

    def _words(self, number: int) -> tuple[str, ...]:
        return tuple(self._grid.at(number, each.number).text for each in self._columns)

    def _cell(self, number: int, each: Placed) -> Cell:
        """A cell, or what fills it from above."""
        cell = self._grid.at(number, each.number)
        if not isinstance(each.column, NamedColumn) or not each.column.fill_down:
            return cell
        if cell.text:
            self._above[each.number] = cell
        return self._above.get(each.number, cell)

    def _row(self, number: int, words: tuple[str, ...]) -> _Row:
        """What a row says of all its figures.

        Raises:
            _OtherRowError: It is about another region or another kind of row.
            ValueError: One of its cells is not what its column is declared to be.
        """
        cells = [(each, self._cell(number, each)) for each in self._columns]
        for each, cell in cells:
            if isinstance(each.column, OnlyColumn) and cell.text not in each.column.values:
                raise _OtherRowError
        region, label = self._region(cells)
        # What another region's row says else is nobody's business here.
        if self._about.region not in {None, region}:
            raise _OtherRowError
        layout = self._layout
        row = _Row(
            number=number,
            words=words,
            region=region,
            region_label=label,
            dimensions={},
            labels={},
            time_text=layout.time,
            time_form=layout.time_form,
            time_code=layout.time_code,
            meaning=None,
            meaning_label="",
            unit=None,
            quality="",
        )
        for each, cell in cells:
            row = self._with(row, each, cell)
        return row

    def _region(self, cells: Sequence[tuple[Placed, Cell]]) -> tuple[str, str]:
        """Key and label of the row's region.

        Raises:
            _OtherRowError, ValueError: As ``_row``.
        """
        pieces: list[tuple[int, str]] = []
        for each, cell in cells:
            column = each.column
            if isinstance(column, RegionKeyColumn):
                return self._key(column, cell), ""
            if isinstance(column, RegionNameColumn):
                return _named(column, cell), cell.text
            if isinstance(column, RegionPartColumn):
                pieces.append((self._layout.columns.index(column), _piece(column, cell)))
        region = "".join(piece for _, piece in sorted(pieces)) or self._about.region
        if not region:
            raise ValueError("names no region")
        return region, ""

    def _with(self, row: _Row, each: Placed, cell: Cell) -> _Row:
        """The row with what one more of its cells says."""
        column = each.column
        if isinstance(column, TimeColumn):
            form, code = column.form, column.time_code
            return replace(row, time_text=cell.text, time_form=form, time_code=code)
        if isinstance(column, DimensionColumn):
            code = _member(column, cell)
            labels = dict(row.labels) | ({column.variable: cell.text} if code else {})
            pairs = dict(row.dimensions) | ({column.variable: code} if code else {})
            return replace(row, dimensions=pairs, labels=labels)
        if isinstance(column, VariableColumn):
            if cell.text not in column.codes:
                raise ValueError(f"{each.header}: unknown name {cell.text[:80]!r}")
            return replace(row, meaning=column.codes[cell.text], meaning_label=cell.text)
        if column.role == "unit":
            return replace(row, unit=cell.text or None)
        if column.role == "quality":
            return replace(row, quality=cell.text)
        return row

    def _key(self, column: RegionKeyColumn, cell: Cell) -> str:
        """The region's key; other rows as declared."""
        key = cell.text
        if _BROKEN_KEY.fullmatch(key):
            raise ValueError(f"{column.name}: a spreadsheet has cut the digits of {key!r}")
        if column.lost_zeros and key.isascii() and key.isdigit():
            key = key.zfill(column.digits)
        match = re.fullmatch(column.pattern or r"(\d+)", key, re.ASCII)
        is_whole = len(key) == column.digits and key.isascii()
        digits = column.prefix + (match[1] if match and is_whole else "")
        wanted = DIGITS[self._layout.region_level]
        if match is None or not is_whole or len(digits) != wanted or not digits.isdigit():
            if column.others == "skip":
                raise _OtherRowError
            raise ValueError(
                f"{column.name}: {cell.text[:40]!r} is no key of {column.digits} digits for a"
                f" {self._layout.region_level}"
            )
        return digits

    def _figures_of(self, row: _Row, seen: Counter[str]) -> Iterator[Record]:
        told = 0
        for each in self._figures:
            cell = self._grid.at(row.number, each.number)
            if not cell.text and self._layout.empty == "absent":
                continue
            told += 1
            try:
                record = self._observation(row, each, cell)
            except ValueError as error:
                yield self._rejected(row.number, row.words, each.header, str(error))
                continue
            seen[record.id] += 1
            if seen[record.id] > 1:
                reason = "the same cell a second time"
                yield self._rejected(row.number, row.words, each.header, reason)
            else:
                yield record
        if not told:
            yield self._rejected(row.number, row.words, "", "no figure in any column")

    def _observation(self, row: _Row, each: Placed, cell: Cell) -> Observation:
        if not cell.text and not row.quality:
            raise ValueError("empty value")
        # A mark in a column of its own may also be the sign of an empty cell.
        value, sign, beside = figure(
            cell if cell.text else Cell(row.quality), self._layout, self._about.signs
        )
        mark = row.quality if row.quality and cell.text and row.quality != cell.text else None
        if mark is not None and mark not in self._about.signs.beside:
            raise ValueError(f"an unknown mark beside the figure: {mark[:40]!r}")
        what, dimensions, labels, time_text = self._meaning(row, each)
        time = day_of(time_text, row.time_form)
        pairs = _canonical(dimensions)
        about = self._about
        key = [about.table_code, row.region, pairs, what.variable, row.time_code]
        return Observation(
            id=_hash([*key, time.isoformat(), about.vintage.isoformat()]),
            url=about.page,
            table_code=about.table_code,
            statistic_code=about.table_code,
            statistic_label=about.label,
            region_code=row.region,
            region_label=row.region_label,
            variable_code=what.variable,
            variable_label=what.label or row.meaning_label,
            unit=row.unit or what.unit,
            dimensions=pairs,
            dimension_labels=_canonical(labels),
            time_code=row.time_code,
            time=time,
            time_text=time_text,
            value_raw=cell.text,
            value=value,
            sign=sign,
            quality=mark or beside,
            row_no=row.number,
            layout=self._layout.layout,
            vintage=about.vintage,
        )

    def _meaning(
        self, row: _Row, each: Placed
    ) -> tuple[Meaning, Mapping[str, str], Mapping[str, str], str]:
        """What a figure counts, its dimensions with their words, and its time as written."""
        column, dimensions, labels = each.column, dict(row.dimensions), dict(row.labels)
        what, time_text = row.meaning, row.time_text
        if isinstance(column, MeasureColumn | YearColumns):
            what = Meaning(variable=column.variable, label=column.label, unit=column.unit)
            dimensions |= column.dimensions
            labels |= column.labels
            time_text = each.time or (
                column.time if isinstance(column, MeasureColumn) and column.time else time_text
            )
        if what is None:
            raise ValueError("no column says what the figure counts")
        return what, dimensions, labels, time_text or ""

    def _rejected(
        self, number: int, words: tuple[str, ...], header: str, reason: str
    ) -> RejectedRow:
        row = json.dumps(words, ensure_ascii=False)
        about = self._about
        return RejectedRow(
            id=_hash([about.table_code, about.vintage.isoformat(), str(number), header, row]),
            url=about.page,
            source=about.table_code,
            row_no=number,
            reason=f"{header}: {reason}" if header else reason,
            row=row,
        )


def _piece(column: RegionPartColumn, cell: Cell) -> str:
    """A piece of a key; without one the row is of another level."""
    if not cell.text:
        raise _OtherRowError
    if not (cell.text.isascii() and cell.text.isdigit()) or len(cell.text) != column.digits:
        raise ValueError(f"{column.name}: {cell.text[:20]!r} has not {column.digits} digits")
    return cell.text


def _named(column: RegionNameColumn, cell: Cell) -> str:
    key = column.names.get(cell.text)
    if key is None:
        if column.others == "skip":
            raise _OtherRowError
        raise ValueError(f"{column.name}: unknown region {cell.text[:80]!r}")
    return key


def _member(column: DimensionColumn, cell: Cell) -> str:
    if cell.text not in column.codes:
        raise ValueError(f"{column.name}: unknown member {cell.text[:80]!r}")
    return column.codes[cell.text]


def _canonical(pairs: Mapping[str, str]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True)


def _hash(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
