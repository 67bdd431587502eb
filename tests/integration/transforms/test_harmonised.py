"""What dbt makes of the raw tables: one build over two cities with the tricky cases in it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from ingestion.record import OBJECT_TYPES
from orchestration.history import changes_of
from orchestration.lake import Lake
from quality.run import check
from quality.run import tables as suite_tables

pytestmark = pytest.mark.integration

NOW = dt.datetime(2026, 11, 1, 6, tzinfo=dt.UTC)


def rows(lake: Lake, sql: str) -> list[tuple[Any, ...]]:
    with lake.read() as con:
        return con.execute(sql).fetchall()


def test_ids_are_city_and_server_id_and_old_versions_are_gone(built: Lake) -> None:
    assert rows(built, "SELECT meeting_id, name FROM harmonised.meeting ORDER BY 1") == [
        ("mainz:1", "Stadtrat"),
        ("mainz:2", "Bauausschuss"),
        ("mainz:9", "Hauptausschuss"),
        ("trier:1", "Stadtrat"),
        ("trier:2", "Rat"),
    ]


def test_organisations_are_listed_or_named_by_others(built: Lake) -> None:
    assert rows(
        built,
        "SELECT organization_id, name, organization_type_id, parent_id, is_stub "
        "FROM harmonised.organization ORDER BY 1",
    ) == [
        ("mainz:70", "Ausschuss für Kultur", "committee", "mainz:79", False),
        ("mainz:77", "Bau- und Sanierungsausschuss", "committee", None, True),
        ("mainz:78", "78", None, None, True),
        ("mainz:79", "79", None, None, True),
        ("mainz:name:hauptausschuss", "Hauptausschuss", "committee", None, True),
        ("mainz:name:stadtrat", "Stadtrat", "council", None, True),
        ("trier:5", "Stadtrat", "council", None, False),
    ]


def test_a_meeting_that_only_a_consultation_names_is_a_stub(built: Lake) -> None:
    assert rows(
        built,
        "SELECT meeting_id, organization_id, start_at, source_url FROM harmonised.meeting "
        "WHERE is_stub",
    ) == [
        (
            "mainz:9",
            "mainz:name:hauptausschuss",
            dt.datetime(2026, 5, 5, 22, tzinfo=dt.UTC),
            "https://ris.example/c2",
        )
    ]


def test_people_have_a_seat_or_an_office_and_their_seats_hold(built: Lake) -> None:
    assert rows(built, "SELECT person_id, name, is_stub FROM harmonised.person ORDER BY 1") == [
        ("mainz:601", "Dr. Helene Brandauer", False),
        ("mainz:604", "Otto Amtmann", False),
        ("mainz:606", "Ida Neu", True),
        ("mainz:name:ute-ohnenummer", "Ute Ohnenummer", True),
    ]
    assert rows(
        built,
        "SELECT membership_id, person_id, organization_id FROM harmonised.membership ORDER BY 1",
    ) == [
        ("mainz:m1", "mainz:601", "mainz:70"),
        ("mainz:m3", "mainz:606", "mainz:78"),
        ("mainz:m4", "mainz:name:ute-ohnenummer", "mainz:70"),
        ("mainz:m5", "mainz:601", "mainz:70"),
    ]


def test_consultations_are_of_visible_papers_and_their_references_hold(built: Lake) -> None:
    assert rows(
        built,
        "SELECT consultation_id, meeting_id, agenda_item_id, organization_id, role_id, result_id "
        "FROM harmonised.consultation ORDER BY 1",
    ) == [
        ("mainz:c1", "mainz:1", "mainz:100", "mainz:name:stadtrat", "preliminary", None),
        ("mainz:c2", "mainz:9", None, "mainz:name:hauptausschuss", "decision", "rejected"),
        ("mainz:c6", None, None, "mainz:name:stadtrat", None, None),
        ("mainz:c7", "mainz:1", "mainz:101", None, None, None),
    ]


def test_votes_are_of_public_items_only(built: Lake) -> None:
    assert rows(
        built, "SELECT vote_id, meeting_id, yes_count, no_count, result_id FROM harmonised.vote"
    ) == [("mainz:100", "mainz:1", 20, 3, "accepted")]


def test_locations_are_where_meetings_take_place(built: Lake) -> None:
    assert rows(
        built, "SELECT location_id, description, latitude FROM harmonised.location ORDER BY 1"
    ) == [
        ("mainz:l1", "Rathaus, Ratssaal", 50.0),
        ("mainz:name:altes-rathaus-saal-2", "Altes Rathaus, Saal 2", None),
    ]
    assert rows(
        built,
        "SELECT meeting_id, location_id FROM harmonised.meeting WHERE location_id IS NOT NULL "
        "ORDER BY 1",
    ) == [("mainz:1", "mainz:l1"), ("mainz:2", "mainz:name:altes-rathaus-saal-2")]


def test_every_city_has_a_body(built: Lake) -> None:
    assert rows(built, "SELECT body_id, name, short_name, ags FROM harmonised.body ORDER BY 1") == [
        ("mainz:b1", "Stadt Mainz", "MZ", "07315000"),
        ("trier:body", "Trier", None, "07211000"),
    ]
    assert rows(built, "SELECT legislative_term_id, body_id FROM harmonised.legislative_term") == [
        ("mainz:t1", "mainz:b1")
    ]


def test_tombstones_tell_ids_only_and_no_request(built: Lake) -> None:
    assert rows(
        built, "SELECT tombstone_id, object_id, reason FROM harmonised.tombstone ORDER BY 1"
    ) == [
        ("mainz:meeting:3", "mainz:3", "deleted"),
        ("mainz:organization:88", "mainz:88", "withdrawn"),
        ("mainz:paper:12", "mainz:12", "deleted"),
        ("mainz:person:603", "mainz:603", "withdrawn"),
        ("mainz:pilot_report:verlangt", "mainz:verlangt", "withdrawn"),
        ("mainz:pilot_report:weg", "mainz:weg", "deleted"),
    ]


def days_ago(count: int) -> dt.datetime:
    return NOW - dt.timedelta(days=count)


def test_changes_name_fields_and_moments_and_no_content(built: Lake) -> None:
    assert rows(
        built,
        "SELECT changed_at, change, changed_fields FROM harmonised.object_change "
        "WHERE object_id = 'mainz:10' ORDER BY changed_at",
    ) == [
        (days_ago(9), "created", ""),
        (days_ago(7), "changed", "name, paper_type, reference"),
        (days_ago(5), "withdrawn", ""),
        (days_ago(4), "restored", ""),
        (days_ago(0), "changed", "date, main_text"),
    ]
    # What is gone is only told to be gone, and of what is not shown nothing is told.
    assert rows(
        built,
        "SELECT object_type, change, changed_fields FROM harmonised.object_change "
        "WHERE object_id IN ('mainz:11', 'mainz:12') ORDER BY object_id",
    ) == [("paper", "withdrawn", "")]
    ((told,),) = rows(built, "SELECT string_agg(c::VARCHAR) FROM harmonised.object_change AS c")
    assert "CANARY" not in told


def test_changes_are_those_that_the_history_of_one_object_tells(built: Lake) -> None:
    """The table and ``seehaus history`` read the same versions in two ways."""
    kinds = sorted(OBJECT_TYPES.keys() - {"tombstone", "observation", "rejected_row"})
    told: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for kind, id_, *change in rows(
        built,
        "SELECT object_type, object_id, changed_at, change, changed_fields "
        "FROM harmonised.object_change ORDER BY changed_at, change DESC",
    ):
        told.setdefault((kind, id_), []).append(tuple(change))
    compared = 0
    with built.read() as con:
        for city_id, system in (("mainz", "sessionnet"), ("trier", "allris4")):
            have = built.tables(f"raw_{city_id}")
            for kind in kinds:
                if f"{system}_{kind}" not in have:
                    continue
                versions: dict[str, list[dict[str, Any]]] = {}
                for row in (
                    con.execute(
                        f"SELECT * FROM raw_{city_id}.{system}_{kind} "
                        "ORDER BY _dlt_valid_from, _dlt_valid_to NULLS LAST"
                    )
                    .to_arrow_table()
                    .to_pylist()
                ):
                    versions.setdefault(f"{city_id}:{row['id']}", []).append(row)
                for id_, of in versions.items():
                    found = told.get((kind, id_), [])
                    if found and found != [(NOW, "withdrawn", "")]:
                        compared += 1
                        assert found == [
                            (each["changed_at"], each["change"], ", ".join(each["changed_fields"]))
                            for each in changes_of(of)
                        ], id_
    assert compared > 20


def test_the_rules_hold_on_the_built_tables(built: Lake) -> None:
    """Every rules file can be run on the models' columns, and no error is found."""
    with built.read() as con:
        found = [
            result
            for table in suite_tables()
            for result in check(table, lambda sql: con.execute(sql).to_arrow_table())
        ]
    assert [one.message for one in found if "could not be checked" in one.message] == []
    assert [one.message for one in found if one.blocks] == []


