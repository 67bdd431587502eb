"""Crawls of the sample world's councils: all that the world has, nothing twice, nothing closed."""

import datetime as dt
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest
import uvicorn

from ingestion import city as cities
from ingestion.city import City
from ingestion.documents import Extractor, fetch_documents, fetch_plainly
from ingestion.http import Client
from ingestion.privacy import Gate
from ingestion.record import (
    AgendaItem,
    File,
    Meeting,
    Membership,
    Organization,
    Paper,
    Person,
    Vote,
)
from ingestion.sampleworld import World, world
from ingestion.sampleworld.agenda import items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import meeting_files
from ingestion.sampleworld.papers import attachments, paper
from ingestion.sampleworld.people import people_of
from ingestion.sampleworld.sessionnet import SessionNet
from ingestion.systems import load
from tests.integration.ingestion.systems import crawls
from tests.integration.ingestion.systems.crawls import Crawled

pytestmark = pytest.mark.integration

COUNCILS = {
    "mainz": "sessionnet",
    "koblenz": "sessionnet",
    "ludwigshafen": "sessionnet",
    "trier": "allris4",
}


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(seed=1, papers=24) as made:
        yield made


def city_of(served: World, name: str) -> City:
    known = cities.load(name)
    assert known.council is not None
    council = known.council.model_copy(update={"url": served.url(name)})
    return known.model_copy(update={"council": council})


def client_for(served: World, name: str) -> Client:
    return Client(
        allowed=[served.url(name)], user_agent="seehaus-test", requests_per_second=1000, retries=0
    )


def crawl(served: World, name: str, since: dt.date | None = None) -> Crawled:
    first = since or min(meeting.date for meeting in served.councils[name].meetings)
    return crawls.crawl(
        load(COUNCILS[name]), city_of(served, name), first, client_for(served, name)
    )


def own_files(council: Council) -> dict[str, str]:
    """File names by id, of all documents the council shows on purpose."""
    listed = [each for meeting in council.meetings for each in meeting_files(council, meeting)]
    for index in range(council.paper_count):
        of = paper(council, index)
        listed += [(each.id, each.name) for each in attachments(council, of)]
    return {str(file_id): name for file_id, name in listed}


@pytest.mark.parametrize("name", COUNCILS)
def test_a_crawl_finds_all_that_the_council_has(served: World, name: str) -> None:
    council = served.councils[name]
    found = crawl(served, name)
    assert found.problems == []
    assert found.misunderstood == []
    meetings = [each for each in found.of(Meeting) if isinstance(each, Meeting)]
    assert Counter(meeting.start_at.date() for meeting in meetings if meeting.start_at) == Counter(
        meeting.date for meeting in council.meetings
    )
    assert {each.id for each in meetings if each.has_agenda} == {
        str(each.id) for each in council.meetings if each.is_published
    }
    assert Counter(each.is_cancelled for each in meetings) == Counter(
        each.is_cancelled for each in council.meetings
    )
    assert not any("aus" in each.name.split() for each in meetings)
    assert {record.id for record in found.of(Paper)} == {
        str(council.paper_id(index)) for index in range(council.paper_count)
    }
    titles = {each.name for each in found.of(Paper) if isinstance(each, Paper)}
    assert titles == {paper(council, index).title for index in range(council.paper_count)}


@pytest.mark.parametrize("name", ["mainz", "koblenz", "ludwigshafen"])
def test_every_file_of_sessionnet_is_found_and_footers_are_none(served: World, name: str) -> None:
    files = [each for each in crawl(served, name).of(File) if isinstance(each, File)]
    public = {each.id: each.name for each in files if each.is_public}
    assert public == own_files(served.councils[name])


class Nothing:
    """A lake that knows no document."""

    def finished(self, file_id: str) -> None:
        """None."""


