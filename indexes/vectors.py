"""Vectors that were computed once, by the hash of their text: one SQLite file per model.

Kept as float16: half the disk, and an error of 1e-4 in a cosine. Every vector of an index comes out
of here, also the ones just computed, so that a second build gives the same index.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final, Self

import numpy as np

from indexes.e5_weights import Float32
from indexes.embed import Embedder

# SQLite's oldest limit for the number of parameters in one statement is 999.
_AT_ONCE: Final = 900


class VectorCache:
    """One model's vectors; a context manager. One writer at a time (the build's lock)."""

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        """Open or make the file of this model below ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", embedder.id)[:60]
        self.path = folder / f"{name}-{embedder.precision}-{embedder.weights_sha256[:16]}.sqlite"
        self._width = embedder.dimensions
        self._db = sqlite3.connect(self.path)
        # Deleted vectors are overwritten: a text can be guessed back from its vector.
        self._db.execute("PRAGMA secure_delete = ON")
        self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS vector (sha256 BLOB PRIMARY KEY, value BLOB NOT NULL) "
            "WITHOUT ROWID"
        )

    def __enter__(self) -> Self:
        """Nothing more to open."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._db.close()

    def missing(self, hashes: Iterable[str]) -> set[str]:
        """Those of ``hashes`` that have no vector yet."""
        wanted = set(hashes)
        with closing(self._db.execute("SELECT hex(sha256) FROM vector")) as rows:
            for (found,) in rows:
                wanted.discard(found.lower())
        return wanted

    def store(self, hashes: Sequence[str], vectors: Float32) -> None:
        """Keep vectors, shape (n, dimensions), for good: a killed build finds them again."""
        rows = [
            (bytes.fromhex(one), vector.astype("<f2").tobytes())
            for one, vector in zip(hashes, vectors, strict=True)
        ]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)

    def read(self, hashes: Sequence[str]) -> Float32:
        """The vectors of ``hashes``, in their order, normalised, shape (n, dimensions).

        Raises:
            KeyError: One has none.
        """
        found: dict[str, bytes] = {}
        for start in range(0, len(hashes), _AT_ONCE):
            part = [bytes.fromhex(one) for one in hashes[start : start + _AT_ONCE]]
            marks = ",".join("?" * len(part))
            query = f"SELECT hex(sha256), value FROM vector WHERE sha256 IN ({marks})"  # noqa: S608
            found |= {key.lower(): value for key, value in self._db.execute(query, part)}
        if not hashes:
            return np.zeros((0, self._width), np.float32)
        raw = b"".join(found[one] for one in hashes)
        vectors: Float32 = (
            np.frombuffer(raw, "<f2").reshape(len(hashes), self._width).astype(np.float32)
        )
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors


def forget_all_but(folder: Path, hashes: Iterable[str]) -> None:
    """Delete, in every model's file below ``folder``, the vectors of all other texts."""
    kept = [(bytes.fromhex(one),) for one in hashes]
    for path in sorted(folder.glob("*.sqlite")):
        with closing(sqlite3.connect(path)) as db, db:
            db.execute("PRAGMA secure_delete = ON")
            db.execute("CREATE TEMP TABLE kept (sha256 BLOB PRIMARY KEY) WITHOUT ROWID")
            db.executemany("INSERT OR IGNORE INTO kept VALUES (?)", kept)
            db.execute("DELETE FROM vector WHERE sha256 NOT IN (SELECT sha256 FROM kept)")
