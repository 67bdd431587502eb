"""A statistics office over the GENESIS web service 2020.

It answers below the bases of all three services (``BASES``), whose accounts are different ones. The
figures are true (``genesis_figures``): tables of four cities, in German; each base has them all.

Requests are form-encoded POSTs with the headers ``username`` and ``password``. Any user name is
right, unless the password is ``falsch``: then HTTP 404 with ``Code`` 2; without a user name HTTP
401 with ``Code`` 15. An empty password makes the user name a token, to which jobs are refused. The
guest ``GAST`` gets tables and no catalogue. ``data/tablefile`` with ``format=ffcsv`` answers a ZIP;
without ``startyear`` it holds the newest key date only, ``regionalkey`` cuts it to regions
(``07315`` or ``07315*``). The same figures are the same bytes.
"""

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ingestion.sampleworld.dice import Dice, day
from ingestion.sampleworld.faults import Fault, Faults
from ingestion.sampleworld.genesis_answers import (
    COPYRIGHT,
    shifted,
    status,
    type_of_layout,
    written,
    zipped,
)
from ingestion.sampleworld.genesis_figures import (
    CENSUS,
    NEW,
    OLD,
    POPULATION,
    REGIONS,
    Figure,
    Table,
    figures,
    state,
    tables,
)
from ingestion.sampleworld.web import FaultyHost, robots

__all__ = [
    "BASE",
    "BASES",
    "CENSUS",
    "CENSUS_BASE",
    "TABLE",
    "Figure",
    "Genesis",
    "figures",
    "served_tables",
    "state",
]

TABLE: Final = POPULATION
LARGE: Final = "13111-01-03-4"
"""The table that is too large for one answer while the fault ``too_large`` is on."""
BASE: Final = "/genesisws/rest/2020"
CENSUS_BASE: Final = "/api/rest/2020"
BASES: Final = (BASE, "/genesisWS/rest/2020", CENSUS_BASE)
"""Regionalstatistik, GENESIS-Online and the census, as their servers have them."""
CITY: Final = "statistics"

_NO_TABLE: Final = (
    "Die angeforderte Tabelle ist nicht vorhanden. Bitte prüfen Sie den Tabellennamen und ggf. "
    "eingegebene Auswahlmerkmale."
)
_NO_OBJECT: Final = "Es gibt keine Objekte zum angegebenen Selektionskriterium"
_TOO_LARGE: Final = (
    "Die Tabelle ist zu gross, um im Dialog abgerufen zu werden. Bitte nutzen sie den Webservice "
    "mit dem Parameter job=true (REST) um eine Verarbeitung im Hintergrund zu starten."
)
_JOB_MADE: Final = (
    "Der Bearbeitungsauftrag wurde erstellt. Die Tabelle kann in Kürze als Ergebnis mit folgendem "
    "Namen abgerufen werden: {job}"
)
_BUSY: Final = "Es laufen bereits zu viele parallele Anfragen unter dieser Kennung."
_NOT_ALLOWED: Final = (
    "Sie sind nicht berechtigt diesen Service aufzurufen oder der Header Ihres Requests enthält "
    "nicht alle notwendigen Angaben, sodass Ihre Zugangsdaten nicht erkannt werden."
)
_WRONG: Final = (
    "Ein Fehler ist aufgetreten. (Bitte prüfen und korrigieren Sie Ihren Nutzernamen bzw.\n"
    " das Passwort.)"
)
_SYSTEM_ERROR: Final = (
    "Ein Fehler ist aufgetreten. (Die Aktion wurde wegen eines unerwarteten Systemfehlers "
    "abgebrochen.)"
)
_OOPS: Final = (
    "<!doctype html>\n<html lang='de'><head><meta charset='utf-8'><title></title></head><body>"
    "<div id='content'><h1>Ups, ein Fehler!</h1><p><span>Aktuelle Zahlen und Fakten finden Sie "
    "hier:</span> <a href='https://www.regionalstatistik.de'>https://www.regionalstatistik.de</a>"
    "</p></div></body></html>"
)

type_of_answering = Callable[[dict[str, str]], Response]


def served_tables() -> tuple[str, ...]:
    """The codes of the tables that are served."""
    return tuple(tables())


