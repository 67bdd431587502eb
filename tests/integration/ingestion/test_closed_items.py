"""Of what is not public nothing but an item's printed title is kept, whatever the server shows.

All systems alike, by the way of production: client, parser, store, documents. The sample world's
servers tell here of closed items what they must not: a result, a resolution, the number of the
paper and its address, and the document itself.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingestion import city as cities
from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.city import City
from ingestion.crawl import crawl_city, load_documents
from ingestion.extract import Extractor
from ingestion.http import Client
from ingestion.privacy import Gate, bare
from ingestion.record import AgendaItem, File
from ingestion.sampleworld import World, world
from ingestion.sampleworld.agenda import Item, items
from ingestion.sampleworld.documents import closed_file, content, leaks, shown_file
from ingestion.sampleworld.papers import CLOSED_CANARY, CLOSED_RESULT
from ingestion.store import Store
from ingestion.systems import load
from ingestion.window import Window
from orchestration.lake import Lake
from tests.integration.orchestration.canary import holding, unpacked

pytestmark = pytest.mark.integration

# Who speaks which system; SessionNet in both layouts.
SERVED = {
    "mainz": "sessionnet",
    "ludwigshafen": "sessionnet",
    "trier": "allris4",
    "allris3": "allris3",
    "sdnet": "sdnet",
    "rubin": "rubin",
    "musterstadt": "oparl",
}
RESULT, DOCUMENT = CLOSED_RESULT.split()[-1], CLOSED_CANARY.split()[-1]


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    with world(
        seed=1, papers=20, faults=["closed_shown"], neighbours=("allris3", "sdnet", "rubin")
    ) as made:
        yield made


@dataclass(frozen=True)
class Told:
    """What one council's server tells of a closed item."""

    day: dt.date
    item: Item
    city: City
    url: str

    @property
    def number(self) -> str:
        """Its paper's number, without the letters that are not the same in every encoding."""
        return str(self.item.closed_reference).removeprefix("NÖ")

    @property
    def window(self) -> Window:
        """The day of its meeting."""
        return Window(kind="increment", first=self.day, last=self.day)

    def client(self, answers: StoredAnswers | None = None) -> Client:
        """Somebody who sees each failure: a closed thing that is asked for is one."""
        return Client(
            allowed=[self.url],
            user_agent="t",
            requests_per_second=10_000,
            retries=0,
            answers=answers,
        )


def told(served: World, name: str) -> Told:
    council = served.councils[name]
    meeting = next(each for each in council.meetings if leaks(each))
    item = next(each for each in items(council, meeting) if shown_file(council, meeting, each))
    document = content(council, closed_file(council, meeting))
    assert any(DOCUMENT.encode() in body for body in unpacked(document or b""))
    known = cities.load("mainz")
    assert known.council is not None
    own = known.council.model_copy(update={"system": SERVED[name], "url": served.url(name)})
    city = known.model_copy(update={"council": own, "statistics": ()})
    return Told(meeting.date, item, city, served.url(name))


@pytest.mark.parametrize("name", SERVED)
def test_no_record_says_more_of_a_closed_item_than_its_title(name: str, served: World) -> None:
    here, system = told(served, name), load(SERVED[name])
    with here.client() as client:
        answers = list(system.fetch(here.city, here.window, client))
        assert client.problems == []
    shown = b"".join(answer.body for answer in answers)
    assert RESULT.encode() in shown
    assert here.number.encode() in shown
    read = [record for answer in answers for record in system.parse(answer)]
    kept = [bare(record) for record in read]
    closed = {each.id: each for each in kept if isinstance(each, AgendaItem) and not each.is_public}
    assert here.item.name in {each.name for each in closed.values()}
    said = "".join(record.model_dump_json() for record in kept)
    assert not [words for words in (RESULT, here.number, DOCUMENT) if words in said]
    for each in closed.values():
        assert (each.paper_id, each.vote_text, each.resolution_text) == (None, None, None)
    hanging = [each for each in kept if getattr(each, "agenda_item_id", None) in closed]
    assert all(isinstance(each, File) and not each.is_public for each in hanging)


@pytest.mark.long
@pytest.mark.parametrize("name", SERVED)
def test_nothing_of_a_closed_item_is_in_lake_blobs_state_or_logs(
    name: str,
    served: World,
    make_store: Callable[[str], Store],
    lake: Lake,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    here, system = told(served, name), SERVED[name]
    store, blobs = make_store("mainz"), Blobs(tmp_path / "blobs")
    gate = Gate.of(here.city)
    with here.client(StoredAnswers(store, blobs)) as client, Extractor(workers=1) as extractor:
        crawl = crawl_city(here.city, load(system), client, store, here.window)
        documents = load_documents(here.city, client, store, extractor, gate, limit=2)
    # Nobody asked for the closed item's page, paper or document: that would be a problem.
    assert crawl.problems == ()
    assert documents.read
    # What the public pages show is kept as it came, to be parsed again; it stands nowhere else.
    for words in (RESULT, here.number):
        places = holding(tmp_path, words)
        assert places
        assert {place.partition("/")[0] for place in places} == {"blobs"}, words
    assert holding(tmp_path, DOCUMENT) == []
    assert not [words for words in (RESULT, here.number, DOCUMENT) if words in caplog.text]
    # The title is the source's own publication: it is found where the rest was looked for.
    assert holding(tmp_path / "lake", here.item.name)
    closed = lake.arrow(
        f"SELECT * FROM raw_mainz.{system}_agenda_item WHERE NOT is_public"
    ).to_pylist()
    columns = ("result", "resolution_text", "vote_text", "paper_id", "paper_reference")
    assert closed
    assert {row[column] for row in closed for column in columns} == {None}
