"""Crawls of the systems that neighbours run: the same council through three more protocols."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest

from ingestion import city as cities
from ingestion.city import City
from ingestion.formats import kinds
from ingestion.http import Client
from ingestion.record import (
    AgendaItem,
    Body,
    Consultation,
    File,
    Location,
    Meeting,
    Membership,
    Organization,
    Paper,
    Person,
    Vote,
)
from ingestion.sampleworld import World, world
from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content, meeting_files
from ingestion.sampleworld.papers import attachments, paper
from ingestion.sampleworld.people import people_of
from ingestion.systems import allris3, load
from ingestion.window import Window
from tests.integration.ingestion.systems import crawls
from tests.integration.ingestion.systems.crawls import Crawled

pytestmark = pytest.mark.integration

NEIGHBOURS = ("allris3", "sdnet", "rubin")


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=24, neighbours=NEIGHBOURS) as made:
        yield made


def city_of(served: World, name: str) -> City:
    known = cities.load("mainz")
    assert known.council is not None
    council = known.council.model_copy(update={"system": name, "url": served.url(name)})
    return known.model_copy(update={"council": council})


def client_for(served: World, name: str) -> Client:
    return Client(
        allowed=[served.url(name)], user_agent="seehaus-test", requests_per_second=1000, retries=0
    )


def crawl(served: World, name: str, since: dt.date | None = None) -> Crawled:
    first = since or min(meeting.date for meeting in served.councils[name].meetings)
    return crawls.crawl(load(name), city_of(served, name), first, client_for(served, name))


@pytest.fixture(scope="module")
def crawled(served: World) -> dict[str, Crawled]:
    return {name: crawl(served, name) for name in NEIGHBOURS}


def agendas(council: Council) -> list[Item]:
    return [each for meeting in council.meetings for each in items(council, meeting)]


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_crawl_finds_all_that_the_council_has(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    council, found = served.councils[name], crawled[name]
    assert found.problems == []
    assert found.misunderstood == []
    meetings = found.of(Meeting)
    # SD.NET RIM exports what is near; an older meeting without a paper is on no list of it.
    listed = [
        each
        for each in council.meetings
        if name != "sdnet" or council.papers_of(each) or (each.date - council.today).days >= -60
    ]
    assert Counter(each.start_at for each in meetings) == Counter(
        dt.datetime.combine(each.date, each.start, meetings[0].start_at.tzinfo)
        for each in listed
        if meetings[0].start_at
    )
    assert Counter(each.is_cancelled for each in meetings) == Counter(
        each.is_cancelled for each in listed
    )
    assert sum(each.has_agenda for each in meetings) == sum(each.is_published for each in listed)
    assert not any("ällt" in each.name for each in meetings)
    truth = [paper(council, index) for index in range(council.paper_count)]
    assert {(each.reference, each.name, each.paper_type) for each in found.of(Paper)} == {
        (each.reference, each.title, each.kind) for each in truth
    }


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_items_papers_and_votes_belong_together(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    council, found = served.councils[name], crawled[name]
    public = [each for each in found.of(AgendaItem) if each.is_public]
    told = [
        (each, meeting)
        for meeting in council.meetings
        for each in items(council, meeting)
        if each.is_public
        and (name != "sdnet" or council.papers_of(meeting) or meeting.date > council.today)
    ]
    if name != "sdnet":
        assert Counter(each.name for each in public) == Counter(each.name for each, _ in told)
    papers = {each.id: each.reference for each in found.of(Paper)}
    assert Counter(papers[each.paper_id] for each in public if each.paper_id) == Counter(
        each.paper.reference for each, _ in told if each.paper
    )
    items_by_id = {each.id: each for each in public}
    counted = Counter(
        (each.yes_count, each.no_count, each.abstention_count)
        for each in found.of(Vote)
        if each.yes_count is not None
    )
    assert counted == Counter(
        (each.vote.yes, each.vote.no, each.vote.abstained) for each, _ in told if each.vote
    )
    assert all(each.agenda_item_id in items_by_id for each in found.of(Vote))
    steps = found.of(Consultation)
    assert len(steps) == sum(
        len(consultations(council, paper(council, index))) for index in range(council.paper_count)
    )
    assert all(each.agenda_item_id in items_by_id for each in steps)
    assert {each.meeting_id for each in steps} <= {each.id for each in found.of(Meeting)}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_closed_items_are_bare(served: World, crawled: dict[str, Crawled], name: str) -> None:
    found = crawled[name]
    closed = [each for each in found.of(AgendaItem) if not each.is_public]
    assert closed
    for each in closed:
        assert (each.paper_id, each.paper_reference) == (None, None)
        assert (each.result, each.resolution_text, each.vote_text) == (None, None, None)
    ids = {each.id for each in closed}
    assert not any(each.agenda_item_id in ids for each in found.of(File))
    assert not any(each.agenda_item_id in ids for each in found.of(Vote))
    leaks = {str(each.closed_reference) for each in agendas(served.councils[name])} - {"None"}
    assert leaks
    assert not any(
        word in record.model_dump_json() for record in found.records.values() for word in leaks
    )


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_every_document_is_found_and_can_be_had(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    council, found = served.councils[name], crawled[name]
    listed = [
        (file_id, title, None)
        for index in range(council.paper_count)
        for file_id, title in [
            (each.id, each.name) for each in attachments(council, paper(council, index))
        ]
    ]
    if name == "allris3":
        listed += [
            (file_id, title, None)
            for meeting in council.meetings
            for file_id, title in meeting_files(council, meeting)
        ]
    files = [each for each in found.of(File) if name == "allris3" or each.paper_id]
    assert len(files) == len(listed)
    types = Counter(each.mime_type for each in files)
    assert (types["image/png"], types["text/html"]) == (1, 1)
    assert types["application/pdf"] == len(files) - 2
    expected = {content(council, file_id) for file_id, _, _ in listed}
    main = [each for each in files if each.role == "main_file"]
    assert len(main) == council.paper_count
    wanted = [main[0], next(each for each in files if each.role == "auxiliary_file")]
    wanted += [each for each in files if each.mime_type != "application/pdf"]
    with client_for(served, name) as client:
        for file in wanted:
            get = getattr(load(name), "fetch_file", None)
            answer = get(file, client) if get else client.get(file.url, kind="file")
            assert answer.body in expected


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_second_crawl_brings_the_same_records(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    assert crawl(served, name).records == crawled[name].records


def walk(
    served: World, name: str, loaded: frozenset[str], stop: int | None = None
) -> tuple[set[tuple[str, str]], list[str], int]:
    """A first load, to its end or until so many milestones: what came, the milestones, requests."""
    module, reached = load(name), list[str]()
    first = min(meeting.date for meeting in served.councils[name].meetings)
    window = Window(kind="first", first=first, loaded=loaded, reached=reached.append)
    found: set[tuple[str, str]] = set()
    with client_for(served, name) as client:
        for answer in module.fetch(city_of(served, name), window, client):
            if stop is not None and len(reached) >= stop:
                break
            found |= {(record.object_type, record.id) for record in module.parse(answer)}
        return found, reached, client.requests


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_load_that_is_broken_off_goes_on_where_it_was(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    half, reached, some = walk(served, name, frozenset(), stop=6)
    assert len(reached) == 6
    assert half < crawled[name].records.keys()
    rest, more, few = walk(served, name, frozenset(reached))
    assert half | rest == crawled[name].records.keys()
    assert not set(reached) & set(more)
    if name != "sdnet":  # its walk leads over all that is known, which a store then answers
        _, _, all_of_it = walk(served, name, frozenset())
        # Again: the start, what was asked when it broke off, committees of both halves.
        assert few <= all_of_it - some + 24


def test_an_unknown_neighbour_is_refused_with_those_there_are() -> None:
    with (
        pytest.raises(ValueError, match="use some of allris3, sdnet, rubin"),
        world(neighbours=["provox"]),
    ):
        pass


def test_allris3_tells_who_sits_where_and_never_how_to_reach_them(
    served: World, crawled: dict[str, Crawled]
) -> None:
    people, found = people_of(served.councils["allris3"]), crawled["allris3"]
    assert {(each.id, each.family_name, each.given_name) for each in found.of(Person)} == {
        (str(seat.person.id), seat.person.family, seat.person.given) for seat in people.seats
    }
    assert Counter(
        (each.person_id, each.organization_id, each.role) for each in found.of(Membership)
    ) == Counter(
        (
            str(seat.person.id),
            f"au-{seat.body.id}" if seat.body else f"fr-{seat.faction.id if seat.faction else 0}",
            seat.role,
        )
        for seat in people.seats
    )
    names = {each.name for each in found.of(Organization)}
    assert names == {each.name for each in served.councils["allris3"].bodies} | {
        each.name for each in people.factions
    }
    whole = "".join(record.model_dump_json() for record in found.records.values())
    assert "5550100" not in whole
    assert "example.org" not in whole
    # Who spoke in the debate is on the item's page and stays there.
    assert "Zwetschgenbaum" not in whole


def test_allris3_reads_texts_within_the_page(served: World, crawled: dict[str, Crawled]) -> None:
    council, found = served.councils["allris3"], crawled["allris3"]
    assert all(each.main_text for each in found.of(Paper))
    told = {each.id: each.resolution_text for each in found.of(AgendaItem) if each.resolution_text}
    assert told == {str(each.id): each.resolution for each in agendas(council) if each.resolution}


def test_allris3_attachment_that_is_gone_is_an_error(
    served: World, crawled: dict[str, Crawled]
) -> None:
    file = next(each for each in crawled["allris3"].of(File) if each.web_url)
    with client_for(served, "allris3") as client:
        assert kinds.sniff(allris3.fetch_file(file, client).body) not in {kinds.HTML, kinds.UNKNOWN}
        with pytest.raises(Exception, match="no longer has the attachment"):
            allris3.fetch_file(file.model_copy(update={"id": "1-x"}), client)


def test_rubin_tells_bodies_committees_and_rooms(
    served: World, crawled: dict[str, Crawled]
) -> None:
    council, found = served.councils["rubin"], crawled["rubin"]
    assert [each.name for each in found.of(Body)] == ["Mainz"]
    met = {each.body.name for each in council.meetings}
    assert {each.name for each in found.of(Organization)} == met
    assert {each.description for each in found.of(Location)} == {
        each.body.room for each in council.meetings
    }
    assert "5550100" not in "".join(each.model_dump_json() for each in found.of(Location))


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_a_broken_page_is_reported_and_the_rest_is_read(
    served: World, crawled: dict[str, Crawled], name: str
) -> None:
    # A council under its own name has the faults of the town it copies.
    served.faults.on("html_200@mainz")
    try:
        found = crawl(served, name)
    finally:
        served.faults.clear()
    assert len(found.misunderstood) == 1
    assert found.misunderstood[0].mend
    whole = crawled[name]
    assert len(found.of(Meeting)) == len(whole.of(Meeting))
    assert 0 < len(whole.of(Paper)) - len(found.of(Paper)) <= 4
