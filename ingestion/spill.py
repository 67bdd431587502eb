"""Ids and addresses by the hundred thousand, in a private temporary file instead of in memory.

What a crawl has met grows with the city's history. Here it costs a look-up of some microseconds
and no memory beyond SQLite's page cache; the file has no name and goes with the process.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

_PORTION: Final = 1_000


class SpilledMap:
    """Texts by text, in the order in which the keys came first."""

    def __init__(self) -> None:
        """Open the file, which appears on disk only when the page cache is full."""
        # Whoever made it uses it, one at a time, though not always in the same thread.
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute("PRAGMA journal_mode = OFF")
        self._file.execute("CREATE TABLE told (key TEXT UNIQUE, value TEXT)")

    def __setitem__(self, key: str, value: str) -> None:
        """Keep a value; a later one takes the place of an earlier one."""
        self.update([(key, value)])

    def update(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep many values, in one transaction."""
        rows = [(_whole(key), _whole(value)) for key, value in pairs]
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO told VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            rows,
        )
        self._file.execute("COMMIT")

    def get(self, key: str) -> str | None:
        """The value, or None where there is none."""
        rows = self._file.execute("SELECT value FROM told WHERE key = ?", [_whole(key)]).fetchall()
        return str(rows[0][0]) if rows else None

    def __delitem__(self, key: str) -> None:
        """Drop a key, if it is there."""
        self._file.execute("DELETE FROM told WHERE key = ?", [_whole(key)])

    def pop_first(self) -> tuple[str, str] | None:
        """Take out the key that came first, with its value; None where nothing is left."""
        rows = self._file.execute(
            "DELETE FROM told WHERE rowid = (SELECT min(rowid) FROM told) RETURNING key, value"
        ).fetchall()
        return (str(rows[0][0]), str(rows[0][1])) if rows else None

    def __contains__(self, key: str) -> bool:
        """Whether there is a value."""
        return self.get(key) is not None

    def __len__(self) -> int:
        """How many keys there are."""
        return int(self._file.execute("SELECT count(*) FROM told").fetchone()[0])

    def items(self) -> Iterator[tuple[str, str]]:
        """Keys and values, a thousand read at a time: what is added meanwhile comes too."""
        last = 0
        while rows := self._file.execute(
            "SELECT rowid, key, value FROM told WHERE rowid > ? ORDER BY rowid LIMIT ?",
            [last, _PORTION],
        ).fetchall():
            for last, key, value in rows:  # noqa: B007 - the next look begins behind it
                yield str(key), str(value)

    def __iter__(self) -> Iterator[str]:
        """The keys, as ``items`` finds them."""
        return (key for key, _ in self.items())


class SpilledSet:
    """A set of texts that only grows."""

    def __init__(self) -> None:
        """Begin empty."""
        self._kept = SpilledMap()

    def add(self, text: str) -> None:
        """Take a text in."""
        self._kept[text] = ""

    def update(self, texts: Iterable[str]) -> None:
        """Take many texts in."""
        self._kept.update((text, "") for text in texts)

    def __contains__(self, text: str) -> bool:
        """Whether it was taken in."""
        return text in self._kept

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    def __iter__(self) -> Iterator[str]:
        """All of them, in the order in which they came."""
        return iter(self._kept)


def _whole(text: str) -> str:
    """A text that SQLite can keep: what JSON may hold of half characters is no text for it."""
    return text.encode("utf-8", "backslashreplace").decode()
