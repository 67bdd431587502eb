"""The sheet of the directory of municipalities: its header, its dates, its levels."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ingestion.systems._grid import Grid, letter, refused
from ingestion.systems._table_columns import joined

HEADER_ROWS: Final = (3, 4, 5)
FIRST_ROW: Final = 6
SOURCE_NOTE: Final = re.compile(r"Quelle\s*:")
"""The first words below the table: what follows are notes."""

_DAY: Final = r"(\d{2}\.\d{2}\.\d{4})"
_NOTE: Final = r"(?: ?\d\))?"
_AS_OF: Final = rf"Gebietsstand am {_DAY} \(\d\. Quartal\)"
_ARS: Final = r"Amtlicher Regionalschlüssel \(ARS\)"
_PEOPLE: Final = rf"Bevölkerung auf Grundlage des Zensus (\d{{4}}){_NOTE}"
_POPULATION_ON: Final = rf"am {_DAY}(?: \(\w+\))?"
_CENTRE: Final = r"Geografische Mittelpunktkoordinaten"
# In the file's order; the words of its three header rows, blanks collapsed.
_COLUMNS: Final[Mapping[str, str]] = {
    "kind_of_row": r"Satz-?art",
    "kind_code": r"Text-?kenn-?zeichen",
    "state": rf"{_ARS} \| Land \| {_AS_OF}",
    "government_region": rf"{_ARS} \| RB \| {_AS_OF}",
    "district": rf"{_ARS} \| Kreis \| {_AS_OF}",
    "association": rf"{_ARS} \| VB \| {_AS_OF}",
    "municipality": rf"{_ARS} \| Gem \| {_AS_OF}",
    "name": rf"Gemeindename \| {_AS_OF}",
    "area": rf"Fläche km(?:2|²){_NOTE} \| {_DAY}(?: \(\w+\))?",
    "population": rf"{_PEOPLE} \| insgesamt \| {_POPULATION_ON}",
    "men": rf"{_PEOPLE} \| männlich \| {_POPULATION_ON}",
    "women": rf"{_PEOPLE} \| weiblich \| {_POPULATION_ON}",
    "density": rf"{_PEOPLE} \| je km(?:2|²) \| {_POPULATION_ON}",
    "postal_code": rf"Post-?leit-?zahl{_NOTE}",
    "longitude": rf"{_CENTRE} \| Längengrad \| Zuordnungsstand am {_DAY}",
    "latitude": rf"{_CENTRE} \| Breitengrad \| Zuordnungsstand am {_DAY}",
    "travel_area": r"Reisegebiete \| Schlüssel",
    "travel_area_name": r"Reisegebiete \| Bezeichnung",
    "urbanisation": r"Grad der Verstädterung \| Schlüssel",
    "urbanisation_name": r"Grad der Verstädterung \| Bezeichnung",
}
COLUMNS: Final[Mapping[str, int]] = {name: place for place, name in enumerate(_COLUMNS, start=1)}
"""What stands in which column, counted from 1."""

KINDS: Final[Mapping[str, str]] = {
    "41": "Kreisfreie Stadt",
    "42": "Stadtkreis",
    "43": "Kreis",
    "44": "Landkreis",
    "45": "Regionalverband",
    "50": "Verbandsfreie Gemeinde",
    "51": "Amt",
    "52": "Samtgemeinde",
    "53": "Verbandsgemeinde",
    "54": "Verwaltungsgemeinschaft",
    "55": "Kirchspielslandgemeinde",
    "56": "Verwaltungsverband",
    "58": "Erfüllende Gemeinde",
    "60": "Markt",
    "61": "Kreisfreie Stadt",
    "62": "Stadtkreis",
    "63": "Stadt",
    "64": "Kreisangehörige Gemeinde",
    "65": "Gemeindefreies Gebiet, bewohnt",
    "66": "Gemeindefreies Gebiet, unbewohnt",
    "67": "Große Kreisstadt",
}
"""The legend of ``Textkennzeichen``, a comment on the sheet."""


@dataclass(frozen=True, slots=True)
class Level:
    """A level of administration.

    Attributes:
        name: As in ``Place.level``.
        parts: The columns whose digits make its key, each with how many it has.
        has_kind: Whether its rows say which kind of unit it is.
    """

    name: str
    parts: tuple[tuple[str, int], ...]
    has_kind: bool


_STATE: Final = (("state", 2),)
_REGION: Final = (*_STATE, ("government_region", 1))
_DISTRICT: Final = (*_REGION, ("district", 2))
_ASSOCIATION: Final = (*_DISTRICT, ("association", 4))
LEVELS: Final[Mapping[str, Level]] = {
    "10": Level("state", _STATE, has_kind=False),
    "20": Level("government_region", _REGION, has_kind=False),
    # Only in Baden-Württemberg: the first digit of its districts.
    "30": Level("region", (*_REGION, ("district", 1)), has_kind=False),
    "40": Level("district", _DISTRICT, has_kind=True),
    "50": Level("association", _ASSOCIATION, has_kind=True),
    "60": Level("municipality", (*_ASSOCIATION, ("municipality", 3)), has_kind=True),
}
"""The legend of ``Satzart``."""


@dataclass(frozen=True, slots=True)
class Dates:
    """As of when the sheet's columns stand."""

    valid_on: dt.date
    area_on: dt.date
    population_on: dt.date
    population_basis: str


def dates_of(grid: Grid) -> Dates:
    """Check the whole header, and read what it says of dates and census.

    Raises:
        UnknownStructureError: A column that is not where it was, one too many, or dates that do
            not agree with each other; names row and column.
    """
    grid.filled(HEADER_ROWS)
    last = max((max(cells) for cells in grid.rows.values()), default=0)
    where = f"{grid.where}, row {HEADER_ROWS[0]} to {HEADER_ROWS[-1]}"
    if last > len(COLUMNS):
        raise refused(where, f"column {letter(last)} is more than the {len(COLUMNS)} known ones")
    found: dict[str, tuple[str, ...]] = {}
    for name, pattern in _COLUMNS.items():
        column = COLUMNS[name]
        header = joined([grid.at(row, column).text for row in HEADER_ROWS])
        match = re.fullmatch(pattern, header)
        if match is None:
            raise refused(
                where,
                f"column {letter(column)} is {header[:80]!r}, where {name} is expected",
                "compare the file with docs/sources/gv_isys.md; nothing of it is loaded",
            )
        found[name] = match.groups()
    return _agreed(where, found)


def _agreed(where: str, found: Mapping[str, tuple[str, ...]]) -> Dates:
    keys = ("state", "government_region", "district", "association", "municipality", "name")
    people = ("population", "men", "women", "density")
    for names in (keys, people):
        if len({found[name] for name in names}) != 1:
            raise refused(where, f"columns {', '.join(names)} stand for different days")
    census, counted = found["population"]
    try:
        return Dates(
            valid_on=_day(found["state"][0]),
            area_on=_day(found["area"][0]),
            population_on=_day(counted),
            population_basis=f"census-{census}",
        )
    except ValueError as error:
        raise refused(where, f"an impossible day in the header ({error})") from None


def _day(text: str) -> dt.date:
    return dt.date(int(text[6:]), int(text[3:5]), int(text[:2]))
