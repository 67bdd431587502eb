"""A small council world, wholly invented, as harmonised tables.

Loaded by path from the conftests (tests are no packages).
"""

import datetime as dt
import hashlib
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

CITIES = {"mainz": "Mainz", "trier": "Trier", "koblenz": "Koblenz", "ludwigshafen": "Ludwigshafen"}

# city, server id, reference, title, body, pages of its PDF
PAPERS: list[tuple[str, str, str, str, str, list[str]]] = [
    (
        "mainz",
        "101",
        "0815/2026",
        "Radverkehrskonzept Neustadt: Fahrradstraße und Abstellanlagen",
        "Verkehrsausschuss",
        [
            (
                "Die Verwaltung legt das Radverkehrskonzept für die Neustadt vor. Die "
                "Lindenstraße wird zwischen Uferweg und Marktplatz als Fahrradstraße ausgewiesen. "
                "Dafür entfallen 38 Stellplätze für Kraftfahrzeuge. An sechs Haltestellen "
                "entstehen Abstellanlagen mit zusammen 240 Plätzen."
            ),
            (
                "Finanzierung: Die Kosten betragen 1.250.000 Euro. Das Land fördert das Vorhaben "
                "mit 70 Prozent. Der Baubeginn ist für März 2027 vorgesehen, die Bauzeit beträgt "
                "neun Monate."
            ),
        ],
    ),
    (
        "mainz",
        "102",
        "0816/2026",
        "Sanierung der Turnhalle an der Grundschule Am Weiher",
        "Schulträgerausschuss",
        [
            (
                "Das Dach der Turnhalle ist undicht, die Umkleiden entsprechen nicht mehr dem "
                "Stand der Technik. Vorgeschlagen wird eine energetische Sanierung mit neuer "
                "Lüftung. Während der Bauzeit weicht der Sportunterricht in die Halle des "
                "Gymnasiums aus."
            )
        ],
    ),
    (
        "trier",
        "201",
        "112/2026",
        "Kommunale Wärmeplanung: Ausbau der Fernwärme im Stadtteil West",
        "Ausschuss für Klima und Umwelt",
        [
            (
                "Mit der kommunalen Wärmeplanung wird festgelegt, welche Straßen an das "
                "Fernwärmenetz angeschlossen werden. Im Stadtteil West sollen bis 2032 rund 1.400 "
                "Haushalte versorgt werden. Die Wärme stammt aus dem Klärwerk und aus Holz."
            ),
            (
                "Der Stadtrat beschließt den Wärmeplan und beauftragt die Stadtwerke mit der "
                "Vorplanung der Trasse. Über die Ergebnisse ist jährlich zu berichten."
            ),
        ],
    ),
    (
        "trier",
        "202",
        "118/2026",
        "Neubau einer Kindertagesstätte mit sechs Gruppen im Baugebiet Obergärten",
        "Jugendhilfeausschuss",
        [
            (
                "Im Baugebiet Obergärten fehlen Betreuungsplätze. Die Stadt errichtet eine "
                "Kindertagesstätte für 110 Kinder. Träger wird die Lebenshilfe. Die Baukosten "
                "werden auf 6,8 Millionen Euro geschätzt."
            )
        ],
    ),
    (
        "koblenz",
        "301",
        "BV/0045/2026",
        "Hochwasserschutz am Unterufer: mobile Wände und Pumpwerk",
        "Stadtrat",
        [
            (
                "Nach den Hochwassern der letzten Jahre wird der Schutz am Unterufer verbessert. "
                "Mobile Wände von 620 Metern Länge schützen bis zu einem Pegel von 8,20 Metern. "
                "Ein neues Pumpwerk hält das Grundwasser fern."
            )
        ],
    ),
    (
        "koblenz",
        "302",
        "AT/0007/2026",
        "Antrag: Längere Öffnungszeiten der Stadtbibliothek am Samstag",
        "Kulturausschuss",
        [
            (
                "Die Stadtbibliothek möge samstags bis 18 Uhr öffnen. Viele Berufstätige können "
                "die Bücherei nur am Wochenende besuchen. Die Verwaltung prüft den Bedarf an "
                "Personal."
            )
        ],
    ),
    (
        "ludwigshafen",
        "401",
        "2026-0311",
        "Haushaltssatzung 2027: Einbringung des Entwurfs",
        "Hauptausschuss",
        [
            (
                "Der Entwurf der Haushaltssatzung weist einen Fehlbetrag von 42 Millionen Euro "
                "aus. Die Hebesätze der Grundsteuer bleiben unverändert. Freiwillige Leistungen "
                "im Sport und in der Kultur werden um fünf Prozent gekürzt."
            )
        ],
    ),
]

NON_PUBLIC_CANARY = "Geheimkanarienvogel"

