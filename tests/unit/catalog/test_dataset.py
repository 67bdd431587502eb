"""Which data sets there are, and what each says about itself."""

import datetime as dt
import re

import pyarrow as pa
import pytest

from catalog import wording
from catalog.dataset import (
    COUNCIL,
    COUNCIL_NETWORK,
    KNOWLEDGE,
    REFERENCE,
    STATISTICS,
    DataSet,
    DataSetError,
    datasets,
)
from catalog.statistics import SourceError
from tests.unit.catalog import world


def made(
    tables: dict[str, pa.Table] | None = None, *, is_sample: bool = True
) -> dict[str, DataSet]:
    found = datasets(
        tables or world.tables(),
        world.dictionary(),
        world.cities(is_sample=is_sample),
        portal_url=world.PORTAL,
    )
    return {dataset.name: dataset for dataset in found}


def test_names() -> None:
    council = ("organization", "meeting", "agenda-item", "paper", "file", "document-page")
    assert list(made()) == [
        *(f"mainz-{name}" for name in council),
        "mainz-observation",
        "neu-stadt-observation",
        *(f"trier-{name}" for name in council),
        "trier-observation",
        *(f"alle-{name}" for name in (*council, "observation", "city", "place", "indicator")),
    ]
    assert all(re.fullmatch(r"[a-z0-9-]{2,100}", name) for name in made())


def test_titles() -> None:
    found = made()
    dash = "\N{EN DASH}"
    assert found["mainz-paper"].title == f"Tabelle paper {dash} Mainz"
    assert found["alle-paper"].title == f"Tabelle paper {dash} alle Städte"
    assert found["alle-paper"].title_en == f"Table paper {dash} all cities"
    assert found["alle-city"].title == "Tabelle city"


def test_a_city_has_its_own_rows_and_all_have_all() -> None:
    found = made()
    assert set(found["mainz-paper"].rows["city_id"].to_pylist()) == {"mainz"}
    assert found["alle-paper"].rows.num_rows == 6
    assert found["mainz-paper"].organization.id == "mainz"
    assert found["neu-stadt-observation"].organization.id == "neu-stadt"
    assert found["alle-paper"].organization.id == "seehaus"


def test_invented_data_says_so_and_names_no_city_as_publisher() -> None:
    found = made()
    for name, dataset in found.items():
        is_council = dataset.table.theme == "gove" and dataset.table.name != "city"
        assert dataset.is_sample is is_council, name
        assert dataset.notes.startswith("**Beispieldaten, frei erfunden.**") is is_council
        assert ("Stadt" in dataset.attribution and is_council) is False
    assert "Stadt" not in found["mainz-paper"].publisher.name
    assert found["mainz-paper"].landing_page is None
    assert found["mainz-observation"].publisher.name == "Stadt Mainz"


def test_true_council_data_names_the_city_and_its_server() -> None:
    paper = made(is_sample=False)["mainz-paper"]
    assert "erfunden" not in paper.notes
    assert paper.publisher.name == "Stadt Mainz"
    assert paper.contacts[0].email == "offen@mainz.example"
    assert paper.landing_page == "https://rat.mainz.example/"
    assert paper.attribution == (
        "Datenquelle: Stadt Mainz (dl-de/by-2-0); Daten geändert (harmonisiert)"
    )


def test_statistics_carry_source_category_and_reference() -> None:
    dataset = made()["mainz-observation"]
    assert dataset.attribution.startswith("Datenquelle: © Statistische Ämter")
    assert dataset.attribution in dataset.notes
    assert dataset.licence.uri == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert dataset.hvd_categories == ("http://data.europa.eu/bna/c_e1da4e07",)
    assert dataset.legislation == ("http://data.europa.eu/eli/reg_impl/2023/138/oj",)
    assert dataset.references == ("https://musterdatenkatalog.de/def/musterdatensatz/x",)
    assert dataset.frequency.endswith("/ANNUAL")
    assert dataset.temporal == (dt.date(2020, 12, 31), dt.date(2022, 12, 31))
    assert made()["mainz-paper"].legislation == ()


def test_what_may_not_be_passed_on_stays() -> None:
    tables = world.tables()
    source = tables["source"].to_pylist()[0]
    tables["source"] = pa.Table.from_pylist([{**source, "is_redistributable": False}])
    dataset = made(tables)["mainz-observation"]
    assert (dataset.rows.num_rows, dataset.withheld) == (0, 3)


@pytest.mark.parametrize("missing", ["source", "statistic_table", "indicator"])
def test_without_source_no_statistics(missing: str) -> None:
    tables = world.tables()
    del tables[missing]
    with pytest.raises(SourceError, match=f"no table `{missing}` beside it"):
        made(tables)


def test_an_indicator_without_seed_row_is_an_error() -> None:
    tables = world.tables()
    tables["indicator"] = world.table("indicator", [])
    with pytest.raises(SourceError, match="indicator population is not described"):
        made(tables)


