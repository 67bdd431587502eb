"""Of what is not public nothing reaches the lake, whatever the server shows: all systems alike.

Every closed item of the sample world says what it must not: a resolution, a result, the number of
its paper, and (SessionNet, OParl) a document. All of it goes the way of production: client, parser,
store, documents.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ingestion import city as cities
from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.crawl import crawl_city, load_documents
from ingestion.extract import Extractor
from ingestion.http import Client
from ingestion.privacy import Gate
from ingestion.sampleworld import World, agenda, oparl_objects, world
from ingestion.sampleworld.agenda import Item
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import closed_file, content, leaks
from ingestion.sampleworld.papers import CLOSED_CANARY, MARK
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
SAID = "Zimtkauz"
NUMBER = "NÖ/"
DOCUMENT = CLOSED_CANARY.split()[-1]


@pytest.fixture(scope="module")
def served() -> Iterator[World]:
    """The sample world, its closed items more talkative than they should be."""
    closed_part, thing = agenda._Agenda._closed_part, oparl_objects.Objects._agenda_thing

    def talkative(self: Any) -> None:
        closed_part(self)
        self.made = [
            each
            if each.is_public
            else replace(
                each, result=SAID, resolution=f"Beschluss: {SAID}", vote=agenda.Vote(9, 1, 0)
            )
            for each in self.made
        ]

    def all_items(council: Council, meeting: Meeting) -> list[Item]:
        # Most OParl servers leave closed items out; this one shows them.
        return [replace(each, is_public=True) for each in agenda.items(council, meeting)]

    def with_closed(self: Any, of: Meeting, item: Item) -> dict[str, Any]:
        made = thing(self, of, item)
        if item.result != SAID:
            return made
        file = self._file_thing(closed_file(self.council, of), "Vorlage", of.date)
        return {**made, "public": False, "resolutionFile": file, "auxiliaryFile": [file]}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(agenda._Agenda, "_closed_part", talkative)
        patch.setattr(oparl_objects, "items", all_items)
        patch.setattr(oparl_objects.Objects, "_agenda_thing", with_closed)
        with world(seed=1, papers=20, neighbours=("allris3", "sdnet", "rubin")) as made:
            yield made


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as made:
        yield made


@pytest.mark.parametrize("name", SERVED)
def test_nothing_of_a_closed_item_but_its_title_reaches_the_lake(
    name: str,
    served: World,
    extractor: Extractor,
    make_store: Callable[[str], Store],
    lake: Lake,
    tmp_path: Path,
) -> None:
    council, system = served.councils[name], SERVED[name]
    meeting = next(each for each in council.meetings if leaks(each))
    hidden = content(council, closed_file(council, meeting))
    assert hidden is not None
    assert any(DOCUMENT in body.decode(errors="replace") for body in unpacked(hidden))

    known = cities.load("mainz")
    assert known.council is not None
    own = known.council.model_copy(update={"system": system, "url": served.url(name)})
    city = known.model_copy(update={"council": own, "statistics": ()})
    store, blobs = make_store("mainz"), Blobs(tmp_path / "blobs")
    window = Window(kind="increment", first=meeting.date, last=meeting.date)
    answers = StoredAnswers(store, blobs)
    with Client(
        allowed=[served.url(name)], user_agent="t", requests_per_second=10_000, answers=answers
    ) as client:
        crawl = crawl_city(city, load(system), client, store, window)
        documents = load_documents(city, client, store, extractor, Gate.of(city), limit=12)
    assert crawl.problems == ()
    assert documents.read

    tables = {each for each in lake.tables("raw_mainz") if not each.startswith("_dlt")}
    closed = lake.arrow(
        f"SELECT name, paper_id, result FROM raw_mainz.{system}_agenda_item WHERE NOT is_public"
    ).to_pylist()
    assert closed
    assert all(row["name"] and (row["paper_id"], row["result"]) == (None, None) for row in closed)
    for table in sorted(tables):
        said = repr(lake.arrow(f"SELECT * FROM raw_mainz.{table}").to_pylist())
        assert not [word for word in (SAID, NUMBER, DOCUMENT) if word in said], table
    # What the pages themselves show is kept as it came; the document behind them was not asked for.
    assert holding(tmp_path / "blobs", MARK.split()[0])
    assert holding(tmp_path / "blobs", DOCUMENT) == []
