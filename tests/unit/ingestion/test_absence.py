"""What a complete crawl proves about absence."""

import datetime as dt

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.absence import Known, covered, drops, missing


def known(**parents: str) -> Known:
    return Known("hash", None, parents)


def meeting(day: str) -> Known:
    return Known("hash", dt.datetime.fromisoformat(f"{day}T17:00:00+00:00"))


ROWS = {
    "meeting": {"old": meeting("2025-06-01"), "new": meeting("2026-06-01"), "undated": known()},
    "agenda_item": {
        "1": known(meeting_id="old", paper_id="both"),
        "2": known(meeting_id="new", paper_id="both"),
        "3": known(meeting_id="new", paper_id="recent"),
        "4": known(meeting_id="undated"),
    },
    "paper": {"both": known(), "recent": known(), "unlinked": known()},
    "file": {
        "a": known(paper_id="both"),
        "b": known(paper_id="recent"),
        "c": known(),
        "d": known(paper_id="recent", meeting_id="old"),
    },
    "consultation": {"x": known(paper_id="recent")},
    "organization": {"o": known()},
    "observation": {"v": known()},
}
SINCE = dt.date(2026, 1, 1)


def test_a_window_covers_its_meetings_and_what_hangs_only_on_them() -> None:
    cover = covered(ROWS, {}, SINCE)
    assert cover["meeting"] == {"new"}
    assert cover["agenda_item"] == {"2", "3"}
    assert cover["paper"] == {"recent"}
    assert cover["file"] == {"b"}
    assert cover["consultation"] == {"x"}
    assert "organization" not in cover


def test_what_hangs_on_a_page_that_was_read_is_covered() -> None:
    cover = covered(ROWS, {"meeting": {"undated"}, "paper": {"both"}}, SINCE)
    assert "4" in cover["agenda_item"]
    assert cover["file"] == {"a", "b"}


def test_the_first_day_of_the_window_proves_nothing() -> None:
    assert "new" not in covered(ROWS, {}, dt.date(2026, 6, 1))["meeting"]


def test_a_drop_is_more_than_a_tenth_and_more_than_five() -> None:
    def of(known_: int, gone: int) -> bool:
        cover = {"paper": {str(number) for number in range(known_)}}
        return bool(drops(cover, {"paper": {str(number) for number in range(gone)}}))

    assert not of(5, 5)
    assert of(6, 6)
    assert not of(60, 6)
    assert of(59, 6)
    assert not of(1_000, 100)
    assert of(1_000, 101)


ids = st.sets(st.sampled_from("abcdefgh"))


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["paper", "file"]), ids),
    st.dictionaries(st.sampled_from(["paper", "file"]), ids),
)
def test_nothing_that_was_seen_is_missing(
    cover: dict[str, set[str]], seen: dict[str, set[str]]
) -> None:
    for kind, absent in missing(cover, seen).items():
        assert absent
        assert absent <= cover[kind]
        assert not absent & seen.get(kind, set())
