"""Quality statement, notes of versions and Croissant of a data set."""

import datetime as dt
import json

from catalog import versions
from catalog.assurance import Checked, Rule
from catalog.croissant import CONFORMS_TO, croissant_bytes
from catalog.dataset import DataSet, datasets
from catalog.files import published_rows
from tests.unit.catalog import world

PAPER = world.dictionary()["paper"]
CHECKED = Checked(
    dt.date(2026, 11, 2),
    (
        Rule("date_plausible", is_hint=False, is_kept=False, held=("trier",)),
        Rule("name_length", is_hint=True, is_kept=True),
        Rule("types_known", is_hint=True, is_kept=False),
        Rule("volume_mainz", is_hint=False, is_kept=True),
        Rule("volume_trier", is_hint=False, is_kept=True),
    ),
)


def made() -> dict[str, DataSet]:
    found = datasets(
        world.tables(),
        world.dictionary(),
        world.cities(),
        portal_url=world.PORTAL,
        checks={"paper": CHECKED},
    )
    return {one.name: one for one in found}


def test_quality_says_checks_date_and_coverage_of_this_city() -> None:
    quality = made()["mainz-paper"].quality
    assert quality.german == (
        "Nach jedem Abruf geprüft, Ergebnis unverändert seit 02.11.2026: 3 von 4 Prüfregeln "
        "eingehalten (auffällig: types_known). Umfang: 3 Zeilen, 6 von 7 Spalten ohne Lücken, "
        "Zeitraum 02.01.2026 bis 04.01.2026."
    )
    assert "3 of 4 rules kept (conspicuous: types_known)" in quality.english
    assert "2 von 4 Prüfregeln" in made()["trier-paper"].quality.german
    assert "3 von 5 Prüfregeln" in made()["alle-paper"].quality.german


def test_a_table_without_checks_claims_none() -> None:
    quality = made()["mainz-file"].quality
    assert quality.german == "Umfang: 1 Zeile, 5 von 5 Spalten ohne Lücken."


def test_versions_tell_what_changed_and_nothing_where_nothing_did() -> None:
    def rows(many: int, first: int = 0) -> object:
        return published_rows(world.table("paper", world.papers("mainz", many)[first:]), PAPER)

    day = dt.date(2026, 11, 1)
    first = versions.notes("", None, rows(3), PAPER.keys, day)
    assert first == "- 2026-11-01: erste Veröffentlichung, 3 Zeilen"
    assert versions.notes(first, rows(3), rows(3), PAPER.keys, day) == first
    changed = world.papers("mainz", 5)[1:]
    changed[0]["name"] = "Anders"
    now = published_rows(world.table("paper", changed), PAPER)
    second = versions.notes(first, rows(3), now, PAPER.keys, dt.date(2026, 11, 2))
    assert second == f"- 2026-11-02: 2 neu, 1 geändert, 1 entfernt; jetzt 4 Zeilen\n{first}"
    other = now.drop_columns("main_text")
    assert "Spalten geändert" in versions.notes("", now, other, PAPER.keys, day)
    long = "\n".join(f"- {number}" for number in range(40))
    assert len(versions.notes(long, rows(3), rows(2), PAPER.keys, day).splitlines()) == 24


def test_croissant_names_files_by_hash_and_every_column() -> None:
    dataset = made()["mainz-observation"]
    read = json.loads(croissant_bytes(dataset, "http://x.example/dataset/mainz-observation"))
    assert (read["@type"], read["conformsTo"]) == ("sc:Dataset", CONFORMS_TO)
    assert read["license"] == "https://www.govdata.de/dl-de/by-2-0"
    files = {one["@id"]: one for one in read["distribution"]}
    csv = files["mainz-observation.csv"]
    assert csv["sha256"] == dataset.file("csv").sha256
    assert csv["contentUrl"] == "http://x.example/dataset/mainz-observation/mainz-observation.csv"
    (records,) = read["recordSet"]
    ids = {field["@id"] for field in records["field"]}
    assert {key["@id"] for key in records["key"]} <= ids
    assert [field["name"] for field in records["field"]] == dataset.rows.column_names
    assert all(field["source"]["fileObject"]["@id"] in files for field in records["field"])
    types = {field["name"]: field["dataType"] for field in records["field"]}
    assert (types["value"], types["period_start_date"]) == ("sc:Float", "sc:Date")


def test_croissant_describes_table_and_columns_in_its_language() -> None:
    read = json.loads(croissant_bytes(made()["mainz-observation"], "http://x.example/d"))
    (records,) = read["recordSet"]
    told = {field["name"]: field["description"] for field in records["field"]}
    assert read["inLanguage"] == "de"
    assert records["description"] == "Alle Zeilen von observation."
    assert told["value"] == "Was value ist."
