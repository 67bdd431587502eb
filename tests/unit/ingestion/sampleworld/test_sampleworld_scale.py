"""What keeps a big sample world cheap changes nothing in it."""

import datetime as dt

import pytest

from ingestion.sampleworld.council import Council
from ingestion.sampleworld.faults import Faults
from ingestion.sampleworld.oparl_objects import Objects
from ingestion.sampleworld.papers import paper

KINDS = ("paper", "meeting", "agendaitem", "consultation", "file")


@pytest.mark.parametrize("fault", ["", "changed", "withdrawn", "new_meeting"])
def test_a_filter_by_time_leaves_out_only_what_is_older(fault: str) -> None:
    council = Council("musterstadt", seed=1, papers=60, faults=Faults([fault] if fault else []))
    objects = Objects(council, "http://127.0.0.1")
    for days in (0, 20, 90):
        since = council.today - dt.timedelta(days=days)
        for kind in KINDS:
            everything = objects.numbers(kind, with_deleted=True)
            kept = objects.numbers(kind, with_deleted=True, since=since)
            newer = [
                number
                for number in everything
                if dt.datetime.fromisoformat(objects.listed(kind, number)["modified"]).date()
                >= since
            ]
            assert set(newer) <= set(kept)
            assert len(kept) < len(everything)
            assert kept == [number for number in everything if number in set(kept)]


def test_what_was_made_is_made_anew_when_a_fault_is_switched() -> None:
    faults = Faults()
    council = Council("mainz", seed=1, papers=40, faults=faults)
    before = [paper(council, index) for index in range(40)]
    assert paper(council, 7) is before[7]
    faults.on("changed@mainz")
    changed = [index for index in range(40) if paper(council, index) != before[index]]
    assert len(changed) >= 1
    assert paper(council, changed[0]).title.endswith("(Neufassung)")
    faults.clear()
    assert [paper(council, index) for index in range(40)] == before


def test_only_the_newest_things_are_kept() -> None:
    council = Council("mainz", seed=1, papers=100_000)
    for index in range(6_000):
        council.kept(("thing", index), object)
    first = council.kept(("thing", 5_999), object)
    assert council.kept(("thing", 5_999), object) is first
    assert len(council._kept) <= 5_000
