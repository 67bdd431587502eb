"""OParl as real servers send it: one test per numbered quirk that is survived."""

import contextlib
import copy
import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.city import City, load
from ingestion.http import Client, FetchError
from ingestion.http_guard import RateGate
from ingestion.http_types import Hooks
from ingestion.record import Fetched, Record, RejectedRow, Tombstone, UnknownStructureError
from ingestion.systems import _oparl_crawl, oparl
from ingestion.systems._oparl_filter import Filter
from ingestion.systems._oparl_json import Node, read_day, read_moment
from ingestion.systems._oparl_links import Links

BASE = "https://ris.example.org/oparl"
TYPE = "https://schema.oparl.org/1.1"
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def read(content: Any, kind: str = "paper", **context: str) -> list[Record]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(oparl.parse(Fetched(f"{BASE}/x", kind, 200, {}, body, NOW, context)))


def paper(number: int = 1, **fields: Any) -> dict[str, Any]:
    named = {"id": f"{BASE}/paper/{number}", "type": f"{TYPE}/Paper", "name": f"Vorlage {number}"}
    return named | fields


def meeting(**fields: Any) -> dict[str, Any]:
    return {"id": f"{BASE}/meeting/1", "type": f"{TYPE}/Meeting", "name": "Rat"} | fields


# Objects


def test_a_meeting_brings_its_items_and_files():
    item = {"id": f"{BASE}/item/9", "order": 2, "number": "Ö 2", "name": "Haushalt", "public": True}
    first = {"id": f"{BASE}/item/8", "order": 1, "name": "Eröffnung", "public": True}
    item["resolutionText"] = "Der Rat\nbeschließt."
    item["resolutionFile"] = {"id": f"{BASE}/file/2", "accessUrl": f"{BASE}/2.pdf", "name": "B"}
    records = read(
        meeting(
            start="2026-03-01T16:00:00+01:00",
            end="2026-03-01T18:00:00+01:00",
            organization=[f"{BASE}/organization/1"],
            location={"room": "Saal", "streetAddress": "Markt 1", "locality": "Mainz"},
            invitation={"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/1.pdf", "name": "Einladung"},
            agendaItem=[item, first],
        )
    )
    kinds = [record.object_type for record in records]
    assert kinds == ["meeting", "file", "agenda_item", "agenda_item", "file"]
    meeting_, invitation, opening, budget, resolution = records
    assert meeting_.start_at == dt.datetime(2026, 3, 1, 16, tzinfo=BERLIN)
    assert meeting_.location == "Saal, Markt 1, Mainz"
    assert meeting_.organization_id == f"{BASE}/organization/1"
    assert meeting_.has_agenda
    assert (invitation.role, invitation.meeting_id) == ("invitation", meeting_.id)
    assert [(opening.position, opening.name), (budget.position, budget.number)] == [
        (1, "Eröffnung"),
        (2, "Ö 2"),
    ]
    assert budget.resolution_text == "Der Rat\nbeschließt."
    assert (resolution.role, resolution.agenda_item_id) == ("resolution_file", budget.id)


def test_a_closed_item_keeps_no_text_and_its_files_are_closed():
    item = {
        "id": f"{BASE}/item/1",
        "public": False,
        "name": "(nichtöffentlich)",
        "resolutionText": "geheim",
        "auxiliaryFile": [{"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/1.pdf"}],
    }
    _, closed, file = read(meeting(agendaItem=[item]))
    assert (closed.is_public, closed.resolution_text) == (False, None)
    assert not file.is_public


def test_headings_say_what_is_public_where_nothing_else_does():
    names = [
        "- öffentlicher Teil -",
        "Haushalt",
        "- nichtöffentlicher Teil -",
        "Grundstück",
        "öffentlicher Teil",
        "Bekanntgabe aus nichtöffentlicher Sitzung",
    ]
    items = [{"id": f"{BASE}/item/{n}", "order": n, "name": name} for n, name in enumerate(names)]
    _, *found = read(meeting(agendaItem=items))
    assert [item.is_public for item in found] == [True, True, False, False, True, True]


