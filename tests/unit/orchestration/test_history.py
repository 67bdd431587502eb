"""An object's versions as changes, and when a city is reconciled."""

import datetime as dt
from itertools import pairwise
from typing import Any

from orchestration.history import changes_of
from orchestration.schedules import is_due


def version(begins: int, ends: int | None, **fields: Any) -> dict[str, Any]:
    def at(day: int) -> dt.datetime:
        return dt.datetime(2026, 1, day, tzinfo=dt.UTC)

    row = {"_dlt_valid_from": at(begins), "_dlt_valid_to": at(ends) if ends else None, "url": "u"}
    return row | {"content_sha256": str(fields), "retrieved_at": at(begins)} | fields


def test_versions_become_changes_that_name_fields_and_no_content() -> None:
    changes = changes_of(
        [version(1, 3, name="a", state="x"), version(3, None, name="b", state="x")]
    )
    assert [(each["change"], each["changed_fields"]) for each in changes] == [
        ("created", []),
        ("changed", ["name"]),
    ]
    assert changes[1]["old_content_sha256"] == changes[0]["new_content_sha256"]
    assert "b" not in [value for each in changes for value in each.values()]


def test_what_ended_was_removed_and_may_come_back() -> None:
    changes = changes_of([version(1, 2, name="a"), version(5, None, name="a")])
    assert [each["change"] for each in changes] == ["created", "withdrawn", "restored"]
    gone = changes_of([version(1, 2, name="a")])[-1]
    assert (gone["change"], gone["new_content_sha256"]) == ("withdrawn", None)


def test_a_version_that_only_we_see_is_no_change() -> None:
    versions = [version(1, 3, name="a"), version(3, None, name="a", title=None)]
    assert [each["change"] for each in changes_of(versions)] == ["created"]


def test_a_city_is_reconciled_once_in_so_many_days() -> None:
    start = dt.date(2026, 11, 1)
    for every in (1, 7, 30):
        due = [
            number
            for number in range(every * 4)
            if is_due("mainz", start + dt.timedelta(days=number), every)
        ]
        assert len(due) == 4
        assert {later - earlier for earlier, later in pairwise(due)} == {every}
