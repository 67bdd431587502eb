"""more!rubin's traps, each on the smallest answer that has it; and answers that nobody wrote."""

import datetime as dt
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.record import (
    AgendaItem,
    Body,
    Consultation,
    Fetched,
    File,
    Location,
    Meeting,
    Organization,
    Paper,
    Record,
    UnknownStructureError,
    Vote,
)
from ingestion.systems import rubin
from tests.unit.ingestion.systems import support
from tests.unit.ingestion.systems.support import only

BASE = "https://rat.example/"
Json = dict[str, Any]


def answer(text: str, kind: str, url: str = BASE) -> Fetched:
    return support.answer(text.encode(), kind, url)


def read(content: Any, kind: str, url: str = BASE) -> list[Record]:
    text = content if isinstance(content, str) else json.dumps(content)
    return list(rubin.parse(answer(text, kind, url)))


def meeting(**more: Any) -> Json:
    return {
        "nummer": "2026-STR-1",
        "datum": "2026-09-10",
        "titel": "20. Sitzung des Stadtrates",
        "status": 1,
        "gremium_1": "STR",
        "full_url": f"{BASE}meeting?id=2026-STR-1",
        "beginn": "19:30:00",
        "ende": "00:00:00",
    } | more


def item(**more: Any) -> Json:
    return {
        "id": "ni_2026-STR-1|77|1",
        "vorlagennummer": "77",
        "topart": "vl",
        "status": "1",
        "title": "Radweg",
        "topnummer": "11",
        "submission": {"id": "77", "alias": "039/26", "type": {"name": "Vorlage"}},
    } | more


def document(query: str, name: str = "Vorlage.pdf", **more: Any) -> Json:
    return {
        "documentUrl": f"{BASE}documents.php?{query}&json=1&platform=ris",
        "documentName": name,
        "documentPublicStatusId": "1",
        "documentExtension": "pdf",
    } | more


def page(content: Json) -> str:
    return (
        '<html><body><script>window.components["MeetingPage__8b"] = {\n props: '
        f"{json.dumps({'passed-meeting': content})},\n store: [],\n }};</script></body></html>"
    )


# -- calendar --------------------------------------------------------------------------------


def test_a_calendar_s_times_and_what_is_not_known() -> None:
    found = read(
        {
            "meetings": [
                meeting(ende="01:15:00"),
                meeting(nummer="ni_2026-STR-2", beginn="00:00:00", titel="Rat (entfällt)"),
                meeting(nummer="3", beginn=None, ende=None, full_url=None),
            ]
        },
        "calendar",
        f"{BASE}api.php?id=calendar&from=2026-09",
    )
    late, unknown, bare = only(found, Meeting)
    assert late.start_at is not None
    assert late.end_at is not None
    assert late.start_at.isoformat() == "2026-09-10T19:30:00+02:00"
    assert late.end_at.isoformat() == "2026-09-11T01:15:00+02:00"
    assert (unknown.id, unknown.has_time, unknown.is_cancelled) == ("2026-STR-2", False, True)
    assert (unknown.name, unknown.end_at) == ("Rat", None)
    # Without an address of its own the meeting's is the server's, not that of this very window.
    assert (bare.id, bare.url) == ("3", f"{BASE}api.php")


def test_meetings_of_factions_and_drafts_are_no_meetings_of_the_council() -> None:
    found = read(
        {
            "meetings": [
                meeting(fraktionssitzung="1"),
                meeting(is_draft=True),
                meeting(is_draft="1"),
                meeting(fraktionssitzung=0, is_draft="0", nummer="9"),
            ]
        },
        "calendar",
    )
    assert [each.id for each in only(found, Meeting)] == ["9"]


def test_a_room_s_telephone_stays_where_it_is() -> None:
    room = {"id": "R1", "Bezeichnung": "Saal", "Strasse": "Markt 1", "PLZ": "67822", "Ort": "X"}
    records = read({"meetings": [meeting(room=room | {"Telefon": "06361 1"})]}, "calendar")
    (place,) = only(records, Location)
    (met,) = only(records, Meeting)
    assert (met.location_id, met.location) == ("R1", "Saal, Markt 1, 67822 X")
    assert (place.street_address, place.postal_code) == ("Markt 1", "67822")
    assert "06361" not in place.model_dump_json()


def test_the_corporations_of_a_server() -> None:
    (body,) = only(read([{"id": "OG1", "name": "Alsenz"}], "organizations"), Body)
    assert (body.id, body.name) == ("OG1", "Alsenz")


