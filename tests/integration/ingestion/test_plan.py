"""Which crawl is due, what its portions may take away, and who sees an old paper change."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from ingestion import bookkeeping
from ingestion.city import load as load_city
from ingestion.plan import choose
from ingestion.record import AgendaItem, File, Meeting, Paper, Record
from ingestion.store import Crawl, DropError, Store
from orchestration.lake import Lake

pytestmark = pytest.mark.integration

NOW = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
COUNCIL = load_city("mainz").council
assert COUNCIL is not None


def meeting(number: int, day: str) -> Meeting:
    return Meeting(
        id=str(number),
        url=f"http://x/si?{number}",
        name="Stadtrat",
        start_at=dt.datetime.fromisoformat(f"{day}T17:00:00+01:00"),
        has_agenda=True,
    )


def item(number: int, of: int, **fields: Any) -> AgendaItem:
    return AgendaItem(
        id=str(number),
        url="http://x",
        meeting_id=str(of),
        position=1,
        name="TOP",
        is_public=True,
        **fields,
    )


def load(store: Store, crawl: Crawl, records: Iterable[Record], **changes: Any) -> None:
    for name, value in changes.items():
        setattr(crawl, name, value)
    store.load("sessionnet", records, crawl=crawl)


def test_first_then_increments_then_all_of_it_again(store: Store) -> None:
    first = choose(store, COUNCIL, now=NOW)
    assert (first.kind, first.first, first.last) == (
        "first",
        COUNCIL.since,
        dt.date(2027, 2, 23),
    )
    crawl = Crawl("sessionnet", kind="first", since=first.first, until=first.last, started_at=NOW)
    some = [
        meeting(1, "2026-10-01"),
        meeting(2, "2026-09-01"),
        meeting(3, "2026-11-20"),
        item(1, 1),
        item(2, 2, result="beschlossen"),
        item(3, 3),
    ]
    load(store, crawl, some, is_last=False, is_ended=False, milestones={"2024-01"})
    # Broken off: the next run goes on with it, also a day later.
    again = choose(store, COUNCIL, now=NOW + dt.timedelta(days=1))
    assert (again.kind, again.first, again.last) == (first.kind, first.first, first.last)
    found = store.unfinished("sessionnet")
    assert found is not None
    with store.read() as con:
        met = bookkeeping.met(con, store.schema, "sessionnet")
        again = bookkeeping.met(con, store.schema, "sessionnet", {"meeting": {"2", "9"}})
    assert (found.milestones, met["meeting"]) == ({"2024-01"}, {"1", "2", "3"})
    assert again == {"meeting": {"2"}}

    load(store, crawl, [], is_last=True, is_ended=True)
    assert store.unfinished("sessionnet") is None
    increment = choose(store, COUNCIL, now=NOW)
    assert (increment.kind, increment.first, increment.last) == (
        "increment",
        dt.date(2026, 11, 11),
        dt.date(2027, 2, 23),
    )
    # No result yet, and before the window: it is looked at all the same.
    assert increment.open_meetings == {"1": dt.date(2026, 10, 1)}
    assert choose(store, COUNCIL, is_full=True, now=NOW).kind == "full"


def test_an_increment_of_an_oparl_server_asks_for_changes_since_the_last_crawl(
    store: Store,
) -> None:
    council = COUNCIL.model_copy(update={"system": "oparl"})
    assert choose(store, council, now=NOW).first is None
    store.load("oparl", [], crawl=Crawl("oparl", kind="first", started_at=NOW))
    window = choose(store, council, now=NOW + dt.timedelta(hours=6))
    assert (window.kind, window.changed_since) == ("increment", dt.date(2026, 11, 24))


def test_two_whole_crawls_in_portions_write_off_what_none_of_their_parts_had(
    store: Store, lake: Lake
) -> None:
    days = {1: "2026-03-03", 2: "2026-04-07", 3: "2026-04-08"}
    known = [meeting(number, day) for number, day in days.items()]
    load(store, Crawl("sessionnet"), known, is_complete=True)

    def whole(*, is_clean: bool = True) -> None:
        crawl = Crawl("sessionnet", since=dt.date(2026, 1, 1))
        load(store, crawl, known[:1], is_last=False, is_ended=False, milestones={"2026-03"})
        load(store, crawl, known[1:2], is_last=True, is_ended=True, is_complete=is_clean)

    def gone() -> list[str]:
        rows = lake.arrow("SELECT id FROM raw_mainz.tombstone").to_pylist()
        return [row["id"] for row in rows]

    whole()
    assert gone() == []
    whole(is_clean=False)  # one part had a problem: it proves nothing
    assert gone() == []
    whole()
    assert gone() == ["3"]


def test_the_brake_is_pulled_by_a_portion_and_the_next_crawl_looks_again(
    store: Store, lake: Lake
) -> None:
    known = [meeting(number, f"2026-05-{number + 3:02}") for number in range(20)]
    load(store, Crawl("sessionnet"), [*known, meeting(99, "2026-03-03")], is_complete=True)
    crawl = Crawl("sessionnet", since=dt.date(2026, 1, 1))
    march = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
    load(store, crawl, [meeting(99, "2026-03-03")], is_last=False, is_ended=False, span=march)
    relaunched = [meeting(number + 500, f"2026-05-{number + 3:02}") for number in range(20)]
    may = (dt.date(2026, 5, 1), dt.date(2026, 5, 31))
    with pytest.raises(DropError, match="misses 20 of 20 meeting → nothing was taken away"):
        load(store, crawl, relaunched, span=may)
    rows = lake.arrow(
        "SELECT count(*) AS n FROM raw_mainz.sessionnet_meeting WHERE _dlt_valid_to IS NULL"
    ).to_pylist()
    assert rows == [{"n": 21}]
    assert store.unfinished("sessionnet") is None


def test_an_increment_takes_nothing_from_a_file_that_an_agenda_only_mentions(
    store: Store, lake: Lake
) -> None:
    paper = Paper(id="1", url="http://x/vo?1", name="Vorlage")
    whole = File(id="7", url="http://x/7", name="Vorlage", paper_id="1", mime_type="pdf")
    poor = whole.model_copy(update={"mime_type": None})
    load(store, Crawl("sessionnet"), [paper, whole], is_complete=True)

    def known() -> list[Any]:
        rows = lake.arrow(
            "SELECT mime_type FROM raw_mainz.sessionnet_file WHERE _dlt_valid_to IS NULL"
        ).to_pylist()
        return [row["mime_type"] for row in rows]

    load(store, Crawl("sessionnet", kind="increment"), [poor], page_kind="agenda")
    assert known() == ["pdf"]
    load(store, Crawl("sessionnet", kind="increment"), [poor], page_kind="paper")
    assert known() == [None]


def test_a_mention_that_says_all_and_more_has_the_word(store: Store, lake: Lake) -> None:
    """A list of files does not tell their roles; what links them does."""
    listed = File(id="7", url="http://x/7", name="Einladung", meeting_id="1")
    linked = listed.model_copy(update={"role": "invitation"})
    other = linked.model_copy(update={"name": "Anlage", "meeting_id": None})
    crawl = Crawl("oparl")

    def told() -> Iterator[File]:
        for crawl.page_kind, record in (("file", listed), ("meeting", linked), ("meeting", other)):
            yield record

    store.load("oparl", told(), crawl=crawl)
    rows = lake.arrow("SELECT name, meeting_id, role FROM raw_mainz.oparl_file").to_pylist()
    assert rows == [{"name": "Einladung", "meeting_id": "1", "role": "invitation"}]


def test_a_change_outside_of_the_days_is_seen_by_the_reconciliation(
    make_store: Callable[[str], Store],
) -> None:
    """The months that an increment asks for do not hold an old meeting; a full crawl's do."""
    store = make_store("mainz")
    crawl = Crawl("sessionnet", kind="first", since=COUNCIL.since, started_at=NOW)
    load(store, crawl, [meeting(1, "2025-02-01"), item(1, 1, result="beschlossen")])

    def asked(*, is_full: bool) -> set[str]:
        window = choose(store, COUNCIL, is_full=is_full, now=NOW)
        return {month.name for month in window.months(COUNCIL.since)}

    assert asked(is_full=False) == {"2026-11", "2026-12", "2027-01", "2027-02"}
    assert "2025-02" in asked(is_full=True)
