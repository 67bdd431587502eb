"""A statistics office over the GENESIS web service 2020, below ``/genesisws/rest/2020/``.

The figures are true: table 12411-01-01-4 for four cities (``population.csv``: © Statistische Ämter
des Bundes und der Länder, Deutschland, 2026, dl-de/by-2-0), each key date as it stood on a day
(``vintage``), because the census of 2022 changed what had been published before.

Requests are form-encoded POSTs with the headers ``username`` and ``password``. Any user name is
right, unless the password is ``falsch``: then HTTP 404 with ``Code`` 2; without a user name HTTP
401 with ``Code`` 15. ``data/tablefile`` with ``format=ffcsv`` answers a ZIP; without ``startyear``
it holds the newest key date only, ``regionalkey`` cuts it to regions (``07315`` or ``07315*``).
The member's name carries the vintage in milliseconds, so the same figures are the same bytes.
"""

import csv
import datetime as dt
import io
import json
import zipfile
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ingestion.sampleworld.dice import Dice, day
from ingestion.sampleworld.faults import Fault, Faults
from ingestion.sampleworld.web import FaultyHost, robots

TABLE: Final = "12411-01-01-4"
BASE: Final = "/genesisws/rest/2020"
CITY: Final = "statistics"
_OLD: Final = dt.date(2024, 12, 4)
_NEW: Final = dt.date(2026, 3, 10)
_FILE: Final = Path(__file__).parent / "population.csv"
_NAMES: Final = {
    "07111": "Koblenz, kreisfreie Stadt",
    "07211": "Trier, kreisfreie Stadt",
    "07314": "Ludwigshafen am Rhein, kreisfreie Stadt",
    "07315": "Mainz, kreisfreie Stadt",
}
_SEXES: Final = {"": "Insgesamt", "GESM": "männlich", "GESW": "weiblich"}
_HEADER: Final = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
    "2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;"
    "value_variable_label"
)
_COPYRIGHT: Final = (
    "© Statistische Ämter des Bundes und der Länder, Deutschland, 2026.\n"
    "Dieses Werk ist lizenziert unter der Datenlizenz Deutschland\n"
    "- Namensnennung - Version 2.0."
)
_OOPS: Final = (
    "<!doctype html>\n<html lang='de'><head><meta charset='utf-8'><title></title></head><body>"
    "<div id='content'><h1>Ups, ein Fehler!</h1><p><span>Aktuelle Zahlen und Fakten finden Sie "
    "hier:</span> <a href='https://www.regionalstatistik.de'>https://www.regionalstatistik.de</a>"
    "</p></div></body></html>"
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number; ``region`` is the district key (5 digits)."""

    region: str
    date: dt.date
    sex: str
    value: int
    vintage: dt.date


@cache
def figures() -> tuple[Figure, ...]:
    """All figures in all vintages."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return tuple(
        Figure(
            region=row["ags"][:5],
            date=dt.date.fromisoformat(row["stichtag"]),
            sex=row["sex"],
            value=int(row["value"]),
            vintage=dt.date.fromisoformat(row["vintage"]),
        )
        for row in rows
    )


def state(on: dt.date) -> list[Figure]:
    """The table as it stood on a day: of each figure the newest vintage until then."""
    newest: dict[tuple[str, dt.date, str], Figure] = {}
    for figure in sorted(figures(), key=lambda each: each.vintage):
        if figure.vintage <= on:
            newest[figure.region, figure.date, figure.sex] = figure
    return list(newest.values())


class Genesis:
    """The statistics office's server."""

    def __init__(self, faults: Faults) -> None:
        """Serve with the faults of the city ``statistics``."""
        self._faults = faults

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        routes = [
            Route("/", _front),
            Route("/robots.txt", robots),
            Route(f"{BASE}/helloworld/whoami", _whoami),
            Route(f"{BASE}/helloworld/logincheck", _logincheck, methods=["GET", "POST"]),
            Route(f"{BASE}/data/tablefile", self._tablefile, methods=["POST"]),
            Route(f"{BASE}/metadata/table", self._metadata, methods=["POST"]),
        ]
        app = Starlette(routes=routes)
        return FaultyHost(app, self._faults, CITY, (f"{BASE}/data/tablefile",))

    def _on(self, fault: Fault) -> bool:
        return self._faults.has(fault, CITY)

    async def _tablefile(self, request: Request) -> Response:
        if self._on(Fault.HTML_500):
            return HTMLResponse(_OOPS, status_code=500)
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        asked = await _form(request)
        if asked.get("name") != TABLE:
            text = (
                "Die angeforderte Tabelle ist nicht vorhanden. Bitte prüfen Sie den Tabellennamen "
                "und ggf. eingegebene Auswahlmerkmale."
            )
            return JSONResponse(_status("data", "tablefile", 90, text, asked))
        on = _OLD if self._on(Fault.OLD_VINTAGE) else _NEW
        chosen = _chosen(state(on), asked)
        if not chosen:
            text = "Es gibt keine Objekte zum angegebenen Selektionskriterium"
            return JSONResponse(_status("data", "tablefile", 104, text, asked))
        table = _shifted(chosen) if self._on(Fault.SHIFTED_TABLE) else _long(chosen)
        return Response(_zipped(table, on), media_type="application/zip")

    async def _metadata(self, request: Request) -> Response:
        refusal = _refused(request)
        if refusal is not None:
            return refusal
        asked = await _form(request)
        if asked.get("name") != TABLE:
            text = "Es gibt keine Objekte zum angegebenen Selektionskriterium"
            return JSONResponse(_status("metadata", "table", 104, text, asked))
        newest = _OLD if self._on(Fault.OLD_VINTAGE) else _NEW
        answer = _status("metadata", "table", 0, "erfolgreich", asked)
        answer["Object"] = {
            "Code": TABLE,
            "Content": "Bevölkerung nach Geschlecht - Stichtag 31.12. - regionale\n"
            "Tiefe: Kreise und krfr. Städte",
            "Time": {"From": "31.12.2022", "To": day(max(each.date for each in state(newest)))},
            "Valid": "false",
            "Updated": f"{day(newest)} 11:18:07h",
        }
        return JSONResponse(answer)