def test_a_meeting_finds_its_organisation_by_id_or_name(built: Lake) -> None:
    assert rows(
        built,
        "SELECT meeting_id, organization_id, organization_name FROM harmonised.meeting ORDER BY 1",
    ) == [
        ("mainz:1", "mainz:name:stadtrat", "Stadtrat"),
        ("mainz:2", "mainz:77", "Bau- und Sanierungsausschuss"),
        ("mainz:9", "mainz:name:hauptausschuss", "Hauptausschuss"),
        ("trier:1", "trier:5", "stadtrat"),
        ("trier:2", "trier:5", "Stadtrat"),
    ]


def test_sightings_tell_first_and_last(built: Lake) -> None:
    assert rows(
        built,
        "SELECT meeting_id, first_seen_at < retrieved_at, last_seen_at = retrieved_at "
        "FROM harmonised.meeting WHERE meeting_id IN ('mainz:1', 'mainz:2') ORDER BY 1",
    ) == [("mainz:1", True, True), ("mainz:2", False, True)]


def test_only_public_papers_that_are_still_there(built: Lake) -> None:
    assert rows(
        built,
        "SELECT paper_id, reference, paper_date, main_text, is_stub FROM harmonised.paper "
        "ORDER BY 1",
    ) == [
        ("mainz:10", "0815/2026", dt.date(2026, 2, 1), None, False),
        ("mainz:999", "0999/2026", None, None, True),
    ]


