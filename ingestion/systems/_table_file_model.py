"""What an entry says about a table file: how its bytes are read, and what every column is.

The declaration is whole: each column of the file has an entry, a ``skip`` included. A file that
has another column, or lacks one, is not the file that somebody looked at, and is not loaded.
"""

import re
from collections import Counter
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from ingestion.fields import BaseUrl, Pace, Strict

ENCODINGS: Final = ("utf-8", "iso-8859-1", "windows-1252", "utf-16")
DIGITS: Final = {"state": 2, "district": 5, "municipality": 8, "ars": 12}
"""How many digits the key of a region has."""
MAX_COLUMNS: Final = 1_000
"""Columns of a sheet; results of an election with shares have some 230."""


def _is_pattern(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error}); see Python's module re") from None
    return pattern


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Digits = Annotated[str, StringConstraints(pattern=r"^\d{1,12}$")]
RegionKey = Annotated[str, StringConstraints(pattern=r"^(\d{2}|\d{5}|\d{8}|\d{12})$")]
Row = Annotated[int, Field(ge=1, le=1_000_000)]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
Pattern = Annotated[str, Field(max_length=300), AfterValidator(_is_pattern)]
"""A regular expression that the whole text has to fit."""
type_of_time = Literal["year", "date", "serial_date", "month", "quarter"]


class NamedColumn(Strict):
    """A column by its header: all header rows joined by `` | ``, blanks collapsed.

    ``header_pattern`` stands in place of ``header`` where the header changes with every edition,
    as by a date in it; exactly one column fits. ``at`` is its letter, needed where a header occurs
    more than once or is empty.
    """

    header: Annotated[str, Field(max_length=500)] = ""
    header_pattern: Pattern | None = None
    at: Place | None = None
    fill_down: bool = False
    """An empty cell means what the last filled one above it says."""

    @field_validator("header")
    @classmethod
    def _has_single_blanks(cls, header: str) -> str:
        return " ".join(header.split())

    @model_validator(mode="after")
    def _is_found(self) -> Self:
        if not self.header and self.at is None and self.header_pattern is None:
            raise ValueError("a column without a header needs its letter; add `at: …`")
        if self.header and self.header_pattern is not None:
            raise ValueError("header and header_pattern say the same twice; keep one")
        return self

    @property
    def name(self) -> str:
        """By what the column is found, for messages."""
        return self.header_pattern or self.header or f"column {self.at}"

    def fits(self, header: str) -> bool:
        """Whether a header is this column's."""
        if self.header_pattern is not None:
            return re.fullmatch(self.header_pattern, header) is not None
        return header == self.header


class RegionKeyColumn(NamedColumn):
    """The region by an official key.

    ``pattern`` takes the key out of a longer one by its only group, ``prefix`` goes before it. The
    result has as many digits as the table's ``region_level`` (5, 8 or 12). ``lost_zeros``: the
    file stores keys as numbers, so zeros in front are put back. ``others``: what a key is that is
    not of this kind: a mistake (``reject``), or a row of another level (``skip``).
    """

    role: Literal["region_key"]
    digits: Annotated[int, Field(ge=1, le=20)]
    pattern: Pattern | None = None
    prefix: Digits | Literal[""] = ""
    lost_zeros: bool = False
    others: Literal["reject", "skip"] = "reject"

    @field_validator("pattern")
    @classmethod
    def _has_one_group(cls, pattern: str | None) -> str | None:
        if pattern is not None and re.compile(pattern).groups != 1:
            raise ValueError("needs exactly one group: the digits that are the key")
        return pattern


class RegionPartColumn(NamedColumn):
    """A piece of the region's key, where the file has it in several columns.

    The pieces are joined in the order of the entry, and are the key of the table's
    ``region_level``. ``digits``: how many this one has. A row without one of them is of another
    level.
    """

    role: Literal["region_part"]
    digits: Annotated[int, Field(ge=1, le=12)]


class RegionNameColumn(NamedColumn):
    """The region by its name; ``names`` gives every name's key."""

    role: Literal["region_name"]
    names: dict[Words, RegionKey]
    others: Literal["reject", "skip"] = "reject"


class TimeColumn(NamedColumn):
    """The time: a year (its last day), a day, a month or a quarter (their last days).

    ``serial_date`` is a day as spreadsheet programs count them, from 1899-12-30.
    """

    role: Literal["time"]
    form: type_of_time
    time_code: Code = "STAG"


class DimensionColumn(NamedColumn):
    """A variable by which the figures are split; ``codes`` lists every member, total as ``""``."""

    role: Literal["dimension"]
    variable: Code
    codes: dict[Annotated[str, StringConstraints(strip_whitespace=True)], Code | Literal[""]]