@pytest.mark.parametrize("name", ["mainz", "ludwigshafen", "trier"])
def test_a_scan_a_photo_and_a_web_page_become_text(served: World, name: str) -> None:
    """The web page is a document because the source lists one; the photo lies on its side."""
    listed = {each.name: each for each in crawl(served, name).of(File) if isinstance(each, File)}
    files = [listed[words] for words in ("Stellungnahme (Scan)", "Aushang (Foto)")]
    files.append(listed["Zeitplan (Webseite)"])
    fetch = getattr(load(COUNCILS[name]), "fetch_file", fetch_plainly)
    with client_for(served, name) as client, Extractor(workers=1) as extractor:
        gate = Gate.of(city_of(served, name))
        read = fetch_documents(files, client, Nothing(), extractor, gate, fetch)
        found = {each.document.file_id: each for each in read}
    for file, mime_type, method, words in zip(
        files,
        ("application/pdf", "image/png", "text/html"),
        ("ocr", "ocr", "text_layer"),
        ("Der Anliegerkreis bittet darum", "Der Fußweg bleibt", "Der Zeitplan gehört zur Vorlage"),
        strict=True,
    ):
        outcome = found[file.id]
        document, (page,) = outcome.document, outcome.pages or ()
        assert (document.text_status, document.mime_type) == ("text", mime_type)
        assert document.ocr_page_count == (method == "ocr")
        assert page.method == method
        assert (page.confidence or 0) > 0.8 or method == "text_layer"
        assert words in page.text


@pytest.mark.parametrize("name", COUNCILS)
def test_what_hangs_on_a_closed_item_is_marked_as_closed(served: World, name: str) -> None:
    found = crawl(served, name)
    items = [each for each in found.of(AgendaItem) if isinstance(each, AgendaItem)]
    closed = {each.id for each in items if not each.is_public}
    assert closed
    files = [each for each in found.of(File) if isinstance(each, File)]
    assert all(not each.is_public for each in files if each.agenda_item_id in closed)
    assert all((each.section or "").startswith("Nicht") for each in items if not each.is_public)
    if COUNCILS[name] == "sessionnet":
        assert any(not each.is_public for each in files)


@pytest.mark.parametrize("name", COUNCILS)
def test_a_second_crawl_brings_the_same_records(served: World, name: str) -> None:
    first, second = crawl(served, name), crawl(served, name)
    assert first.records == second.records
    assert [each.url for each in first.records.values()] == [
        each.url for each in second.records.values()
    ]


def test_the_window_begins_with_the_month_that_was_asked_for(served: World) -> None:
    since = served.today - dt.timedelta(days=60)
    found = crawl(served, "koblenz", since)
    first = since.replace(day=1)
    dates = [
        each.start_at.date()
        for each in found.of(Meeting)
        if isinstance(each, Meeting) and each.start_at
    ]
    expected = [each.date for each in served.councils["koblenz"].meetings if each.date >= first]
    assert sorted(dates) == sorted(expected)


@pytest.mark.parametrize("name", ["mainz", "ludwigshafen", "trier"])
@pytest.mark.parametrize("fault", ["html_200", "broken_html"])
def test_a_broken_page_is_reported_and_the_rest_is_read(
    served: World, name: str, fault: str
) -> None:
    whole = crawl(served, name)
    served.faults.on(f"{fault}@{name}")
    try:
        found = crawl(served, name)
    finally:
        served.faults.clear()
    # A paper's page is read with every month that links it.
    assert len({str(each) for each in found.misunderstood}) == 1
    error = found.misunderstood[0]
    assert error.url.startswith(served.url(name))
    assert error.what
    assert error.mend
    missing = set(whole.records) - set(found.records)
    kinds = {kind for kind, _ in missing}
    assert kinds <= {"paper", "file", "consultation", "agenda_item", "organization", "vote"}
    assert len(found.of(Meeting)) == len(whole.of(Meeting))
    assert len(whole.of(Paper)) - 4 <= len(found.of(Paper)) < len(whole.of(Paper)) + 1


def test_a_page_that_is_gone_does_not_stop_the_crawl(served: World) -> None:
    served.faults.outage_requests = 1000
    served.faults.on("outage@mainz")
    try:
        found = crawl(served, "mainz")
    finally:
        served.faults.clear()
        served.faults.outage_requests = 2
    assert len(found.problems) == 1
    assert "503" in found.problems[0]
    assert len(found.of(Paper)) == served.councils["mainz"].paper_count - 1


