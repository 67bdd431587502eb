"""Two cities' harmonised tables by hand, and a manifest that describes them."""

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa

from catalog.dataset import DataSet
from catalog.dictionary import Dictionary

UTC = dt.UTC
SEEN = dt.datetime(2026, 11, 1, 6, tzinfo=UTC)
PORTAL = "http://portal.example"
LABELS = {"name": "Betreff", "value": "Wert", "start_at": "Beginn"}

TEXT, BOOL, DATE, INSTANT = "varchar", "boolean", "date", "timestamptz"
TABLES: dict[str, tuple[str, str, dict[str, str]]] = {
    "organization": (
        "organization_id",
        "gove",
        {"organization_id": TEXT, "city_id": TEXT, "name": TEXT, "classification": TEXT},
    ),
    "meeting": (
        "meeting_id",
        "gove",
        {
            "meeting_id": TEXT,
            "city_id": TEXT,
            "name": TEXT,
            "start_at": INSTANT,
            "is_cancelled": BOOL,
        },
    ),
    "agenda_item": (
        "agenda_item_id",
        "gove",
        {
            "agenda_item_id": TEXT,
            "city_id": TEXT,
            "meeting_id": TEXT,
            "position": "integer",
            "name": TEXT,
            "is_public": BOOL,
        },
    ),
    "paper": (
        "paper_id",
        "gove",
        {
            "paper_id": TEXT,
            "city_id": TEXT,
            "reference": TEXT,
            "name": TEXT,
            "paper_date": DATE,
            "originator": TEXT,
            "main_text": TEXT,
        },
    ),
    "file": (
        "file_id",
        "gove",
        {"file_id": TEXT, "city_id": TEXT, "name": TEXT, "size_bytes": "bigint"},
    ),
    "document_page": (
        "document_page_id",
        "gove",
        {"document_page_id": TEXT, "city_id": TEXT, "page": "integer", "text": TEXT},
    ),
    "observation": (
        "observation_id",
        "soci",
        {
            "observation_id": TEXT,
            "city_id": TEXT,
            "ars": TEXT,
            "indicator_id": TEXT,
            "dimensions": "json",
            "dimension_labels": "json",
            "period_start_date": DATE,
            "period_end_date": DATE,
            "period_type": TEXT,
            "basis": TEXT,
            "vintage_date": DATE,
            "value": "double",
            "obs_status": TEXT,
            "value_raw": TEXT,
            "source_url": TEXT,
        },
    ),
    "indicator": (
        "indicator_id",
        "soci",
        {
            "indicator_id": TEXT,
            "label_de": TEXT,
            "label_en": TEXT,
            "definition_de": TEXT,
            "unit": TEXT,
            "decimals": "integer",
            "source_id": TEXT,
            "table_code": TEXT,
        },
    ),
    "city": ("city_id", "gove", {"city_id": TEXT, "name": TEXT, "ars": TEXT}),
    "place": ("ars", "regi", {"ars": TEXT, "name": TEXT, "city_id": TEXT}),
}
ARROW = {
    TEXT: pa.string(),
    "json": pa.string(),
    BOOL: pa.bool_(),
    DATE: pa.date32(),
    INSTANT: pa.timestamp("us", tz="UTC"),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
}


def manifest() -> dict[str, Any]:
    """dbt's manifest.json, cut to what the dictionary reads."""
    nodes = {}
    for table, (key, theme, columns) in TABLES.items():
        described = {**columns, "retrieved_at": INSTANT, "last_seen_at": INSTANT}
        nodes[f"model.seehaus.{table}"] = {
            "resource_type": "model",
            "name": table,
            "schema": "harmonised",
            "description": f"The table {table}.",
            "config": {
                "meta": {
                    "title_de": f"Tabelle {table}",
                    "title_en": f"Table {table}",
                    "description_de": f"Alle Zeilen von {table}.",
                    "theme": theme,
                    "publish": True,
                    "keys": [key],
                }
            },
            "columns": {
                name: {
                    "name": name,
                    "data_type": kind,
                    "description": f"What {name} is.",
                    "config": {
                        "meta": {
                            "publish": name != "last_seen_at",
                            "personal_data": name == "originator",
                            "label_de": LABELS.get(name, name),
                            "label_en": name,
                            "description_de": f"Was {name} ist.",
                            **({"unit": "Personen"} if name == "value" else {}),
                        }
                    },
                }
                for name, kind in described.items()
            },
        }
    nodes["model.seehaus.stg"] = {
        "resource_type": "model",
        "name": "stg",
        "schema": "staging",
        "columns": {},
    }
    return {"nodes": nodes}


def dictionary() -> Dictionary:
    """The manifest, read."""
    return Dictionary.from_manifest(manifest())


