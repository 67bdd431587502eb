"""The three layouts of a GENESIS ``ffcsv`` table, read into the same cells.

Wide German (2024), wide English with repeated header names (2024) and long (since 2025, in a ZIP).
Whatever differs between them ends here; ``genesis.py`` sees cells only.
"""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Literal

from ingestion.record import UnknownStructureError

MAX_TABLE_BYTES: Final = 256 * 2**20
"""Unpacked; a district table of 30 years has some 30 MB."""
MOST_PLACES: Final = 50_000
"""Combinations of members that are kept while a table is read."""
ZIP_MAGIC: Final = b"PK\x03\x04"
SIGNS: Final = frozenset({"-", "...", ".", "/", "x"})
"""Stand in place of a number. ``0 () p r s e`` stand beside one: they are its quality."""
TOTALS: Final = frozenset({"", "INSGESAMT"})
REGION_VARIABLES: Final = frozenset(
    {"DINSG", "DLAND", "REGBEZ", "KREISE", "GEMEIN", "KREISA"}
    # The census has its own: country, states, districts, associations, municipalities.
    | {"GEODL1", "GEOBL1", "GEORB1", "GEOLK1", "GEOVB1", "GEOGM1"}
    | {"GEODL3", "GEOBL3", "GEORB3", "GEOLK3", "GEOVB3", "GEOGM3"}
    | {"GEOBL4", "GEOLK4", "GEOGM4"}
)

_NUMBER: Final = re.compile(
    r"(?P<open>\()?\s*(?P<digits>[-+]?\d+)(?:(?P<mark>[.,])(?P<rest>\d+))?\s*(?P<close>\))?"
    r"\s*(?P<quality>[prse])?",
    re.ASCII,
)
_VALUE_HEADER: Final = re.compile(r"(?P<code>[A-Z0-9]+)__(?P<label>.+)__(?P<unit>[^_].*?)")
_STATISTIC: Final = re.compile(r"(?=.*\d)[0-9A-Z-]{4,12}")
_FIXED: Final = ("statistics_code", "statistics_label", "time_code", "time_label", "time")
_GERMAN: Final = ("Statistik_Code", "Statistik_Label", "Zeit_Code", "Zeit_Label", "Zeit")
_LONG_VALUE: Final = ("value", "value_unit", "value_variable_code", "value_variable_label")

type_of_layout = Literal["wide_de", "wide_en", "long"]