@pytest.mark.parametrize("name", ["mainz", "koblenz", "ludwigshafen"])
def test_sessionnet_tells_who_sits_where_and_how_they_voted(served: World, name: str) -> None:
    council = served.councils[name]
    people = people_of(council)
    found = crawl(served, name)
    places = {str(each.id): each.name for each in (*council.bodies, *people.factions)}
    told = [each for each in found.of(Organization) if isinstance(each, Organization)]
    assert {each.id: each.name for each in told} == places
    assert {each.id for each in told if each.organization_type == "Fraktion"} == {
        str(each.id) for each in people.factions
    }
    persons = [each for each in found.of(Person) if isinstance(each, Person)]
    assert {each.id: each.name for each in persons} == {
        str(each.person.id): each.person.name for each in people.seats
    }
    seats = [each for each in found.of(Membership) if isinstance(each, Membership)]
    assert {
        (each.organization_id, each.person_id, each.start_date, each.end_date) for each in seats
    } == {
        (str((each.body or each.faction).id), str(each.person.id), each.start, each.end)  # type: ignore[union-attr]
        for each in (*people.seats, *people.former)
    }
    ids = {each.id for each in seats}
    for each in people.former:  # they sit there again: two terms, two seats
        key = f"{each.body.id if each.body else 0}-{each.person.id}"
        assert {f"{key}-20190701", f"{key}-20240701"} <= ids
    asked = Counter(each.url for each in found.answers if each.kind == "person")
    assert max(asked.values(), default=1) == 1
    listed = [each for meeting in council.meetings for each in items(council, meeting)]
    votes = [each for each in found.of(Vote) if isinstance(each, Vote)]
    counts = Counter((each.yes_count, each.no_count) for each in votes if each.yes_count)
    assert counts == Counter((each.vote.yes, each.vote.no) for each in listed if each.vote)
    late = [each for each in found.of(AgendaItem) if isinstance(each, AgendaItem)]
    assert sum(each.is_supplement for each in late) == sum(bool(each.supplement) for each in listed)
    assert not any("Nachtrag" in (each.number or "") for each in late)


@pytest.mark.parametrize("is_old", [False, True])
def test_the_asp_edition_is_read_though_only_its_meta_tells_the_charset(*, is_old: bool) -> None:
    council = Council("koblenz", seed=1, papers=20)
    config = uvicorn.Config(
        SessionNet(council, is_old=is_old, ending="asp").app(), log_level="warning", lifespan="off"
    )
    serving = uvicorn.Server(config)
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serving.run, args=([bound],), daemon=True)
        thread.start()
        waited, tries = threading.Event(), 1000
        while not serving.started and tries:
            waited.wait(0.01)
            tries -= 1
        try:
            found = crawl_asp(council, f"http://127.0.0.1:{bound.getsockname()[1]}/")
        finally:
            serving.should_exit = True
            thread.join(10)
    pages = [each for each in found.answers if each.kind != "start"]
    assert all(".asp" in each.url for each in pages)
    assert all("charset" not in each.headers["content-type"] for each in pages)
    assert found.problems == []
    assert found.misunderstood == []
    titles = {each.name for each in found.of(Paper) if isinstance(each, Paper)}
    assert titles == {paper(council, index).title for index in range(council.paper_count)}
    assert all("getfile.asp" in each.url for each in found.of(File))
    names = {each.name for each in found.of(Person) if isinstance(each, Person)}
    assert names == {each.person.name for each in people_of(council).seats}


def crawl_asp(council: Council, url: str) -> Crawled:
    """A crawl of the server at ``url`` from the council's first day."""
    known = cities.load("koblenz")
    assert known.council is not None
    city = known.model_copy(update={"council": known.council.model_copy(update={"url": url})})
    module = load("sessionnet")
    found = Crawled()
    client = Client(allowed=[url], user_agent="seehaus-test", requests_per_second=1000, retries=0)
    with client:
        for answer in module.fetch(city, council.first_day, client):
            found.answers.append(answer)
            for record in module.parse(answer):
                found.records[record.object_type, record.id] = record
        found.problems = [str(problem) for problem in client.problems]
    return found
