"""What a deletion request covers, known again under another id: by hashes of what it says.

A relaunched council system counts anew, so the paper that somebody had deleted comes back as
another one. What it is called, its reference and its bytes stay the same.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from duckdb import DuckDBPyConnection

from ingestion.bookkeeping import Key, columns_of
from ingestion.personal_data.deleted import digest
from ingestion.record import Paper, Person, Record
from ingestion.tables import table_name

PRINTS: Final = {"privacy_print": "digest VARCHAR NOT NULL"}

_WORD: Final = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Prints:
    """The hashes of one city's requests.

    Attributes:
        salt: 32 hex digits.
        digests: Hashes of papers, persons and bytes.
    """

    salt: str = ""
    digests: frozenset[str] = frozenset()

    def knows(self, record: Record) -> bool:
        """Whether a record says the same as an object of a request."""
        if not self.digests:
            return False
        one = None
        if isinstance(record, Paper):
            one = of_paper(self.salt, record.name, record.reference)
        elif isinstance(record, Person):
            one = of_person(self.salt, record.name)
        return one in self.digests

    def knows_bytes(self, sha256: str | None) -> bool:
        """Whether bytes are those of a file of a request."""
        return bool(self.digests and sha256) and of_bytes(self.salt, sha256 or "") in self.digests


def of_paper(salt: str, name: str | None, reference: str | None) -> str | None:
    """The hash of a paper: both its name and its reference; None where it lacks one."""
    words = _words(name), _words(reference)
    return _hash(salt, "paper", *words) if all(words) else None


def of_person(salt: str, name: str | None) -> str | None:
    """The hash of a person's whole name, however it is spelled; None without one."""
    return _hash(salt, "person", digest(name, salt)) if name else None


def of_bytes(salt: str, sha256: str) -> str:
    """The hash of a file's bytes."""
    return _hash(salt, "file", sha256)


def _words(text: str | None) -> str:
    plain = unicodedata.normalize("NFKC", text or "").casefold()
    return " ".join(_WORD.findall(plain))


def _hash(salt: str, *parts: str) -> str:
    plain = "\0".join(parts).encode()
    return hashlib.blake2b(plain, key=bytes.fromhex(salt), digest_size=16).hexdigest()


def read_prints(con: DuckDBPyConnection, schema: str) -> Prints:
    """The hashes of a city's requests."""
    if not {"privacy_salt", "privacy_print"} <= columns_of(con, schema).keys():
        return Prints()
    salts = con.execute(f"SELECT salt FROM {schema}.privacy_salt").fetchall()  # noqa: S608 - our own names
    rows = con.execute(f"SELECT digest FROM {schema}.privacy_print").fetchall()  # noqa: S608
    return Prints(salts[0][0] if salts else "", frozenset(one for (one,) in rows))


def prints_of(
    con: DuckDBPyConnection, schema: str, system: str, keys: Iterable[Key], salt: str
) -> set[str]:
    """The hashes of what a request covers, as the lake knows it.

    Bytes that a file outside the request shows too are everybody's (a statute that hangs on every
    paper), so they are left out.

    Args:
        con: A connection that reads the lake.
        schema: The city's dataset.
        system: The council system.
        keys: The objects.
        salt: The city's own.
    """
    tables = columns_of(con, schema)
    wanted: dict[str, list[str]] = {}
    for kind, id_ in keys:
        wanted.setdefault(kind, []).append(id_)
    found: set[str | None] = set()
    for kind, columns in (("paper", "name, reference"), ("person", "name, NULL")):
        table = table_name(system, kind)
        if kind in wanted and table in tables:
            rows = con.execute(
                f"SELECT DISTINCT {columns} FROM {schema}.{table} WHERE list_contains(?, id)",  # noqa: S608
                [wanted[kind]],
            ).fetchall()
            found |= {
                of_paper(salt, name, other) if kind == "paper" else of_person(salt, name)
                for name, other in rows
            }
    if "file" in wanted and "document" in tables:
        rows = con.execute(
            f"SELECT sha256 FROM {schema}.document "  # noqa: S608
            "WHERE _dlt_valid_to IS NULL AND sha256 IS NOT NULL GROUP BY sha256 "
            "HAVING bool_and(list_contains(?, file_id))",
            [wanted["file"]],
        ).fetchall()
        found |= {of_bytes(salt, sha256) for (sha256,) in rows}
    return {one for one in found if one}
