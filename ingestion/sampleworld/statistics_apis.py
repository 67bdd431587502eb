"""Statistics services beside GENESIS: INKAR, Wegweiser Kommune, "Meine Heimat", the BA, districts.

The figures of INKAR (``inkar.csv``: © BBSR Bonn, dl-de/by-2-0) and of the population
(``population.csv``) are true, each rounded as its file says. The months of the BA and the districts
are invented, and say so in their names.

- ``/inkar/inkar_2025.zip``: one CSV in the layout of the edition of 2025, with an ``ETag``;
- ``/data-api/rest/``: the lists of regions and indicators, and exports ``….csv``;
- ``/api/v1/export``: JSON by POST with Basic authentication; the password ``falsch`` is refused;
- ``/bifrontend/bids-api/ct/v1/tableFetch/csv/EckwerteTabelleALOKr?Kreis=…``;
- ``/spatial-objects/collections/stadtbezirke/items`` and ``/wfs``: districts of Trier as GeoJSON,
  page by page.
"""

import base64
import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ingestion.sampleworld.dice import Dice
from ingestion.sampleworld.genesis import TABLE, state

INKAR: Final = "/inkar/"
WEGWEISER: Final = "/data-api/rest/"
MEINE_HEIMAT: Final = "/api/v1/"
BA: Final = "/bifrontend/bids-api/ct/v1/tableFetch/csv/"
DISTRICTS: Final = "/spatial-objects/"
WFS: Final = "/wfs/"
EDITION: Final = "inkar_2025.zip"
INKAR_TABLE: Final = "INKAR-KRE"
DISTRICTS_TABLE: Final = "TRIER-STADTBEZIRKE"
BA_TABLE: Final = "EckwerteTabelleALOKr"

LABELS: Final = {
    "a_bev65um": "Einwohner 65 Jahre und älter",
    "m_bev_alter": "Durchschnittsalter der Bevölkerung",
    "a_ausl_bev": "Ausländeranteil",
    "a_bevf": "Frauenanteil",
    "q_bip_ew": "Bruttoinlandsprodukt je Einwohner",
    "q_alo": "Arbeitslosenquote",
    "a_aloLang": "Langzeitarbeitslose",
    "q_alo_u25": "Jüngere Arbeitslose",
    "a_schul_abi": "Schulabgänger mit allgemeiner Hochschulreife",
    "a_schul_oA": "Schulabgänger ohne Abschluss",
    "q_kaufkraft": "Kaufkraft",
    "a_betr0003_bev0003": "Betreuungsquote Kleinkinder",
    "a_betr0306_bev0306": "Betreuungsquote Vorschulkinder",
    "q_hausarzt_bev": "Hausärzte",
    "q_wofl_bev": "Wohnfläche",
}
NAMES: Final = {
    "07111": "Koblenz",
    "07211": "Trier",
    "07314": "Ludwigshafen am Rhein",
    "07315": "Mainz",
}
SLUGS: Final = {
    "07111": "koblenz",
    "07211": "trier",
    "07314": "ludwigshafen-am-rhein",
    "07315": "mainz",
}
POPULATION: Final = "1.1.1"
"""The feature of "Meine Heimat" that is the population; the real key was not seen."""

_HEADER: Final = "Bereich;ID;Kuerzel;Indikator;Raumbezug;Kennziffer;Name;Zeitbezug;Wert"
_PACKED: Final = (2025, 9, 30, 12, 0, 0)
_INVENTED: Final = "Beispielwelt: erfundene Zahlen"
_BA_ROWS: Final = (
    ("Arbeitslose insgesamt", 6_000, 0),
    ("im Rechtskreis SGB III", 2_100, 0),
    ("im Rechtskreis SGB II", 3_900, 0),
    ("Unterbeschäftigung (ohne Kurzarbeit)", 7_800, 0),
    ("Arbeitslosenquote (bezogen auf alle zivilen Erwerbspersonen)", 62, 1),
    ("im Rechtskreis SGB III", 22, 1),
    ("im Rechtskreis SGB II", 40, 1),
    ("Unterbeschäftigungsquote (ohne Kurzarbeit)", 79, 1),
)
_BA_MONTHS: Final = ("Oktober 2026", "September 2026", "Oktober 2025")
_WEST, _SOUTH, _STEP = 6.60, 49.72, 0.03
_DISTRICTS: Final = (
    ("11", "Beispielbezirk Mitte (erfunden)", 0, 0, 24_310),
    ("12", "Beispielbezirk Nord (erfunden)", 0, 1, 21_875),
    ("21", "Beispielbezirk Süd (erfunden)", 1, 0, 19_630),
    ("31", "Beispielbezirk Ost (erfunden)", 1, 1, 17_402),
    ("41", "Beispielbezirk West (erfunden)", 2, 0, 21_125),
)
_DISTRICTS_ON: Final = "2024-12-31"
BOX: Final = (6.55, 49.68, 6.76, 49.83)