@dataclass(frozen=True, slots=True)
class Dimension:
    """One variable of a row with the value it has there; an empty code is the total."""

    code: str
    label: str
    member: str
    member_label: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What a number counts, and in which unit."""

    code: str
    label: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One number or sign with everything that says what it is, words stripped of blanks."""

    row_no: int
    row: Sequence[str]
    statistic_code: str
    statistic_label: str
    time_code: str
    time_text: str
    dimensions: tuple[Dimension, ...]
    measure: Measure
    value_raw: str
    quality_raw: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table file, unpacked.

    Attributes:
        body: The CSV's bytes.
        member: The name of the file in the ZIP, empty without one. Never used as a path.
        made_on: When the server packed it, None without ZIP or with an impossible date.
    """

    body: bytes
    member: str = ""
    made_on: dt.date | None = None


def unpack(url: str, body: bytes) -> Table:
    """The CSV of an answer, out of its ZIP if it is in one.

    Args:
        url: Where it came from, for messages.
        body: The answer, untrusted.

    Raises:
        UnknownStructureError: For a broken, encrypted or oversized ZIP, or one with not exactly
            one member.
    """
    member, made_on = "", None
    if body.startswith(ZIP_MAGIC):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                infos = archive.infolist()
                member, made_on = infos[0].filename, _day_of(infos[0].date_time)
                with archive.open(infos[0]) as file:
                    # The size in the directory is the sender's claim: what comes out counts.
                    body = file.read(MAX_TABLE_BYTES + 1)
        except Exception as error:
            # zlib, lzma and bz2 have errors of their own, and zipfile passes them all on.
            raise _refused(url, f"a ZIP that cannot be read ({type(error).__name__})") from error
        if len(infos) != 1:
            raise _refused(url, f"a ZIP with {len(infos)} members instead of one")
    if len(body) > MAX_TABLE_BYTES:
        raise _refused(url, f"a table of more than {MAX_TABLE_BYTES:,} bytes")
    return Table(body, member, made_on)


class Rows:
    """A table that was looked through once and can be trusted as a whole; read as often as wanted.

    Attributes:
        layout: Which of the three it is.
        statistic: The code of its statistic, empty for a table without rows.
    """

    def __init__(self, url: str, body: bytes) -> None:
        """Look through it.

        Args:
            url: Where it came from, for messages.
            body: The CSV, untrusted.

        Raises:
            UnknownStructureError: If it is not UTF-8 or not CSV, the header is unknown or names
                no unit, or rows are shifted against it: then no single cell can be trusted.
        """
        self._url, self._body = url, body
        try:
            rows = self._rows()
            header = next(rows, None)
            if header is None:
                raise _refused(url, "an empty table")
            self.layout, self._reader = _reader(url, header)
            self.statistic = self._checked(rows, len(header))
        except UnicodeDecodeError as error:
            raise _refused(url, f"not UTF-8 ({error.reason})") from error
        except csv.Error as error:
            raise _refused(url, f"not CSV ({error})") from error

    def cells(
        self, region: str | None = None, variables: AbstractSet[str] = REGION_VARIABLES
    ) -> Iterator[Cell]:
        """The cells in the file's order.

        Args:
            region: Only rows of this region, and rows that name none; None: all rows.
            variables: Codes of the variables that are regions.
        """
        rows = self._rows()
        next(rows)
        for row_no, row in enumerate(rows, start=1):
            if row and (region is None or self._reader.may_be_of(region, variables, row)):
                yield from self._reader.cells(row_no, [word.strip() for word in row])

    def _rows(self) -> Iterator[list[str]]:
        lines = io.TextIOWrapper(io.BytesIO(self._body), "utf-8-sig", newline="")
        return csv.reader(lines, delimiter=";")

    def _checked(self, rows: Iterator[list[str]], width: int) -> str:
        statistic = ""
        for row_no, row in enumerate(rows, start=1):
            if not row:
                continue
            if len(row) != width:
                raise _refused(self._url, f"row {row_no} has {len(row)} fields, the header {width}")
            code = row[0].strip()
            statistic = statistic or code
            if code != statistic or not _STATISTIC.fullmatch(code):
                what = f"row {row_no} is shifted: {code[:40]!r} is no statistic's code"
                raise _refused(self._url, what)
        return statistic


@dataclass(frozen=True, slots=True)
class _Reader:
    """Where things stand in a row of one layout."""

    dimensions: int
    measures: tuple[Measure, ...]
    has_quality: bool
    # Few variables and measures, many rows: each is made once, and its words are kept once.
    places: dict[tuple[str, ...], tuple[Dimension, ...]]
    units: dict[tuple[str, ...], Measure]

    @property
    def first(self) -> int:
        """Where the values begin."""
        return len(_FIXED) + 4 * self.dimensions

    def may_be_of(self, region: str, variables: AbstractSet[str], row: Sequence[str]) -> bool:
        """Whether a row names this region first, or none: it is worth a closer look."""
        for at in range(len(_FIXED), self.first, 4):
            if row[at].strip() in variables:
                return row[at + 2].strip() in {region, ""}
        return True

    def cells(self, row_no: int, row: Sequence[str]) -> Iterator[Cell]:
        place = tuple(row[len(_FIXED) : self.first])
        dimensions = self.places.get(place)
        if dimensions is None:
            dimensions = self._dimensions(place)
        quality = ""
        values = row[self.first :]
        pairs: Iterable[tuple[Measure, str]] = zip(self.measures, values, strict=False)
        if not self.measures:
            pairs = [(self._measure(tuple(values[1:4])), values[0])]
            quality = values[4] if self.has_quality else ""
        for measure, value in pairs:
            yield Cell(
                row_no=row_no,
                row=row,
                statistic_code=row[0],
                statistic_label=row[1],
                time_code=row[2],
                time_text=row[4],
                dimensions=dimensions,
                measure=measure,
                value_raw=value,
                quality_raw=quality,
            )

    def _dimensions(self, place: tuple[str, ...]) -> tuple[Dimension, ...]:
        groups = (place[at : at + 4] for at in range(0, len(place), 4))
        # Where a measure does not know a variable, all its four fields are empty.
        made = tuple(Dimension(*group) for group in groups if group[0])
        if len(self.places) < MOST_PLACES:
            self.places[place] = made
        return made

    def _measure(self, told: tuple[str, ...]) -> Measure:
        unit, code, label = told
        measure = self.units.get(told) or Measure(code, label, unit or None)
        if len(self.units) < MOST_PLACES:
            self.units[told] = measure
        return measure


def _reader(url: str, header: Sequence[str]) -> tuple[type_of_layout, _Reader]:
    head = tuple(header[: len(_FIXED)])
    if head not in {_FIXED, _GERMAN}:
        raise _refused(url, f"the header begins {';'.join(head)[:80]!r}, which is no known layout")
    rest = list(header[len(_FIXED) :])
    dimensions = 0
    while rest[:4] in _dimension_headers(dimensions + 1):
        dimensions, rest = dimensions + 1, rest[4:]
    if tuple(rest[:4]) == _LONG_VALUE and rest[4:] in ([], ["value_q"]):
        return "long", _Reader(dimensions, (), bool(rest[4:]), {}, {})
    if not rest:
        raise _refused(url, "the header names no value column")
    measures = tuple(_measure(url, name) for name in rest)
    layout: type_of_layout = "wide_de" if head == _GERMAN else "wide_en"
    return layout, _Reader(dimensions, measures, False, {}, {})  # noqa: FBT003 - it has none


def _dimension_headers(number: int) -> tuple[list[str], ...]:
    """The header names of the n-th variable in the three layouts; English repeats one."""
    german = ["Merkmal_Code", "Merkmal_Label", "Auspraegung_Code", "Auspraegung_Label"]
    english = ["variable_code", "variable_label", "variable_code", "variable_code"]
    long = [*english[:2], "variable_attribute_code", "variable_attribute_label"]
    return tuple([f"{number}_{name}" for name in names] for names in (german, english, long))


def _measure(url: str, header: str) -> Measure:
    """A wide layout's value column, ``CODE__Label_with_words__Unit``."""
    found = _VALUE_HEADER.fullmatch(header)
    if found is None or "NotFound" in header:
        raise _refused(url, f"the value column {header[:80]!r} names no measure and unit")
    words: Mapping[str, str] = found.groupdict()
    return Measure(words["code"], words["label"].replace("_", " "), words["unit"].replace("_", " "))


