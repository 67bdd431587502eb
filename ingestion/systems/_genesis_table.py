"""The three layouts of a GENESIS ``ffcsv`` table, read into the same cells.

Wide German (2024), wide English with repeated header names (2024) and long (since 2025, in a ZIP).
Whatever differs between them ends here; ``genesis.py`` sees cells only.
"""

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ingestion.record import UnknownStructureError

MAX_TABLE_BYTES: Final = 256 * 2**20
"""Unpacked; a district table of 30 years has some 30 MB."""
ZIP_MAGIC: Final = b"PK\x03\x04"
SIGNS: Final = frozenset({"-", "...", ".", "/", "x"})
"""Stand in place of a number. ``0 () p r s e`` stand beside one: they are its quality."""
TOTALS: Final = frozenset({"", "INSGESAMT"})
REGION_VARIABLES: Final = frozenset({"DINSG", "DLAND", "REGBEZ", "KREISE", "GEMEIN", "KREISA"})

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
    row: tuple[str, ...]
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
        text: The CSV.
        member: The name of the file in the ZIP, empty without one. Never used as a path.
        made_on: When the server packed it, None without ZIP or with an impossible date.
    """

    text: str
    member: str = ""
    made_on: dt.date | None = None


def unpack(url: str, body: bytes) -> Table:
    """The CSV of an answer, out of its ZIP if it is in one.

    Args:
        url: Where it came from, for messages.
        body: The answer, untrusted.

    Raises:
        UnknownStructureError: For a broken, encrypted or oversized ZIP, one with not exactly one
            member, or a text that is not UTF-8.
    """
    member, made_on = "", None
    if body.startswith(ZIP_MAGIC):
        try:
            with zipfile.ZipFile(io.BytesIO(body)) as archive:
                infos = archive.infolist()
                if len(infos) != 1:
                    raise _refused(url, f"a ZIP with {len(infos)} members instead of one")
                member = infos[0].filename
                made_on = _day_of(infos[0].date_time)
                with archive.open(infos[0]) as file:
                    # The size in the directory is the sender's claim: what comes out counts.
                    body = file.read(MAX_TABLE_BYTES + 1)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            raise _refused(url, f"a ZIP that cannot be read ({type(error).__name__})") from error
    if len(body) > MAX_TABLE_BYTES:
        raise _refused(url, f"a table of more than {MAX_TABLE_BYTES:,} bytes")
    try:
        return Table(body.decode("utf-8-sig"), member, made_on)
    except UnicodeDecodeError as error:
        raise _refused(url, f"byte {error.start} is not UTF-8") from error


def cells(url: str, text: str) -> tuple[type_of_layout, list[Cell]]:
    """Every cell of a table; all of them or none.

    Args:
        url: Where it came from, for messages.
        text: The CSV, untrusted.

    Returns:
        The layout, and the cells in the file's order.

    Raises:
        UnknownStructureError: If the header is unknown, names no unit, or rows are shifted
            against it: then no single cell can be trusted.
    """
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    except csv.Error as error:
        raise _refused(url, f"not CSV ({error})") from error
    if not rows:
        raise _refused(url, "an empty table")
    layout, reader = _reader(url, rows[0])
    found: list[Cell] = []
    statistic = None
    for row_no, row in enumerate(rows[1:], start=1):
        if not row:
            continue
        words = [word.strip() for word in row]
        if len(words) != len(rows[0]):
            raise _refused(url, f"row {row_no} has {len(words)} fields, the header {len(rows[0])}")
        statistic = statistic or words[0]
        if words[0] != statistic or not _STATISTIC.fullmatch(words[0]):
            raise _refused(url, f"row {row_no} is shifted: {words[0]!r} is no statistic's code")
        found.extend(reader.cells(row_no, words))
    return layout, found


@dataclass(frozen=True, slots=True)
class _Reader:
    """Where things stand in a row of one layout."""

    dimensions: int
    measures: tuple[Measure, ...]
    has_quality: bool

    def cells(self, row_no: int, row: Sequence[str]) -> Iterator[Cell]:
        first = len(_FIXED) + 4 * self.dimensions
        groups = [row[at : at + 4] for at in range(len(_FIXED), first, 4)]
        values = row[first:]
        quality = ""
        pairs = list(zip(self.measures, values, strict=False))
        if not self.measures:
            value, unit, code, label = values[:4]
            pairs = [(Measure(code, label, unit or None), value)]
            quality = values[4] if self.has_quality else ""
        for measure, value in pairs:
            yield Cell(
                row_no=row_no,
                row=tuple(row),
                statistic_code=row[0],
                statistic_label=row[1],
                time_code=row[2],
                time_text=row[4],
                # Where a measure does not know a variable, all its four fields are empty.
                dimensions=tuple(Dimension(*group) for group in groups if group[0]),
                measure=measure,
                value_raw=value,
                quality_raw=quality,
            )


def _reader(url: str, header: Sequence[str]) -> tuple[type_of_layout, _Reader]:
    head = tuple(header[: len(_FIXED)])
    if head not in {_FIXED, _GERMAN}:
        raise _refused(url, f"the header begins {';'.join(head)[:80]!r}, which is no known layout")
    rest = list(header[len(_FIXED) :])
    dimensions = 0
    while rest[:4] in _dimension_headers(dimensions + 1):
        dimensions, rest = dimensions + 1, rest[4:]
    if tuple(rest[:4]) == _LONG_VALUE and rest[4:] in ([], ["value_q"]):
        return "long", _Reader(dimensions, (), has_quality=bool(rest[4:]))
    if not rest:
        raise _refused(url, "the header names no value column")
    measures = tuple(_measure(url, name) for name in rest)
    layout: type_of_layout = "wide_de" if head == _GERMAN else "wide_en"
    return layout, _Reader(dimensions, measures, has_quality=False)


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