@cache
def figures() -> tuple[tuple[str, str, int, str], ...]:
    """INKAR's figures: Kürzel, district, year, value with a decimal point."""
    text = Path(__file__).with_name("inkar.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return tuple(
        (row["kuerzel"], row["kreis"], int(row["first_year"]) + offset, value)
        for row in csv.DictReader(lines)
        for offset, value in enumerate(row["values"].split())
    )


@cache
def bulk() -> bytes:
    """The bulk file: the cities' rows, and one of a district that nobody asks for."""
    target = io.StringIO(newline="")
    target.write(_HEADER + "\r\n")
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    for kuerzel, district, year, value in figures():
        number = list(LABELS).index(kuerzel) + 100
        decimal = value.replace(".", ",")
        # Keys lose their leading zero, and those of districts end with three zeros.
        key, name = f"{district}000".lstrip("0"), NAMES[district]
        writer.writerow(
            ("LRB", number, kuerzel, LABELS[kuerzel], "Kreise", key, name, year, decimal)
        )
    odd = ("LRB", 100, "a_bev65um", LABELS["a_bev65um"], "Kreise", "99999000")
    writer.writerow((*odd, "Beispielkreis (erfunden)", 2022, "20,5"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in (
            ("Hinweise.txt", b"Beispielwelt"),
            ("inkar_2025.csv", target.getvalue().encode("utf-8-sig")),
        ):
            member = zipfile.ZipInfo(name, _PACKED)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return packed.getvalue()


def population() -> dict[str, dict[int, int]]:
    """The population at the end of each year by district, as it was published last."""
    found: dict[str, dict[int, int]] = {}
    for each in state(dt.date.max, TABLE):
        if not any(each.members):
            found.setdefault(each.region, {})[each.year] = int(each.value)
    return found


def districts() -> list[dict[str, Any]]:
    """The districts of Trier as features, invented; their people are as many as the city's."""
    return [_district(*each) for each in _DISTRICTS]


def app() -> Starlette:
    """All services under the paths of the real ones."""
    return Starlette(
        routes=[
            Route("/robots.txt", _robots),
            Route(INKAR + EDITION, _inkar),
            Route(WEGWEISER + "region/list", _regions),
            Route(WEGWEISER + "indicator/list", _indicators),
            Route(WEGWEISER + "export/{name:path}", _export),
            Route(MEINE_HEIMAT + "export", _meine_heimat, methods=["POST"]),
            Route(BA + BA_TABLE, _ba),
            Route(DISTRICTS + "collections/stadtbezirke/items", _items),
            Route(WFS, _wfs),
        ]
    )


async def _robots(_: Request) -> Response:
    return PlainTextResponse("User-agent: *\nAllow: /\n")


async def _inkar(request: Request) -> Response:
    body = bulk()
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"ETag": tag})
    return Response(body, media_type="application/zip", headers={"ETag": tag})


async def _regions(request: Request) -> Response:
    rows = [
        {
            "id": number,
            "name": name,
            "title": f"{name} (Kreisfreie Stadt)",
            "friendlyUrl": SLUGS[district],
            "ags": f"{district}000",
            "ars": f"{district}0000000",
            "type": "KREISFREIE_STADT",
            "demographicType": 0,
        }
        for number, (district, name) in enumerate(NAMES.items(), start=1)
    ]
    return JSONResponse(rows[: _most(request)])


async def _indicators(request: Request) -> Response:
    years = sorted({year for series in population().values() for year in series})
    rows = [
        {
            "id": 1,
            "name": "bevoelkerung",
            "title": "Bevölkerung",
            "friendlyUrl": "bevoelkerung",
            "unit": "Anzahl",
            "years": years,
        }
    ]
    return JSONResponse(rows[: _most(request)])


def _most(request: Request) -> int:
    text = request.query_params.get("max", "10")
    return int(text) if text.isdecimal() else 10


