"""What people decided about personal data, in the city's dataset of the lake.

Four small tables of our own beside the crawl's bookkeeping. They outlive crawls and new rules; none
of them holds a personal value: a request knows its object and a name by their hashes.
"""

import datetime as dt
import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from duckdb import DuckDBPyConnection

from ingestion.bookkeeping import Key, columns_of
from ingestion.personal_data import DeletedNames, Holders
from ingestion.personal_data.deleted import digest, parts_of
from ingestion.privacy import Decision, Known
from ingestion.privacy_prints import PRINTS, prints_of, read_prints
from ingestion.tables import BOOKKEEPING, table_name

TABLES: Final[Mapping[str, str]] = {
    # The newest row of a file's bytes counts; the others say who thought what before.
    "privacy_decision": (
        "file_id VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, decision VARCHAR NOT NULL, "
        'decided_by VARCHAR NOT NULL, reason VARCHAR NOT NULL, "at" TIMESTAMPTZ NOT NULL'
    ),
    "privacy_request": (
        "object_type VARCHAR NOT NULL, key_sha256 VARCHAR NOT NULL, reason VARCHAR NOT NULL, "
        'asked_by VARCHAR NOT NULL, "at" TIMESTAMPTZ NOT NULL'
    ),
    "privacy_salt": "salt VARCHAR NOT NULL",
    "privacy_name": "words BIGINT NOT NULL, digest VARCHAR NOT NULL",
    **PRINTS,
}
PERSON_NAME: Final = "person_name"
"""The object type under which a request for a name is listed."""


@dataclass(frozen=True, slots=True)
class Request:
    """A deletion request as it is kept.

    Attributes:
        object_type: What was to go; ``person_name`` for a name.
        key_sha256: Hash of the object's key or the name's digest.
        reason: In the operator's words.
        asked_by: Who entered it.
        at: When.
    """

    object_type: str
    key_sha256: str
    reason: str
    asked_by: str
    at: dt.datetime


def read_known(con: DuckDBPyConnection, schema: str, system: str) -> Known:
    """What the lake adds to a city's rules: office holders, decisions, deleted names.

    Args:
        con: A connection that reads the lake.
        schema: The city's dataset.
        system: The council system, whose persons hold the offices.
    """
    tables = columns_of(con, schema)
    decisions: dict[tuple[str, str], Decision] = {}
    if "privacy_decision" in tables:
        rows = con.execute(
            f'SELECT file_id, sha256, decision FROM {schema}.privacy_decision ORDER BY "at"'  # noqa: S608 - names are ours
        ).fetchall()
        decisions = {(file_id, sha256): decision for file_id, sha256, decision in rows}
    people: list[tuple[str, str | None]] = []
    if (table := table_name(system, "person")) in tables:
        # Former versions too: who left the council stays named in its old papers.
        people = con.execute(
            f"SELECT DISTINCT name, family_name FROM {schema}.{table}"  # noqa: S608
        ).fetchall()
    return Known(Holders.of(people), decisions, read_deleted(con, schema), read_prints(con, schema))


def read_deleted(con: DuckDBPyConnection, schema: str) -> DeletedNames:
    """The names under a deletion request, as hashes."""
    if not {"privacy_salt", "privacy_name"} <= columns_of(con, schema).keys():
        return DeletedNames()
    return _read_names(con, schema)


def _read_names(con: DuckDBPyConnection, schema: str) -> DeletedNames:
    salts = con.execute(f"SELECT salt FROM {schema}.privacy_salt").fetchall()  # noqa: S608
    found: dict[int, set[str]] = {}
    for words, one in con.execute(
        f"SELECT words, digest FROM {schema}.privacy_name"  # noqa: S608
    ).fetchall():
        found.setdefault(words, set()).add(one)
    return DeletedNames(salts[0][0], {n: frozenset(some) for n, some in found.items()})


def read_requests(con: DuckDBPyConnection, schema: str) -> list[Request]:
    """All deletion requests of a city, oldest first."""
    if "privacy_request" not in columns_of(con, schema):
        return []
    rows = con.execute(
        f'SELECT object_type, key_sha256, reason, asked_by, "at" FROM {schema}.privacy_request '  # noqa: S608
        'ORDER BY "at"'
    ).fetchall()
    return [Request(*row) for row in rows]