def test_non_public_items_keep_only_what_the_source_publishes(built: Lake) -> None:
    assert rows(
        built,
        "SELECT agenda_item_id, is_public, result, resolution_text, vote_text, paper_id, "
        "paper_reference FROM harmonised.agenda_item ORDER BY 1",
    ) == [
        ("mainz:100", True, "beschlossen", "Der Rat beschließt.", None, "mainz:10", "0815/2026"),
        ("mainz:101", False, "beschlossen", None, None, None, "0816/2026"),
        ("mainz:103", True, None, None, None, "mainz:999", "0999/2026"),
    ]


def test_files_go_with_what_they_hang_on(built: Lake) -> None:
    """Non-public, withdrawn, on a non-public item or paper, on a tombstoned paper or meeting."""
    assert rows(
        built,
        "SELECT file_id, paper_id, mime_type, text_status, privacy_status "
        "FROM harmonised.file ORDER BY 1",
    ) == [
        ("mainz:f1", "mainz:10", "application/pdf", "text", "public"),
        ("mainz:f7", "mainz:10", "application/pdf", "no_text", "public"),
        ("mainz:f8", "mainz:10", None, "text", "quarantined"),
    ]


def test_pages_are_those_of_the_current_bytes_behind_the_gate(built: Lake) -> None:
    assert rows(
        built, "SELECT document_page_id, text FROM harmonised.document_page ORDER BY 1"
    ) == [("mainz:f1#1", "Radwege in der Neustadt"), ("mainz:f1#2", None)]


def test_sections_go_with_their_pages(built: Lake) -> None:
    assert rows(
        built,
        "SELECT document_section_id, paper_id, kind, text, amount_eur "
        "FROM harmonised.document_section",
    ) == [("mainz:f1#s1", "mainz:10", "financial_impact", "1.200 Euro", 1200.0)]