def test_a_paper_brings_its_files_and_its_way():
    records = read(
        paper(
            reference="0815/2026",
            date="2026-02-01",
            paperType="Antrag",
            mainFile={"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/1.pdf", "name": "Vorlage"},
            underDirectionOf=[{"id": f"{BASE}/o/1", "name": "Bauamt"}],
            consultation=[
                {
                    "id": f"{BASE}/consultation/1",
                    "meeting": f"{BASE}/meeting/1",
                    "agendaItem": f"{BASE}/item/9",
                    "organization": [f"{BASE}/organization/1"],
                    "role": "Entscheidung",
                }
            ],
        )
    )
    first, file, step = records
    assert (first.reference, first.date, first.paper_type) == (
        "0815/2026",
        dt.date(2026, 2, 1),
        "Antrag",
    )
    assert first.under_direction_of == "Bauamt"
    assert (file.role, file.paper_id, file.url) == ("main_file", first.id, f"{BASE}/1.pdf")
    assert (step.paper_id, step.agenda_item_id, step.role) == (
        first.id,
        f"{BASE}/item/9",
        "Entscheidung",
    )


def test_an_object_without_an_id_is_rejected_without_its_content():
    good, bad = read({"data": [paper(), {"type": f"{TYPE}/Paper", "name": "privat"}]})
    assert good.object_type == "paper"
    assert isinstance(bad, RejectedRow)
    assert "privat" not in bad.model_dump_json()
    assert json.loads(bad.row) == ["name", "type"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Person", "person"),
        ("Membership", "membership"),
        ("Location", "location"),
        ("LegislativeTerm", "legislative_term"),
    ],
)
def test_a_typed_object_is_never_taken_for_something_else(name, kind):
    thing = {"id": f"{BASE}/x/1", "type": f"{TYPE}/{name}", "name": "Muster", "description": "x"}
    for asked in ("organization", "paper", "meeting"):
        (record,) = read({"data": [thing]}, kind=asked)
        assert record.object_type == kind


def test_a_body_brings_its_terms_and_no_contact():
    found = read(
        {
            "id": f"{BASE}/body/1",
            "type": f"{TYPE}/Body",
            "name": "Stadt",
            "ags": "7315000",
            "rgs": "07 315 0000 000",
            "website": "N/A",
            "contactEmail": "privat@x.example",
            "legislativeTerm": [{"name": "2024 bis 2029", "startDate": "2024-07-01"}],
        },
        kind="body",
    )
    body_, term = found
    assert (body_.ags, body_.ars, body_.website) == ("07315000", "073150000000", None)
    assert (term.id, term.start_date) == (
        f"{BASE}/body/1#legislativeTerm-1",
        dt.date(2024, 7, 1),
    )
    assert "privat" not in "".join(record.model_dump_json() for record in found)


def test_a_person_brings_offices_and_seats_and_nothing_private():
    person, seat = read(
        {
            "id": f"{BASE}/person/1",
            "type": f"{TYPE}/Person",
            "givenName": "Erika",
            "familyName": "Muster",
            "title": "Dr.",
            "status": ["Bürgermeisterin"],
            "phone": ["0613112345"],
            "email": "e@x.example",
            "life": "1950",
            "gender": "female",
            "locationObject": {"id": f"{BASE}/location/9", "streetAddress": "Geheimweg 1"},
            "membership": {"id": f"{BASE}/ms/1", "organization": f"{BASE}/o/1", "role": "Vorsitz"},
        },
        kind="person",
    )
    assert (person.name, person.title) == ("Dr. Erika Muster", "Dr.")
    assert person.status == "Bürgermeisterin"
    assert (seat.person_id, seat.organization_id) == (person.id, f"{BASE}/o/1")
    told = person.model_dump_json() + seat.model_dump_json()
    assert not re.search("06131|@|1950|female|Geheimweg", told)


def test_where_somebody_lives_is_no_location():
    place = {"id": f"{BASE}/location/9", "type": f"{TYPE}/Location", "streetAddress": "Geheimweg 1"}
    assert read(place | {"persons": [f"{BASE}/person/1"]}) == []
    (found,) = read(place | {"meetings": [f"{BASE}/meeting/1"], "persons": []})
    assert found.street_address == "Geheimweg 1"


@pytest.mark.parametrize(
    ("geojson", "where"),
    [
        ({"type": "Point", "coordinates": [8.27, 50.0]}, (50.0, 8.27)),
        ({"type": "Feature", "geometry": {"type": "Point", "coordinates": [8, 50]}}, (50.0, 8.0)),
        ({"type": "Point", "coordinates": [8.27, 50.0, 89.0]}, (50.0, 8.27)),
        ({"type": "Polygon", "coordinates": [[[8.0, 50.0]]]}, (None, None)),
        ({"type": "Point", "coordinates": [8.27]}, (None, None)),
        ({"type": "Point", "coordinates": ["8", True]}, (None, None)),
        ({"type": "Point", "coordinates": [8.27, 91.0]}, (None, None)),
        ({"type": "Feature", "geometry": None}, (None, None)),
        (None, (None, None)),
    ],
)
def test_degrees_come_from_a_point_only(geojson, where):
    place = {"id": f"{BASE}/location/1", "type": f"{TYPE}/Location", "geojson": geojson}
    (found,) = read(place)
    assert (found.latitude, found.longitude) == where