def table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows of one harmonised table; what a row leaves out is null."""
    columns = {**TABLES[name][2], "retrieved_at": INSTANT, "last_seen_at": INSTANT}
    schema = pa.schema([(column, ARROW[kind]) for column, kind in columns.items()])
    full = [{"retrieved_at": SEEN, "last_seen_at": SEEN, **row} for row in rows]
    return pa.Table.from_pylist(full, schema=schema)


def papers(city: str, count: int) -> list[dict[str, Any]]:
    """Papers with what makes CSV hard in them."""
    names = ['Radweg "Rheinufer"', "Haushalt, Teil 2\nAnlage", "=SUMME(A1)", "Größe: 3;5 m²", ""]
    return [
        {
            "paper_id": f"{city}:{number}",
            "city_id": city,
            "reference": f"{number:04}/2026",
            "name": names[number % len(names)],
            "paper_date": dt.date(2026, 1, 1) + dt.timedelta(days=number),
            "originator": "Frau Geheim",
            "main_text": None if number % 2 else f"Der Rat möge {number} beschließen.",
        }
        for number in range(1, count + 1)
    ]


def cities(*, is_sample: bool = True) -> pa.Table:
    """Mainz with a council, Trier with one, Neustadt with statistics only."""
    return pa.Table.from_pylist(
        [
            {
                "city_id": city,
                "name": name,
                "ars": ars,
                "website_url": f"https://www.{city}.example/",
                "publisher_name": f"Stadt {name}",
                "publisher_url": f"https://www.{city}.example/amt",
                "publisher_email": f"offen@{city}.example",
                "licence_id": "dl-de/by-2-0",
                "council_system": system,
                "council_url": f"https://rat.{city}.example/" if system else None,
                "is_sample": is_sample,
            }
            for city, name, ars, system in (
                ("trier", "Trier", "072110000000", "allris4"),
                ("mainz", "Mainz", "073150000000", "sessionnet"),
                ("neu_stadt", "Neu Stadt", "073160000000", None),
            )
        ]
    )


def tables(size: int = 3) -> dict[str, pa.Table]:
    """Every harmonised table; ``size`` papers per council."""
    both = ("mainz", "trier")
    values = [
        {
            "observation_id": f"{city}-{year}",
            "city_id": city,
            "ars": ars,
            "indicator_id": "population",
            "dimensions": "{}",
            "dimension_labels": "{}",
            "period_start_date": dt.date(year, 12, 31),
            "period_end_date": dt.date(year, 12, 31),
            "period_type": "date",
            "basis": "census-2011" if year < 2022 else "census-2022",
            "vintage_date": dt.date(2026, 3, 1),
            "value": None if year == 2021 else 100_000.0 + year,
            "obs_status": "Q" if year == 2021 else "A",
            "value_raw": "." if year == 2021 else str(100_000 + year),
        }
        for city, ars in (
            ("mainz", "073150000000"),
            ("trier", "072110000000"),
            ("neu_stadt", "073160000000"),
        )
        for year in (2020, 2021, 2022)
    ]
    kept = {
        "organization": [
            {"organization_id": f"{city}:1", "city_id": city, "name": "Stadtrat"} for city in both
        ],
        "meeting": [
            {
                "meeting_id": f"{city}:1",
                "city_id": city,
                "name": "Sitzung",
                "start_at": dt.datetime(2026, 3, 4, 16, tzinfo=UTC),
                "is_cancelled": False,
            }
            for city in both
        ],
        "agenda_item": [
            {
                "agenda_item_id": f"{city}:1",
                "city_id": city,
                "meeting_id": f"{city}:1",
                "position": 1,
                "name": "Radweg",
                "is_public": True,
            }
            for city in both
        ],
        "paper": [row for city in both for row in papers(city, size)],
        "file": [
            {"file_id": f"{city}:9", "city_id": city, "name": "Anlage", "size_bytes": 2**40}
            for city in both
        ],
        "document_page": [
            {"document_page_id": f"{city}:9#1", "city_id": city, "page": 1, "text": "Wort"}
            for city in both
        ],
        "observation": values,
        "indicator": [
            {
                "indicator_id": "population",
                "label_de": "Einwohner",
                "label_en": "Inhabitants",
                "definition_de": "Personen mit Hauptwohnung.",
                "unit": "persons",
                "decimals": 0,
                "source_id": "regionalstatistik",
                "table_code": "12411-01-01-4",
            }
        ],
        "city": [{"city_id": "mainz", "name": "Mainz", "ars": "073150000000"}],
        "place": [{"ars": "073150000000", "name": "Mainz", "city_id": "mainz"}],
    }
    made = {name: table(name, rows) for name, rows in kept.items()}
    made["statistic_table"] = pa.Table.from_pylist(
        [
            {
                "table_code": "12411-01-01-4",
                "source_id": "regionalstatistik",
                "title_de": "Bevölkerung nach Geschlecht",
                "title_en": "Population by sex",
                "mdk_uri": "https://musterdatenkatalog.de/def/musterdatensatz/x",
                "theme": "soci",
                "hvd_category": "http://data.europa.eu/bna/c_e1da4e07",
                "accrual": "http://publications.europa.eu/resource/authority/frequency/ANNUAL",
            }
        ]
    )
    made["source"] = pa.Table.from_pylist(
        [
            {
                "source_id": "regionalstatistik",
                "name": "Regionaldatenbank Deutschland",
                "sign_legend": '{".": "Zahlenwert unbekannt oder geheim zu halten"}',
                "licence_id": "dl-by-de/2.0",
                "attribution": "© Statistische Ämter des Bundes und der Länder",
                "is_redistributable": True,
            }
        ]
    )
    return made


def with_urls(sets: Iterable[DataSet], urls: list[str]) -> Iterator[DataSet]:
    """The data sets, those of papers with addresses in their rows, one after the other."""
    for one in sets:
        if one.table.name != "paper":
            yield one
            continue
        column = pa.array(itertools.islice(itertools.cycle(urls), one.rows.num_rows), pa.string())
        yield replace(one, rows=one.rows.append_column("source_url", column))