class Genesis:
    """The statistics office's server.

    Attributes:
        looks: How often a job's result is asked for before it is there.
    """

    def __init__(self, faults: Faults) -> None:
        """Serve with the faults of the city ``statistics``."""
        self._faults = faults
        self.looks = 2
        self._jobs: dict[str, tuple[int, dict[str, str]]] = {}
        self._refused = 0

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        methods: dict[str, tuple[type_of_answering, bool]] = {
            "data/tablefile": (self._tablefile, True),
            "data/resultfile": (self._resultfile, False),
            "metadata/table": (self._metadata, False),
            "catalogue/tables": (self._tables, False),
            "catalogue/modifieddata": (self._modified, False),
            "catalogue/results": (self._results, False),
            "catalogue/jobs": (self._job_states, False),
        }
        routes = [Route("/", _front), Route("/robots.txt", robots)]
        for base in BASES:
            login = f"{base}/helloworld/logincheck"
            routes += [
                Route(f"{base}/helloworld/whoami", _whoami),
                Route(login, _logincheck, methods=["GET", "POST"]),
                *(
                    Route(
                        f"{base}/{name}",
                        self._guarded(answering, is_for_guests=is_for_guests),
                        methods=["POST"],
                    )
                    for name, (answering, is_for_guests) in methods.items()
                ),
            ]
        files = tuple(f"{base}/data/tablefile" for base in BASES)
        return FaultyHost(Starlette(routes=routes), self._faults, CITY, files)

    def _on(self, fault: Fault) -> bool:
        return self._faults.has(fault, CITY)

    @property
    def _today(self) -> dt.date:
        """The day as which the office has the world's figures."""
        return OLD if self._on(Fault.OLD_VINTAGE) else NEW

    def _guarded(
        self, answering: type_of_answering, *, is_for_guests: bool
    ) -> Callable[[Request], Awaitable[Response]]:
        """What comes before every answer: maintenance, too many requests, the credentials."""

        async def guarded(request: Request) -> Response:
            if self._on(Fault.HTML_500):
                return HTMLResponse(_OOPS, status_code=500)
            is_guest = request.headers.get("username") == "GAST"
            refusal = _refusal(request, is_guest=is_guest and not is_for_guests)
            if refusal is not None:
                return refusal
            asked = await _form(request)
            if self._on(Fault.BUSY) and self._is_busy():
                return JSONResponse(_flat(6, _BUSY))
            is_token = not request.headers.get("password")
            if asked.get("job") == "true" and (is_token or is_guest):
                return JSONResponse(_flat(15, _NOT_ALLOWED), status_code=401)
            return answering(asked)

        return guarded

    def _is_busy(self) -> bool:
        """Every other request is one too many."""
        self._refused += 1
        return self._refused % 2 == 1

    def _tablefile(self, asked: dict[str, str]) -> Response:
        table = tables().get(asked.get("name", ""))
        if table is None:
            return JSONResponse(status("data/tablefile", 90, _NO_TABLE, asked))
        if not _chosen(state(self._today, table.code), asked):
            return JSONResponse(status("data/tablefile", 104, _NO_OBJECT, asked))
        if self._on(Fault.TOO_LARGE) and table.code == LARGE:
            return self._as_job(asked)
        return self._file(table, asked)

    def _as_job(self, asked: dict[str, str]) -> Response:
        if asked.get("job") != "true":
            return JSONResponse(status("data/tablefile", 98, _TOO_LARGE, asked))
        job = f"{asked['name']}_{175_879_554 + len(self._jobs)}"
        self._jobs[job] = (0, asked)
        text = _JOB_MADE.format(job=job)
        return JSONResponse(status("data/tablefile", 99, text, asked))

    def _results(self, asked: dict[str, str]) -> Response:
        job = asked.get("selection", "")
        if job in self._jobs:
            looks, form = self._jobs[job]
            self._jobs[job] = (looks + 1, form)
            if looks >= self.looks and not self._on(Fault.JOB_FAILS):
                found = [{"Code": job, "Content": tables()[form["name"]].title, "Date": day(NEW)}]
                answer = status("catalogue/results", 0, "erfolgreich", asked, entries=found)
                return JSONResponse(answer)
        return JSONResponse(status("catalogue/results", 104, _NO_OBJECT, asked))

    def _job_states(self, asked: dict[str, str]) -> Response:
        job = asked.get("selection", "")
        if job not in self._jobs:
            return JSONResponse(status("catalogue/jobs", 104, _NO_OBJECT, asked))
        told = "Abgebrochen" if self._on(Fault.JOB_FAILS) else "In Bearbeitung"
        found = [{"Code": job, "Content": "", "Date": day(NEW), "Time": "09:00", "State": told}]
        return JSONResponse(status("catalogue/jobs", 0, "erfolgreich", asked, entries=found))

    def _resultfile(self, asked: dict[str, str]) -> Response:
        looks, form = self._jobs.get(asked.get("name", ""), (0, {}))
        if not form or looks <= self.looks:
            return JSONResponse(status("data/resultfile", 104, _NO_OBJECT, asked))
        return self._file(tables()[form["name"]], form)

    def _file(self, table: Table, asked: dict[str, str]) -> Response:
        chosen = _chosen(state(self._today, table.code), asked)
        if self._on(Fault.SHIFTED_TABLE):
            text = shifted(table, chosen)
        else:
            layout: type_of_layout = "long"
            # The census' database never knew the wide ones.
            if self._on(Fault.WIDE_DE) and table.code != CENSUS:
                layout = "wide_de"
            elif self._on(Fault.WIDE_EN) and table.code != CENSUS:
                layout = "wide_en"
            has_quality = self._on(Fault.QUALITY_COLUMN) and layout == "long"
            text = written(table, chosen, layout, has_quality=has_quality)
        return Response(zipped(table.code, text, self._today), media_type="application/zip")

    def _metadata(self, asked: dict[str, str]) -> Response:
        table = tables().get(asked.get("name", ""))
        if table is None:
            return JSONResponse(status("metadata/table", 104, _NO_OBJECT, asked))
        times = sorted({each.time for each in state(self._today, table.code)})
        thing: dict[str, Any] = {
            "Code": table.code,
            "Content": table.title,
            "Time": {"From": _shown(times[0]), "To": _shown(times[-1])} if times else None,
            "Valid": "false",
            "Updated": table.updated or f"{day(self._today)} 11:18:07h",
        }
        answer = status("metadata/table", 0, "erfolgreich", asked, thing=thing)
        return JSONResponse(answer)

    def _tables(self, asked: dict[str, str]) -> Response:
        begin = asked.get("selection", "").rstrip("*")
        found = [
            {"Code": table.code, "Content": table.title, "Time": ""}
            for table in tables().values()
            if table.code.startswith(begin)
        ]
        if not found:
            return JSONResponse(status("catalogue/tables", 104, _NO_OBJECT, asked))
        return JSONResponse(status("catalogue/tables", 0, "erfolgreich", asked, entries=found))

    def _modified(self, asked: dict[str, str]) -> Response:
        """Statistics with figures of a vintage since the day that was asked for."""
        since = dt.datetime.strptime(asked["date"], "%d.%m.%Y").replace(tzinfo=dt.UTC).date()
        newest: dict[str, dt.date] = {}
        for table in tables().values():
            days = [each.vintage for each in state(self._today, table.code)]
            newest |= {table.statistic_code: max(days)} if days else {}
        entry = {"Content": "", "Type": "Statistik", "Added": "false"}
        found = [
            entry | {"Code": code, "Date": day(vintage)}
            for code, vintage in sorted(newest.items())
            if vintage >= since
        ]
        if not found:
            return JSONResponse(status("catalogue/modifieddata", 104, _NO_OBJECT, asked))
        answer = status("catalogue/modifieddata", 0, "erfolgreich", asked, entries=found)
        return JSONResponse(answer)


