"""The memory of earlier crawls: which URL answered what, over the fetch table and the blobs."""

import datetime as dt
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ingestion import bookkeeping
from ingestion.blobs import BlobError, Blobs
from ingestion.bookkeeping import FetchRow
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


class _Newest:
    """The newest answer of every URL, in a private temporary file that goes with the process."""

    def __init__(self) -> None:
        # Whoever made it uses it, one at a time, though not always in the same thread.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute(
            "CREATE TABLE newest (url TEXT PRIMARY KEY, status INTEGER, etag TEXT, modified TEXT, "
            "sha256 TEXT, at TEXT, content_type TEXT) WITHOUT ROWID"
        )

    def put(self, rows: Iterable[FetchRow]) -> None:
        """Add answers; of two to one URL the later one stays."""
        self._file.executemany(
            "INSERT INTO newest VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (url) DO UPDATE SET "
            "status = excluded.status, etag = excluded.etag, modified = excluded.modified, "
            "sha256 = excluded.sha256, at = excluded.at, content_type = excluded.content_type "
            "WHERE excluded.at >= newest.at",
            (
                (url, status, etag, modified, sha256, _utc(at), content_type)
                for url, status, etag, modified, sha256, at, content_type in rows
            ),
        )

    def get(self, url: str) -> tuple[int, str | None, str | None, str, Any, str | None] | None:
        """Status, ETag, Last-Modified, hash, time and content type of the answer."""
        rows = self._file.execute(
            "SELECT status, etag, modified, sha256, at, content_type FROM newest WHERE url = ?",
            [url],
        ).fetchall()
        if not rows:
            return None
        status, etag, modified, sha256, at, content_type = rows[0]
        return status, etag, modified, sha256, dt.datetime.fromisoformat(at), content_type


def _utc(moment: dt.datetime) -> str:
    """One length and one zone, so that texts sort as moments do."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


class StoredAnswers:
    """The client's ``Answers`` for one city.

    The fetch table is read once, at the start, into a file of this process: what was asked in
    twenty years is not held in memory. Bodies are kept as blobs at once (a blob nobody points to
    does no harm); the rows wait for the store's next load and are written with it.
    """

    def __init__(self, store: Store, blobs: Blobs) -> None:
        """Read what is known.

        Args:
            store: The city's store; its next load writes the new rows.
            blobs: Where the bodies lie.
        """
        self.blobs = store.blobs = blobs
        self._store = store
        self._newest = _Newest()
        with store.read() as con:
            for rows in bookkeeping.read_fetches(con, store.schema):
                self._newest.put(rows)
            self._deleted = read_deleted(con, store.schema)

    def lookup(self, url: str) -> Answer | None:
        """The newest answer to this URL, if there is one."""
        found = self._newest.get(url)
        if found is None:
            return None
        status, etag, modified, sha256, at, content_type = found
        return Answer(status, etag, modified, sha256, self.blobs, at, content_type)

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
        known = self.lookup(fetched.url)
        self._newest.put(
            [
                (
                    fetched.url,
                    *(answer.status, answer.etag, answer.last_modified, sha256),
                    *(fetched.retrieved_at, answer.content_type),
                )
            ]
        )
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
