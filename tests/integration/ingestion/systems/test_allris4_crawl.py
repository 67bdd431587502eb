"""A crawl of the sample world's ALLRIS 4: every record against the world's truth, and sessions."""

from collections.abc import Iterator

import pytest

from ingestion import city as cities
from ingestion.http import Client, FetchError, HttpStatusError
from ingestion.record import (
    AgendaItem,
    Consultation,
    File,
    Meeting,
    Membership,
    Organization,
    Paper,
    Person,
    Vote,
)
from ingestion.sampleworld import Fault, World, world
from ingestion.sampleworld import allris4_pages as pages
from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content, meeting_files
from ingestion.sampleworld.papers import attachments, paper, sections
from ingestion.sampleworld.people import people_of
from ingestion.systems import allris4, load
from tests.integration.ingestion.systems import crawls
from tests.integration.ingestion.systems.crawls import Crawled

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=3, papers=40) as made:
        yield made


def client_for(served: World) -> Client:
    return Client(
        allowed=[served.url("trier")],
        user_agent="seehaus-test",
        requests_per_second=10_000,
        retries=0,
    )


def crawl(served: World) -> Crawled:
    known = cities.load("trier")
    assert known.council is not None
    council = known.council.model_copy(update={"url": served.url("trier")})
    city = known.model_copy(update={"council": council})
    first = min(meeting.date for meeting in served.councils["trier"].meetings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingestion.systems._dates.today", lambda: served.today)
        found = crawls.crawl(load("allris4"), city, first, client_for(served))
    assert found.misunderstood == []
    return found


@pytest.fixture(scope="module")
def crawled(served: World) -> Crawled:
    found = crawl(served)
    assert found.problems == []
    return found


def council_of(served: World) -> Council:
    return served.councils["trier"]


def agendas(council: Council) -> dict[str, Item]:
    return {str(item.id): item for meeting in council.meetings for item in items(council, meeting)}


def test_committees_and_factions_are_those_of_the_council(served: World, crawled: Crawled) -> None:
    council = council_of(served)
    expected = {
        str(body.id): (body.name, body.short, pages.kind_of(body)) for body in council.bodies
    } | {str(each.id): (each.name, None, pages.FACTION) for each in people_of(council).factions}
    assert {
        id_: (each.name, each.short_name, each.classification)
        for id_, each in crawled.by_id(Organization).items()
    } == expected


def test_people_and_seats_are_those_of_the_council(served: World, crawled: Crawled) -> None:
    people = people_of(council_of(served))
    sitting = {str(seat.person.id): seat.person for seat in people.seats}
    assert {
        id_: (each.name, each.form_of_address, each.title, each.given_name, each.family_name)
        for id_, each in crawled.by_id(Person).items()
    } == {
        id_: (each.name, each.form, each.title, each.given, each.family)
        for id_, each in sitting.items()
    }
    told = [
        (
            each.organization_id,
            each.person_id,
            each.role,
            each.start_date,
            each.end_date,
            each.on_behalf_of,
        )
        for each in crawled.by_id(Membership).values()
    ]
    true = [
        (
            str(seat.body.id if seat.body else seat.faction.id if seat.faction else 0),
            str(seat.person.id),
            seat.role,
            seat.start,
            seat.end,
            seat.person.faction.name if seat.person.faction else None,
        )
        for seat in people.seats
    ]
    assert sorted(map(str, told)) == sorted(map(str, true))
    assert not any("kp020" in answer.url for answer in crawled.answers)


def test_meetings_are_those_of_the_calendar(served: World, crawled: Crawled) -> None:
    council = council_of(served)
    found = crawled.by_id(Meeting)
    assert {
        id_: (each.name, each.start_at and each.start_at.date(), each.is_cancelled, each.has_agenda)
        for id_, each in found.items()
    } == {
        str(each.id): (each.name, each.date, each.is_cancelled, each.is_published)
        for each in council.meetings
    }
    published = [each for each in council.meetings if each.is_published]
    assert {found[str(each.id)].organization_id for each in published} == {
        str(each.body.id) for each in published
    }


def test_items_come_in_their_order_with_what_was_resolved(served: World, crawled: Crawled) -> None:
    council = council_of(served)
    expected = {}
    for meeting in council.meetings:
        for item in items(council, meeting):
            sign = "Ö" if item.is_public else "N"
            expected[str(item.id)] = (
                str(meeting.id),
                item.position,
                f"{sign} {item.number}",
                item.name,
                item.is_public,
                "Öffentlicher Teil" if item.is_public else "Nichtöffentlicher Teil",
                item.supplement is not None,
                str(item.paper.id) if item.paper else None,
                item.result,
                item.resolution,
            )
    assert {
        id_: (
            each.meeting_id,
            each.position,
            each.number,
            each.name,
            each.is_public,
            each.section,
            each.is_supplement,
            each.paper_id,
            each.result,
            each.resolution_text,
        )
        for id_, each in crawled.by_id(AgendaItem).items()
    } == expected
    found = crawled.by_id(AgendaItem).values()
    assert any(each.is_supplement for each in found)
    assert any(each.resolution_text for each in found)


def test_votes_are_those_of_public_items(served: World, crawled: Crawled) -> None:
    listed = agendas(council_of(served))
    counted = {id_: item.vote for id_, item in listed.items() if item.vote}
    found = crawled.by_id(Vote)
    assert counted
    assert {
        id_: (each.yes_count, each.no_count, each.abstention_count)
        for id_, each in found.items()
        if each.yes_count is not None
    } == {id_: (each.yes, each.no, each.abstained) for id_, each in counted.items()}
    assert all(listed[id_].is_public for id_ in found)
    assert {id_ for id_, each in found.items() if each.is_unanimous} == {
        id_ for id_, item in listed.items() if item.result and "einstimmig" in item.result
    }


def test_papers_and_their_way_are_those_of_the_council(served: World, crawled: Crawled) -> None:
    council = council_of(served)
    papers = [paper(council, index) for index in range(council.paper_count)]
    assert {
        id_: (each.name, each.reference, each.paper_type, each.date, each.originator)
        for id_, each in crawled.by_id(Paper).items()
    } == {str(of.id): (of.title, of.reference, of.kind, of.date, of.originator) for of in papers}
    for of in papers:
        found = crawled.by_id(Paper)[str(of.id)]
        assert (found.under_direction_of, found.is_public) == (of.office, True)
        assert found.main_text is not None
        assert all(each.heading in found.main_text for each in sections(council, of))
    assert {
        id_: (
            each.paper_id,
            each.meeting_id,
            each.agenda_item_id,
            each.organization_id,
            each.organization_name,
            each.date,
            each.role,
            each.is_authoritative,
            each.result,
        )
        for id_, each in crawled.by_id(Consultation).items()
    } == {
        f"{of.id}-{item.id}": (
            str(of.id),
            str(meeting.id),
            str(item.id),
            str(meeting.body.id),
            meeting.body.name,
            meeting.date,
            role,
            role == "Entscheidung",
            item.result,
        )
        for of in papers
        for meeting, item, role in consultations(council, of)
    }


def documents_of(council: Council) -> dict[str, bytes]:
    """The bytes of every document that the council shows, by owner and name."""
    bodies = {}
    for meeting in council.meetings:
        for file_id, name in meeting_files(council, meeting):
            bodies[f"{meeting.id} {name}"] = content(council, file_id)
    for index in range(council.paper_count):
        of = paper(council, index)
        for each in attachments(council, of):
            name = each.name if each.number else "Vorlage"
            bodies[f"{of.id} {name}"] = content(council, each.id)
    return {name: body for name, body in bodies.items() if body is not None}


def fetched_documents(served: World, files: dict[str, File]) -> dict[str, bytes]:
    with client_for(served) as client:
        return {
            f"{file.paper_id or file.meeting_id} {file.name}": allris4.fetch_file(file, client).body
            for file in files.values()
        }


def test_every_document_is_had_attachments_included(served: World, crawled: Crawled) -> None:
    files = crawled.by_id(File)
    attached = [file for file in files.values() if "#" in file.url]
    assert attached
    assert all(file.url == f"{file.web_url}#{file.id}" for file in attached)
    assert fetched_documents(served, files) == documents_of(council_of(served))


def test_sessions_that_end_cost_no_record_and_no_document(served: World, crawled: Crawled) -> None:
    served.faults.on("expired_sessions@trier")
    try:
        found = crawl(served)
        attached = {id_: file for id_, file in found.by_id(File).items() if "#" in file.url}
        bodies = fetched_documents(served, attached)
    finally:
        served.faults.clear()
    assert found.problems == []
    assert found.records == crawled.records
    whole = documents_of(council_of(served))
    assert bodies == {name: whole[name] for name in bodies}
    assert len(bodies) == len(attached) > 2


def test_a_document_that_is_taken_back_is_gone_and_one_that_is_listed_is_not(
    served: World, crawled: Crawled
) -> None:
    council = council_of(served)
    of = paper(council, council.target(Fault.WITHDRAWN))
    file = next(
        each
        for each in crawled.by_id(File).values()
        if each.paper_id == str(of.id) and each.role == "main_file"
    )
    served.faults.on("withdrawn@trier")
    try:
        with client_for(served) as client, pytest.raises(HttpStatusError) as caught:
            allris4.fetch_file(file, client)
    finally:
        served.faults.clear()
    assert caught.value.status == 404
    # The page still lists what the server does not find: nobody took it back.
    moved = file.model_copy(update={"url": file.url.replace("/wicket/", "/wicked/")})
    with client_for(served) as client, pytest.raises(FetchError, match="HTTP 404") as refused:
        allris4.fetch_file(moved, client)
    assert not isinstance(refused.value, HttpStatusError)
