"""A small lake with hand-made raw tables of two cities, and dbt over it."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.pilot_model import PilotReport
from orchestration.lake import Lake

ROOT = Path(__file__).parents[3]
TRANSFORMS = ROOT / "transforms"
NOW = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)
CITIES = [
    {"city_id": "mainz", "systems": ["genesis", "sessionnet"]},
    {"city_id": "trier", "systems": ["allris4", "genesis"]},
    {"city_id": "neustadt", "systems": ["oparl"]},
]

Row = dict[str, Any]


def dbt(
    lake: Lake, *arguments: str, bare: bool = False, cities: list[dict[str, Any]] | None = None
) -> str:
    """Run dbt as orchestration does: own process, the lake's environment, nothing of ours else.

    With ``bare`` only the output folders are given, not how to reach the lake.
    """
    environment = lake.dbt_environment()
    if bare:
        environment = {name: environment[name] for name in ("DBT_TARGET_PATH", "DBT_LOG_PATH")}
    command = [
        str(Path(sys.executable).with_name("dbt")),
        *arguments,
        "--vars",
        json.dumps({"cities": CITIES if cities is None else cities}),
    ]
    done = subprocess.run(
        command,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(lake.root),
            "DBT_PROJECT_DIR": str(TRANSFORMS),
            "DBT_PROFILES_DIR": str(TRANSFORMS),
            "DBT_USE_COLORS": "false",
            **environment,
        },
        cwd=lake.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def write(con: duckdb.DuckDBPyConnection, table: str, rows: list[Row]) -> None:
    """Replace one raw table by rows; a column's type is that of its first value."""
    schema = table.split(".", maxsplit=1)[0]
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    names = list(dict.fromkeys(name for row in rows for name in row))
    kinds = {
        str: "VARCHAR",
        bool: "BOOLEAN",
        int: "BIGINT",
        float: "DOUBLE",
        dt.date: "DATE",
        dt.datetime: "TIMESTAMPTZ",
    }
    columns = []
    for name in names:
        values = [row[name] for row in rows if row.get(name) is not None]
        columns.append(f'"{name}" {kinds[type(values[0])] if values else "VARCHAR"}')
    con.execute(f"DROP TABLE IF EXISTS {table}")
    con.execute(f"CREATE TABLE {table} ({', '.join(columns)})")
    marks = ", ".join("?" for _ in names)
    con.executemany(
        f"INSERT INTO {table} VALUES ({marks})",
        [[row.get(name) for name in names] for row in rows],
    )


def record(id_: str, *, ended: bool = False, **fields: Any) -> Row:
    """One version of an object as the store writes it (scd2)."""
    return {
        "id": id_,
        "url": f"https://ris.example/{id_}",
        **fields,
        "retrieved_at": NOW,
        "content_sha256": f"sha-{id_}-{fields.get('name')}",
        "_dlt_valid_from": NOW,
        "_dlt_valid_to": NOW if ended else None,
    }


def version(id_: str, began: int, ended: int, **fields: Any) -> Row:
    """A version that was current from so many days ago to so many days ago."""
    return record(id_, **fields) | {
        "_dlt_valid_from": NOW - dt.timedelta(days=began),
        "_dlt_valid_to": NOW - dt.timedelta(days=ended),
    }


def pilot(id_: str, *, ended: bool = False, **fields: Any) -> Row:
    """One version of a pilot report."""
    report = PilotReport(
        id=id_,
        url="https://www.mainz.example/",
        title="Vorlagen finden",
        area="council",
        outcome="stopped",
        date=dt.date(2026, 6, 30),
        start_date=dt.date(2026, 1, 12),
        contact_office="Hauptamt, Ratsbüro",
        contact_email="ratsbuero@mainz.example",
        person_days=24,
        cost_eur=0,
        tried="Eine Suche.",
        result="Von 60 Fragen fand sie 47.",
        effort="24 Tage.",
        is_example=True,
    )
    return record(id_, ended=ended) | report.model_dump() | fields


def city(city_id: str, ags: str, **fields: Any) -> Row:
    return {
        "city_id": city_id,
        "name": city_id.title(),
        "ags": ags,
        "ars": f"{ags[:5]}0000{ags[5:]}",
        "nuts3": "DEB35",
        "wikidata": "Q1",
        "website": f"https://{city_id}.example/",
        "publisher_name": "Amt",
        "publisher_url": f"https://{city_id}.example/",
        "publisher_email": f"post@{city_id}.example",
        "licence": "dl-de/by-2-0",
        "council_system": "sessionnet",
        "council_url": f"https://ris.{city_id}.example/",
        "is_sample": True,
        "retrieved_at": NOW,
        "content_sha256": city_id,
        **fields,
    }


