"""Which files are asked for, and when what is said of them is handed on: no network, no lake."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from ingestion import documents
from ingestion.documents import Document, fetch_documents
from ingestion.extract import Extractor
from ingestion.privacy import Gate
from ingestion.record import Fetched, File

BODY = b"%PDF-1.4 of before"


class Known:
    """A lake that has every file's document."""

    @staticmethod
    def finished(file_id: str) -> Document | None:
        return Document(
            id=file_id,
            url=file_id,
            file_id=file_id,
            sha256=fetched(file_id).sha256,
            text_status="text",
            privacy_status="public",
        )


def fetched(url: str) -> Fetched:
    return Fetched(url, "file", 200, {}, BODY, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize("files", [0, 1, 5, 10, 11])
def test_what_needs_no_reading_is_handed_on_before_the_last_file(
    files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "_MOST_DECIDED", 5)
    asked: list[str] = []

    def fetch(file: File, _: Any) -> Fetched:
        asked.append(file.id)
        return fetched(file.url)

    listed = [File(id=str(number), url=str(number), name="Vorlage") for number in range(files)]
    client: Any = SimpleNamespace(is_quiet=False)
    waited = []
    told = []
    with Extractor() as extractor:
        for read in fetch_documents(listed, client, Known(), extractor, Gate(), fetch):
            told.append(read.document.id)
            waited.append(len(asked) - len(told))
    assert told == asked == [file.id for file in listed]
    assert max(waited, default=0) < 5


def test_in_quiet_hours_no_more_files_are_asked_for() -> None:
    client: Any = SimpleNamespace(is_quiet=False)

    def fetch(file: File, _: Any) -> Fetched:
        client.is_quiet = file.id == "1"
        return fetched(file.url)

    listed = [File(id=str(number), url=str(number), name="Vorlage") for number in range(4)]
    with Extractor() as extractor:
        told = list(fetch_documents(listed, client, Known(), extractor, Gate(), fetch))
    assert [read.document.id for read in told] == ["0", "1"]
    assert all(read.pages is None for read in told)
