"""What the tests of the statistics services share: answers, and what may come out of a parser."""

import datetime as dt
import json
from types import ModuleType

from ingestion.record import Fetched, Observation, Place, Record, RejectedRow, UnknownStructureError

FIRST = dt.datetime(2026, 10, 31, 9, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
PAGE = "https://statistik.example/tabelle"


def fetched(body: bytes | str, kind: str, **context: str) -> Fetched:
    raw = body.encode() if isinstance(body, str) else body
    named = {"table": "T-1", "title": "Tabelle", "page": PAGE} | context
    return Fetched("https://statistik.example/answer", kind, 200, {}, raw, NOW, named)


def read(system: ModuleType, answer: Fetched) -> list[Record]:
    return list(system.parse(answer))


def only_known_errors(system: ModuleType, answer: Fetched) -> None:
    """Whatever the bytes are: records that can be stored, or the one error with a mend."""
    try:
        found = read(system, answer)
    except UnknownStructureError:
        return
    assert all(isinstance(each, Observation | RejectedRow | Place) for each in found)
    assert len({(type(each), each.id) for each in found}) == len(found)
    assert all(each.content_sha256 for each in found)
    assert all(each.url == PAGE for each in found)
    for each in found:
        if isinstance(each, Observation):
            assert (each.value is None) != (each.sign is None)
            assert json.loads(each.dimensions) is not None


def observations(found: list[Record]) -> list[Observation]:
    return [each for each in found if isinstance(each, Observation)]


def rejections(found: list[Record]) -> list[str]:
    return [each.reason for each in found if isinstance(each, RejectedRow)]