@pytest.mark.parametrize(
    ("content", "kind", "what"),
    [
        ("<html>Fehler</html>", "calendar", "no JSON"),
        ('{"meetings": [', "calendar", "JSON is broken"),
        ('{"meetings": []} <br>', "calendar", "something follows"),
        ("[" * 100_000, "calendar", "JSON is broken"),
        ({"error": "unbekannt"}, "calendar", "the server says: unbekannt"),
        ([], "calendar", "no calendar"),
        ({"meetings": {}}, "calendar", "no calendar"),
        ({"meetings": [1]}, "calendar", "no object"),
        ({"meetings": [meeting(nummer="")]}, "calendar", "no number or no name"),
        ({"meetings": [meeting(datum="2026-02-31")]}, "calendar", "day is '2026-02-31'"),
        ({"meetings": [meeting(beginn="29:00:00")]}, "calendar", "day is '2026-09-10'"),
        ({"a": 1}, "organizations", "no list of corporations"),
        ([{"id": "x"}], "organizations", "no id or no name"),
        ({"meetings": []}, "meeting", "no meeting"),
        (meeting(agenda_items=[item(title="")]), "meeting", "no title"),
        (meeting(agenda_items=[item(documents=[{}])]), "meeting", "no address"),
        (
            meeting(agenda_items=[item(submission={"erstellungsdatum": "bald ist es so"})]),
            "meeting",
            "paper's day",
        ),
        ({}, "paper", "is no answer of more!rubin"),
    ],
)
def test_what_cannot_be_read_is_reported(content: Any, kind: str, what: str) -> None:
    with pytest.raises(UnknownStructureError, match=what) as caught:
        read(content, kind)
    assert caught.value.mend


# -- meeting ---------------------------------------------------------------------------------


def test_a_meeting_in_its_page_and_in_its_answer_is_the_same() -> None:
    content = meeting(agenda_items=[item()], committees=[{"Kuerzel": "STR", "name": "Stadtrat"}])
    assert read(page(content), "meeting") == read(content, "meeting")
    (committee,) = only(read(content, "meeting"), Organization)
    (met,) = only(read(content, "meeting"), Meeting)
    assert (committee.id, met.organization_id, met.organization_name) == ("STR", "STR", "Stadtrat")


def test_the_minutes_change_a_meeting_s_number_and_no_id() -> None:
    content = meeting(agenda_items=[item(id="2026-STR-1|77|1")])
    minutes = meeting(nummer="ni_2026-STR-1", nummer_si="2026-STR-1", agenda_items=[item()])
    assert [each.id for each in read(content, "meeting")] == [
        each.id for each in read(minutes, "meeting")
    ]


def test_a_paper_is_read_from_the_agenda_with_its_way() -> None:
    told = {
        "alias": "039/26",
        "erstellungsdatum": "2026-08-01 10:00:00",
        "type": {"bezeichnung": "BV"},
    }
    content = meeting(agenda_items=[item(submission=told, abstimmungstext="Ja: 8, Nein: 2")])
    records = read(content, "meeting")
    (found,) = only(records, Paper)
    assert (found.id, found.name, found.reference) == ("77", "Radweg", "039/26")
    assert (found.paper_type, found.date) == ("BV", dt.date(2026, 8, 1))
    (step,) = only(records, Consultation)
    assert (step.meeting_id, step.agenda_item_id) == ("2026-STR-1", "2026-STR-1|77|1")
    assert (step.agenda_item_number, step.date) == ("11", dt.date(2026, 9, 10))
    (vote,) = only(records, Vote)
    assert (vote.yes_count, vote.no_count, vote.agenda_item_id) == (8, 2, "2026-STR-1|77|1")


@pytest.mark.parametrize("status", [2, "2", None, "", "x", True])
def test_an_item_that_does_not_say_it_is_public_is_kept_bare(status: Any) -> None:
    told = item(
        status=status,
        abstimmungstext="Ja: 8",
        documents=[document("document_type_id=4&submission_id=77")],
    )
    records = read(meeting(agenda_items=[told]), "meeting")
    (found,) = only(records, AgendaItem)
    assert found.is_public is False
    assert (found.paper_id, found.paper_reference, found.vote_text) == (None, None, None)
    assert {type(each) for each in records} == {Meeting, AgendaItem}


def test_documents_have_lasting_addresses_and_say_what_they_are() -> None:
    told = item(
        documents=[
            document("document_type_id=4&submission_id=77&id=69"),
            document("document_type_id=13&submission_attachment_id=77%7Ca.pdf%7C&id=69", "Plan"),
            document("document_type_id=5&agenda_item_id=ni_2026-STR-1%7C77%7C1", "Beschluss"),
            document("document_type_id=4&submission_id=78", documentPublicStatusId="2"),
            {"documentUrl": "/files/x.pdf", "documentName": "Anlage"},
        ]
    )
    main, plan, resolution, closed, other = only(
        read(meeting(agenda_items=[told]), "meeting"), File
    )
    assert main.url == (
        f"{BASE}documents.php?document_type_id=4&submission_id=77&id=69&platform=ris"
    )
    assert (main.id, main.name, main.role, main.paper_id) == ("4-77", "Vorlage", "main_file", "77")
    assert (plan.id, plan.role) == ("13-77|a.pdf|", "auxiliary_file")
    assert (resolution.id, resolution.role) == ("5-2026-STR-1|77|1", "resolution_file")
    assert resolution.paper_id is None
    assert closed.is_public is False
    assert (other.url, other.paper_id) == (f"{BASE}files/x.pdf", None)