def test_pilot_reports_are_there_and_those_under_a_tombstone_are_not(built: Lake) -> None:
    assert rows(
        built,
        "SELECT pilot_report_id, city_id, title, area, outcome, person_days, report_date, "
        "end_date, attachments, is_example, source_url FROM harmonised.pilot_report",
    ) == [
        (
            "mainz:suche",
            "mainz",
            "Vorlagen finden",
            "Ratsarbeit",
            "Eingestellt",
            24.0,
            dt.date(2026, 6, 30),
            None,
            "[]",
            True,
            "https://www.mainz.example/",
        )
    ]
    assert rows(
        built,
        "SELECT object_id, reason, source_url FROM harmonised.tombstone "
        "WHERE object_type = 'pilot_report' ORDER BY 1",
    ) == [
        ("mainz:verlangt", "withdrawn", "https://mainz.example/"),
        ("mainz:weg", "deleted", "https://mainz.example/"),
    ]


def test_files_with_the_same_bytes_are_counted(built: Lake) -> None:
    assert rows(
        built, "SELECT file_id, same_content_count, first_file_id FROM harmonised.file ORDER BY 1"
    ) == [
        ("mainz:f1", 1, "mainz:f1"),
        ("mainz:f7", 1, "mainz:f7"),
        # In quarantine: nothing of its content is told, not even whose bytes it shares.
        ("mainz:f8", None, None),
    ]


def test_the_canary_is_nowhere(built: Lake) -> None:
    for table in built.tables("harmonised"):
        text = str(built.arrow(f"SELECT * FROM harmonised.{table}").to_pylist())
        assert "CANARY" not in text, table


def test_signs_status_basis_and_dimensions(built: Lake) -> None:
    assert rows(
        built,
        "SELECT observation_id, ars, dimensions, dimension_labels, basis, value, obs_status, "
        "value_raw FROM harmonised.observation ORDER BY 1",
    ) == [
        (f"trier:{id_}", "072110000000", *rest)
        for id_, *rest in (
            ("o1", "{}", "{}", "census-2011", 112737.0, "A", "112737"),
            ("o2", "{}", "{}", "census-2022", 103986.0, "A", "103986"),
            (
                "o3",
                '{"SEX":"M"}',
                '{"Geschlecht":"männlich"}',
                "census-2022",
                51000.0,
                "A",
                "51000",
            ),
            ("o4", "{}", "{}", "census-2022", None, "O", "-"),
            ("o5", '{"SEX":"M"}', '{"Geschlecht":"männlich"}', "census-2022", None, "Q", "."),
            ("o6", "{}", "{}", "census-2011", 7.0, "P", "1"),
        )
    ]


def test_current_is_the_newest_vintage(built: Lake) -> None:
    assert rows(
        built,
        "SELECT observation_id, value FROM harmonised.observation_current "
        "WHERE period_end_date = DATE '2023-12-31' ORDER BY 1",
    ) == [("trier:o2", 103986.0), ("trier:o3", 51000.0)]


def test_every_source_row_is_loaded_or_rejected_with_its_reason(built: Lake) -> None:
    rejected = dict(
        rows(built, "SELECT rejected_row_id, reason FROM harmonised.rejected_row ORDER BY 1")
    )
    assert rejected == {
        "trier:r1": "shifted",
        "trier:x1": "region 07 is none of our places → ask the server for the city only",
        "trier:x2": "no indicator for NEU001 of 12411-01-01-4 → add it in ingestion/sources",
        "trier:x3": "unit 1000 of BEVSTD → expected Anzahl|number (see ingestion/sources)",
        "trier:x4": "unknown table 99999-01 → add it to its source in ingestion/sources",
        "trier:x5": "time code DEKADE → add it to seeds/time_codes.csv",
        "trier:x6": "unknown sign ? → add it to the source's signs in ingestion/sources",
        "trier:x7": "unknown quality z → add it to the source's signs in ingestion/sources",
    }
    ((raw,),) = rows(built, "SELECT count(*) FROM raw_trier.genesis_observation")
    ((loaded,),) = rows(built, "SELECT count(*) FROM harmonised.observation")
    assert raw == loaded + len(rejected) - 1