class MeasureColumn(NamedColumn):
    """Figures: what is counted, in which unit.

    A wide table says in the header what a long one says in a column: ``time`` (as written) and
    ``dimensions`` (variable → code; ``labels`` are the words for it).
    """

    role: Literal["measure"]
    variable: Code
    label: Words
    unit: Words | None = None
    time: Words | None = None
    dimensions: dict[Code, Code] = Field(default_factory=dict)
    labels: dict[Code, Words] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if self.labels.keys() != self.dimensions.keys():
            raise ValueError("labels name other variables than dimensions; give each its words")
        return self


class YearColumns(Strict):
    """Columns of one measure by time: every header that is wholly ``pattern``.

    Its group is the time. They may grow from year to year: the pattern says how a further one
    is called.
    """

    role: Literal["years"]
    pattern: Pattern
    variable: Code
    label: Words
    unit: Words | None = None
    dimensions: dict[Code, Code] = Field(default_factory=dict)
    labels: dict[Code, Words] = Field(default_factory=dict)

    @field_validator("pattern")
    @classmethod
    def _names_the_time(cls, pattern: str) -> str:
        if set(re.compile(pattern).groupindex) != {"time"}:
            raise ValueError("needs one named group: (?P<time>…)")
        return pattern

    @model_validator(mode="after")
    def _has_words(self) -> Self:
        if self.labels.keys() != self.dimensions.keys():
            raise ValueError("labels name other variables than dimensions; give each its words")
        return self


class Meaning(Strict):
    """What a name in a long table counts."""

    variable: Code
    label: Words | None = None
    unit: Words | None = None


class VariableColumn(NamedColumn):
    """A long table's column that says what the row's figure counts; ``codes`` lists every name."""

    role: Literal["variable"]
    codes: dict[Words, Meaning]


class ValueColumn(NamedColumn):
    """A long table's figures; what they count stands in the ``variable`` column."""

    role: Literal["value"]


class UnitColumn(NamedColumn):
    """The unit of the row's figures, as the source writes it."""

    role: Literal["unit"]


class QualityColumn(NamedColumn):
    """A mark beside the row's figures, e.g. that they are provisional."""

    role: Literal["quality"]


class OnlyColumn(NamedColumn):
    """A column that tells kinds of rows apart; rows with other ``values`` are not asked for."""

    role: Literal["only"]
    values: Annotated[tuple[Words, ...], Field(min_length=1)]


class SkippedColumn(NamedColumn):
    """A column that is not loaded, and why."""

    role: Literal["skip"]
    reason: Words


class SkippedColumns(Strict):
    """Columns that are not loaded: every header that is wholly ``pattern``, one or many."""

    role: Literal["skips"]
    pattern: Pattern
    reason: Words


Column = Annotated[
    RegionKeyColumn
    | RegionPartColumn
    | RegionNameColumn
    | TimeColumn
    | DimensionColumn
    | MeasureColumn
    | YearColumns
    | VariableColumn
    | ValueColumn
    | UnitColumn
    | QualityColumn
    | OnlyColumn
    | SkippedColumn
    | SkippedColumns,
    Field(discriminator="role"),
]

_ONCE: Final = ("variable", "value", "unit", "quality", "time")


class TableFileAccess(Strict):
    """Where the files are.

    Attributes:
        url: What all of their addresses begin with.
        requests_per_second: How often the server is asked at most.
    """

    system: Literal["table_file"]
    url: BaseUrl
    requests_per_second: Pace = 1.0


