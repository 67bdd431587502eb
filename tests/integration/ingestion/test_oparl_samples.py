"""The recorded OParl objects of three vendors, against reviewed facts (no names, no prose)."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ingestion.record import Record, UnknownStructureError
from ingestion.systems import oparl, parse_saved

pytestmark = pytest.mark.integration

EXPECTED = json.loads(
    (Path(__file__).parent / "expected" / "oparl_samples.json").read_text(encoding="utf-8")
)
FACTS = {
    "body": ("ags", "ars"),
    "organization": ("classification", "organization_type", "parent_id", "start_date"),
    "membership": ("person_id", "organization_id", "has_voting_right", "start_date", "end_date"),
    "location": ("postal_code", "latitude", "longitude"),
    "meeting": (
        *("organization_id", "location_id", "start_at", "end_at"),
        *("has_time", "is_cancelled", "has_agenda"),
    ),
    "agenda_item": ("position", "number", "is_public", "result"),
    "paper": ("reference", "paper_type", "date", "is_public", "under_direction_of"),
    "vote": ("yes_count", "no_count", "abstention_count", "is_unanimous"),
    "consultation": (
        *("meeting_id", "agenda_item_id", "organization_id"),
        *("role", "is_authoritative"),
    ),
    "file": ("role", "mime_type", "date", "is_public"),
}


def facts(records: list[Record]) -> dict[str, Any]:
    """What is expected of a file: ids and plain facts, in the order of the records."""
    return {
        "counts": dict(sorted(Counter(record.object_type for record in records).items())),
        "records": [
            {"id": record.id}
            | {name: record.content()[name] for name in FACTS.get(record.object_type, ())}
            for record in records
        ],
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recorded_answer_is_read_as_reviewed(samples, name):
    path = samples / "oparl" / name
    assert facts(parse_saved("oparl", path.read_bytes(), name=path.name)) == EXPECTED[name]


def test_every_recorded_answer_is_expected(samples):
    folder = samples / "oparl"
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == set(EXPECTED)


def test_the_kind_of_each_recorded_answer_is_found(samples):
    kinds = Counter(
        oparl.page_kind("file:x", (samples / "oparl" / name).read_bytes()) for name in EXPECTED
    )
    assert kinds == {
        "meeting": 15,
        "paper": 16,
        "organization": 2,
        "system": 2,
        "agenda_item": 1,
        "consultation": 1,
        "file": 1,
        "body": 1,
        "membership": 1,
    }


def test_what_is_no_page_of_ours_is_told_with_the_kinds_there_are():
    with pytest.raises(UnknownStructureError, match=r"one of system, body, legislative_term"):
        parse_saved("oparl", b'{"id": "https://ris.example/1", "colour": 1}', name="x.json")


def test_no_contact_data_of_a_recorded_answer_gets_into_a_record(samples):
    private = re.compile(r"@|\+49|\b0\d{2,5}[ /-]\d{3,}|masked|contactEmail", re.IGNORECASE)
    named = {"body", "person", "membership", "location", "organization", "legislative_term"}
    for name in EXPECTED:
        for record in parse_saved("oparl", (samples / "oparl" / name).read_bytes()):
            if record.object_type in named:
                assert not private.search(record.model_dump_json()), name


def test_closed_items_of_bonn_say_nothing(samples):
    body = (samples / "oparl" / "allris4-bonn" / "meeting_2004507.json").read_bytes()
    closed = [
        record
        for record in parse_saved("oparl", body)
        if record.object_type == "agenda_item" and not record.is_public
    ]
    assert len(closed) == 10
    assert all(record.resolution_text is None for record in closed)


def test_broken_json_keeps_its_reference(samples):
    body = (samples / "oparl" / "systems" / "broken_json.txt").read_bytes()
    (record,) = parse_saved("oparl", body)
    assert record.reference == "1664/99"
    assert record.name.isprintable()