def cell(id_: str, **fields: Any) -> Row:
    """One cell of 12411-01-01-4."""
    return record(
        id_,
        **{
            "table_code": "12411-01-01-4",
            "statistic_code": "12411",
            "statistic_label": "Fortschreibung des Bevölkerungsstandes",
            "region_code": "07211",
            "region_label": "Trier",
            "variable_code": "BEVSTD",
            "variable_label": "Bevölkerungsstand",
            "unit": "Anzahl",
            "dimensions": "{}",
            "dimension_labels": "{}",
            "time_code": "STAG",
            "time": dt.date(2023, 12, 31),
            "time_text": "2023-12-31",
            "value_raw": "1",
            "value": 1.0,
            "sign": None,
            "quality": None,
            "row_no": 1,
            "layout": "long-2025",
            "vintage": dt.date(2026, 3, 10),
            **fields,
        },
    )


def fill_people(lake: Lake) -> None:
    """The smaller objects of Mainz: people, seats, steps, votes, places; gone and hidden ones."""
    tables = {
        "body": [record("b1", name="Stadt Mainz", short_name="MZ", ags="07315000")],
        "legislative_term": [record("t1", name="2024 bis 2029", start_date=dt.date(2024, 7, 1))],
        "organization": [
            record("70", name="Ausschuss für Kultur", classification="Ausschüsse", parent_id="79"),
        ],
        "person": [
            record("601", name="Dr. Helene Brandauer", family_name="Brandauer", title="Dr."),
            record("602", name="CANARY without a seat"),
            record("603", name="CANARY deleted on request"),
            record("604", name="Otto Amtmann", status="Oberbürgermeister"),
            record("605", name="CANARY clerk", status="Sachbearbeitung"),
        ],
        "membership": [
            record("m1", person_id="601", organization_id="70", role="Mitglied"),
            record("m2", person_id="603", person_name="CANARY", organization_id="70"),
            record("m3", person_id="606", person_name="Ida Neu", organization_id="78"),
            record("m4", person_name="Ute Ohnenummer", organization_id="70"),
            record("m5", person_name="dr. helene brandauer", organization_id="70"),
            record("m6", person_id="601", organization_id="88", role="CANARY of a gone one"),
        ],
        "location": [
            record("l1", description="Rathaus, Ratssaal", room="Ratssaal", latitude=50.0),
            record("l2", description="CANARY somebody's home", street_address="Am Weg 1"),
        ],
        "vote": [
            record("100", agenda_item_id="100", yes_count=20, no_count=3, result="beschlossen"),
            record("101", agenda_item_id="101", vote_text="CANARY", yes_count=5),
            record("102", agenda_item_id="102", vote_text="CANARY", yes_count=5),
        ],
        "consultation": [
            record("c1", paper_id="10", meeting_id="1", agenda_item_number="1", role="Vorberatung"),
            record(
                "c2",
                paper_id="10",
                meeting_id="9",
                organization_name="Hauptausschuss",
                date=dt.date(2026, 5, 6),
                role="zur Entscheidung",
                result="abgelehnt",
            ),
            record("c3", paper_id="11", organization_name="CANARY of a hidden paper"),
            record("c4", paper_id="12", organization_name="CANARY of a gone paper"),
            record("c5", paper_id="998", organization_name="CANARY of an unknown paper"),
            record("c6", paper_id="10", meeting_id="3", organization_name="Stadtrat"),
            record("c7", paper_id="10", agenda_item_id="101", result="CANARY"),
        ],
    }
    with lake.write() as con:
        for name, of in tables.items():
            write(con, f"raw_mainz.sessionnet_{name}", of)