class TableFileRequest(Strict):
    """Where a table file is, how its bytes are read, and what its columns are.

    Rows count from 1 as the file has them, blank ones included.

    Attributes:
        file: The file's address, below the source's ``access.url``.
        format: What it is, in a ZIP or not.
        member: The file's name in its ZIP; None where it is in none, or alone in one.
        encoding: Of a CSV; checked, never guessed.
        separator: Between the fields of a CSV.
        quote: Around fields that hold a separator; None where ``"`` has no meaning.
        decimal: The mark in figures that are text. A cell that is a number needs none.
        thousands: The mark between groups of three digits, if the file uses one.
        sheet: The sheet's name in an XLSX.
        sheet_pattern: In place of it, where the name changes with every edition; one sheet fits.
        header_rows: The rows that make the header, joined; one or several.
        fill_header: In the header rows but the last, an empty cell means what is left of it:
            for a CSV, which knows no merged cells.
        first_row: The first row of data; None: the one after the header.
        footnotes: A row without a figure whose first word matches one of these is a footnote.
        end: From the row on whose first words match this, the file is no table any more.
        empty: What an empty figure is: a mistake in the file (``reject``), or nothing published
            for this row and column (``absent``).
        region: ``column``: a column names it; ``file``: the whole file is about one region, the
            one that is asked for.
        region_level: How the city is named in it.
        time: The time where the file is about one only, as ``time_form`` says.
        time_form: The form of ``time`` and of times in headers.
        time_code: What the time is: ``STAG`` (key date) or ``JAHR`` (year).
        columns: Every column.
    """

    system: Literal["table_file"]
    file: Annotated[str, StringConstraints(pattern=r"^[^\s#:/][^\s#]{0,299}$")]
    format: Literal["csv", "xlsx"]
    member: Words | None = None
    encoding: Literal["utf-8", "iso-8859-1", "windows-1252", "utf-16"] | None = None
    separator: Literal[";", ",", "\t", "|"] | None = None
    quote: Literal['"', "'"] | None = '"'
    decimal: Literal[",", "."] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    sheet: Words | None = None
    sheet_pattern: Pattern | None = None
    header_rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=10)] = (1,)
    fill_header: bool = False
    first_row: Row | None = None
    footnotes: tuple[Pattern, ...] = ()
    end: Pattern | None = None
    empty: Literal["reject", "absent"] = "reject"
    region: Literal["column", "file"] = "column"
    region_level: Literal["district", "municipality", "ars", "state"] = "municipality"
    time: Words | None = None
    time_form: type_of_time = "year"
    time_code: Code = "JAHR"
    columns: Annotated[tuple[Column, ...], Field(min_length=1, max_length=MAX_COLUMNS)]

    @field_validator("file")
    @classmethod
    def _is_below(cls, file: str) -> str:
        if ".." in file or "://" in file:
            raise ValueError("leads away from the source's address; write what follows it")
        return file

    @model_validator(mode="after")
    def _is_readable(self) -> Self:
        csv = (self.encoding, self.separator)
        sheets = [each for each in (self.sheet, self.sheet_pattern) if each is not None]
        if self.format == "csv" and (None in csv or sheets):
            raise ValueError("a CSV has an encoding and a separator, and no sheet; say both")
        if self.format == "xlsx" and (csv != (None, None) or len(sheets) != 1):
            raise ValueError("an XLSX has a sheet, and neither encoding nor separator; name it")
        if self.thousands is not None and self.thousands == self.decimal:
            raise ValueError("decimal and thousands are the same mark; one of them is wrong")
        if list(self.header_rows) != sorted(set(self.header_rows)):
            raise ValueError("header_rows are not in their order; write each once, from the top")
        if self.first_row is not None and self.first_row <= self.header_rows[-1]:
            raise ValueError("first_row is within the header; data begin below it")
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        roles = Counter(column.role for column in self.columns)
        for role in _ONCE:
            if roles[role] > 1:
                raise ValueError(f"two columns are the {role}; keep one")
        if bool(roles["value"]) != bool(roles["variable"]):
            raise ValueError("value and variable go together; a wide table has measures instead")
        if bool(roles["value"]) == bool(roles["measure"] + roles["years"]):
            raise ValueError("needs figures: either measures and years, or one value; not both")
        named = roles["region_key"] + roles["region_name"] + bool(roles["region_part"])
        if named != (self.region == "column"):
            raise ValueError("one column names the region, or `region: file`; not both, not none")
        self._check_names()
        self._check_parts()
        self._check_times(has_column=bool(roles["time"]))
        self._check_places()
        return self

    def _check_names(self) -> None:
        """Every name means a region of the table's level."""
        for column in self.columns:
            if isinstance(column, RegionNameColumn):
                for name, key in column.names.items():
                    if len(key) != DIGITS[self.region_level]:
                        raise ValueError(
                            f"{name} has a key of {len(key)} digits, which is no"
                            f" {self.region_level}; write {DIGITS[self.region_level]} digits"
                        )

    def _check_parts(self) -> None:
        """The pieces of a key are as long as the level needs."""
        parts = [each.digits for each in self.columns if isinstance(each, RegionPartColumn)]
        if parts and sum(parts) != DIGITS[self.region_level]:
            raise ValueError(
                f"the pieces of the key have {sum(parts)} digits together, which is no"
                f" {self.region_level}; it has {DIGITS[self.region_level]}"
            )

    def _check_times(self, *, has_column: bool) -> None:
        """Every figure has exactly one time."""
        told = [has_column, self.time is not None]
        wide = [column.time is not None for column in self.columns if column.role == "measure"]
        wide += [True for column in self.columns if column.role == "years"]
        if sum(told) + any(wide) != 1 or (any(wide) and not all(wide)):
            raise ValueError(
                "each figure needs one time: a time column, `time`, or every measure's own;"
                " keep one of the three"
            )

    def _check_places(self) -> None:
        """No two entries mean the same column."""
        keys = [(each.name, each.at) for each in self.columns if isinstance(each, NamedColumn)]
        letters = [at for _, at in keys if at is not None]
        bare = {header for header, at in keys if at is None}
        if len(set(letters)) < len(letters) or len(bare) + len(letters) < len(keys):
            raise ValueError("a column has two entries; keep one, or tell them apart by `at`")
        if bare & {header for header, at in keys if at is not None}:
            raise ValueError("a repeated header has `at` in one entry and not in another; add it")

    @property
    def first_data_row(self) -> int:
        """The first row that may be data."""
        return self.first_row or self.header_rows[-1] + 1

    @property
    def layout(self) -> str:
        """The layout's name in the records."""
        is_wide = any(column.role in {"measure", "years"} for column in self.columns)
        return f"{self.format}_{'wide' if is_wide else 'long'}"
