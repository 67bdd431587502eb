"""The memory of earlier crawls: which URL answered what, over the fetch table and the blobs."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from ingestion import bookkeeping
from ingestion.blobs import BlobError, Blobs
from ingestion.privacy import DELETION_REQUEST
from ingestion.privacy_book import read_deleted
from ingestion.record import Fetched
from ingestion.store import Store


@dataclass(frozen=True, slots=True)
class Answer:
    """What a URL answered last.

    Attributes:
        status: HTTP status, 2xx or a final refusal such as 410.
        etag: As sent.
        last_modified: As sent.
        sha256: Hash of the body.
        blobs: Where the body lies.
        retrieved_at: When these bytes came first.
        content_type: As sent.
    """

    status: int
    etag: str | None
    last_modified: str | None
    sha256: str
    blobs: Blobs
    retrieved_at: dt.datetime | None = field(default=None, compare=False)
    content_type: str | None = field(default=None, compare=False)

    def body(self) -> bytes | None:
        """The stored bytes; None where they were purged or are damaged: ask for them again."""
        try:
            return self.blobs.get(self.sha256)
        except BlobError:
            return None


class StoredAnswers:
    """The client's ``Answers`` for one city.

    The fetch table is read once, at the start. Bodies are kept as blobs at once (a blob nobody
    points to does no harm); the rows wait for the store's next load and are written with it.
    """

    def __init__(self, store: Store, blobs: Blobs) -> None:
        """Read what is known.

        Args:
            store: The city's store; its next load writes the new rows.
            blobs: Where the bodies lie.
        """
        self.blobs = store.blobs = blobs
        self._store = store
        with store.read() as con:
            newest = bookkeeping.read_fetches(con, store.schema)
            self._deleted = read_deleted(con, store.schema)
        self._answers = {
            url: Answer(status, etag, modified, sha256, blobs, at, content_type)
            for url, status, etag, modified, sha256, at, content_type in newest
        }

    def lookup(self, url: str) -> Answer | None:
        """The newest answer to this URL, if there is one."""
        return self._answers.get(url)

    def remember(self, fetched: Fetched) -> None:
        """Keep a fresh answer; one that says the same as the last is not written again.

        Of a page that shows a name under a deletion request only the row is kept, not the body.
        """
        is_withheld = self._deleted.are_in(fetched.body)
        sha256 = fetched.sha256 if is_withheld else self.blobs.put(fetched.body)
        answer = Answer(
            fetched.status,
            fetched.headers.get("etag"),
            fetched.headers.get("last-modified"),
            sha256,
            self.blobs,
            fetched.retrieved_at,
            fetched.headers.get("content-type"),
        )
        known = self._answers.get(fetched.url)
        self._answers[fetched.url] = answer
        if answer == known:
            return
        row: dict[str, Any] = {
            "url": fetched.url,
            "kind": fetched.kind,
            "status": fetched.status,
            "etag": answer.etag,
            "last_modified": answer.last_modified,
            "sha256": sha256,
            "size_bytes": len(fetched.body),
            "retrieved_at": fetched.retrieved_at,
            "content_type": answer.content_type,
            "withheld": DELETION_REQUEST if is_withheld else None,
        }
        self._store.fetches.append(row)