def number(raw: str, decimal: str | None) -> tuple[float | None, str | None, str | None]:
    """What stands in a cell.

    Args:
        raw: The cell's text, stripped.
        decimal: The language's decimal mark, ``,`` or ``.``; None: unknown, both are read.

    Returns:
        Value, sign, quality. A sign has no value: ``-`` may mean zero or not delivered.

    Raises:
        ValueError: If it is neither a number of this language nor a known sign.
    """
    if not raw:
        raise ValueError("empty value")
    if raw in SIGNS:
        return None, raw, None
    found = _NUMBER.fullmatch(raw)
    if found is None or bool(found["open"]) != bool(found["close"]):
        raise ValueError(
            f"neither a number nor a known sign: {raw[:40]!r}" if raw else "empty value"
        )
    if found["mark"] and decimal and found["mark"] != decimal:
        raise ValueError(f"decimal mark {found['mark']!r} where {decimal!r} is used: {raw[:40]!r}")
    value = float(f"{found['digits']}.{found['rest'] or 0}")
    quality = found["quality"] or ("()" if found["open"] else None)
    # Office's legend: a zero is "less than half of the unit, but more than nothing".
    return value, None, quality or ("0" if value == 0 else None)


def day(text: str) -> dt.date:
    """The day of a time field: ISO, ``dd.mm.yyyy``, or a year (its last day).

    Raises:
        ValueError: For anything else.
    """
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return dt.date.fromisoformat(text)
    if re.fullmatch(r"\d{2}\.\d{2}\.\d{4}", text, re.ASCII):
        return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return dt.date(int(text), 12, 31)
    raise ValueError(f"no known form of time: {text[:40]!r}")


def _day_of(stamp: tuple[int, int, int, int, int, int]) -> dt.date | None:
    try:
        made_on = dt.date(*stamp[:3])
    except ValueError:
        return None
    # A ZIP without a time of its own says 1980.
    return made_on if made_on.year > 1999 else None  # noqa: PLR2004


def _refused(url: str, what: str) -> UnknownStructureError:
    return UnknownStructureError(
        url,
        what,
        "nothing of it is loaded and the last good data stay; look at the answer, and tell the"
        " office if it stays so",
    )