def _chosen(table: list[Figure], asked: dict[str, str]) -> list[Figure]:
    keys = [key.strip().rstrip("*") for key in asked.get("regionalkey", "").split(",")]
    cut = [each for each in table if any(each.region.startswith(key[:5]) for key in keys)]
    if not cut:
        return []
    newest = max(each.year for each in cut)
    first = int(asked.get("startyear") or newest)
    last = int(asked.get("endyear") or newest)
    kept = [each for each in cut if first <= each.year <= last]
    # The real server keeps no order either; this one at least keeps its disorder.
    return sorted(kept, key=lambda each: Dice("order", each).number(0, 10**9))


def _shown(time: str) -> str:
    return day(dt.date.fromisoformat(time)) if "-" in time else time


def _flat(code: int, text: str) -> dict[str, Any]:
    return {"Code": code, "Content": text, "Type": "ERROR"}


def _refusal(request: Request, *, is_guest: bool = False) -> Response | None:
    if is_guest or not request.headers.get("username"):
        return JSONResponse(_flat(15, _NOT_ALLOWED), status_code=401)
    if request.headers.get("password") == "falsch":
        return JSONResponse(_flat(2, _WRONG), status_code=404)
    return None


async def _form(request: Request) -> dict[str, str]:
    parsed = parse_qs((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}


async def _whoami(_: Request) -> Response:
    return JSONResponse({"User-Agent": "Beispielwelt", "User-IP": "127.0.0.1"})


async def _logincheck(request: Request) -> Response:
    """Always 200; only the text says whether the credentials are right."""
    name = request.headers.get("username") or "GAST"
    text = "Sie wurden erfolgreich an- und abgemeldet."
    if request.headers.get("password") == "falsch":
        text = _WRONG
    elif name == "GAST":
        text = _SYSTEM_ERROR
    return Response(
        json.dumps({"Status": text, "Username": name}, ensure_ascii=False),
        media_type="application/json",
    )


async def _front(_: Request) -> Response:
    return HTMLResponse(
        "<!DOCTYPE html><html lang='de'><head><meta charset='utf-8'><title>Beispielwelt: Statistik"
        "</title></head><body><main><h1>Beispielwelt: Statistikserver</h1><p>Nachbildung eines "
        f"GENESIS-Webservice unter <code>{BASE}/</code>, kein amtliches Angebot. Die Zahlen der "
        f"Tabellen {', '.join(served_tables())} sind echt, je Stadt ({len(REGIONS)} Städte):</p>"
        f"<p>{escape(COPYRIGHT)}</p></main></body></html>"
    )
