"""What people decide about personal data: review of held documents, deletion requests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from duckdb import DuckDBPyConnection

from ingestion import privacy_book
from ingestion.bookkeeping import Key, columns_of, read_tombstones
from ingestion.city import City
from ingestion.extract import Extractor
from ingestion.personal_data import DeletedNames
from ingestion.personal_data.deleted import FEWEST_WORDS, NO_WORDS, digest, parts_of
from ingestion.privacy import Decision, Finding, Gate
from ingestion.privacy_book import Request
from ingestion.tables import table_name
from orchestration.environment import blobs, cities
from orchestration.lake import lake

# What goes with an object, wherever it is: column of the child → type of the parent.
_CHILDREN: Final = {
    "file": {"paper_id": "paper", "meeting_id": "meeting", "agenda_item_id": "agenda_item"},
    "consultation": {"paper_id": "paper"},
    "agenda_item": {"meeting_id": "meeting", "paper_id": "paper"},
    "vote": {"agenda_item_id": "agenda_item", "meeting_id": "meeting"},
    "membership": {"person_id": "person"},
}
_KINDS: Final = frozenset(
    {
        "agenda_item",
        "consultation",
        "file",
        "meeting",
        "membership",
        "organization",
        "paper",
        "person",
        "pilot_report",
    }
)
_ANY_SALT: Final = "00" * 16


class PrivacyError(ValueError):
    """Something was asked for that is not there; names it and the mend."""


@dataclass(frozen=True, slots=True)
class Held:
    """One document that waits for a reviewer.

    Attributes:
        file_id: ``<city>:<server id>``.
        sha256: Hash of its bytes.
        counts: Kind → how often it was found.
        decision: What was said of these bytes; None: nothing yet.
    """

    file_id: str
    sha256: str
    counts: dict[str, int]
    decision: Decision | None


def held(city_id: str | None = None) -> Iterator[Held]:
    """Quarantined documents, of one city or all."""
    with lake().read() as con:
        for city in _cities(city_id):
            schema = f"raw_{city.id}"
            if city.council is None or "document" not in columns_of(con, schema):
                continue
            decisions = privacy_book.read_known(con, schema, city.council.system).decisions
            rows = con.execute(
                f"SELECT file_id, sha256, redactions FROM {schema}.document "  # noqa: S608 - our own names
                "WHERE _dlt_valid_to IS NULL AND privacy_status = 'quarantined' ORDER BY file_id"
            ).fetchall()
            for file_id, sha256, redactions in rows:
                yield Held(
                    f"{city.id}:{file_id}",
                    sha256,
                    json.loads(redactions),
                    decisions.get((file_id, sha256)),
                )


def findings(file_id: str) -> list[Finding]:
    """What was found in a held document, read again from its bytes: masked, never the value.

    Raises:
        PrivacyError: No such document is held, or its bytes cannot be read.
    """
    one = _held(file_id)
    city, server_id = _split(file_id)
    assert city.council is not None
    with lake().read() as con:
        known = privacy_book.read_known(con, f"raw_{city.id}", city.council.system)
    gate = Gate.of(city).knowing({}, (), known)
    with Extractor() as extractor:
        ((_, read),) = extractor.map([(server_id, blobs().get(one.sha256))])
    if not read.pages:
        raise PrivacyError(f"{file_id}: no text ({read.error}) → open the document at the source")
    return list(gate.findings(read.pages))


def decide(file_id: str, decision: Decision, by: str, why: str) -> None:
    """Keep a reviewer's decision; the next run of the city applies it.

    Raises:
        PrivacyError: No such document is held.
    """
    one = _held(file_id)
    city, server_id = _split(file_id)
    with lake().write() as con:
        privacy_book.decide(con, f"raw_{city.id}", (server_id, one.sha256), decision, by, why)


def request(object_type: str, object_id: str, by: str, why: str) -> list[Key]:
    """Enter a deletion request: the object and what hangs on it stay away for good.

    Args:
        object_type: ``paper``, ``file``, ``person`` …
        object_id: ``<city>:<server id>``.
        by: Who enters it.
        why: Why, without personal data.

    Returns:
        Everything that goes, as (object type, server id).

    Raises:
        PrivacyError: There is no such type, city or object.
    """
    if object_type not in _KINDS:
        raise PrivacyError(
            f"{object_type!r}: not to be deleted → one of {', '.join(sorted(_KINDS))}"
        )
    city, server_id = _split(object_id)
    if city.council is None:
        raise PrivacyError(f"{city.id}: has no council system → nothing to delete there")
    schema, system = f"raw_{city.id}", city.council.system
    with lake().write() as con:
        con.begin()
        if not _is_known(con, schema, system, (object_type, server_id)):
            raise PrivacyError(
                f"{object_id}: no such {object_type} in the lake → take the id from the portal"
            )
        keys = [(object_type, server_id), *_hanging(con, schema, system, (object_type, server_id))]
        privacy_book.request(con, schema, system, keys, by, why)
        con.commit()
    return keys


def requests(city_id: str | None = None) -> Iterator[tuple[str, Request]]:
    """Deletion requests, of one city or all, oldest first: (city id, request)."""
    with lake().read() as con:
        for city in _cities(city_id):
            for one in privacy_book.read_requests(con, f"raw_{city.id}"):
                yield city.id, one


def forget_name(city_id: str, name: str, by: str, why: str) -> int:
    """Take a name out of everything a city's dataset holds, and keep it out by its hash.

    Args:
        city_id: The city.
        name: Given and family name.
        by: Who enters it.
        why: Why, without the name.

    Returns:
        How many values were changed; new documents pass the same filter.

    Raises:
        PrivacyError: No such city; one word only, which may be anybody's; or a reason that would
            keep the name.
    """
    (city,) = _cities(city_id)
    words = parts_of(name)
    if len(words) < FEWEST_WORDS:
        raise PrivacyError("one word may be anybody's name → give given and family name")
    asked = DeletedNames(_ANY_SALT, {len(words): frozenset({digest(name, _ANY_SALT)})})
    if asked.without(why)[1]:
        raise PrivacyError("--reason: holds the name itself → say why without it")
    schema = f"raw_{city.id}"
    with lake().write() as con:
        con.begin()
        deleted = privacy_book.forget_name(con, schema, name, by, why)
        changed = sum(
            _rewrite(con, f"{schema}.{table}", columns, deleted)
            for table, columns in columns_of(con, schema).items()
            if {"id", "content_sha256"} <= columns
        )
        con.commit()
    return changed


def _rewrite(con: DuckDBPyConnection, table: str, columns: set[str], deleted: DeletedNames) -> int:
    """Replace the names in every text of a table, all versions of its rows."""
    texts = con.execute(
        f"SELECT column_name FROM (DESCRIBE {table}) WHERE column_type = 'VARCHAR'"  # noqa: S608 - our own names
    ).fetchall()
    changed = 0
    for (column,) in texts:
        if column.endswith(NO_WORDS) or column not in columns:
            continue
        values = con.execute(f'SELECT DISTINCT "{column}" FROM {table}').fetchall()  # noqa: S608 - our own names
        for (value,) in values:
            text, hits = deleted.without(value or "")
            if hits:
                con.execute(
                    f'UPDATE {table} SET "{column}" = ? WHERE "{column}" = ?',  # noqa: S608
                    [text, value],
                )
                changed += hits
    return changed


def _is_known(con: DuckDBPyConnection, schema: str, system: str, key: Key) -> bool:
    """Whether any version of an object is in the lake, or its tombstone."""
    kind, id_ = key
    tables = columns_of(con, schema)
    if (table := table_name(system, kind)) in tables:
        rows = con.execute(f"SELECT 1 FROM {schema}.{table} WHERE id = ? LIMIT 1", [id_])  # noqa: S608 - our own names
        if rows.fetchone():
            return True
    return key in read_tombstones(con, schema)


def _hanging(con: DuckDBPyConnection, schema: str, system: str, key: Key) -> list[Key]:
    """Everything below an object, at any depth."""
    tables = columns_of(con, schema)
    found: dict[Key, None] = {}
    waiting = [key]
    while waiting:
        of, parent = waiting.pop()
        if of == "file":
            found[("document", parent)] = None
        for kind, parents in _CHILDREN.items():
            table = table_name(system, kind)
            for column, above in parents.items():
                if above != of or column not in tables.get(table, ()):
                    continue
                rows = con.execute(
                    f"SELECT DISTINCT id FROM {schema}.{table} WHERE {column} = ?",  # noqa: S608 - our own names
                    [parent],
                ).fetchall()
                fresh = [(kind, id_) for (id_,) in rows if (kind, id_) not in found]
                found.update(dict.fromkeys(fresh))
                waiting += fresh
    return list(found)


def _held(file_id: str) -> Held:
    city, _ = _split(file_id)
    for one in held(city.id):
        if one.file_id == file_id:
            return one
    raise PrivacyError(f"{file_id}: no document of that id is held → seehaus privacy list")


def _split(object_id: str) -> tuple[City, str]:
    city_id, _, server_id = object_id.partition(":")
    if not server_id:
        raise PrivacyError(f"{object_id!r}: lacks its city → write e.g. mainz:4711")
    (city,) = _cities(city_id)
    return city, server_id


def _cities(city_id: str | None) -> list[City]:
    known: dict[str, Any] = cities()
    if city_id is None:
        return list(known.values())
    if city_id not in known:
        raise PrivacyError(f"no such city: {city_id} → one of {', '.join(sorted(known))}")
    return [known[city_id]]