def test_every_observation_has_its_retrieval(built: Lake) -> None:
    assert rows(built, "SELECT retrieval_id FROM harmonised.retrieval ORDER BY 1") == [
        ("trier:12411-01-01-4:2024-12-04:long-2025",),
        ("trier:12411-01-01-4:2024-12-04:wide-de",),
        ("trier:12411-01-01-4:2025-04-12:long-2025",),
        ("trier:12411-01-01-4:2026-03-10:long-2025",),
    ]


def test_the_schemas_are_exactly_the_named_ones(built: Lake) -> None:
    found = {
        name
        for (name,) in rows(
            built,
            "SELECT DISTINCT table_schema FROM information_schema.tables "
            "WHERE table_catalog = 'lake'",
        )
    }
    assert found == {"raw_mainz", "raw_trier", "staging", "harmonised"}


def test_a_second_build_writes_nothing_and_a_change_only_what_it_touches(
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    fill_lake: Callable[[Lake], None],
) -> None:
    lake = make_lake("again")
    fill_lake(lake)
    build = ("build", "--resource-types", "seed", "model")
    run_dbt(lake, *build)

    def snapshots() -> int:
        ((count,),) = rows(lake, "SELECT count(*) FROM ducklake_snapshots('lake')")
        return count

    before = snapshots()
    told = run_dbt(lake, *build)
    assert snapshots() == before
    assert told.count("[UNCHANGED in") == told.count(" OK ") > 40
    with lake.write() as con:
        con.execute("UPDATE raw_mainz.sessionnet_paper SET name = 'Gehwege' WHERE id = '10'")
    told = run_dbt(lake, *build)
    # The paper, and what is told of its changes.
    assert told.count("[UNCHANGED in") == told.count(" OK ") - 2
    assert rows(lake, "SELECT name FROM harmonised.paper WHERE NOT is_stub") == [("Gehwege",)]


def test_without_any_raw_table_all_tables_are_there_and_empty(
    make_lake: Callable[[str], Lake], run_dbt: Callable[..., str], built: Lake
) -> None:
    empty = make_lake("empty")
    run_dbt(empty, "build", "--resource-types", "seed", "model")

    assert empty.tables("harmonised") == built.tables("harmonised")
    assert rows(empty, "SELECT count(*) FROM harmonised.meeting") == [(0,)]


def test_a_raw_table_of_an_older_release_lacks_a_column(
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    fill_lake: Callable[[Lake], None],
) -> None:
    lake = make_lake("older")
    fill_lake(lake)
    with lake.write() as con:
        con.execute("ALTER TABLE raw_mainz.sessionnet_meeting DROP COLUMN is_cancelled")
        con.execute("ALTER TABLE raw_mainz.sessionnet_meeting ADD COLUMN new_field VARCHAR")
    run_dbt(lake, "build", "--resource-types", "seed", "model", "--select", "+meeting")
    assert rows(lake, "SELECT DISTINCT is_cancelled FROM harmonised.meeting") == [(False,)]


def test_a_bad_load_fails_and_leaves_the_last_good_table(
    make_lake: Callable[[str], Lake],
    run_dbt: Callable[..., str],
    fill_lake: Callable[[Lake], None],
) -> None:
    lake = make_lake("bad")
    fill_lake(lake)
    run_dbt(lake, "build", "--resource-types", "seed", "model", "--select", "+paper")
    with lake.write() as con:
        con.execute("UPDATE raw_mainz.sessionnet_paper SET name = NULL WHERE id = '10'")
    with pytest.raises(AssertionError, match="NOT NULL"):
        run_dbt(lake, "build", "--resource-types", "seed", "model", "--select", "+paper")
    assert rows(lake, "SELECT name FROM harmonised.paper WHERE NOT is_stub") == [("Radwege",)]


def test_parse_needs_no_lake(make_lake: Callable[[str], Lake], run_dbt: Callable[..., str]) -> None:
    lake = make_lake("none")
    run_dbt(lake, "parse", bare=True)
    assert (lake.root.parent / "dbt" / "target" / "manifest.json").is_file()
