import datetime as dt
import re
from types import ModuleType

import pyarrow as pa
import pytest

from indexes.passages import KINDS, SCHEMA, TableError, passages


def by_id(table: pa.Table) -> dict[str, dict]:
    return {row["passage_id"]: row for row in table.to_pylist()}


def test_a_page_knows_its_paper_its_page_and_where_it_came_from(corpus: ModuleType) -> None:
    row = by_id(passages(corpus.tables()))["file/mainz:9101/2/0"]
    assert row | {"text": None, "content_sha256": None} == {
        "passage_id": "file/mainz:9101/2/0",
        "kind": "paper",
        "city_id": "mainz",
        "city_name": "Mainz",
        "paper_id": "mainz:101",
        "meeting_id": "mainz:7101",
        "file_id": "mainz:9101",
        "pilot_report_id": None,
        "page": 2,
        "title": "Radverkehrskonzept Neustadt: Fahrradstraße und Abstellanlagen",
        "reference": "0815/2026",
        "number": None,
        "section": None,
        "date": dt.date(2026, 8, 1),
        "organization": "Verkehrsausschuss",
        "text": None,
        "source_url": "https://ris.mainz.example/paper/101",
        "file_url": "https://ris.mainz.example/file/9101.pdf",
        "dataset": "mainz-paper",
        "indicator_id": None,
        "value": None,
        "value_unit": None,
        "value_date": None,
        "value_decimals": None,
        "content_sha256": None,
    }
    assert row["text"].startswith("Finanzierung: Die Kosten")


def test_ids_are_unique_and_in_order_and_hashes_are_of_the_text(corpus: ModuleType) -> None:
    table = passages(corpus.tables())
    ids = table["passage_id"].to_pylist()
    assert ids == sorted(set(ids))
    assert table.schema == SCHEMA
    assert set(table["kind"].to_pylist()) <= set(KINDS)


def test_equal_tables_in_another_order_give_equal_passages(corpus: ModuleType) -> None:
    made = corpus.rows()
    turned = {name: rows[::-1] for name, rows in corpus.rows().items()}
    assert passages(corpus.tables(made)).equals(passages(corpus.tables(turned)))


def test_no_tables_give_no_passages() -> None:
    assert passages({}).num_rows == 0


def test_a_non_public_item_gives_nothing(corpus: ModuleType) -> None:
    text = str(passages(corpus.tables()).to_pylist())
    assert corpus.NON_PUBLIC_CANARY not in text
    assert "mainz:closed" not in text


@pytest.mark.parametrize(
    "change",
    [
        {"privacy_status": "quarantined"},
        {"privacy_status": "withdrawn"},
        {"privacy_status": None},
        {"withdrawn_at": dt.datetime(2026, 10, 1, tzinfo=dt.UTC)},
        {"paper_id": None, "agenda_item_id": "mainz:closed"},
        {"paper_id": "mainz:not-there"},
    ],
)
def test_a_file_that_is_not_public_gives_nothing(corpus: ModuleType, change: dict) -> None:
    made = corpus.rows()
    made["file"][0] |= change
    found = passages(corpus.tables(made))
    assert not [one for one in found["file_id"].to_pylist() if one == "mainz:9101"]