def test_an_item_brings_its_vote_unless_it_is_closed():
    item = {"id": f"{BASE}/item/1", "order": 1, "name": "TOP", "result": "angenommen"}
    item["resolutionText"] = "Der Rat beschließt. Ja: 20, Nein: 3, Enthaltungen: 1"
    _, _, vote = read(meeting(agendaItem=[item | {"public": True}]))
    assert (vote.yes_count, vote.no_count, vote.abstention_count) == (20, 3, 1)
    assert (vote.agenda_item_id, vote.meeting_id) == (f"{BASE}/item/1", f"{BASE}/meeting/1")
    assert [each.object_type for each in read(meeting(agendaItem=[item | {"public": False}]))] == [
        "meeting",
        "agenda_item",
    ]


def test_an_item_that_names_no_meeting_is_rejected():
    (found,) = read({"id": f"{BASE}/item/1", "order": 1, "name": "TOP"}, kind="agenda_item")
    assert isinstance(found, RejectedRow)
    (found,) = read({"id": f"{BASE}/item/1", "order": 1}, "agenda_item", meeting_id=f"{BASE}/m/1")
    assert found.meeting_id == f"{BASE}/m/1"


def test_quirk_8_a_path_with_an_empty_part_is_mended():
    file = {"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/files//rim/1.pdf"}
    _, found = read(paper(mainFile=file))
    assert found.url == f"{BASE}/files/rim/1.pdf"


# Quirks of real servers, by their number in the notes on council systems


def test_quirk_2_a_list_is_a_bare_array():
    assert read([]) == []
    assert [record.id for record in read([paper(1), paper(2)])] == [
        f"{BASE}/paper/1",
        f"{BASE}/paper/2",
    ]


@pytest.mark.parametrize("fields", [{"type": f"{TYPE}/Paper"}, {}])
def test_quirk_3_a_deleted_object_may_have_no_type(fields):
    deleted = {"id": f"{BASE}/paper/1", "deleted": True, "modified": "2026-01-02T03:04:05+01:00"}
    (tombstone,) = read({"data": [deleted | fields]}, kind="paper")
    assert isinstance(tombstone, Tombstone)
    assert tombstone.id == f"paper:{BASE}/paper/1"
    assert (tombstone.deleted_object_type, tombstone.deleted_id) == ("paper", f"{BASE}/paper/1")
    assert tombstone.deleted_at == dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=BERLIN)


def test_quirk_6_a_location_may_be_a_url_or_embedded():
    (linked,) = read(meeting(location=f"{BASE}/location/1"))
    (embedded,) = read(meeting(location={"description": "Rathaus"}))
    assert (linked.location, embedded.location) == (None, "Rathaus")


def test_quirk_7_scalars_and_arrays_are_swapped():
    file = {"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/1.pdf"}
    for value in (file, [file]):
        assert [record.object_type for record in read(paper(auxiliaryFile=value))] == [
            "paper",
            "file",
        ]
    (one,) = read(meeting(organization=f"{BASE}/organization/1"))
    (many,) = read(meeting(organization=[f"{BASE}/organization/1"]))
    assert one.organization_id == many.organization_id == f"{BASE}/organization/1"


def test_quirk_11_control_characters_stand_in_the_json():
    body = json.dumps(paper(name="Zeile @ Text")).encode().replace(b"@", b"\x04\t\x0b")
    assert read(body)[0].name == "Zeile Text"
    assert read(b"\xef\xbb\xbf" + json.dumps([paper()]).encode())[0].name == "Vorlage 1"
    assert read(json.dumps(paper(name="K@ln")).encode().replace(b"@", b"\xf6"))[0].name


@pytest.mark.parametrize("name", ["N/A", "  ", None, "", "n/a"])
def test_quirk_12_a_name_says_nothing(name):
    assert read(paper(name=name, reference="12/26"))[0].name == "12/26"
    assert read(paper(name=name, reference=name))[0].name == "(ohne Titel)"
    assert read(paper(reference=name))[0].reference is None


def test_quirk_13_odd_types_and_keys():
    for type_ in ("gr", "at"):
        (group,) = read({"id": f"{BASE}/o/1", "type": type_, "name": "Rat"}, kind="organization")
        assert group.object_type == "organization"
    item = {"id": f"{BASE}/item/1", "order": 1, "name": "TOP"}
    assert len(read(meeting(agendaitem=[item]))) == 2


