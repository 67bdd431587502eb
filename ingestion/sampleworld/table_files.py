"""Files that offices publish at an address: the directory of municipalities, and a city's tables.

The figures are true: four cities and what they belong to in the directory (``municipalities.csv``:
© Statistisches Bundesamt), and the cities' population (``population.csv``: © Statistische Ämter des
Bundes und der Länder). The shapes are those that such files have:

- ``/gemeindeverzeichnis/Archiv/GVAuszugQ/AuszugGV4QAktuell.xlsx``: a header of three rows with
  merged cells, a key in five columns, numbers and texts mixed, notes below;
- ``/dateien/bevoelkerung.csv``: ISO-8859-1, ``;``, groups of digits, a title above, notes below;
- ``/dateien/bevoelkerung.xlsx``: a header of two rows, years over sexes, keys that have lost their
  first zero, ``-`` for what is not there;
- the result of an election, whose figures are invented (``elections``).
"""

import csv
import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ingestion.sampleworld import elections
from ingestion.sampleworld.dice import day
from ingestion.sampleworld.genesis import TABLE, Figure, state
from ingestion.sampleworld.web import answer
from ingestion.sampleworld.workbook import type_of_cell, workbook

DIRECTORY: Final = "/gemeindeverzeichnis/"
FILES: Final = "/dateien/"
TABLES: Final = {
    "GV-ISys": DIRECTORY,
    "GV-ISys-figures": DIRECTORY,
    elections.TABLE: elections.FILES,
}
"""The tables of the network's list that are answered, and below which path."""
CHANGED_ON: Final = dt.date(2026, 3, 10)

_FILE: Final = Path(__file__).parent / "municipalities.csv"
_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AS_OF: Final = "Gebietsstand am 31.12.2024 (4. Quartal)"
_HEAD: Final[tuple[tuple[type_of_cell, ...], ...]] = (
    (
        *("Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", None, None, None),
        *(None, "Gemeindename", "Fläche km2 1)"),
        *("Bevölkerung auf Grundlage des Zensus 20112)", None, None, None, "Postleit-zahl3)"),
        *("Geografische Mittelpunktkoordinaten", None, "Reisegebiete", None),
        *("Grad der Verstädterung", None),
    ),
    (
        *(None, None, "Land", "RB", "Kreis", "VB", "Gem", None, None),
        *("insgesamt", "männlich", "weiblich", "je km2", None, "Längengrad", "Breitengrad"),
        *(None, None, None, None),
    ),
    (
        *(None, None, _AS_OF, None, None, None, None, None, "31.12.2023 (Jahr)"),
        *("am 31.12.2023 (Jahr)", None, None, None, None, "Zuordnungsstand am 31.12.2023", None),
        *("Schlüssel", "Bezeichnung", "Schlüssel", "Bezeichnung"),
    ),
)
_MERGES: Final = (
    *("A1:T1", "A3:A5", "B3:B5", "C3:G3", "H3:H4", "I3:I4", "J3:M3", "N3:N5", "O3:P3", "Q3:R4"),
    *("S3:T4", "C5:H5", "J5:M5", "O5:P5"),
)
_NUMBERS: Final = ("area_km2", "population", "men", "women", "per_km2")
_CITIES: Final = {"07111": "Koblenz", "07211": "Trier", "07314": "Ludwigshafen", "07315": "Mainz"}
_SEXES: Final = {"": "insgesamt", "GESM": "männlich", "GESW": "weiblich"}
_SOURCE: Final = "© Statistische Ämter des Bundes und der Länder, Deutschland, 2026, dl-de/by-2-0"


def routes() -> list[Route]:
    """The files, each below its address."""
    return [
        _route(f"{DIRECTORY}Archiv/GVAuszugQ/AuszugGV4QAktuell.xlsx", directory, _XLSX),
        _route(f"{FILES}bevoelkerung.csv", population_csv, "text/csv"),
        _route(f"{FILES}bevoelkerung.xlsx", population_xlsx, _XLSX),
        _route(
            f"{elections.FILES}{elections.FILE}",
            elections.result,
            _XLSX,
            modified=elections.DETERMINED_ON,
        ),
    ]


def _route(
    path: str, file: Callable[[], bytes], media_type: str, modified: dt.date = CHANGED_ON
) -> Route:
    async def respond(request: Request) -> Response:
        return answer(request, file(), media_type, modified=modified)

    return Route(path, respond)


@cache
def directory() -> bytes:
    """The workbook of the directory of municipalities, cut to four cities."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    found = csv.DictReader((line for line in lines if not line.startswith("#")), delimiter=";")
    units: list[list[type_of_cell]] = [
        [_number(text) if name in _NUMBERS and text else text or None for name, text in row.items()]
        for row in found
    ]
    return workbook(
        (
            ("Gemeinden in Deutschland nach Fläche, Bevölkerung und Postleitzahl am 31.12.2024",),
            (),
            *_HEAD,
            (),
            *units,
            (),
            ("Quelle: Gemeindeverzeichnis-Informationssytem GV-ISys",),
            ("1) Abweichungen bei den Flächenangaben sind durch Runden der Zahlen möglich.",),
            ("© Statistisches Bundesamt (Destatis), 2025; auf vier Städte gekürzt",),
        ),
        sheet="Onlineprodukt_Gemeinden31122024",
        merges=_MERGES,
    )


def _number(text: str) -> float | int:
    return float(text) if "." in text else int(text)


@cache
def _figures() -> tuple[Figure, ...]:
    """The newest population figures, by city, day and sex."""
    found = state(CHANGED_ON, TABLE)
    return tuple(sorted(found, key=lambda each: (each.region, each.time, each.members)))


@cache
def population_csv() -> bytes:
    """A long table as municipal offices export it."""
    lines = ["Bevölkerung am 31. Dezember;;;;", "Schlüssel;Stadt;Stichtag;Geschlecht;Einwohner"]
    lines += [
        f"{each.region}000;{_CITIES[each.region]};{day(dt.date.fromisoformat(each.time))};"
        f"{_SEXES[each.members[0]]};{int(each.value):,}".replace(",", ".")
        for each in _figures()
    ]
    lines += ["1) Fortschreibung des Bevölkerungsstandes", f"Quelle: {_SOURCE};;;;"]
    return ("\r\n".join(lines) + "\r\n").encode("iso-8859-1")


@cache
def population_xlsx() -> bytes:
    """A wide table: years over sexes, a row per city."""
    years = sorted({each.year for each in _figures()})
    value = {(each.region, each.year, each.members[0]): int(each.value) for each in _figures()}
    top: list[type_of_cell] = ["Schlüssel", "Stadt"]
    bottom: list[type_of_cell] = [None, None]
    merges = ["A2:A3", "B2:B3"]
    for place, year in enumerate(years):
        first = ord("C") + 3 * place
        merges.append(f"{chr(first)}2:{chr(first + 2)}2")
        top += [str(year), None, None]
        bottom += list(_SEXES.values())
    # A spreadsheet takes 07315 for a number.
    body: list[list[type_of_cell]] = [
        [
            int(region),
            name,
            *(value.get((region, year, sex), "-") for year in years for sex in _SEXES),
        ]
        for region, name in _CITIES.items()
    ]
    return workbook(
        (
            ("Bevölkerung am 31. Dezember",),
            top,
            bottom,
            *body,
            ("1) Fortschreibung des Bevölkerungsstandes",),
            (f"Quelle: {_SOURCE}",),
        ),
        sheet="Bevölkerung",
        merges=merges,
    )