def decide(
    con: DuckDBPyConnection,
    schema: str,
    key: tuple[str, str],
    decision: Decision,
    by: str,
    why: str,
) -> None:
    """Keep what a reviewer said of a file's bytes.

    Args:
        con: A connection that may write; the caller holds the lock.
        schema: The city's dataset.
        key: The file's id and the SHA-256 of its bytes.
        decision: What was decided.
        by: Who.
        why: Why, without personal data.
    """
    _prepare(con, schema, "privacy_decision")
    now = dt.datetime.now(dt.UTC)
    con.execute(
        f"INSERT INTO {schema}.privacy_decision VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        [*key, decision, by, why, now],
    )


def request(
    con: DuckDBPyConnection, schema: str, system: str, keys: Iterable[Key], by: str, why: str
) -> None:
    """Keep a deletion request, and put its tombstones: no crawl brings these objects back.

    Args:
        con: A connection that may write, in a transaction; the caller holds the lock.
        schema: The city's dataset.
        system: The council system.
        keys: The object and what hangs on it, the object first.
        by: Who entered it.
        why: Why, without personal data.
    """
    _prepare(con, schema, "privacy_request", "tombstone", "privacy_salt", "privacy_print")
    now = dt.datetime.now(dt.UTC)
    every = list(dict.fromkeys(keys))
    for kind, id_ in every:
        con.execute(
            f"DELETE FROM {schema}.tombstone WHERE object_type = ? AND id = ?",  # noqa: S608
            [kind, id_],
        )
        con.execute(
            f"INSERT INTO {schema}.tombstone BY NAME "
            'SELECT ? AS object_type, ? AS id, ? AS reason, ?::TIMESTAMPTZ AS "at"',
            [kind, id_, "deletion_request", now],
        )
    for one in sorted(prints_of(con, schema, system, every, _salt(con, schema))):
        con.execute(f"INSERT INTO {schema}.privacy_print VALUES (?)", [one])  # noqa: S608
    kind, id_ = every[0]
    sha256 = hashlib.sha256(f"{kind}:{id_}".encode()).hexdigest()
    _note(con, schema, (kind, sha256, why, by, now))


def forget_name(con: DuckDBPyConnection, schema: str, name: str, by: str, why: str) -> DeletedNames:
    """Keep the hash of a name that is taken out everywhere from now on.

    Args:
        con: A connection that may write, in a transaction; the caller holds the lock.
        schema: The city's dataset.
        name: The whole name, given and family name.
        by: Who entered it.
        why: Why, without the name.

    Returns:
        All names of the city, this one among them.
    """
    _prepare(con, schema, "privacy_request", "privacy_salt", "privacy_name")
    one = digest(name, _salt(con, schema))
    known = con.execute(
        f"SELECT 1 FROM {schema}.privacy_name WHERE digest = ?",  # noqa: S608
        [one],
    ).fetchone()
    if known is None:
        con.execute(
            f"INSERT INTO {schema}.privacy_name VALUES (?, ?)",  # noqa: S608
            [len(parts_of(name)), one],
        )
        _note(con, schema, (PERSON_NAME, one, why, by, dt.datetime.now(dt.UTC)))
    # Not read_deleted: tables made in this transaction are not in the catalog yet.
    return _read_names(con, schema)


def _salt(con: DuckDBPyConnection, schema: str) -> str:
    """The city's own salt, made with its first request."""
    salts = con.execute(f"SELECT salt FROM {schema}.privacy_salt").fetchall()  # noqa: S608
    if not salts:
        salts = [(secrets.token_hex(16),)]
        con.execute(f"INSERT INTO {schema}.privacy_salt VALUES (?)", list(salts[0]))  # noqa: S608
    return str(salts[0][0])


def _note(con: DuckDBPyConnection, schema: str, row: tuple[Any, ...]) -> None:
    con.execute(f"INSERT INTO {schema}.privacy_request VALUES (?, ?, ?, ?, ?)", list(row))  # noqa: S608


def _prepare(con: DuckDBPyConnection, schema: str, *names: str) -> None:
    every = {**BOOKKEEPING, **TABLES}
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for name in names:
        con.execute(f"CREATE TABLE IF NOT EXISTS {schema}.{name} ({every[name]})")