def test_an_unknown_licence_is_an_error() -> None:
    cities = world.cities().to_pylist()
    for city in cities:
        city["licence_id"] = "all rights reserved"
    found = datasets(
        world.tables(),
        world.dictionary(),
        pa.Table.from_pylist(cities),
        portal_url=world.PORTAL,
    )
    with pytest.raises(DataSetError, match="licence all rights reserved is not a known open one"):
        list(found)


def test_dates_and_places() -> None:
    found = made()
    assert found["mainz-meeting"].temporal == (dt.date(2026, 3, 4), dt.date(2026, 3, 4))
    assert found["mainz-file"].temporal is None
    assert found["mainz-paper"].modified == world.SEEN
    assert [place.name for place in found["alle-paper"].places] == ["Mainz", "Neu Stadt", "Trier"]
    assert found["mainz-paper"].places[0].uri.endswith("/regionalKey/073150000000")


def test_tags_are_what_ckan_takes() -> None:
    for dataset in made().values():
        assert all(re.fullmatch(r"[\w .-]{2,100}", tag) for tag in dataset.tags)


def test_texts_of_documents_are_files_only() -> None:
    found = made()
    assert not found["mainz-document-page"].has_datastore
    assert found["mainz-paper"].has_datastore
    assert [file.key for file in found["mainz-paper"].distributions] == [
        "csv",
        "parquet",
        "excel",
        "jsonl",
        "datapackage",
    ]
    assert [file.key for file in found["mainz-document-page"].distributions] == [
        "csv",
        "parquet",
        "jsonl",
        "datapackage",
    ]


def test_a_citys_data_sets_are_parts_of_a_series() -> None:
    found = made()
    mainz, trier = found["mainz-paper"].series, found["trier-paper"].series
    assert mainz is not None
    assert mainz == trier
    assert (mainz.name, mainz.notes_en) == ("paper", "The table paper.")
    assert found["alle-paper"].series is None
    assert found["mainz-paper"].notes_en.startswith("**Sample data, freely invented.**")


def test_sections_of_documents_are_a_data_set_per_city_and_files_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    columns = {"document_section_id": world.TEXT, "city_id": world.TEXT, "text": world.TEXT}
    monkeypatch.setitem(world.TABLES, "document_section", ("document_section_id", "gove", columns))
    rows = [{"document_section_id": "mainz:9#s1", "city_id": "mainz", "text": "Der Rat beschließt"}]
    found = made({**world.tables(), "document_section": world.table("document_section", rows)})
    for name, many in (("mainz", 1), ("trier", 0), ("alle", 1)):
        dataset = found[f"{name}-document-section"]
        assert dataset.rows.num_rows == many
        assert not dataset.has_datastore
    assert "Beschlussvorschläge" in found["mainz-document-section"].tags
    assert found["mainz-document-section"].is_sample


def test_pilot_reports_are_one_data_set_of_all_cities(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {
        "pilot_report_id": world.TEXT,
        "city_id": world.TEXT,
        "start_date": world.DATE,
        "report_date": world.DATE,
    }
    monkeypatch.setitem(world.TABLES, "pilot_report", ("pilot_report_id", "gove", columns))
    rows = [
        {
            "pilot_report_id": f"{city}:suche",
            "city_id": city,
            "start_date": dt.date(2026, 1, day),
            "report_date": dt.date(2026, 5, day),
        }
        for day, city in enumerate(("mainz", "trier"), 1)
    ]
    tables = {**world.tables(), "pilot_report": world.table("pilot_report", rows)}
    for is_sample in (True, False):
        found = made(tables, is_sample=is_sample)
        assert [name for name in found if "pilot" in name] == ["alle-pilot-report"]
        report = found["alle-pilot-report"]
        assert report.is_sample is is_sample
        assert ("frei erfunden" in report.notes) is is_sample
        assert ("Stadt Mainz" in report.attribution) is not is_sample
        assert report.rows.num_rows == 2
        assert report.has_datastore
        assert report.temporal == (dt.date(2026, 1, 1), dt.date(2026, 5, 2))


@pytest.mark.parametrize("table", [*COUNCIL, *COUNCIL_NETWORK, *KNOWLEDGE, *STATISTICS, *REFERENCE])
def test_every_data_set_has_keywords_of_its_own(table: str) -> None:
    assert wording.tags(table, [])


def test_unpublished_tables_make_no_data_set() -> None:
    manifest = world.manifest()
    manifest["nodes"]["model.seehaus.paper"]["config"]["meta"]["publish"] = False
    dictionary = type(world.dictionary()).from_manifest(manifest)
    found = datasets(world.tables(), dictionary, world.cities(), portal_url=world.PORTAL)
    assert not [dataset.name for dataset in found if dataset.table.name == "paper"]