def test_an_item_without_a_paper_has_none() -> None:
    told = [item(topart="at", vorlagennummer="at_1"), item(submission=None), item(id=None)]
    records = read(meeting(agenda_items=told), "meeting")
    assert [each.paper_id for each in only(records, AgendaItem)] == [None, None, "77"]
    assert len({each.id for each in only(records, AgendaItem)}) == 3


def test_an_answer_tells_its_kind() -> None:
    kinds = {
        "organizations": json.dumps([{"id": "x", "committees_count": 1}]),
        "calendar": json.dumps({"meetings": []}),
        "meeting": page(meeting()),
    }
    assert {kind: rubin.page_kind("", text.encode()) for kind, text in kinds.items()} == {
        kind: kind for kind in kinds
    }
    assert rubin.page_kind("", b"[]") is None
    assert rubin.page_kind("", b'{"type": "System"}') is None


# -- fetch -------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_old", [False, True])
def test_a_server_without_the_answer_gives_its_page(is_old: bool) -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        what = request.url.params.get("id")
        asked.append(str(request.url))
        if request.url.path == "/meeting":
            return httpx.Response(200, text=page(meeting(agenda_items=[item()])))
        if what == "calendar":
            return httpx.Response(200, json={"meetings": [meeting()]})
        if what == "organizations" or is_old:
            return httpx.Response(404)
        # An unknown request is answered with an object of its own, as HTTP 200.
        return httpx.Response(200, json={"type": "https://schema.oparl.org/1.0/System"})

    city = support.at("mainz", BASE)
    with support.client(BASE, serve) as client:
        answers = list(rubin.fetch(city, dt.date(2025, 12, 1), client))
    assert client.problems == []
    assert [each.kind for each in answers].count("meeting") == 1
    assert len([url for url in asked if "id=calendar" in url]) >= 2
    assert f"{BASE}meeting?id=2026-STR-1" in asked
    (whole,) = [each for each in answers if each.kind == "meeting"]
    assert [each.id for each in only(read(whole.body.decode(), "meeting"), Paper)] == ["77"]


# -- answers that nobody wrote -----------------------------------------------------------------

SEEDS = {
    "organizations": json.dumps([{"id": "OG1", "name": "Alsenz"}]),
    "calendar": json.dumps({"meetings": [meeting(room={"id": "R", "Ort": "X"})]}),
    "meeting": page(
        meeting(agenda_items=[item(documents=[document("document_type_id=4&submission_id=7")])])
    ),
}
TRAPS = [
    "<",
    '"',
    "\0",
    "{",
    "[",
    "null",
    "true",
    "1e999",
    "٣",
    "2026-02-31",
    "\\u0000",
    "http://[",
]
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    VALUES, lambda each: st.lists(each, max_size=2) | st.dictionaries(st.text(), each, max_size=2)
)


def outcome(text: str, kind: str) -> list[str]:
    return support.outcome(lambda: read(text, kind))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(SEEDS)), support.edits(1000, TRAPS))
def test_a_mutated_answer_is_read_or_reported(kind: str, edits: list[tuple[int, int, str]]) -> None:
    text = support.mutated(SEEDS[kind], edits)
    assert outcome(text, kind) == outcome(text, kind)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted({*meeting(), "room", "committees", "is_draft"})), ANYTHING)
def test_any_value_of_a_meeting_is_read_or_reported(key: str, value: Any) -> None:
    told = meeting(agenda_items=[item()]) | {key: value}
    assert outcome(json.dumps(told), "meeting") == outcome(json.dumps(told), "meeting")
    listed = json.dumps({"meetings": [told]})
    assert outcome(listed, "calendar") == outcome(listed, "calendar")


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted({*item(), "abstimmungstext", "documents"})), ANYTHING)
def test_any_value_of_an_item_is_read_or_reported(key: str, value: Any) -> None:
    told = json.dumps(meeting(agenda_items=[item() | {key: value}]))
    assert outcome(told, "meeting") == outcome(told, "meeting")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(rubin.PAGES), st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(kind: str, body: bytes) -> None:
    support.read_or_reported(rubin, kind, body, BASE)
