"""The bulk file of INKAR: a ZIP with one CSV of several gigabytes, read row by row.

Neither the ZIP nor its content is ever held in memory: a row that is not wanted is forgotten.
"""

import csv
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, BinaryIO, Final

from ingestion.record import UnknownStructureError
from ingestion.systems._statistics_rows import KEEP, MAX_ROWS, columns, refused

COLUMNS: Final = (
    "Bereich",
    "ID",
    "Kuerzel",
    "Indikator",
    "Raumbezug",
    "Kennziffer",
    "Name",
    "Zeitbezug",
    "Wert",
)
MAX_ZIP_BYTES: Final = 2**30
"""The edition of 2025 has 433 MB."""
MAX_CSV_BYTES: Final = 32 * 2**30
"""Unpacked; the edition of 2025 has 6.6 GB."""
MAX_LINE: Final = 2**16
MAX_MEMBERS: Final = 1_000

_MEMBER: Final = re.compile(r"(?:[^/\\]+/)*inkar_\d{4}\.csv", re.ASCII | re.IGNORECASE)
_DIGITS: Final = re.compile(r"\d{1,8}", re.ASCII)
_FIRST_DISTRICT: Final = 4
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is kept of the file.

    Attributes:
        section: The ``Bereich``, e.g. ``LRB``.
        spatial: The ``Raumbezug``, e.g. ``Kreise``.
        region: The key, as ``key`` reads it; None: every region.
        variables: The ``Kuerzel``; empty: all of them.
    """

    section: str = "LRB"
    spatial: str = "Kreise"
    region: str | None = None
    variables: frozenset[str] = frozenset()

    def takes(self, row: "Row") -> bool:
        """Whether a row is kept."""
        return (
            row.spatial == self.spatial
            and row.section == self.section
            and (not self.variables or row.variable in self.variables)
            and (self.region is None or key(row.spatial, row.key) == self.region)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, words stripped of blanks."""

    number: int
    cells: tuple[str, ...]
    section: str
    variable: str
    label: str
    spatial: str
    key: str
    name: str
    period: str
    value: str


def key(spatial: str, text: str) -> str | None:
    """A region's official key: five digits of a district, else eight; None for anything else.

    The file has keys with and without their leading zero, and those of districts with and without
    three zeros at the end: ``7211``, ``07211`` and ``7211000`` are one district.
    """
    if not _DIGITS.fullmatch(text):
        return None
    if spatial != "Kreise":
        return text.zfill(8)
    if len(text) <= 5:  # noqa: PLR2004 - the digits of a district
        return text.zfill(5) if len(text) >= _FIRST_DISTRICT else None
    full = text.zfill(8)
    return full[:5] if full.endswith("000") else None


def rows(url: str, file: BinaryIO, wanted: Wanted) -> Iterator[Row]:
    """The wanted rows, in the file's order.

    Args:
        url: Where the file came from, for messages.
        file: The ZIP, untrusted; it must be able to seek.
        wanted: What is kept.

    Raises:
        UnknownStructureError: If the ZIP cannot be read, holds not one ``inkar_<year>.csv``, its
            columns are not exactly ``COLUMNS``, or a row is shifted against them.
    """
    with _member(url, file) as (member, _):
        yield from (row for row in _all(url, member) if wanted.takes(row))


def made_on(url: str, file: BinaryIO) -> tuple[int, int, int] | None:
    """The day on which the CSV was packed, as year, month and day; None where it says none."""
    with _member(url, file) as (_, info):
        return info.date_time[:3] if info.date_time[0] > 1999 else None  # noqa: PLR2004


def cut(url: str, file: BinaryIO, wanted: Wanted) -> bytes:
    """The same ZIP with nothing but the wanted rows, which stand in it as they stood.

    Raises:
        UnknownStructureError: As ``rows``.
    """
    kept = io.StringIO(newline="")
    writer = csv.writer(kept, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    with _member(url, file) as (member, info):
        for row in _all(url, member):
            if wanted.takes(row):
                writer.writerow(row.cells)
    target = io.BytesIO()
    packed = zipfile.ZipInfo(info.filename.rpartition("/")[2], info.date_time)
    packed.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(packed, kept.getvalue().encode("utf-8-sig"))
    return target.getvalue()


@contextmanager
def _member(url: str, file: BinaryIO) -> Iterator[tuple[IO[bytes], zipfile.ZipInfo]]:
    """The CSV in the ZIP; whatever is wrong with the ZIP while it is read is told as one error."""
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            if len(infos) > MAX_MEMBERS:
                raise refused(url, f"a ZIP with {len(infos)} members")
            found = [each for each in infos if _MEMBER.fullmatch(each.filename)]
            if len(found) != 1:
                raise refused(url, f"a ZIP with {len(found)} files inkar_<year>.csv instead of one")
            # What is read of a member never exceeds the size in the directory.
            if found[0].file_size > MAX_CSV_BYTES:
                raise refused(url, f"a table of more than {MAX_CSV_BYTES:,} bytes")
            with archive.open(found[0]) as member:
                yield member, found[0]
    except UnknownStructureError:
        raise
    except NotImplementedError as error:
        raise UnknownStructureError(
            url,
            f"a ZIP packed in a way that cannot be read here ({error})",
            f"{KEEP}; pack the CSV anew with Deflate and load it from a server of your own",
        ) from error
    except _BROKEN as error:
        raise refused(url, f"a ZIP that cannot be read ({type(error).__name__})") from error


def _all(url: str, member: IO[bytes]) -> Iterator[Row]:
    """Every row, checked against the header."""
    reader = csv.reader(_lines(url, member), delimiter=";")
    try:
        header = next(reader, None)
        if header is None:
            raise refused(url, "an empty table")
        pick = _picker(columns(url, header, COLUMNS))
        for number, cells in enumerate(reader, start=1):
            if len(cells) == len(COLUMNS):
                yield pick(number, cells)
            elif cells:
                raise refused(
                    url, f"row {number} has {len(cells)} fields, the header {len(COLUMNS)}"
                )
    except csv.Error as error:
        raise refused(url, f"not CSV ({error})") from error


def _picker(at: Mapping[str, int]) -> Callable[[int, list[str]], Row]:
    order = [at[name] for name in COLUMNS]

    def pick(number: int, cells: list[str]) -> Row:
        words = tuple(cells[index].strip() for index in order)
        section, _, variable, label, spatial, region, name, period, value = words
        return Row(number, words, section, variable, label, spatial, region, name, period, value)

    return pick


def _lines(url: str, member: IO[bytes]) -> Iterator[str]:
    """The lines as text; one without an end is not read into memory."""
    text = io.TextIOWrapper(member, encoding="utf-8-sig", newline="")
    try:
        while line := text.readline(MAX_LINE):
            if len(line) == MAX_LINE:
                raise refused(url, f"a line of more than {MAX_LINE:,} characters")
            yield line
    except UnicodeDecodeError as error:
        raise refused(url, f"not UTF-8 ({error.reason})") from error


def limited(url: str, found: Iterator[Row]) -> Iterator[Row]:
    """No more rows than any answer may bring.

    Raises:
        UnknownStructureError: If there are more.
    """
    for count, row in enumerate(found, start=1):
        if count > MAX_ROWS:
            raise refused(url, f"more than {MAX_ROWS:,} rows", "name a region and indicators")
        yield row
