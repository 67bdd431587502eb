"""The recorded pages of real councils' servers, against reviewed facts."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from ingestion.record import Meeting, Membership, Person, Record
from ingestion.systems import load, parse_saved

pytestmark = pytest.mark.integration

EXPECTED = Path(__file__).parent / "expected"
PAGES = {
    "sessionnet/koblenz-si0040-2026-09.html": "calendar",
    "sessionnet/koblenz-si0057-9693.html": "agenda",
    "sessionnet/koblenz-vo0050-43205.html": "paper",
    "sessionnet/halle-si0040.html": "calendar",
    "sessionnet/halle-to0040-21804.html": "agenda",
    "sessionnet/luedenscheid-kp0040.html": "committee",
    "allris4/trier-si010-2026-10.xml": "calendar",
    "allris4/trier-to010-1000264.html": "agenda",
    "allris4/trier-vo020-1001540.html": "paper",
    "allris3/altona/to010.html": "agenda",
    "allris3/altona/to020.html": "item",
    "allris3/altona/vo020.html": "paper",
    "allris3/altona/au020.html": "committee",
    "allris3/altona/fr020.html": "committee",
    "allris3/harburg/to010.html": "agenda",
    "allris3/harburg/to020.html": "item",
    "allris3/harburg/vo020.html": "paper",
    "allris3/harburg/au020.html": "committee",
    "allris3/harburg/fr020.html": "committee",
    "sdnet/wesel-vorgang.html": "paper",
    "rubin/eibenstock-calendar.json": "calendar",
    "rubin/eibenstock-meeting.html": "meeting",
    "rubin/nordpfaelzerland-bodies.json": "organizations",
    "rubin/nordpfaelzerland-calendar-2026-09.json": "calendar",
}
BASE = {
    "sessionnet": "https://council.example/bi/page.php",
    "allris4": "https://council.example/public/page",
    "allris3": "https://council.example/bi/page.asp",
    # Its pages name their documents by the whole address; those of other hosts are none.
    "sdnet": "https://ris.wesel.de/vorgang/",
    "rubin": "https://council.example/api.php",
}
# A committee has dozens of members: the first ones stand for all, and how many there are.
FIRST: Final = 3
# Facts only: no sentence of a city's page is kept here.
SHORT = 48
# Nobody's name is kept here: of how many words it is tells as much as a test has to know.
NAMES: Final = frozenset({"person_name", "family_name", "given_name"})


def facts(record: Record) -> dict[str, Any]:
    """What is compared: every field that says something, long words cut, prose as its length."""
    told = {"type": record.object_type}
    for name, value in record.content().items():
        if value is None or value is False:
            continue
        if name in NAMES or (name == "name" and record.object_type == "person"):
            told[f"{name}_words"] = len(value.split())
        elif name == "main_text":
            told["main_text_lines"] = len(value.splitlines())
        else:
            told[name] = value[:SHORT] if name in {"name", "originator"} else value
    return told


def reviewed(records: list[Record]) -> list[dict[str, Any]]:
    """The facts of a page; of its people those who come first or left, and how many there are."""
    people = [record for record in records if isinstance(record, Person | Membership)]
    others = [person for person in people[FIRST:] if getattr(person, "end_date", None) is None]
    kept = [facts(record) for record in records if record not in others]
    counts = Counter(record.object_type for record in people)
    return [*kept, *([{"counts": dict(counts)}] if counts else [])]


def golden(sample: str) -> str:
    """The name of a sample's file of facts; a folder within a system's stands before it."""
    return "-".join(Path(sample).with_suffix("").parts[1:])


def read(samples: Path, sample: str) -> list[Record]:
    file = samples / sample
    if not file.is_file():
        pytest.skip(f"no recorded answer {file}")
    system = sample.partition("/")[0]
    return parse_saved(system, file.read_bytes(), url=BASE[system])


@pytest.mark.parametrize("sample", PAGES)
def test_a_recorded_page_gives_the_reviewed_facts(samples: Path, sample: str) -> None:
    expected = EXPECTED / f"{golden(sample)}.json"
    assert expected.is_file(), f"{expected}: write it with the facts of {sample} and review it"
    found = reviewed(read(samples, sample))
    assert found == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("sample", "kind"), PAGES.items())
def test_a_recorded_page_tells_its_own_kind(samples: Path, sample: str, kind: str) -> None:
    module = load(sample.partition("/")[0])
    assert module.page_kind("", (samples / sample).read_bytes()) == kind


def test_trier_s_days_pass_on_to_undated_rows_and_across_the_change_of_the_clocks(
    samples: Path,
) -> None:
    records = read(samples, "allris4/trier-si010-2026-10.xml")
    meetings = {record.id: record for record in records if isinstance(record, Meeting)}
    assert len(meetings) == 22
    assert sum(not meeting.has_agenda for meeting in meetings.values()) == 10
    assert meetings["1000649"].start_at is not None
    assert meetings["1000649"].start_at.isoformat() == "2026-10-14T20:00:00+02:00"
    assert meetings["1000684"].start_at is not None
    assert meetings["1000684"].start_at.isoformat() == "2026-10-26T19:30:00+01:00"
    assert [each.id for each in meetings.values() if not each.has_time] == ["1000321", "1000205"]