def _chosen(table: list[Figure], asked: dict[str, str]) -> list[Figure]:
    keys = [key.strip().rstrip("*") for key in asked.get("regionalkey", "").split(",")]
    cut = [each for each in table if any(each.region.startswith(key[:5]) for key in keys)]
    if not cut:
        return []
    newest = max(each.date.year for each in cut)
    first = int(asked.get("startyear") or newest)
    last = int(asked.get("endyear") or newest)
    kept = [each for each in cut if first <= each.date.year <= last]
    # The real server keeps no order either; this one at least keeps its disorder.
    return sorted(kept, key=lambda each: Dice("order", each).number(0, 10**9))


def _long(chosen: list[Figure]) -> str:
    lines = [
        f"12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;{each.date};KREISE;"
        f"Kreise und kreisfreie Städte;{each.region};{_NAMES[each.region]};GES;Geschlecht;"
        f"{each.sex};{_SEXES[each.sex]};{each.value};Anzahl;BEVSTD;Bevölkerungsstand"
        for each in chosen
    ]
    return "\n".join((_HEADER, *lines)) + "\n"


def _shifted(chosen: list[Figure]) -> str:
    """The old wide layout as it was once delivered broken: cells moved to the left, no unit."""
    header = (
        "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;"
        "1_Auspraegung_Code;1_Auspraegung_Label;2_Merkmal_Code;2_Merkmal_Label;"
        "2_Auspraegung_Code;2_Auspraegung_Label;BEVSTD__Bevoelkerungsstand__MeasureUnitNotFound!"
    )
    names = [
        f"KREISE;Kreise und kreisfreie Städte;{region};      {_NAMES[region]};;;;;;;;;;"
        for region in sorted({each.region for each in chosen})
    ]
    lines = [
        f"12411;Fortschreibung des Bevölkerungsstandes;STAG;Stichtag;{day(each.date)};KREISE;"
        f"Kreise und kreisfreie Städte;{each.region};      {_NAMES[each.region]};{each.sex};"
        f"{each.value}"
        for each in chosen
    ]
    return "\n".join((header, *names, *lines)) + "\n"


def _zipped(table: str, on: dt.date) -> bytes:
    stamp = int(dt.datetime(on.year, on.month, on.day, 9, tzinfo=dt.UTC).timestamp() * 1000)
    member = zipfile.ZipInfo(f"{TABLE}_{stamp}_de_flat.csv", (on.year, on.month, on.day, 9, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member, table.encode("utf-8-sig"))
    return target.getvalue()


def _refused(request: Request) -> Response | None:
    if not request.headers.get("username"):
        text = (
            "Sie sind nicht berechtigt diesen Service aufzurufen oder der Header Ihres Requests "
            "enthält nicht alle notwendigen Angaben, sodass Ihre Zugangsdaten nicht erkannt werden."
        )
        return JSONResponse({"Code": 15, "Content": text, "Type": "ERROR"}, status_code=401)
    if request.headers.get("password") == "falsch":
        text = (
            "Ein Fehler ist aufgetreten. (Bitte prüfen und korrigieren Sie Ihren Nutzernamen bzw.\n"
            " das Passwort.)"
        )
        return JSONResponse({"Code": 2, "Content": text, "Type": "ERROR"}, status_code=404)
    return None


def _status(
    service: str, method: str, code: int, text: str, asked: dict[str, str]
) -> dict[str, Any]:
    kind = "Fehler" if code < 0 else "Information"
    return {
        "Ident": {"Service": service, "Method": method},
        "Status": {"Code": code, "Content": text, "Type": kind},
        "Parameter": {"username": "*" * 20, "password": "*" * 20, **asked},
        "Object": None,
        "Copyright": _COPYRIGHT,
    }


async def _form(request: Request) -> dict[str, str]:
    parsed = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}


async def _whoami(_: Request) -> Response:
    return JSONResponse({"User-Agent": "Beispielwelt", "User-IP": "127.0.0.1"})


async def _logincheck(request: Request) -> Response:
    """Always 200; only the text says whether the credentials are right."""
    name = request.headers.get("username") or "GAST"
    wrong = _refused(request) is not None
    text = (
        "Ein Fehler ist aufgetreten. (Die Aktion wurde wegen eines unerwarteten Systemfehlers "
        "abgebrochen.)"
        if wrong
        else "Sie wurden erfolgreich an- und abgemeldet."
    )
    return Response(
        json.dumps({"Status": text, "Username": name}, ensure_ascii=False),
        media_type="application/json",
    )


async def _front(_: Request) -> Response:
    return HTMLResponse(
        "<!DOCTYPE html><html lang='de'><head><meta charset='utf-8'><title>Beispielwelt: Statistik"
        "</title></head><body><main><h1>Beispielwelt: Statistikserver</h1><p>Nachbildung eines "
        f"GENESIS-Webservice unter <code>{BASE}/</code>, kein amtliches Angebot. Die Zahlen der "
        f"Tabelle {TABLE} sind echt:</p><p>{escape(_COPYRIGHT)}</p></main></body></html>"
    )