def test_a_page_without_a_file_gives_nothing(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["file"] = made["file"][1:]
    assert "mainz:9101" not in passages(corpus.tables(made))["file_id"].to_pylist()


def test_a_redacted_file_is_public(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["file"][0]["privacy_status"] = "redacted"
    assert "mainz:9101" in passages(corpus.tables(made))["file_id"].to_pylist()


def test_an_item_tells_its_number_result_and_body(corpus: ModuleType) -> None:
    row = by_id(passages(corpus.tables()))["agenda_item/koblenz:8301/0"]
    assert row["text"] == (
        "TOP Ö 5: Hochwasserschutz am Unterufer: mobile Wände und Pumpwerk. Vorlage BV/0045/2026. "
        "Ergebnis: einstimmig beschlossen. Beraten in: Stadtrat."
    )
    assert (row["number"], row["date"], row["dataset"]) == (
        "Ö 5",
        dt.date(2026, 9, 5),
        "koblenz-agenda-item",
    )


def test_an_evening_meeting_is_on_its_german_day(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["meeting"][0]["start_at"] = dt.datetime(2026, 9, 1, 22, 30, tzinfo=dt.UTC)
    row = by_id(passages(corpus.tables(made)))["agenda_item/mainz:8101/0"]
    assert row["date"] == dt.date(2026, 9, 2)


def test_a_paper_that_is_only_referred_to_is_no_hit_of_its_own(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["paper"][2]["is_stub"] = True
    found = by_id(passages(corpus.tables(made)))
    assert not any(key.startswith("paper/trier:201/") for key in found)


def test_a_papers_own_text_is_found_even_without_a_file(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["paper"][2]["main_text"] = "Wortlaut " * 200
    found = by_id(passages(corpus.tables(made)))
    assert found["paper/trier:201/1"]["text"].startswith("Wortlaut")
    assert found["paper/trier:201/1"]["page"] is None


def test_a_paper_without_a_date_takes_its_first_meetings(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["paper"][0]["paper_date"] = None
    later = {**made["meeting"][0], "meeting_id": "mainz:later"}
    later["start_at"] = dt.datetime(2026, 12, 1, 16, tzinfo=dt.UTC)
    made["meeting"].append(later)
    made["agenda_item"].append(
        {**made["agenda_item"][0], "agenda_item_id": "mainz:again", "meeting_id": "mainz:later"}
    )
    row = by_id(passages(corpus.tables(made)))["paper/mainz:101/0"]
    assert row["date"] == dt.date(2026, 9, 1)


def test_a_meetings_own_document_is_of_the_meeting(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["file"][0] |= {"paper_id": None, "meeting_id": "mainz:7101", "name": "Niederschrift"}
    row = by_id(passages(corpus.tables(made)))["file/mainz:9101/1/0"]
    assert row["kind"] == "meeting"
    assert row["title"] == "Sitzung Verkehrsausschuss: Niederschrift"
    assert row["dataset"] == "mainz-file"


def test_a_statistic_is_one_passage_per_city_without_its_numbers(corpus: ModuleType) -> None:
    found = passages(corpus.tables())
    rows = [row for row in found.to_pylist() if row["kind"] == "statistic"]
    assert [row["passage_id"] for row in rows] == [
        f"statistic/{city}/population" for city in sorted(corpus.CITIES)
    ]
    trier = rows[-1]
    assert trier["text"] == (
        "Bevölkerung in Trier. Personen mit Hauptwohnung am Stichtag. Einheit: Personen. "
        "Jahre: 2022 bis 2023. Quelle: Regionaldatenbank Deutschland."
    )
    assert re.findall(r"\d{5,}", trier["text"]) == []


def test_a_statistics_newest_number_is_the_total_that_has_a_value(corpus: ModuleType) -> None:
    row = by_id(passages(corpus.tables()))["statistic/trier/population"]
    assert (row["value"], row["value_date"], row["value_unit"], row["value_decimals"]) == (
        101_001.0,
        dt.date(2023, 12, 31),
        "persons",
        0,
    )


def test_a_new_number_changes_no_text(corpus: ModuleType) -> None:
    made = corpus.rows()
    before = by_id(passages(corpus.tables()))["statistic/mainz/population"]
    made["observation_current"][1]["value"] = 123_456.0
    after = by_id(passages(corpus.tables(made)))["statistic/mainz/population"]
    assert after["value"] == 123_456.0
    assert after["content_sha256"] == before["content_sha256"]


def test_a_missing_column_is_named(corpus: ModuleType) -> None:
    given = corpus.tables()
    given["paper"] = given["paper"].drop_columns(["reference"])
    with pytest.raises(TableError, match=r"harmonised.paper has no \['reference'\]"):
        passages(given)


def test_a_doubled_row_stops_the_build(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["document_page"].append(made["document_page"][0])
    with pytest.raises(TableError, match="one id"):
        passages(corpus.tables(made))


def test_each_section_of_a_pilot_report_can_be_found(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["pilot_report"] = [corpus.PILOT]
    rows = {
        key: row
        for key, row in by_id(passages(corpus.tables(made))).items()
        if row["kind"] == "pilot_report"
    }
    assert {key: row["section"] for key, row in rows.items()} == {
        "pilot_report/mainz:suche/tried/0": "Was wurde erprobt",
        "pilot_report/mainz:suche/result/0": "Ergebnis",
        "pilot_report/mainz:suche/effort/0": "Aufwand",
    }
    row = rows["pilot_report/mainz:suche/result/0"]
    assert row["text"] == (
        "Pilotbericht: Vorlagen finden. Bereich: Ratsarbeit. Ergebnis (Eingestellt): "
        "Von 60 Fragen fand die Suche 47."
    )
    assert (row["city_name"], row["title"], row["date"]) == (
        "Mainz",
        "Vorlagen finden",
        dt.date(2026, 6, 30),
    )
    assert (row["dataset"], row["pilot_report_id"]) == ("alle-pilot-report", "mainz:suche")
    assert row["source_url"] is None
    assert row["file_id"] is None


def test_a_long_section_gives_several_passages_of_one_report(corpus: ModuleType) -> None:
    made = corpus.rows()
    made["pilot_report"] = [{**corpus.PILOT, "tried": "Wort " * 400}]
    found = [
        row["passage_id"]
        for row in passages(corpus.tables(made)).to_pylist()
        if row["section"] == "Was wurde erprobt"
    ]
    assert len(found) > 2
    assert found[-1] == f"pilot_report/mainz:suche/tried/{len(found) - 1}"
