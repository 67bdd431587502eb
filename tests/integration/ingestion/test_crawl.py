"""From a server's answers to rows: a city's crawl, its documents, and what is hidden again."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ingestion.answers import StoredAnswers
from ingestion.blobs import Blobs
from ingestion.crawl import CrawlResult, DocumentsResult, crawl_city, load_documents
from ingestion.documents import Extractor
from ingestion.privacy import Gate
from ingestion.store import Crawl, Store
from orchestration.lake import Lake

sys.path.insert(0, str(Path(__file__).parent))

import council

pytestmark = pytest.mark.integration

SYSTEM = SimpleNamespace(
    __name__="ingestion.systems.sessionnet", fetch=council.fetch, parse=council.parse
)
PAGES = "SELECT id, text FROM raw_mainz.document_page WHERE _dlt_valid_to IS NULL ORDER BY id"
DOCUMENTS = (
    "SELECT id, text_status, privacy_status, page_count, sha256 FROM raw_mainz.document "
    "WHERE _dlt_valid_to IS NULL ORDER BY id"
)


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor() as made:
        yield made


@pytest.fixture
def server() -> council.Council:
    made = council.Council()
    made.add(1, "Der Stadtrat beschließt den Ausbau des Radwegs.", "Kosten: 1.250.000,00 Euro.")
    made.add(2, "Herr Max Mustermann, wohnhaft in der Kaiserstraße 5, bittet um Prüfung.")
    return made


class World:
    """One city, run again and again with everything opened anew, as separate runs do."""

    def __init__(
        self,
        server: council.Council,
        make_store: Callable[[str], Store],
        lake: Lake,
        blobs: Blobs,
        extractor: Extractor,
    ) -> None:
        self.server, self.make_store, self.lake = server, make_store, lake
        self.blobs, self.extractor = blobs, extractor

    def crawl(self) -> CrawlResult:
        store = self.make_store("mainz")
        with self.server.client(answers=StoredAnswers(store, self.blobs)) as client:
            return crawl_city(council.CITY, SYSTEM, client, store, None)

    def documents(self, **options: Any) -> DocumentsResult:
        store = self.make_store("mainz")
        with self.server.client(answers=StoredAnswers(store, self.blobs)) as client:
            return load_documents(
                council.CITY, client, store, self.extractor, Gate.of(council.CITY), **options
            )

    def run(self) -> tuple[CrawlResult, DocumentsResult]:
        self.server.asked.clear()
        return self.crawl(), self.documents()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        return self.lake.arrow(sql).to_pylist()


@pytest.fixture
def world(
    server: council.Council,
    make_store: Callable[[str], Store],
    lake: Lake,
    tmp_path: Path,
    extractor: Extractor,
) -> World:
    return World(server, make_store, lake, Blobs(tmp_path / "blobs"), extractor)


def test_papers_files_and_their_pages_arrive_without_personal_data(world: World) -> None:
    crawl, documents = world.run()
    assert crawl.is_complete
    assert (crawl.answers, crawl.load.counts["paper"].new) == (1, 2)
    assert (documents.documents, documents.pages, documents.loads) == (2, 3, 1)
    assert documents.redacted == {"home_address": 1, "person_name": 1}
    assert world.rows(PAGES) == [
        {"id": "f1#1", "text": "Der Stadtrat beschließt den Ausbau des Radwegs."},
        {"id": "f1#2", "text": "Kosten: 1.250.000,00 Euro."},
        {
            "id": "f2#1",
            "text": "Herr [Name entfernt], wohnhaft in der [Anschrift entfernt], bittet um Prüfung.",  # noqa: E501
        },
    ]
    statuses = [(row["text_status"], row["privacy_status"]) for row in world.rows(DOCUMENTS)]
    assert statuses == [("text", "public"), ("text", "redacted")]


def test_a_second_run_reads_and_writes_nothing(world: World) -> None:
    world.run()
    before = {
        table: world.rows(f"SELECT * FROM raw_mainz.{table} ORDER BY ALL")
        for table in ("document", "document_page", "sessionnet_paper", "sighting", "fetch")
    }
    crawl, documents = world.run()
    assert not crawl.load.has_changed
    assert (documents.changed, documents.read, documents.not_modified) == (0, 0, 2)
    for table, content in before.items():
        assert world.rows(f"SELECT * FROM raw_mainz.{table} ORDER BY ALL") == content


def asked_for_news(world: World) -> list[str]:
    """Crawl, and ask for those documents only of which something tells that they changed."""
    world.crawl()
    world.server.asked.clear()
    done = world.documents(everything=False)
    assert done.files == done.left_out + len(world.server.asked)
    return sorted(world.server.asked)


def test_an_increment_asks_for_no_file_that_nothing_tells_to_have_changed(world: World) -> None:
    assert asked_for_news(world) == ["/file/f1", "/file/f2"]
    assert asked_for_news(world) == []
    world.server.add(3, "Neu.")
    world.server.files["f2"]["mime_type"] = "application/pdf"
    assert asked_for_news(world) == ["/file/f2", "/file/f3"]


def test_an_increment_asks_again_for_files_that_the_crawl_met_on_a_later_day(world: World) -> None:
    asked_for_news(world)
    with world.lake.write() as con:
        con.execute(
            "UPDATE raw_mainz.sighting SET last_seen_at = last_seen_at - INTERVAL 1 DAY "
            "WHERE system = 'documents' AND id = 'f2'"
        )
    assert asked_for_news(world) == ["/file/f2"]
    assert asked_for_news(world) == []


def test_an_increment_makes_what_is_of_older_rules_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for_news(world)
    monkeypatch.setattr("ingestion.documents.PROCESSING", "reader of tomorrow")
    assert asked_for_news(world) == ["/file/f1", "/file/f2"]


def test_what_a_run_asked_for_does_not_wait_in_memory_for_a_checkpoint(world: World) -> None:
    world.crawl()
    store = world.make_store("mainz")
    with world.server.client(answers=StoredAnswers(store, world.blobs)) as client:
        load_documents(council.CITY, client, store, world.extractor, Gate.of(council.CITY))
        assert len(client.memory.answered) == 2
        assert not client.memory.fresh


@pytest.mark.parametrize("status", [404, pytest.param(410, marks=pytest.mark.long)])
def test_a_withdrawn_file_is_hidden_in_the_same_run(world: World, status: int) -> None:
    world.run()
    sha256 = world.rows(DOCUMENTS)[1]["sha256"]
    world.server.bytes["f2"] = status
    _, documents = world.run()
    assert documents.withdrawn == 1
    assert [row["id"] for row in world.rows(PAGES)] == ["f1#1", "f1#2"]
    assert world.rows(DOCUMENTS)[1] == {
        "id": "f2",
        "text_status": "gone",
        "privacy_status": "withdrawn",
        "page_count": None,
        "sha256": None,
    }
    assert not world.blobs.has(sha256)
    tombstones = world.rows("SELECT object_type, id, reason FROM raw_mainz.tombstone")
    assert tombstones == [{"object_type": "document", "id": "f2", "reason": "gone"}]
    assert world.run()[1].changed == 0

    world.server.add(2, "Die Verwaltung legt eine neue Fassung vor.")
    world.run()
    assert [row["id"] for row in world.rows(PAGES)] == ["f1#1", "f1#2", "f2#1"]
    assert world.rows("SELECT * FROM raw_mainz.tombstone") == []


def test_bytes_go_with_the_last_file_that_shows_them(world: World) -> None:
    for number in (3, 4, 5):
        world.server.add(number, "Der Stadtrat beschließt den Ausbau des Radwegs.", "Anlage.")
        world.server.bytes[f"f{number}"] = world.server.bytes["f1"]
    world.run()
    ((sha256,),) = {(row["sha256"],) for row in world.rows(DOCUMENTS) if row["id"] != "f2"}
    world.server.bytes["f3"] = 410
    assert world.run()[1].withdrawn == 1
    assert world.blobs.has(sha256)
    # Two that the source takes back in one portion, and one that it calls non-public in the next.
    world.server.bytes |= {"f1": 410, "f4": 410}
    world.server.files["f5"]["is_public"] = False
    assert world.run()[1].withdrawn == 3
    assert not world.blobs.has(sha256)


def test_a_file_that_turns_non_public_is_hidden_and_never_asked_for(world: World) -> None:
    world.run()
    world.server.files["f2"]["is_public"] = False
    _, documents = world.run()
    assert "/file/f2" not in world.server.asked
    assert (documents.held_back, documents.withdrawn) == (1, 1)
    assert [row["id"] for row in world.rows(PAGES)] == ["f1#1", "f1#2"]


def test_a_file_of_a_non_public_paper_is_never_asked_for(world: World) -> None:
    world.server.papers["1"]["is_public"] = False
    _, documents = world.run()
    assert "/file/f1" not in world.server.asked
    assert documents.held_back == 1


def test_a_deletion_request_for_a_paper_hides_its_document(world: World) -> None:
    world.run()
    crawl = Crawl("sessionnet", tombstones={("paper", "2"): "deletion_request"})
    world.make_store("mainz").load("sessionnet", [], crawl=crawl)
    for _ in range(2):
        world.run()
        assert "/file/f2" not in world.server.asked
        assert [row["id"] for row in world.rows(PAGES)] == ["f1#1", "f1#2"]


def test_a_shorter_version_leaves_no_old_page(world: World) -> None:
    world.run()
    world.server.add(1, "Der Radweg wird nicht ausgebaut, die Mittel verfallen.")
    world.run()
    assert [row["id"] for row in world.rows(PAGES)] == ["f1#1", "f2#1"]


def test_a_hostile_file_costs_one_file(world: World) -> None:
    world.server.bytes["f1"] = world.server.bytes["f1"][:300]  # type: ignore[index]
    world.server.add(3, "x")
    world.server.bytes["f3"] = b"<!DOCTYPE html><title>Fehler</title>"
    _, documents = world.run()
    assert documents.by_status == {"failed": 1, "text": 1, "unsupported": 1}
    assert documents.problems == ()


@pytest.mark.parametrize("damaged", [b"%PDF-1.4 half", b"<!DOCTYPE html><title>Fehler</title>"])
def test_damaged_bytes_do_not_take_the_place_of_a_good_text(world: World, damaged: bytes) -> None:
    world.run()
    before, texts = world.rows(DOCUMENTS), world.rows(PAGES)
    good = world.server.bytes["f1"]
    world.server.bytes["f1"] = damaged
    for _ in range(2):
        _, documents = world.run()
        (problem,) = documents.problems
        assert problem.url.endswith("/file/f1")
        assert "the last good text stays" in problem.what
        assert (world.rows(DOCUMENTS), world.rows(PAGES)) == (before, texts)
    world.server.bytes["f1"] = good
    _, documents = world.run()
    assert documents.problems == ()
    assert (world.rows(DOCUMENTS), world.rows(PAGES)) == (before, texts)


def test_a_server_in_trouble_leaves_the_documents_as_they_are(world: World) -> None:
    world.run()
    before = world.rows(DOCUMENTS), world.rows(PAGES)
    world.server.bytes["f1"] = 500
    _, documents = world.run()
    assert [problem.what for problem in documents.problems] == ["HTTP 500"]
    assert (world.rows(DOCUMENTS), world.rows(PAGES)) == before


def test_a_page_that_is_not_understood_is_a_problem_and_proves_no_absence(world: World) -> None:
    world.run()
    world.server.papers.clear()
    broken = SimpleNamespace(
        __name__="ingestion.systems.sessionnet",
        fetch=council.fetch,
        parse=lambda fetched: council.parse(
            type(fetched)(
                **{name: getattr(fetched, name) for name in fetched.__slots__} | {"body": b"<html>"}
            )
        ),
    )
    store = world.make_store("mainz")
    with world.server.client() as client:
        result = crawl_city(council.CITY, broken, client, store, None)
    assert not result.is_complete
    assert result.answers == 0
    assert [problem.what for problem in result.problems] == ["not JSON"]
    assert "not JSON" in world.rows("SELECT problems FROM raw_mainz.crawl")[-1]["problems"]


def test_a_lost_blob_is_fetched_again(world: World) -> None:
    world.run()
    world.blobs.delete(world.rows(DOCUMENTS)[0]["sha256"])
    _, documents = world.run()
    assert documents.changed == 0
    assert world.blobs.has(world.rows(DOCUMENTS)[0]["sha256"])


def test_a_limit_takes_the_longest_unasked_first(world: World) -> None:
    world.crawl()
    assert world.documents(limit=1).documents == 1
    assert world.documents(limit=1).documents == 1
    assert [row["id"] for row in world.rows(DOCUMENTS)] == ["f1", "f2"]


def test_sections_come_and_go_with_their_document(world: World) -> None:
    sections = (
        "SELECT id, kind, text FROM raw_mainz.document_section "
        "WHERE _dlt_valid_to IS NULL AND file_id = 'f2' ORDER BY id"
    )
    world.server.add(2, "Begründung\nHerr Max Mustermann, wohnhaft in der Kaiserstraße 5, bittet.")
    world.run()
    assert world.rows(sections) == [
        {
            "id": "f2#s1",
            "kind": "reasoning",
            "text": "Herr [Name entfernt], wohnhaft in der [Anschrift entfernt], bittet.",
        }
    ]
    assert world.run()[1].changed == 0
    world.server.add(2, "Eine neue Fassung ohne Überschriften.")
    world.run()
    assert world.rows(sections) == []
