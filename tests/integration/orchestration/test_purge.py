"""A canary in a document is nowhere below the data folder once it was withdrawn and purged."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.answers import StoredAnswers
from ingestion.crawl import crawl_city, load_documents
from ingestion.extract import Extractor
from ingestion.privacy import Gate
from orchestration import privacy, purge
from orchestration.environment import blobs, store
from orchestration.lake import lake
from orchestration.settings import settings
from tests.integration.ingestion import council

CANARY = "Zwergkanarienvogelsatz"
TITLE = "Vorlagekanarienvogel"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SEEHAUS_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    yield tmp_path / "data"
    settings.cache_clear()


@pytest.fixture
def server() -> council.Council:
    made = council.Council()
    made.add(1, "Der Rat tagt.", "Zweite Seite.")
    made.add(2, f"Der {CANARY} soll verschwinden.")
    made.papers["2"] |= {"name": TITLE, "main_text": f"Beschluss: {CANARY}"}
    return made


def crawl(server: council.Council) -> Any:
    into = store(council.CITY)
    with (
        server.client(answers=StoredAnswers(into, blobs())) as client,
        Extractor(workers=1) as extractor,
    ):
        crawl_city(council.CITY, System(), client, into, None, accept_drop=True)
        return load_documents(council.CITY, client, into, extractor, Gate.of(council.CITY))


class System:
    __name__ = "ingestion.systems.sessionnet"
    fetch = staticmethod(council.fetch)
    parse = staticmethod(council.parse)


def holding(root: Path, *words: str) -> list[str]:
    """Every file below a folder that holds a word: raw, unpacked, or as a value of a column."""
    found = []
    for path in sorted(each for each in root.rglob("*") if each.is_file()):
        if "duckdb_extensions" in path.parts:
            continue
        body = path.read_bytes()
        if body[:2] == b"\x1f\x8b":
            body += gzip.decompress(body)
        if path.suffix == ".parquet":
            rows = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
            body += json.dumps(rows, default=str, ensure_ascii=False).encode()
        if any(word.encode() in body for word in words):
            found.append(str(path.relative_to(root)))
    return found


def withdraw(server: council.Council) -> None:
    """The source takes the paper and its file back."""
    del server.papers["2"], server.files["f2"]
    server.bytes["f2"] = 404


def ask_for_deletion(server: council.Council) -> None:
    """The source still shows all of it."""
    del server
    keys = privacy.request("paper", "mainz:2", "test", "asked by letter")
    assert keys == [("paper", "2"), ("file", "f2"), ("document", "f2")]


def close(server: council.Council) -> None:
    """The paper becomes non-public and says nothing any more."""
    server.papers["2"] = {"id": "2", "name": "nicht öffentlich", "is_public": False}


@pytest.mark.parametrize(("change", "crawls"), [(withdraw, 2), (close, 1)])
def test_the_canary_is_nowhere(
    data: Path, server: council.Council, change: Callable[[council.Council], None], crawls: int
) -> None:
    crawl(server)
    assert holding(data, TITLE)
    assert len(lake().arrow("SELECT * FROM raw_mainz.document_page")) == 3
    change(server)
    for _ in range(crawls):
        crawl(server)
    done = purge.purge()
    assert done.rows
    assert holding(data, CANARY, TITLE) == []
    # What the city still shows is there, and a second purge has nothing to do.
    kept = lake().arrow("SELECT text FROM raw_mainz.document_page ORDER BY id").to_pylist()
    assert [row["text"] for row in kept] == ["Der Rat tagt.", "Zweite Seite."]
    assert purge.purge().rows == {}


def test_a_deletion_request_outlives_every_crawl(data: Path, server: council.Council) -> None:
    crawl(server)
    ask_for_deletion(server)
    for _ in range(2):
        crawl(server)
        purge.purge()
        rows = lake().arrow("SELECT id FROM raw_mainz.sessionnet_paper").to_pylist()
        assert rows == [{"id": "1"}]
        tables = holding(data / "lake", CANARY, TITLE)
        assert tables == []


def test_a_deleted_name_stays_out(data: Path, server: council.Council) -> None:
    server.papers["1"]["name"] = "Ehrung von Erika Muster"
    server.bytes["f1"] = council.pdf("Erika Muster stellt aus.")
    crawl(server)
    assert privacy.forget_name("mainz", "Erika Muster", "test", "asked by letter") == 2
    texts = lake().arrow(
        "SELECT text FROM raw_mainz.document_page WHERE id = 'f1#1' "
        "UNION ALL SELECT name FROM raw_mainz.sessionnet_paper WHERE id = '1'"
    )
    assert {row["text"] for row in texts.to_pylist()} == {
        "[Name gelöscht] stellt aus.",
        "Ehrung von [Name gelöscht]",
    }
    crawl(server)  # the city still shows the name: it does not come back with the next crawl
    names = lake().arrow("SELECT DISTINCT name FROM raw_mainz.sessionnet_paper WHERE id = '1'")
    assert names.to_pylist() == [{"name": "Ehrung von [Name gelöscht]"}]
    (asked,) = lake().arrow("SELECT * FROM raw_mainz.privacy_request").to_pylist()
    assert "Muster" not in str(asked)


def test_a_held_document_waits_for_a_reviewer(data: Path, server: council.Council) -> None:
    server.bytes["f1"] = council.pdf("IdNr. 86 095 742 719 des Zahlers")
    crawl(server)
    (one,) = privacy.held()
    assert (one.file_id, one.counts, one.decision) == ("mainz:f1", {"tax_number": 1}, None)
    (finding,) = privacy.findings("mainz:f1")
    assert finding.context == "IdNr. [Steuernummer entfernt] des Zahlers"
    pages = (
        "SELECT text FROM raw_mainz.document_page WHERE file_id = 'f1' AND _dlt_valid_to IS NULL"
    )
    assert lake().arrow(pages).num_rows == 0
    privacy.decide("mainz:f1", "redact", "test", "looked at it")
    for _ in range(2):
        crawl(server)
        assert lake().arrow(pages).to_pylist() == [
            {"text": "IdNr. [Steuernummer entfernt] des Zahlers"}
        ]
    assert list(privacy.held()) == []
