"""A small lake of harmonised council data: two cities, with all that OParl has a field for."""

import datetime as dt
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import yaml

from catalog import oparl
from orchestration.lake import Lake
from orchestration.settings import Settings

Row = dict[str, Any]

MODELS = Path(__file__).parents[1] / "transforms" / "harmonised"
SEEN = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)
TABLES = (
    "city",
    "body",
    "legislative_term",
    "organization",
    "person",
    "membership",
    "location",
    "meeting",
    "agenda_item",
    "paper",
    "consultation",
    "file",
    "document_page",
    "tombstone",
)
CITIES = {"mainz": ("Mainz", "07315000"), "trier": ("Trier", "07211000")}
# Of a server that speaks OParl the ids are whole URLs, of others numbers or names.
URL = "https://ris.trier.example/oparl/paper/"


class Plain:
    """The same tables in a plain DuckDB file, opened as a lake is: a tenth of its time."""

    def __init__(self, file: Path) -> None:
        self.file = file
        is_new = not file.exists()
        self._con = duckdb.connect(file, config={"threads": 1})
        self._writes = 0
        if is_new:
            fill(self._con)

    def copy(self, file: Path) -> "Plain":
        """The tables as they are now, on their own from now on."""
        self._con.execute("CHECKPOINT")
        shutil.copyfile(self.file, file)
        return Plain(file)

    def close(self) -> None:
        self._con.close()

    @contextmanager
    def read(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._con.cursor() as con:
            con.execute("SET TimeZone = 'UTC'")
            yield con

    @contextmanager
    def write(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.read() as con:
            yield con
        self._writes += 1

    def version(self, tables: Collection[str]) -> str:
        """Every write is taken for one of all tables."""
        assert tables
        return f"{self.file} {self._writes}"


def lake_in(folder: Path) -> Lake:
    """The lake with its harmonised tables."""
    lake = Lake.of(Settings(data=folder))
    with lake.write() as con:
        fill(con)
    return lake


def fill(con: duckdb.DuckDBPyConnection) -> None:
    """Make all harmonised tables."""
    con.begin()
    con.execute("CREATE SCHEMA harmonised")
    for table in TABLES:
        create(con, table, rows()[table])
    con.commit()


def publish(tables: Lake | Plain, now: dt.datetime, held: Any = ()) -> oparl.Published:
    """Publish what is harmonised, at a moment; ``held`` as in ``oparl.publish``."""
    with tables.write() as con:
        return oparl.publish(con, held, now)


def create(con: duckdb.DuckDBPyConnection, table: str, told: list[Row]) -> None:
    """A harmonised table with the types of its model; what rows leave out is empty."""
    columns = types(table)
    described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    con.execute(f"CREATE OR REPLACE TEMP TABLE filling ({described})")
    if told:
        places = f"({', '.join('?' for _ in columns)})"
        con.execute(
            f"INSERT INTO temp.filling VALUES {', '.join([places] * len(told))}",
            [row.get(name) for row in told for name in columns],
        )
    con.execute(f"CREATE OR REPLACE TABLE harmonised.{table} AS FROM temp.filling")


@cache
def types(table: str) -> dict[str, str]:
    """Columns and types of a harmonised model."""
    model = yaml.safe_load((MODELS / f"{table}.yml").read_text())["models"][0]
    return {column["name"]: column["data_type"] for column in model["columns"]}


def row(kind: str, city: str, id_: str, **fields: Any) -> Row:
    """One harmonised row with its provenance."""
    return {
        f"{kind}_id": f"{city}:{id_}",
        "city_id": city,
        **fields,
        "source_url": f"https://ris.{city}.example/{kind}?id={quote(id_)}"
        if not id_.startswith("http")
        else id_,
        "retrieved_at": SEEN,
        "first_seen_at": SEEN,
        "last_seen_at": SEEN,
        "content_sha256": f"{kind}-{id_}",
    }


def _moment(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


def page(file: str, number: int, text: str | None, city: str = "mainz") -> Row:
    """A page of a document that the privacy gate let through."""
    return row("document_page", city, f"{file}#{number}", page=number, text=text) | {
        "file_id": f"{city}:{file}",
        "content_sha256": f"sha of {text}",
    }


def rows() -> dict[str, list[Row]]:
    """All rows by table."""
    cities = [
        {
            "city_id": city,
            "name": name,
            "ags": ags,
            "ars": f"{ags[:5]}0000{ags[5:]}",
            "wikidata_id": "Q1720",
            "publisher_name": f"Stadt {name}, Amt für Daten",
            "publisher_email": f"daten@{city}.example",
            "licence_id": "dl-de/by-2-0",
            "is_sample": True,
        }
        for city, (name, ags) in CITIES.items()
    ]
    bodies = [
        row(
            "body",
            city,
            "body",
            name=f"Stadt {name}",
            short_name=name,
            ags=ags,
            ars=f"{ags[:5]}0000{ags[5:]}",
            licence_id="dl-de/by-2-0",
            website_url=f"https://{city}.example/",
        )
        for city, (name, ags) in CITIES.items()
    ]
    return {
        "city": cities,
        "body": bodies,
        "legislative_term": [
            row(
                "legislative_term",
                "mainz",
                "t2",
                body_id="mainz:body",
                name="2024 bis 2029",
                start_date=dt.date(2024, 7, 1),
            ),
            row(
                "legislative_term",
                "mainz",
                "t1",
                body_id="mainz:body",
                name="2019 bis 2024",
                start_date=dt.date(2019, 7, 1),
                end_date=dt.date(2024, 6, 30),
            ),
        ],
        "organization": [
            row(
                "organization",
                "mainz",
                "70",
                name="Ausschuss für Kultur",
                short_name="KA",
                classification="Ausschuss",
                parent_id="mainz:name:stadtrat",
                start_date=dt.date(2024, 7, 1),
            ),
            row("organization", "mainz", "name:stadtrat", name="Stadtrat", is_stub=True),
            row("organization", "trier", "5", name="Stadtrat", classification="Rat"),
        ],
        "person": [
            row(
                "person",
                "mainz",
                "601",
                name="Dr. Helene Brandauer",
                family_name="Brandauer",
                given_name="Helene",
                form_of_address="Frau",
                title="Dr.",
                faction="Die Mitte",
                status="Stadträtin; Vorsitzende",
            ),
            row("person", "mainz", "name:otto-amtmann", name="Otto Amtmann", is_stub=True),
        ],
        "membership": [
            row(
                "membership",
                "mainz",
                "m1",
                person_id="mainz:601",
                organization_id="mainz:70",
                role="Vorsitz",
                has_voting_right=True,
                on_behalf_of="Die Mitte",
                start_date=dt.date(2024, 8, 1),
            ),
            row(
                "membership",
                "mainz",
                "m2",
                person_id="mainz:601",
                organization_id="mainz:name:stadtrat",
                role="Mitglied",
                has_voting_right=False,
            ),
            row(
                "membership",
                "mainz",
                "m3",
                person_id="mainz:name:otto-amtmann",
                organization_id="mainz:70",
                role="Mitglied",
            ),
        ],
        "location": [
            row(
                "location",
                "mainz",
                "l1",
                description="Rathaus, Ratssaal",
                room="Ratssaal",
                street_address="Jockel-Fuchs-Platz 1",
                postal_code="55116",
                locality="Mainz",
                latitude=50.0012,
                longitude=8.2762,
            )
        ],
        "meeting": [
            row(
                "meeting",
                "mainz",
                "1",
                organization_id="mainz:name:stadtrat",
                organization_name="Stadtrat der Stadt",
                name="12. Sitzung des Stadtrats",
                reference="STR/12/2026",
                start_at=_moment(2026, 3, 4, 16),
                end_at=_moment(2026, 3, 4, 19, 30),
                location="Rathaus, Ratssaal (1. OG)",
                location_id="mainz:l1",
                state="durchgeführt",
                is_cancelled=False,
                has_agenda=True,
            ),
            row(
                "meeting",
                "mainz",
                "2",
                name="Kulturausschuss",
                organization_id="mainz:70",
                organization_name="Ausschuss für Kultur",
                start_at=_moment(2026, 4, 1, 15),
                is_cancelled=True,
                has_agenda=False,
            ),
        ],
        "agenda_item": [
            row(
                "agenda_item",
                "mainz",
                "100",
                meeting_id="mainz:1",
                position=1,
                number="Ö 1",
                name="Radwege in der Neustadt",
                is_public=True,
                is_supplement=True,
                result="einstimmig beschlossen",
                resolution_text="Der Rat beschließt.\nDie Wege werden gebaut.",
                vote_text="Ja: 20, Nein: 3, Enthaltungen: 2",
                paper_id="mainz:10",
                paper_reference="0815/2026",
            ),
            row(
                "agenda_item",
                "mainz",
                "101",
                meeting_id="mainz:1",
                position=2,
                number="NÖ 1",
                name="Grundstücksangelegenheit",
                is_public=False,
                is_supplement=False,
                result="beschlossen",
            ),
        ],
        "paper": [
            row(
                "paper",
                "mainz",
                "10",
                reference="0815/2026",
                name="Radwege in der Neustadt",
                paper_type="Beschlussvorlage",
                paper_date=dt.date(2026, 2, 1),
                state="beschlossen",
                originator="Fraktion Die Mitte",
                under_direction_of="Amt 61",
                main_text="CANARY that does not leave",
            ),
            *(
                row(
                    "paper",
                    "mainz",
                    str(number),
                    reference=f"{number}/2025",
                    name=f"Bericht {number}",
                    paper_date=dt.date(2025, 1, 1) + dt.timedelta(days=number),
                )
                for number in range(200, 223)
            ),
            row("paper", "trier", f"{URL}7?a=b#c", name="Brücken", reference="7/2026"),
        ],
        "consultation": [
            row(
                "consultation",
                "mainz",
                "c1",
                paper_id="mainz:10",
                meeting_id="mainz:1",
                agenda_item_id="mainz:100",
                organization_id="mainz:name:stadtrat",
                organization_name="Rat",
                consultation_date=dt.date(2026, 3, 4),
                role="Entscheidung",
                is_authoritative=True,
                state="beraten",
                result="einstimmig beschlossen",
            ),
            row(
                "consultation",
                "mainz",
                "c2",
                paper_id="mainz:10",
                meeting_id="mainz:2",
                organization_id="mainz:70",
                organization_name="Ausschuss für Kultur",
                role="Vorberatung",
                is_authoritative=False,
            ),
        ],
        "file": [
            _file(
                "f1",
                "main_file",
                paper_id="mainz:10",
                size_bytes=9,
                sha256="ab" * 32,
                privacy_status="redacted",
            ),
            _file("f2", "main_file", paper_id="mainz:10"),
            _file("f3", "auxiliary_file", paper_id="mainz:10"),
            _file("f4", "invitation", meeting_id="mainz:1"),
            _file("f5", "results_protocol", meeting_id="mainz:1"),
            _file("f6", "resolution_file", meeting_id="mainz:1", agenda_item_id="mainz:100"),
            _file("f7", None, meeting_id="mainz:1", agenda_item_id="mainz:100"),
        ],
        "document_page": [
            page("f1", 2, "zum Rhein."),
            page("f1", 1, "Radwege von der Neustadt"),
            page("f3", 1, None),
            page("f4", 1, "x" * 200_001),
        ],
        "tombstone": [],
    }


def _file(id_: str, role: str | None, **fields: Any) -> Row:
    told = {
        "name": "CANARY who asks for a title",
        "role": role,
        "access_url": f"https://ris.mainz.example/getfile?id={id_}",
        "mime_type": "application/pdf",
    }
    return row("file", "mainz", id_, **told | fields)