def test_quirk_15_a_file_is_described_carelessly():
    file = {
        "id": f"{BASE}/files?id=1&dtyp=138",
        "mimeType": "pdf",
        "accessUrl": f"{BASE}/doc?id=1",
        "downloadUrl": "",
        "size": 0,
        "agendaItem": [None],
    }
    _, found = read(paper(mainFile=file, auxiliaryFile=[None], consultation=[None]))
    assert (found.id, found.mime_type, found.url) == (
        f"{BASE}/files?id=1&dtyp=138",
        "application/pdf",
        f"{BASE}/doc?id=1",
    )
    assert found.agenda_item_id is None


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!doctype html><html>Wartung</html>", "an HTML page instead of JSON"),
        (b'{"id": "', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'"text"', "neither an object nor a list"),
        (b'{"data": 5}', "neither an object nor a list"),
        (b'{"type": "https://schema.oparl.org/1.0/Error", "message": "kaputt"}', "kaputt"),
    ],
)
def test_quirk_17_an_error_page_with_200_is_told(body, what):
    with pytest.raises(UnknownStructureError, match=what):
        read(body)


def test_quirk_22_an_end_before_the_start_is_no_end():
    (found,) = read(meeting(start="2026-03-01T16:00:00+01:00", end="2026-03-01T00:00:00+01:00"))
    assert found.end_at is None


def test_quirk_26_embedded_objects_have_no_id():
    _, item = read(meeting(agendaItem=[{"order": 4, "name": "TOP"}]))
    assert item.id == f"{BASE}/meeting/1#agendaItem-4"
    _, file = read(paper(mainFile={"accessUrl": f"{BASE}/1.pdf"}))
    assert file.id == f"{BASE}/1.pdf"


@pytest.mark.parametrize(
    ("text", "moment", "has_time"),
    [
        ("2026-07-01T16:00:00", dt.datetime(2026, 7, 1, 16, tzinfo=BERLIN), True),
        ("2026-07-01T14:00:00Z", dt.datetime(2026, 7, 1, 16, tzinfo=BERLIN), True),
        ("2026-07-01T16:00:00.123456789+02:00", dt.datetime(2026, 7, 1, 16, tzinfo=BERLIN), True),
        ("2026-07-01", dt.datetime(2026, 7, 1, tzinfo=BERLIN), False),
        ("gestern", None, False),
        ("", None, False),
        ("0001-01-01T00:00:00", None, False),
    ],
)
def test_quirk_33_dates_without_offset_and_without_time(text, moment, has_time):
    (found,) = read(meeting(start=text))
    assert found.start_at == moment
    assert found.has_time is has_time or moment is None
    if moment is not None:
        assert found.start_at.utcoffset() == dt.timedelta(hours=2)


@settings(deadline=None)
@given(st.integers(-600_000_000, 4_000_000_000))
def test_every_moment_comes_back(seconds):
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert read_moment(moment.isoformat()) == (moment, True)
    assert read_day(moment.isoformat()) == moment.astimezone(BERLIN).date()