def fill(lake: Lake) -> None:
    """Two cities with the tricky cases, one listed city without any table."""
    fill_people(lake)
    with lake.write() as con:
        write(con, "raw_mainz.city", [city("mainz", "07315000")])
        write(
            con,
            "raw_mainz.sessionnet_meeting",
            [
                record(
                    "1",
                    name=" Stadtrat ",
                    organization_name="Stadtrat",
                    start_at=dt.datetime(2026, 3, 4, 16, tzinfo=dt.UTC),
                    has_agenda=True,
                    location="rathaus ratssaal",
                ),
                record("1", name="Stadtrat (alt)", organization_name="Stadtrat", ended=True),
                record(
                    "2",
                    name="Bauausschuss",
                    organization_name="Bau- und Sanierungsausschuss",
                    organization_id="77",
                    is_cancelled=True,
                    location="Altes Rathaus, Saal 2",
                ),
                record("3", name="gelöscht", organization_name="Ältestenrat"),
            ],
        )
        write(
            con,
            "raw_mainz.sessionnet_paper",
            [
                record(
                    "10",
                    name="Radwege",
                    reference="0815/2026",
                    is_public=True,
                    date=dt.date(2026, 2, 1),
                    main_text=" \u00a0",
                ),
                record("11", name="geheim", is_public=False),
                record("12", name="zurückgezogen", is_public=True),
                # Earlier versions: renamed, away for a day, and the same of what is not shown.
                version("10", 9, 7, name="Radweg", reference="0815/2026", is_public=True),
                version("10", 7, 5, name="Radwege", paper_type="CANARY", is_public=True),
                version("10", 4, 0, name="Radwege", reference="0815/2026", is_public=True),
                version("11", 9, 0, name="CANARY", is_public=True),
                version("12", 9, 0, name="CANARY", is_public=True),
            ],
        )
        write(
            con,
            "raw_mainz.sessionnet_agenda_item",
            [
                record(
                    "100",
                    meeting_id="1",
                    position=1,
                    number="1",
                    name="Radwege",
                    is_public=True,
                    paper_id="10",
                    paper_reference="0815/2026",
                    resolution_text="Der Rat beschließt.",
                    result="beschlossen",
                ),
                record(
                    "101",
                    meeting_id="1",
                    position=2,
                    name="Grundstück",
                    is_public=False,
                    paper_id="11",
                    paper_reference="0816/2026",
                    result="beschlossen",
                    resolution_text="CANARY",
                    vote_text="CANARY",
                ),
                record("102", meeting_id="3", position=1, name="weg", is_public=True),
                record(
                    "103",
                    meeting_id="1",
                    position=3,
                    name="fremd",
                    is_public=True,
                    paper_id="999",
                    paper_reference="0999/2026",
                ),
            ],
        )
        write(
            con,
            "raw_mainz.sessionnet_file",
            [
                record(
                    "f1", name="Vorlage", paper_id="10", is_public=True, mime_type="APPLICATION/PDF"
                ),
                record("f2", name="Anlage", paper_id="11", is_public=True),
                record("f3", name="nichtöffentlich", is_public=False),
                record("f4", name="am NÖ-Punkt", agenda_item_id="101", is_public=True),
                record("f5", name="entzogen", paper_id="10", is_public=True),
                record("f6", name="zur gelöschten Vorlage", paper_id="12", is_public=True),
                record("f7", name="Scan", paper_id="10", is_public=True),
                record("f8", name="quarantäne", paper_id="10", is_public=True),
                record("f9", name="zur gelöschten Sitzung", meeting_id="3", is_public=True),
            ],
        )
        write(
            con,
            "raw_mainz.document",
            [
                record(
                    id_,
                    file_id=id_,
                    sha256=sha,
                    mime_type="application/pdf",
                    size_bytes=9,
                    page_count=2,
                    text_status=text,
                    privacy_status=privacy,
                    error=None,
                )
                for id_, sha, text, privacy in (
                    ("f1", "b1", "text", "public"),
                    ("f5", "b5", "text", "withdrawn"),
                    ("f7", "b7", "no_text", "public"),
                    ("f8", "b7", "text", "quarantined"),
                )
            ],
        )
        write(
            con,
            "raw_mainz.document_page",
            [
                record(
                    f"{file}#{page}",
                    file_id=file,
                    sha256=sha,
                    page=page,
                    text=text,
                    method="text_layer",
                    confidence=None,
                )
                for file, sha, page, text in (
                    ("f1", "b1", 1, "Radwege in der Neustadt"),
                    ("f1", "b1", 2, None),
                    ("f1", "old", 1, "CANARY"),
                    ("f5", "b5", 1, "CANARY"),
                    ("f8", "b7", 1, "CANARY"),
                )
            ],
        )
        write(
            con,
            "raw_mainz.document_section",
            [
                record(
                    f"{file}#s1",
                    file_id=file,
                    sha256=sha,
                    position=1,
                    kind="financial_impact",
                    heading="Kosten",
                    page=1,
                    text=text,
                    amount_eur=1200.0,
                )
                for file, sha, text in (
                    ("f1", "b1", "1.200 Euro"),
                    ("f1", "old", "CANARY"),
                    ("f5", "b5", "CANARY"),
                    ("f8", "b7", "CANARY"),
                )
            ],
        )
        write(
            con,
            "raw_mainz.pilot_report",
            [
                pilot("suche"),
                pilot("weg", ended=True, title="CANARY"),
                pilot("verlangt", title="CANARY"),
            ],
        )
        write(
            con,
            "raw_mainz.tombstone",
            [
                {"object_type": kind, "id": id_, "reason": "deleted", "at": NOW}
                for kind, id_ in (
                    ("meeting", "3"),
                    ("paper", "12"),
                    ("document", "f5"),
                    ("pilot_report", "weg"),
                )
            ]
            + [
                {"object_type": kind, "id": id_, "reason": "deletion_request", "at": NOW}
                for kind, id_ in (
                    ("person", "603"),
                    ("organization", "88"),
                    ("pilot_report", "verlangt"),
                )
            ],
        )
        write(
            con,
            "raw_mainz.sighting",
            [
                {
                    "object_type": "meeting",
                    "system": "sessionnet",
                    "id": "1",
                    "first_seen_at": NOW - dt.timedelta(days=9),
                    "last_seen_at": NOW,
                    "missed": 0,
                }
            ],
        )
        write(con, "raw_trier.city", [city("trier", "07211000", council_system="allris4")])
        write(
            con,
            "raw_trier.allris4_organization",
            [record("5", name="Stadtrat", classification="Rat")],
        )
        write(
            con,
            "raw_trier.allris4_meeting",
            [
                record("1", name="Stadtrat", organization_name="stadtrat"),
                record("2", name="Rat", organization_id="5", organization_name="Stadtrat"),
            ],
        )
        old, new = dt.date(2024, 12, 4), dt.date(2025, 4, 12)
        male = '{"GES": "GESM"}'
        write(
            con,
            "raw_trier.genesis_observation",
            [
                cell("o1", value=112737.0, value_raw="112737", vintage=old, layout="wide-de"),
                cell("o2", value=103986.0, value_raw="103986", vintage=new),
                cell(
                    "o3",
                    value=51000.0,
                    value_raw="51000",
                    vintage=new,
                    dimensions=male,
                    region_code="072110000000",
                ),
                cell(
                    "o4",
                    value=None,
                    value_raw="-",
                    sign="-",
                    time=dt.date(2025, 12, 31),
                    region_code="07211000",
                ),
                cell(
                    "o5",
                    value=None,
                    value_raw=".",
                    sign=".",
                    time=dt.date(2025, 12, 31),
                    dimensions=male,
                ),
                cell("o6", value=7.0, quality="p", time=dt.date(2022, 12, 31), vintage=old),
                cell("x1", region_code="07"),
                cell("x2", variable_code="NEU001"),
                cell("x3", unit="1000"),
                cell("x4", table_code="99999-01"),
                cell("x5", time_code="DEKADE"),
                cell("x6", value=None, sign="?"),
                cell("x7", quality="z"),
            ],
        )
        write(
            con,
            "raw_trier.genesis_rejected_row",
            [record("r1", source="12411-01-01-4", row_no=4, reason="shifted", row="{}")],
        )


@pytest.fixture(scope="session")
def make_lake(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Lake]:
    def make(name: str) -> Lake:
        root = tmp_path_factory.mktemp(name) / "lake"
        root.mkdir()
        lake = Lake(
            root=root, catalog=f"sqlite:///{root / 'catalog.sqlite'}", storage=f"{root / 'tables'}/"
        )
        lake.create()
        return lake

    return make


@pytest.fixture(scope="session")
def built(make_lake: Callable[[str], Lake]) -> Lake:
    """The filled lake after one whole build, unit tests included."""
    lake = make_lake("built")
    fill(lake)
    dbt(lake, "build")
    return lake


@pytest.fixture(scope="session")
def run_dbt() -> Callable[..., str]:
    return dbt


@pytest.fixture(scope="session")
def fill_lake() -> Callable[[Lake], None]:
    return fill
