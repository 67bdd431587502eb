"""What is withdrawn, non-public or under a deletion request is nowhere below the data folder.

One story over one lake, for a load takes seconds: two cities are crawled, everything goes that can
go, and the tests look at what is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ingestion.answers import StoredAnswers
from ingestion.city import City
from ingestion.crawl import crawl_city, load_documents
from ingestion.extract import Extractor
from ingestion.privacy import Gate
from orchestration import privacy, purge
from orchestration.environment import blobs, folder, store
from orchestration.lake import lake
from orchestration.settings import settings
from tests.integration.ingestion import council
from tests.integration.orchestration.canary import holding

TAKEN_BACK = ("Zwergkanarienvogelsatz", "Vorlagekanarienvogel")
CLOSED = ("Tuerkanarienvogel", "Schlosskanarienvogel")
ASKED = ("Antragskanarienvogel", "Titelkanarienvogel")
UNLISTED = "Anlagenkanarienvogel"
SHARED = "Zweistadtkanarienvogel"
PERSON = "Kanariahuber"
STATUTE = "Satzungsamsel"
REQUEST = "deletion_request"
ANSWERS = (
    "SELECT withheld, sha256 FROM raw_{}.fetch WHERE url LIKE '%/papers' ORDER BY retrieved_at DESC"
)
TRIER = council.CITY.model_copy(update={"id": "trier", "name": "Trier"})


class System:
    __name__ = "ingestion.systems.sessionnet"
    fetch = staticmethod(council.fetch)
    parse = staticmethod(council.parse)


def crawl(server: council.Council, city: City = council.CITY) -> Any:
    into = store(city)
    with (
        server.client(answers=StoredAnswers(into, blobs())) as client,
        Extractor(workers=1) as extractor,
    ):
        crawl_city(city, System(), client, into, None, accept_drop=True)
        return load_documents(city, client, into, extractor, Gate.of(city))


@dataclass
class Story:
    """What lay there before and after, and what was said on the way."""

    data: Path
    planted: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    changed: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    kept: bool = True
    first: purge.Purged = field(default_factory=purge.Purged)
    second: purge.Purged = field(default_factory=purge.Purged)

    def places(self, *words: str) -> list[str]:
        return holding(self.data, *words)


def council_of_mainz() -> council.Council:
    made = council.Council()
    made.add(1, "Der Rat tagt.", "Zweite Seite.", f"Angehängt: {STATUTE}")
    made.add(2, f"Der {TAKEN_BACK[0]} soll verschwinden.\nFinanzielle Auswirkungen\n100 Euro")
    made.papers["2"] |= {"name": TAKEN_BACK[1], "main_text": f"Beschluss: {TAKEN_BACK[0]}"}
    made.add(3, f"Der {CLOSED[0]} singt.")
    made.papers["3"] |= {"name": CLOSED[1]}
    made.add(4, f"Der {ASKED[0]} singt.")
    made.papers["4"] |= {"name": ASKED[1], "reference": "0815/2026"}
    made.add(5, f"{PERSON}, Erika, stellt aus. Frau Erika B. {PERSON} malt.")
    made.papers["5"] |= {"name": f"Ehrung von Erika {PERSON}"}
    made.add(6, f"Der {SHARED} singt in zwei Städten.")
    made.add(7, f"Der {UNLISTED} singt.")
    # The same bytes hang on a paper that will go, and on one that stays.
    made.files["f4a"] = {"id": "f4a", "paper_id": "4"}
    made.bytes["f4a"] = made.bytes["f1"]
    return made


def change(server: council.Council) -> None:
    """The source takes papers 2 and 6 back, closes 3 and the file of 7, shows 4 anew."""
    for number in ("2", "6"):
        del server.papers[number], server.files[f"f{number}"]
        server.bytes[f"f{number}"] = 404
    server.papers["3"] = {"id": "3", "name": "nicht öffentlich", "is_public": False}
    server.files["f7"]["is_public"] = False
    server.papers["40"] = server.papers["4"] | {"id": "40", "name": f" {ASKED[1].upper()}\n"}
    server.files["f40"] = {"id": "f40", "paper_id": "1"}
    server.bytes["f40"] = server.bytes["f4"]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with pytest.MonkeyPatch.context() as patch:
        root = tmp_path_factory.mktemp("purge") / "data"
        patch.setenv("SEEHAUS_DATA", str(root))
        settings.cache_clear()
        told = Story(root)
        mainz, trier = council_of_mainz(), council.Council()
        trier.add(6, f"Der {SHARED} singt in zwei Städten.")
        crawl(mainz)
        crawl(trier, TRIER)
        for word in (*TAKEN_BACK, *CLOSED, UNLISTED, *ASKED, SHARED, PERSON, STATUTE):
            told.planted[word] = told.places(word)
        told.asked = privacy.request("paper", "mainz:4", "test", "asked by letter")
        typed = f"  erika\u00a0{PERSON.upper()} "
        told.changed = privacy.forget_name("mainz", typed, "test", "asked by letter")
        taken_back = mainz.bytes["f2"]
        change(mainz)
        for _ in range(2):
            crawl(mainz)
        assert isinstance(taken_back, bytes)
        blobs().put(taken_back)  # as an earlier release, or a killed run, may have left them
        told.answers = rows(ANSWERS.format("mainz"))
        told.kept = blobs().has(told.answers[0]["sha256"])
        told.first = purge.purge()
        told.second = purge.purge()
        yield told
        settings.cache_clear()


@pytest.mark.parametrize("word", [*TAKEN_BACK, *CLOSED, UNLISTED, *ASKED, SHARED, PERSON])
def test_the_canary_is_nowhere(story: Story, word: str) -> None:
    assert {place.partition("/")[0] for place in story.planted[word]} >= {"lake", "blobs"}
    left = story.places(word)
    if word == SHARED:
        # Trier still publishes it: its rows and the one blob are Trier's.
        assert {place.partition("/")[0] for place in left} == {"lake", "blobs"}
        assert rows("SELECT 1 FROM raw_mainz.document_page WHERE text LIKE ?", f"%{word}%") == []
        assert rows("SELECT 1 FROM raw_trier.document_page WHERE text LIKE ?", f"%{word}%")
    else:
        assert left == []


def rows(sql: str, *parameters: Any) -> list[dict[str, Any]]:
    return lake().arrow(sql, list(parameters)).to_pylist()


def test_what_the_city_still_shows_is_there(story: Story) -> None:
    texts = rows("SELECT text FROM raw_mainz.document_page ORDER BY id")
    assert [row["text"] for row in texts] == [
        "Der Rat tagt.",
        "Zweite Seite.",
        f"Angehängt: {STATUTE}",
        "[Name gelöscht], stellt aus. Frau [Name gelöscht] malt.",
    ]
    # A statute on every paper is not under the request for one of them.
    assert any(place.startswith("blobs/") for place in story.places(STATUTE))
    names = rows("SELECT id, name FROM raw_mainz.sessionnet_paper WHERE _dlt_valid_to IS NULL")
    assert {row["id"]: row["name"] for row in names} == {
        "1": "Vorlage 1",
        "3": "nicht öffentlich",
        "5": "Ehrung von [Name gelöscht]",
        "7": "Vorlage 7",
    }


def test_a_second_purge_has_nothing_to_do(story: Story) -> None:
    assert story.first.is_rewritten
    assert story.first.rows
    assert not story.second.is_rewritten
    assert story.second.text() == "nothing to purge"


def test_a_request_covers_what_hangs_on_it_and_names_nobody(story: Story) -> None:
    assert story.asked[0] == ("paper", "4")
    assert set(story.asked) == {
        ("paper", "4"),
        ("file", "f4"),
        ("file", "f4a"),
        ("document", "f4"),
        ("document", "f4a"),
    }
    # The title, and "Kanariahuber, Erika"; the other place was no private person's name any more.
    assert story.changed == 2
    for table in ("privacy_request", "privacy_name", "privacy_print"):
        (count,) = rows(f"SELECT count(*) AS n FROM raw_mainz.{table}")
        assert count["n"] > 0
        assert PERSON.lower() not in str(rows(f"SELECT * FROM raw_mainz.{table}")).lower()


def test_the_paper_is_known_again_under_another_id(story: Story) -> None:
    del story
    stones = rows("SELECT object_type, id FROM raw_mainz.tombstone WHERE reason = ?", REQUEST)
    assert ("paper", "40") in {(row["object_type"], row["id"]) for row in stones}
    (document,) = rows(
        "SELECT privacy_status, sha256 FROM raw_mainz.document "
        "WHERE id = 'f40' AND _dlt_valid_to IS NULL"
    )
    assert document == {"privacy_status": "withdrawn", "sha256": None}


def test_an_answer_that_tells_of_it_is_not_kept(story: Story) -> None:
    """The page is parsed in every crawl, and its body let go: the row says why."""
    assert story.answers[0]["withheld"] == REQUEST
    assert not story.kept
    (other,) = rows(ANSWERS.format("trier"))
    assert other["withheld"] is None
    assert blobs().has(other["sha256"])


def test_the_account_says_how_much_and_never_what(story: Story) -> None:
    purge.note(story.first)
    said = (folder("runs") / "purges.jsonl").read_text()
    assert '"rows": {"raw_mainz.' in said
    assert not any(word in said for word in (*TAKEN_BACK, *ASKED, PERSON))


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    settings.cache_clear()


def test_a_held_document_waits_for_a_reviewer(data: Path) -> None:
    server = council.Council()
    server.add(1, "IdNr. 86 095 742 719 des Zahlers")
    server.add(2, "Der Rat tagt.")
    crawl(server)
    (one,) = privacy.held()
    assert (one.file_id, one.counts, one.decision) == ("mainz:f1", {"tax_number": 1}, None)
    (finding,) = privacy.findings("mainz:f1")
    assert finding.context == "IdNr. [Steuernummer entfernt] des Zahlers"
    pages = (
        "SELECT text FROM raw_mainz.document_page WHERE file_id = 'f1' AND _dlt_valid_to IS NULL"
    )
    assert rows(pages) == []
    privacy.decide("mainz:f1", "redact", "test", "looked at it")
    crawl(server)
    assert rows(pages) == [{"text": "IdNr. [Steuernummer entfernt] des Zahlers"}]
    assert list(privacy.held()) == []
    del data