FIELDS = (
    *("id", "type", "name", "data", "agendaItem", "mainFile", "consultation", "start"),
    *("deleted", "accessUrl", "organization", "location", "order", "links"),
    *("membership", "person", "persons", "legislativeTerm", "geojson", "coordinates", "geometry"),
    *("title", "status", "ags", "rgs", "website", "result", "resolutionText", "startDate"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON, st.sampled_from(oparl.PAGES))
def test_any_json_gives_records_or_says_why_not(content, kind):
    try:
        records = read(content, kind=kind)
    except UnknownStructureError:
        return
    assert all(record.id and record.url for record in records)


WHOLE = {
    "paper": {
        "id": f"{BASE}/paper/1",
        "type": f"{TYPE}/Paper",
        "reference": "1/26",
        "mainFile": {"id": f"{BASE}/file/1", "accessUrl": f"{BASE}/1.pdf", "date": "2026-01-01"},
        "consultation": [{"id": f"{BASE}/c/1", "meeting": f"{BASE}/m/1", "authoritative": True}],
    },
    "meeting": {
        "id": f"{BASE}/meeting/1",
        "type": f"{TYPE}/Meeting",
        "start": "2026-03-01T16:00:00Z",
        "location": {"id": f"{BASE}/location/1", "room": "Saal", "geojson": {"type": "Point"}},
        "agendaItem": [{"id": f"{BASE}/item/1", "order": 1, "result": "einstimmig"}],
    },
    "person": {
        "id": f"{BASE}/person/1",
        "type": f"{TYPE}/Person",
        "title": ["Dr."],
        "membership": [{"id": f"{BASE}/ms/1", "organization": f"{BASE}/o/1"}],
    },
    "body": {
        "id": f"{BASE}/body/1",
        "type": f"{TYPE}/Body",
        "ags": "07315000",
        "legislativeTerm": [{"id": f"{BASE}/term/1", "name": "2024", "startDate": "2024-07-01"}],
    },
}


def places_in(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for name, inner in pairs:
        found.append((*place, name))
        if isinstance(inner, dict | list):
            found += places_in(inner, (*place, name))
    return found


@settings(deadline=None)
@given(st.data(), st.sampled_from(sorted(WHOLE)))
def test_an_object_with_one_thing_wrong_gives_records_or_says_why_not(data, kind):
    content = copy.deepcopy(WHOLE[kind])
    *way, last = data.draw(st.sampled_from(places_in(content)))
    inner = content
    for name in way:
        inner = inner[name]
    inner[last] = data.draw(JSON)
    with contextlib.suppress(UnknownStructureError):
        assert all(record.id and record.url for record in read(content, kind=kind))
    for is_update in (False, True):
        links = Links(is_update=is_update)
        links.note_listed(Node(content, f"{BASE}/x"), kind)
        assert all(url.startswith("http") for url, _, _ in links.take())


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_records_or_say_why_not(body):
    with contextlib.suppress(UnknownStructureError):
        assert all(record.id for record in read(body))


# Fetching


def city(url: str = f"{BASE}/system") -> City:
    values = load("mainz").model_dump(mode="json")
    values["council"] |= {"system": "oparl", "url": url}
    return City.model_validate(values)


class Server:
    """Answers by path and query; an exception of a type for what is not there."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[str] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().removeprefix("/oparl/")
        self.asked.append(path)
        answer = self.answers.get(path)
        if isinstance(answer, list) and answer and isinstance(answer[0], httpx.Response):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(404) if answer is None else httpx.Response(200, json=answer)

    def crawl(self, since: dt.date | None = None, at: City | None = None) -> "Crawl":
        hooks = Hooks(sleep=self.slept.append, clock=lambda: 0.0, resolve=None, gate=RateGate())
        client = Client(
            allowed=[f"{BASE}/system"],
            user_agent="Seehaus/0.1",
            requests_per_second=50,
            permission=True,
            transport=httpx.MockTransport(self),
            hooks=hooks,
        )
        return Crawl(client, list(oparl.fetch(at or city(), since, client)))


class Crawl:
    def __init__(self, client: Client, pages: list[Fetched]) -> None:
        self.client, self.pages = client, pages

    @property
    def ids(self) -> list[str]:
        """Of everything but the body, which every crawl brings."""
        found = [
            record
            for page in self.pages
            for record in oparl.parse(page)
            if record.object_type != "body"
        ]
        return [record.id.removeprefix(f"{BASE}/") for record in found]


def body(**fields: Any) -> dict[str, Any]:
    lists = {kind: f"{BASE}/{kind}s" for kind in ("organization", "meeting", "paper", "person")}
    return {"id": f"{BASE}/body/1", "type": f"{TYPE}/Body", "ags": "07315000"} | lists | fields


def server(**answers: Any) -> Server:
    start = {
        "system": {"id": f"{BASE}/system", "type": f"{TYPE}/System", "body": f"{BASE}/body"},
        "body": {"data": [body()], "links": {}},
        "organizations": {"data": []},
        "persons": {"data": []},
        "meetings": {"data": []},
        "papers": {"data": [paper(1)]},
    }
    return Server(start | answers)


def page(*objects: dict[str, Any], following: str | None = None) -> dict[str, Any]:
    links = {"next": f"{BASE}/{following}"} if following else {}
    return {"data": list(objects), "pagination": {}, "links": links}


def test_the_lists_of_the_body_are_read_to_their_last_page():
    world = server(
        papers=page(paper(1), paper(2), following="papers?page=2"),
        **{"papers?page=2": page(paper(3))},
    )
    crawl = world.crawl()
    assert crawl.ids == ["paper/1", "paper/2", "paper/3"]
    lists = ["organizations", "persons", "meetings", "papers", "papers?page=2"]
    assert world.asked == ["system", "body", *lists]
    assert crawl.client.problems == []
    # A limit makes some servers cut the list: it is never asked for (quirk 16).
    assert not any("limit" in path for path in world.asked)


def test_what_is_linked_instead_of_embedded_is_asked_for():
    file = {"id": f"{BASE}/file/1", "type": f"{TYPE}/File", "accessUrl": f"{BASE}/1.pdf"}
    item = {"id": f"{BASE}/item/1", "type": f"{TYPE}/AgendaItem", "order": 3, "name": "TOP"}
    world = server(
        papers=page(paper(1, mainFile=f"{BASE}/file/1", auxiliaryFile=[f"{BASE}/file/1"])),
        meetings=page(meeting(agendaItem=[f"{BASE}/item/1"])),
        **{"file/1": file, "item/1": item | {"meeting": f"{BASE}/meeting/1"}},
    )
    crawl = world.crawl()
    assert sorted(crawl.ids) == ["file/1", "item/1", "meeting/1", "paper/1"]
    assert world.asked.count("file/1") == 1
    (found,) = (p for p in crawl.pages if p.kind == "file")
    (record,) = oparl.parse(found)
    assert (record.role, record.paper_id) == ("main_file", f"{BASE}/paper/1")


def test_what_hangs_on_a_closed_item_is_not_asked_for():
    item = {"id": f"{BASE}/item/1", "public": False, "name": "x"}
    item["auxiliaryFile"] = [f"{BASE}/file/1"]
    world = server(meetings=page(meeting(agendaItem=[item])))
    world.crawl()
    assert "file/1" not in world.asked


def test_quirk_1_nothing_changed_is_a_404_with_a_code():
    empty = httpx.Response(404, json={"code": 802, "message": "no data"})
    filtered = "papers?modified_since=2026-01-01T00%3A00%3A00Z"
    world = server(**{filtered: empty})
    for kind in ("organizations", "persons", "meetings"):
        world.answers[filtered.replace("papers", kind)] = page()
    crawl = world.crawl(dt.date(2026, 1, 1))
    assert crawl.ids == []
    assert crawl.client.problems == []


def test_quirk_4_the_list_of_bodies_is_one_object():
    assert server(body=body()).crawl().ids == ["paper/1"]


@pytest.mark.parametrize("ags", ["7315000", "07315000", "073150000", "073150000000", "07 315 000"])
def test_quirk_5_the_key_of_the_body_has_another_length(ags):
    other = body(id=f"{BASE}/body/2", ags="07211000", paper=f"{BASE}/elsewhere")
    world = server(body=page(other, body(ags=ags)))
    assert world.crawl().ids == ["paper/1"]
    assert "elsewhere" not in world.asked


def test_several_bodies_and_none_of_them_ours_is_told():
    world = server(body=page(body(ags="1"), body(id=f"{BASE}/body/2", ags="2")))
    crawl = world.crawl()
    assert crawl.ids == []
    assert "write the URL of the city's Body" in crawl.client.problems[0].mend


def test_the_body_itself_may_be_the_start():
    assert server(**{"body/1": body()}).crawl(at=city(f"{BASE}/body/1")).ids == ["paper/1"]


def test_quirk_10_a_spurious_500_is_asked_again():
    flaky = [httpx.Response(500), httpx.Response(200, json=page(paper(1)))]
    crawl = server(papers=flaky).crawl()
    assert crawl.ids == ["paper/1"]
    assert crawl.client.problems == []


def test_quirk_14_next_drops_the_filter():
    suffix = "modified_since=2026-01-01T00%3A00%3A00Z"
    world = server(
        **{
            f"organizations?{suffix}": page(),
            f"persons?{suffix}": page(),
            f"meetings?{suffix}": page(),
            f"papers?{suffix}": page(paper(1), following="papers?page=2"),
            f"papers?page=2&{suffix}": page(paper(2)),
        }
    )
    assert world.crawl(dt.date(2026, 1, 1)).ids == ["paper/1", "paper/2"]


def test_quirk_17_an_error_page_in_the_middle_does_not_stop_the_rest():
    broken = httpx.Response(200, text="<html>Wartung</html>")
    crawl = server(meetings=broken).crawl()
    assert crawl.ids == ["paper/1"]
    assert [problem.what for problem in crawl.client.problems] == ["an HTML page instead of JSON"]


def test_a_linked_object_that_is_gone_does_not_stop_the_rest():
    world = server(papers=page(paper(1, mainFile=f"{BASE}/file/404"), paper(2)))
    crawl = world.crawl()
    assert crawl.ids == ["paper/1", "paper/2"]
    assert [problem.what for problem in crawl.client.problems] == ["HTTP 404"]


def test_quirk_20_a_list_without_end_is_left():
    world = server(papers=page(paper(1), following="papers?n=1"))
    for n in range(1, 50):
        world.answers[f"papers?n={n}"] = page(paper(1), following=f"papers?n={n + 1}")
    crawl = world.crawl()
    assert [path for path in world.asked if path.startswith("papers?")] == [
        "papers?n=1",
        "papers?n=2",
        "papers?n=3",
    ]
    assert "nothing new" in crawl.client.problems[0].what


def test_a_next_that_names_its_own_page_ends():
    world = server(papers=page(paper(1), following="papers"))
    assert world.crawl().ids == ["paper/1"]
    assert world.asked.count("papers") == 1


def test_quirk_26_cycles_end():
    item = {"id": f"{BASE}/item/1", "order": 1, "name": "TOP", "meeting": f"{BASE}/meeting/1"}
    step = {"id": f"{BASE}/c/1", "paper": f"{BASE}/paper/1", "agendaItem": f"{BASE}/item/1"}
    world = server(
        meetings=page(meeting(agendaItem=[item | {"consultation": f"{BASE}/c/1"}])),
        papers=page(paper(1, consultation=[f"{BASE}/c/1"])),
        **{"c/1": step | {"type": f"{TYPE}/Consultation"}},
    )
    assert sorted(world.crawl().ids) == ["c/1", "item/1", "meeting/1", "paper/1"]


def test_quirk_34_a_next_to_a_foreign_host_is_refused():
    links = {"next": "https://evil.example/oparl/papers"}
    crawl = server(papers={"data": [paper(1)], "links": links}).crawl()
    assert crawl.ids == ["paper/1"]
    assert "host that the city file does not name" in crawl.client.problems[0].what


def test_a_system_that_cannot_be_had_ends_the_crawl():
    with pytest.raises(FetchError):
        server(system=httpx.Response(404)).crawl()


def test_a_system_that_is_an_html_page_is_left_to_the_parser():
    crawl = server(system=httpx.Response(200, text="<html>Wartung</html>")).crawl()
    (page_,) = crawl.pages
    with pytest.raises(UnknownStructureError, match="HTML page"):
        list(oparl.parse(page_))


def test_the_list_of_1_1_is_asked_only_for_what_did_not_come_embedded():
    seat = {"id": f"{BASE}/ms/1", "type": f"{TYPE}/Membership", "organization": f"{BASE}/o/1"}
    person = {"id": f"{BASE}/person/1", "type": f"{TYPE}/Person", "membership": [seat]}
    group = {"id": f"{BASE}/o/1", "type": f"{TYPE}/Organization", "name": "Rat"}
    lists = {"membership": f"{BASE}/seats", "file": f"{BASE}/files"}
    world = server(
        body=page(body(**lists)),
        persons=page(person),
        organizations=page(group),
        files=page({"id": f"{BASE}/file/1", "type": f"{TYPE}/File", "accessUrl": f"{BASE}/1.pdf"}),
    )
    crawl = world.crawl()
    assert "seats" not in world.asked
    assert "files" in world.asked
    assert {"ms/1", "person/1", "o/1", "file/1"} <= set(crawl.ids)
    assert crawl.client.problems == []


def test_many_linked_objects_are_read_from_their_list_with_what_links_them():
    numbers = range(1, 31)
    listed = [
        {"id": f"{BASE}/file/{n}", "type": f"{TYPE}/File", "accessUrl": f"{BASE}/{n}.pdf"}
        for n in numbers
    ]
    closed = {"id": f"{BASE}/item/1", "public": False, "name": "x", "auxiliaryFile": []}
    closed["auxiliaryFile"] = [f"{BASE}/file/1"]
    papers = [paper(n, mainFile=f"{BASE}/file/{n}", reference=str(n)) for n in numbers if n > 1]
    world = server(
        body=page(body(file=f"{BASE}/files", consultation=f"{BASE}/none")),
        meetings=page(meeting(agendaItem=[closed])),
        papers=page(*papers),
        files=page(*listed),
        none=page(),
    )
    crawl = world.crawl()
    assert not any(path.startswith("file/") for path in world.asked)
    found = {record.id: record for each in crawl.pages for record in oparl.parse(each)}
    second = found[f"{BASE}/file/2"]
    assert (second.role, second.paper_id, second.is_public) == (
        "main_file",
        f"{BASE}/paper/2",
        True,
    )
    assert found[f"{BASE}/file/1"].is_public is False


def test_a_changed_part_is_read_in_its_parent_too():
    suffix = "?modified_since=2026-01-01T00%3A00%3A00Z"
    item = {"id": f"{BASE}/item/7", "type": f"{TYPE}/AgendaItem", "order": 1178, "name": "TOP"}
    item["meeting"] = f"{BASE}/meeting/1"
    kinds = ("organizations", "persons", "meetings", "papers")
    world = server(
        body=page(body(agendaItem=f"{BASE}/items")),
        **{f"{kind}{suffix}": page() for kind in kinds},
        **{f"items{suffix}": page(item), "meeting/1": meeting(agendaItem=[item])},
    )
    crawl = world.crawl(dt.date(2026, 1, 1))
    positions = [
        record.position
        for each in crawl.pages
        for record in oparl.parse(each)
        if record.object_type == "agenda_item"
    ]
    # The last word has the meeting, where the item is the first.
    assert positions == [1178, 1]


def test_references_to_what_did_not_change_are_not_followed():
    suffix = "?modified_since=2026-01-01T00%3A00%3A00Z"
    world = server(**{f"{kind}s{suffix}": page() for kind in ("organization", "person", "paper")})
    world.answers[f"meetings{suffix}"] = page(meeting(organization=[f"{BASE}/organization/1"]))
    crawl = world.crawl(dt.date(2026, 1, 1))
    assert crawl.ids == ["meeting/1"]
    assert crawl.client.problems == []


def test_a_kind_that_fails_again_and_again_is_left_alone():
    seats = [f"{BASE}/ms/{n}" for n in range(1, 60)]
    group = {"id": f"{BASE}/o/1", "type": f"{TYPE}/Organization", "name": "Rat"}
    world = server(organizations=page(group | {"membership": seats}))
    crawl = world.crawl()
    assert sum(path.startswith("ms/") for path in world.asked) == _oparl_crawl.FAILURES
    assert "in a row of the kind membership" in crawl.client.problems[-1].what


def test_links_without_end_are_left(monkeypatch):
    monkeypatch.setattr(_oparl_crawl, "MOST_FOLLOWED", 10)

    class Endless(Server):
        def __call__(self, request: httpx.Request) -> httpx.Response:
            number = request.url.path.rpartition("/paper/")[2]
            if not number.isdigit():
                return super().__call__(request)
            self.asked.append(number)
            following = f"{BASE}/paper/{int(number) + 1}"
            return httpx.Response(200, json=paper(int(number), relatedPaper=[following]))

    world = Endless(server(papers=page(paper(1, relatedPaper=[f"{BASE}/paper/2"]))).answers)
    crawl = world.crawl()
    assert len([number for number in world.asked if number.isdigit()]) == 10
    (problem,) = crawl.client.problems
    assert "only linked" in problem.what


@pytest.mark.parametrize(
    "since",
    [
        dt.date(2026, 1, 1),
        dt.datetime(2026, 1, 1, 1, 0, 0, 999, tzinfo=BERLIN),
    ],
)
def test_the_filter_learns_what_a_server_refuses(since):
    made = Filter(since)
    url = f"{BASE}/papers?a=1"
    moments = []
    while made.is_on:
        moments.append(made.put(url).partition("modified_since=")[2])
        made.refused(400)
    assert moments == [
        "2026-01-01T00%3A00%3A00Z",
        "2026-01-01T00:00:00Z",
        "2026-01-01T00%3A00%3A00%2B00%3A00",
        "2026-01-01T00:00:00+00:00",
    ]
    assert made.put(url) == url
    made = Filter(since)
    made.refused(503)
    assert not made.is_on


def test_a_system_without_bodies_is_asked_for_them():
    system = {"id": f"{BASE}/system", "type": f"{TYPE}/System"}
    assert server(system=system).crawl().ids == ["paper/1"]


# Kinds of saved answers


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"id": "x", "type": f"{TYPE}/Meeting"}, "meeting"),
        ({"id": "x", "type": f"{TYPE}/AgendaItem"}, "agenda_item"),
        ({"id": "x", "name": "Rat", "start": "2026-01-01"}, "meeting"),
        ({"id": "x", "name": "V", "reference": "1", "consultation": []}, "paper"),
        ({"id": "x", "accessUrl": "y"}, "file"),
        ({"data": [{"id": "x", "type": "gr"}]}, "organization"),
        ({"oparlVersion": "1.0", "body": "x"}, "system"),
        ({"id": "x", "type": f"{TYPE}/Person"}, "person"),
        ({"id": "x", "familyName": "y", "membership": []}, "person"),
        ({"id": "x", "person": "y", "organization": "z"}, "membership"),
        ({"id": "x", "geojson": None}, "location"),
        ({"id": "x", "type": f"{TYPE}/LegislativeTerm"}, "legislative_term"),
        ({"data": []}, None),
        ("nothing", None),
    ],
)
def test_a_saved_answer_says_what_it_is(content, kind):
    assert oparl.page_kind(f"{BASE}/x", json.dumps(content).encode()) == kind
