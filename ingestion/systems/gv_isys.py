"""The directory of municipalities (GV-ISys of Destatis): every administrative unit on one day.

The office publishes one workbook per quarter, the newest at an address that stays; each is a
snapshot. What changed between two of them is worked out later, from the rows of both.
"""

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urljoin

from ingestion.city import City
from ingestion.formats import kinds
from ingestion.http import Client, FetchError
from ingestion.record import Fetched, Place, Record, RejectedRow, UnknownStructureError
from ingestion.systems import _xlsx
from ingestion.systems._grid import Cell, Grid, refused
from ingestion.systems._gv_isys_model import GvIsysRequest
from ingestion.systems._gv_isys_sheet import (
    COLUMNS,
    FIRST_ROW,
    KINDS,
    LEVELS,
    SOURCE_NOTE,
    Dates,
    Level,
    dates_of,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("directory",)
TABLE: Final = "GV-ISys"
"""The table's code where nobody says another."""

_SHEET: Final = re.compile(r"Onlineprodukt_Gemeinden.*")
_AREA: Final = re.compile(r"\d{1,6}(?:\.\d+)?", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,8}", re.ASCII)
_POSTAL_CODE: Final = re.compile(r"\d{5}", re.ASCII)
_DEGREES: Final = re.compile(r"-?\d{1,3}[.,]\d{1,10}", re.ASCII)
_WHOLE_EARTH: Final = {"longitude": 180.0, "latitude": 90.0}


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the workbooks of the network's list.

    Args:
        city: The city; what is read of a workbook is this city and what it belongs to.
        since: Not used: a workbook is there as a whole.
        client: Asks conditionally, so a workbook that has not changed costs nothing.

    Yields:
        One workbook per entry. What could not be had is reported and the next one asked.
    """
    del since
    for entry in city.statistics_of("gv_isys"):
        request = entry.table.request
        assert isinstance(request, GvIsysRequest)
        url = urljoin(str(entry.url), request.file)
        context = {"table": entry.table.code, "ars": entry.region, "page": str(entry.page)}
        try:
            yield client.get(url, kind="directory", context=context)
        except FetchError as error:
            client.report(error.problem)


def parse(fetched: Fetched) -> Iterator[Record]:
    """The units of a workbook, and its rows that could not be read.

    Args:
        fetched: The XLSX; its context may name ``ars`` (12 digits): then only this municipality
            and what it belongs to is read. Without it every unit is.

    Yields:
        Place and RejectedRow, in the file's order.

    Raises:
        UnknownStructureError: Before the first record, if the workbook is not the known one.
    """
    grid = _xlsx.read(fetched.url, fetched.body, lambda name: bool(_SHEET.fullmatch(name)))
    dates = dates_of(grid)
    records = list(_Reading(grid, dates, fetched).records())
    if not records:
        raise refused(
            grid.where,
            f"no row for the municipality {fetched.context.get('ars', '(any)')}",
            "check the city's ARS: the directory knows it under another one, or it is gone",
        )
    yield from records


def page_kind(url: str, body: bytes) -> str | None:
    """``directory`` for a workbook with the sheet of the municipalities; else None."""
    if kinds.sniff(body) != kinds.XLSX:
        return None
    try:
        return "directory" if any(map(_SHEET.fullmatch, _xlsx.sheets(url, body))) else None
    except UnknownStructureError:
        return None


class _Reading:
    """Turns the rows of the sheet into records."""

    def __init__(self, grid: Grid, dates: Dates, fetched: Fetched) -> None:
        self._grid, self._dates = grid, dates
        self._page = fetched.context.get("page") or fetched.url
        self._table = fetched.context.get("table") or TABLE
        self._ars = fetched.context.get("ars") or None

    def records(self) -> Iterator[Record]:
        seen: Counter[str] = Counter()
        known: set[str] = set()
        for number in self._grid.row_numbers(FIRST_ROW):
            row = {name: self._grid.at(number, column) for name, column in COLUMNS.items()}
            if SOURCE_NOTE.match(row["kind_of_row"].text):
                return
            try:
                level, ars = _level_and_key(row)
                known.add(ars)
                if not self._is_asked_for(ars):
                    continue
                place = self._place(row, level, ars, known)
            except ValueError as error:
                yield self._rejected(number, row, str(error))
                continue
            seen[place.id] += 1
            if seen[place.id] > 1:
                yield self._rejected(number, row, f"the key {ars} a second time")
            else:
                yield place

    def _is_asked_for(self, ars: str) -> bool:
        return self._ars is None or self._ars.startswith(ars)

    def _place(self, row: Mapping[str, Cell], level: Level, ars: str, known: set[str]) -> Place:
        """One unit.

        Raises:
            ValueError: A field that is not what its column says.
        """
        code = row["kind_code"].text
        if level.has_kind and code not in KINDS:
            raise ValueError(f"unknown Textkennzeichen {code[:20]!r}")
        if not row["name"].text:
            raise ValueError("names no unit")
        has_figures = level.name == "municipality"
        dates = self._dates
        area = _figure(row, "area", _AREA) if has_figures else None
        population = _figure(row, "population", _COUNT) if has_figures else None
        return Place(
            id=f"{ars}@{dates.valid_on.isoformat()}",
            url=self._page,
            ars=ars,
            ags=_ags(ars, level),
            name=row["name"].text,
            level=level.name,
            parent_ars=_parent(ars, known),
            kind_code=code or None,
            kind=KINDS.get(code),
            area_km2=area,
            area_on=None if area is None else dates.area_on,
            population=None if population is None else int(population),
            population_on=None if population is None else dates.population_on,
            population_basis=None if population is None else dates.population_basis,
            postal_code=_postal_code(row["postal_code"]),
            longitude=_degrees(row, "longitude"),
            latitude=_degrees(row, "latitude"),
            valid_on=dates.valid_on,
        )

    def _rejected(self, number: int, row: Mapping[str, Cell], reason: str) -> RejectedRow:
        words = {name: cell.text for name, cell in row.items()}
        return RejectedRow(
            id=f"{self._table}@{self._dates.valid_on.isoformat()}:{number}",
            url=self._page,
            source=self._table,
            row_no=number,
            reason=reason,
            row=json.dumps(words, ensure_ascii=False),
        )


def _level_and_key(row: Mapping[str, Cell]) -> tuple[Level, str]:
    """The level and its key, put together from the columns of its parts.

    Raises:
        ValueError: An unknown kind of row, or a key with too many or too few digits.
    """
    level = LEVELS.get(row["kind_of_row"].text)
    if level is None:
        raise ValueError(f"unknown Satzart {row['kind_of_row'].text[:40]!r}")
    digits = ""
    for name, length in level.parts:
        part = row[name]
        if part.kind == "number" or not (part.text.isascii() and part.text.isdigit()):
            # As a number it has lost the zeros in front.
            raise ValueError(f"{name}: {part.text[:20]!r} is no part of a key")
        if len(part.text) != length:
            raise ValueError(f"{name}: {part.text[:20]!r} has not {length} digits")
        digits += part.text
    return level, digits


def _ags(ars: str, level: Level) -> str | None:
    """The key without the association's four digits; an association has none."""
    if level.name == "municipality":
        return ars[:5] + ars[9:]
    return None if level.name == "association" else ars


def _parent(ars: str, known: set[str]) -> str | None:
    """The nearest unit above that the directory has a row for."""
    above = (ars[:digits] for digits in (9, 5, 4, 3, 2) if digits < len(ars))
    return next((key for key in above if key in known), None)


def _figure(row: Mapping[str, Cell], name: str, form: re.Pattern[str]) -> float | None:
    cell = row[name]
    if not cell.text:
        return None
    if cell.kind != "number" or form.fullmatch(cell.text) is None:
        raise ValueError(f"{name}: no figure: {cell.text[:40]!r}")
    return float(cell.text)


def _postal_code(cell: Cell) -> str | None:
    if not cell.text:
        return None
    if cell.kind == "number" or _POSTAL_CODE.fullmatch(cell.text) is None:
        raise ValueError(f"postal_code: not five digits: {cell.text[:20]!r}")
    return cell.text


def _degrees(row: Mapping[str, Cell], name: str) -> float | None:
    """Degrees of WGS 84; the file writes them as text with a decimal comma."""
    text = row[name].text
    # An area that belongs to two countries has zeros: no place on earth is meant.
    if not text or all(row[each].text == "0" for each in _WHOLE_EARTH):
        return None
    if _DEGREES.fullmatch(text) is None:
        raise ValueError(f"{name}: no degrees: {text[:40]!r}")
    degrees = float(text.replace(",", "."))
    if abs(degrees) > _WHOLE_EARTH[name]:
        raise ValueError(f"{name}: not on earth: {text[:40]!r}")
    return degrees