# No part of `rows`: tests count what these give.
PILOT: dict[str, Any] = {
    "pilot_report_id": "mainz:suche",
    "city_id": "mainz",
    "title": "Vorlagen finden",
    "area": "Ratsarbeit",
    "outcome": "Eingestellt",
    "contact_office": "Hauptamt, Ratsbüro",
    "report_date": dt.date(2026, 6, 30),
    "web_url": None,
    "background": None,
    "tried": "Eine Suche nach der Bedeutung, zwanzig Wochen lang im Ratsbüro.",
    "result": "Von 60 Fragen fand die Suche 47.",
    "effort": "24 Arbeitstage und kein Geld.",
    "advice": None,
}


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def rows() -> dict[str, list[dict[str, Any]]]:
    """The tables as lists of rows; a test changes them before it calls ``tables``."""
    berlin = ZoneInfo("Europe/Berlin")
    made: dict[str, list[dict[str, Any]]] = {
        "city": [{"city_id": key, "name": name, "ars": key} for key, name in CITIES.items()],
        "organization": [],
        "meeting": [],
        "paper": [],
        "agenda_item": [],
        "file": [],
        "document_page": [],
        "indicator": [
            {
                "indicator_id": "population",
                "label_de": "Bevölkerung",
                "definition_de": "Personen mit Hauptwohnung am Stichtag",
                "unit": "persons",
                "decimals": 0,
                "source_id": "regional",
            }
        ],
        "source": [{"source_id": "regional", "name": "Regionaldatenbank Deutschland"}],
        "observation_current": [],
    }
    for position, (city, number, reference, name, body, pages) in enumerate(PAPERS, 1):
        base = f"https://ris.{city}.example"
        paper, file = f"{city}:{number}", f"{city}:9{number}"
        meeting, item = f"{city}:7{number}", f"{city}:8{number}"
        start = dt.datetime(2026, 9, position, 17, 0, tzinfo=berlin)
        made["organization"].append({"organization_id": f"{city}:o{number}", "name": body})
        made["meeting"].append(
            {
                "meeting_id": meeting,
                "city_id": city,
                "organization_id": f"{city}:o{number}",
                "organization_name": None,
                "name": f"Sitzung {body}",
                "start_at": start.astimezone(dt.UTC),
            }
        )
        made["paper"].append(
            {
                "paper_id": paper,
                "city_id": city,
                "reference": reference,
                "name": name,
                "paper_type": "Beschlussvorlage",
                "paper_date": dt.date(2026, 8, position),
                "originator": None,
                "under_direction_of": None,
                "main_text": None,
                "is_stub": False,
                "source_url": f"{base}/paper/{number}",
            }
        )
        made["agenda_item"].append(
            {
                "agenda_item_id": item,
                "city_id": city,
                "meeting_id": meeting,
                "number": f"Ö {position}",
                "name": name,
                "is_public": True,
                "result": "einstimmig beschlossen",
                "resolution_text": None,
                "paper_id": paper,
                "paper_reference": reference,
                "source_url": f"{base}/meeting/7{number}",
            }
        )
        made["file"].append(
            {
                "file_id": file,
                "paper_id": paper,
                "meeting_id": None,
                "agenda_item_id": None,
                "name": "Vorlage",
                "access_url": f"{base}/file/9{number}.pdf",
                "privacy_status": "public",
                "withdrawn_at": None,
                "source_url": f"{base}/paper/{number}",
            }
        )
        made["document_page"] += [
            {"file_id": file, "city_id": city, "page": page, "text": text}
            for page, text in enumerate(pages, 1)
        ]
    made["agenda_item"].append(
        {
            **made["agenda_item"][0],
            "agenda_item_id": "mainz:closed",
            "number": "N 1",
            "name": f"{NON_PUBLIC_CANARY} Grundstück",
            "is_public": False,
            "paper_id": None,
            "paper_reference": None,
        }
    )
    for index, city in enumerate(CITIES):
        made["observation_current"] += [
            {
                "city_id": city,
                "ars": city,
                "indicator_id": "population",
                "dimensions": dimensions,
                "period_start_date": dt.date(year, 12, 31),
                "period_end_date": dt.date(year, 12, 31),
                "value": value,
                "unit": "persons",
                "source_url": "https://statistik.example/12411-01-01-4",
            }
            for year, dimensions, value in [
                (2022, "{}", 100_000.0 + index),
                (2023, "{}", 101_000.0 + index),
                (2023, '{"GES": "GESM"}', 50_000.0),
                (2024, "{}", None),
            ]
        ]
    return made


def tables(made: dict[str, list[dict[str, Any]]] | None = None) -> dict[str, pa.Table]:
    """Rows to Arrow tables."""
    return {name: pa.Table.from_pylist(some) for name, some in (made or rows()).items() if some}


class CountingEmbedder:
    """Vectors from hashed character 3-grams: fast, the same everywhere, counts what it did."""

    id = "counting"
    weights_sha256 = _sha("counting")
    dimensions = 64
    precision = "float32"

    def __init__(self) -> None:
        self.texts: list[str] = []

    def passages(self, texts: Any) -> Any:
        self.texts += list(texts)
        return np.stack([self._vector(text) for text in texts])

    def query(self, text: str) -> Any:
        return self._vector(text)

    def _vector(self, text: str) -> Any:
        vector = np.full(self.dimensions, 0.01, np.float32)
        low = f" {text.lower()} "
        for start in range(len(low) - 2):
            digest = hashlib.blake2s(low[start : start + 3].encode(), digest_size=2).digest()
            vector[int.from_bytes(digest, "big") % self.dimensions] += 1
        return vector / np.linalg.norm(vector)