async def _export(request: Request) -> Response:
    parts = request.path_params["name"].split("+")
    district = next((key for key, slug in SLUGS.items() if slug in parts), None)
    if len(parts) != 4 or parts[0] != "bevoelkerung" or district is None:  # noqa: PLR2004
        return PlainTextResponse("404", status_code=404)
    first, _, last = parts[2].partition("-")
    series = {
        year: value
        for year, value in sorted(population()[district].items())
        if int(first) <= year <= int(last or first)
    }
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["Wegweiser Kommune"])
    writer.writerow([])
    writer.writerow(["Indikatoren", *(f"{year}\n{NAMES[district]}" for year in series)])
    thousands = [f"{value:,}".replace(",", ".") for value in series.values()]
    writer.writerow(["Bevölkerung (Anzahl)", *thousands])
    writer.writerow([])
    writer.writerow(["Quelle: Statistische Ämter des Bundes und der Länder"])
    return Response(target.getvalue(), media_type="text/csv; charset=utf-8")


async def _meine_heimat(request: Request) -> Response:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        name, _, word = base64.b64decode(token, validate=True).decode().partition(":")
    except ValueError:
        name, word = "", ""
    if kind != "Basic" or not name or not word or word == "falsch":
        return JSONResponse({"error": "Unauthorized"}, status_code=401)
    asked = await request.json()
    lines = ["ARS;Jahr;Lfdnr;Wert"]
    lines.extend(
        f"{ars};{year};{POPULATION};{population()[ars[:5]][year]}"
        for ars in asked["regions"]
        for year in asked["years"]
        if POPULATION in asked["lfdnrs"] and year in population().get(ars[:5], {})
    )
    return Response("\n".join(lines) + "\n", media_type="text/csv; charset=utf-8")


async def _ba(request: Request) -> Response:
    name = request.query_params.get("Kreis", "")
    if name.partition(",")[0] not in NAMES.values():
        return PlainTextResponse("404", status_code=404)
    dice = Dice("ba", name)
    lines = [
        f"Kreis:; {name}",
        "Berichtsmonat:; Oktober 2026",
        "Datenstand:; Oktober 2026",
        "Rechtskreis:; SGB III, SGB II",
        f"Hinweis:; {_INVENTED}. Am aktuellen Rand werden vorläufige Daten ausgewiesen.",
        "",
        ";".join(
            (
                "Ausgewählte Merkmale",
                *_BA_MONTHS,
                "Veränderung Oktober 2026 zum Vorjahresmonat absolut",
                "Veränderung Oktober 2026 zum Vorjahresmonat in %",
                "",
            )
        ),
    ]
    for label, about, decimals in _BA_ROWS:
        drawn = [about + dice.number(0, max(2, about // 20)) for _ in _BA_MONTHS]
        lines.append(";".join((label, *(_ba_number(each, decimals) for each in drawn), "-", "-;")))
    lines.extend(("© Statistik der Bundesagentur für Arbeit", _INVENTED))
    return Response("\n".join(lines) + "\n", media_type="text/csv; charset=utf-8")


def _ba_number(value: int, decimals: int) -> str:
    if decimals:
        return f"{value / 10:.1f}".replace(".", ",")
    return f"{value:,}".replace(",", ".")


def _district(key: str, name: str, column: int, row: int, people: int) -> dict[str, Any]:
    west, south = _WEST + column * _STEP, _SOUTH + row * _STEP
    east, north = west + _STEP, south + _STEP
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {
        "type": "Feature",
        "id": f"stadtbezirke.{key}",
        "properties": {
            "bezirk_nr": int(key),
            "bezirk": name,
            "einwohner": people,
            "stand": _DISTRICTS_ON,
            "hinweis": "Beispielwelt: Geometrie und Zahlen erfunden",
        },
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[round(x, 6), round(y, 6)] for x, y in ring]],
        },
    }


async def _items(request: Request) -> Response:
    limit = min(_number(request, "limit", 1), 2)  # the server gives less than it is asked for
    offset = _number(request, "offset", 0)
    rows = districts()
    links = [{"rel": "self", "href": str(request.url)}]
    if offset + limit < len(rows):
        query = urlencode({"f": "json", "limit": limit, "offset": offset + limit})
        links.append({"rel": "next", "href": f"{request.url.replace(query='')}?{query}"})
    return _features(rows[offset : offset + limit], len(rows), {"links": links})


async def _wfs(request: Request) -> Response:
    if request.query_params.get("TYPENAMES") != "stadtbezirke":
        return Response("<ExceptionReport/>", status_code=400, media_type="text/xml")
    first, count = _number(request, "STARTINDEX", 0), _number(request, "COUNT", 1_000)
    rows = districts()
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    return _features(rows[first : first + count], len(rows), {"crs": crs})


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else usual


def _features(rows: list[dict[str, Any]], total: int, more: dict[str, Any]) -> Response:
    content = {
        "type": "FeatureCollection",
        "numberMatched": total,
        "numberReturned": len(rows),
        **more,
        "features": rows,
    }
    return Response(json.dumps(content, ensure_ascii=False), media_type="application/geo+json")
