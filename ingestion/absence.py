"""What a crawl did not bring although it should have: pure rules, no lake.

Only a complete crawl says anything about absence, and only about what it had to meet. Here that is
judged within days: the meetings of these days and what hangs on them; everything else is not
missing. A crawl of everything is judged in the lake (see ``absence_lake``).
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sized
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

# Rows of these types are never taken back: a new vintage or snapshot has new ids, a
# rejection is a fact.
LASTING: Final = frozenset(
    {"observation", "place", "rejected_row", "document", "document_page", "document_section"}
)

# A crawl that misses a larger share of what is known is taken for a broken one ...
DROP_SHARE: Final = 0.10
# ... but a handful of objects may always go.
DROP_COUNT: Final = 5

# The columns by which objects hang on each other.
PARENTS: Final[Mapping[str, str]] = {
    "meeting_id": "meeting",
    "paper_id": "paper",
    "agenda_item_id": "agenda_item",
}


@dataclass(frozen=True, slots=True)
class Known:
    """A current row as far as absence needs it.

    Attributes:
        content_sha256: The hash of its fields.
        start_at: When a meeting starts; None for everything else.
        parents: What it hangs on: column name (``meeting_id`` …) → the server's id.
    """

    content_sha256: str
    start_at: dt.datetime | None = None
    parents: Mapping[str, str] = field(default_factory=dict)


# What has a day, by itself or by what it hangs on; all else had to come to a crawl of everything.
DATED: Final = frozenset({"meeting", "agenda_item", "paper", "consultation", "vote", "file"})

KnownRows = Mapping[str, Mapping[str, Known]]
Seen = Mapping[str, AbstractSet[str]]


def covered(
    known: KnownRows, seen: Seen, first: dt.date, last: dt.date | None = None
) -> dict[str, set[str]]:
    """Which known objects a complete crawl of some days had to bring.

    Args:
        known: The current rows per object type and id.
        seen: The ids that the crawl brought, per object type.
        first: First day that was asked for; meetings of this and of the last day prove nothing,
            since time zones may cut them in half.
        last: Last day; None: there is none.

    Returns:
        Ids per object type, only of types that have a day.
    """
    cover: dict[str, set[str]] = {
        "meeting": {
            id_
            for id_, row in known.get("meeting", {}).items()
            if row.start_at is not None
            and first < row.start_at.date()
            and (last is None or row.start_at.date() < last)
        }
    }
    hanging = _Hanging(known, cover, seen)
    cover["agenda_item"] = set(hanging.ids("agenda_item", ("meeting_id",)))
    cover["paper"] = {
        id_
        for id_, items in _items_of_papers(known).items()
        if id_ in known.get("paper", {}) and items <= cover["agenda_item"]
    }
    cover["consultation"] = set(hanging.ids("consultation", ("paper_id",)))
    for kind in ("vote", "file"):
        cover[kind] = set(hanging.ids(kind, tuple(PARENTS)))
    return cover


class _Hanging:
    """Finds what hangs only on objects that were met in this crawl, or had to be."""

    def __init__(self, known: KnownRows, cover: Mapping[str, AbstractSet[str]], seen: Seen) -> None:
        self._known, self._cover, self._seen = known, cover, seen

    def ids(self, kind: str, columns: tuple[str, ...]) -> Iterator[str]:
        """Ids of a kind that hang on something, and whose every parent in ``columns`` counts."""
        for id_, row in self._known.get(kind, {}).items():
            parents = [
                (PARENTS[column], row.parents[column])
                for column in columns
                if column in row.parents
            ]
            if parents and all(self._counts(*parent) for parent in parents):
                yield id_

    def _counts(self, kind: str, id_: str) -> bool:
        return id_ in self._seen.get(kind, ()) or id_ in self._cover.get(kind, ())


def _items_of_papers(known: KnownRows) -> Mapping[str, set[str]]:
    """Paper id → the agenda items that link it: a paper is met through them, not by itself."""
    items: dict[str, set[str]] = defaultdict(set)
    for id_, row in known.get("agenda_item", {}).items():
        if "paper_id" in row.parents:
            items[row.parents["paper_id"]].add(id_)
    return items


def missing(cover: Mapping[str, AbstractSet[str]], seen: Seen) -> dict[str, set[str]]:
    """What had to come and did not, per object type."""
    absent = {kind: set(ids) - seen.get(kind, set()) for kind, ids in cover.items()}
    return {kind: ids for kind, ids in absent.items() if ids}


def drops(cover: Mapping[str, Sized], absent: Mapping[str, Sized]) -> dict[str, tuple[int, int]]:
    """Object types of which too many are missing at once: kind → (missing, known in the window).

    It counts known objects that are missing, not totals: after a relaunch with new ids the totals
    look right while everything that was known is gone.
    """
    return {
        kind: (len(ids), len(cover[kind]))
        for kind, ids in absent.items()
        if len(ids) > DROP_COUNT and len(ids) > DROP_SHARE * len(cover[kind])
    }
