"""What a crawl did not bring although it should have: pure rules, no lake.

Only a complete crawl says anything about absence, and only about what it had to meet: with
``since``, the meetings from that day on and what hangs on them. Everything else is not missing.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

# Rows of these types are never taken back: a new vintage has new ids, a rejection is a fact.
LASTING: Final = frozenset(
    {"observation", "rejected_row", "document", "document_page", "document_section"}
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


KnownRows = Mapping[str, Mapping[str, Known]]
Seen = Mapping[str, AbstractSet[str]]


def covered(known: KnownRows, seen: Seen, since: dt.date | None) -> dict[str, set[str]]:
    """Which known objects a complete crawl had to bring.

    Args:
        known: The current rows per object type and id.
        seen: The ids that the crawl brought, per object type.
        since: First day of the crawl's window; None: it asked for everything.

    Returns:
        Ids per object type, object types that never go left out.
    """
    if since is None:
        return {kind: set(rows) for kind, rows in known.items() if kind not in LASTING}
    cover: dict[str, set[str]] = {
        "meeting": {
            id_
            for id_, row in known.get("meeting", {}).items()
            # The first day itself may be cut in half by time zones: it proves nothing.
            if row.start_at is not None and row.start_at.date() > since
        }
    }
    cover["agenda_item"] = set(_hanging(known, "agenda_item", cover, seen, ("meeting_id",)))
    items_of = _items_of_papers(known)
    cover["paper"] = {
        id_
        for id_ in known.get("paper", {})
        if id_ in items_of and items_of[id_] <= cover["agenda_item"]
    }
    cover["consultation"] = set(_hanging(known, "consultation", cover, seen, ("paper_id",)))
    cover["file"] = set(_hanging(known, "file", cover, seen, tuple(PARENTS)))
    return cover


def _hanging(
    known: KnownRows,
    kind: str,
    cover: Mapping[str, AbstractSet[str]],
    seen: Seen,
    columns: tuple[str, ...],
) -> Iterator[str]:
    """Ids of the objects whose every parent was met in this crawl, or had to be."""
    for id_, row in known.get(kind, {}).items():
        parents = [
            (PARENTS[column], row.parents[column]) for column in columns if column in row.parents
        ]
        if parents and all(
            parent in seen.get(of, ()) or parent in cover.get(of, ()) for of, parent in parents
        ):
            yield id_


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


def drops(
    cover: Mapping[str, AbstractSet[str]], absent: Mapping[str, AbstractSet[str]]
) -> dict[str, tuple[int, int]]:
    """Object types of which too many are missing at once: kind → (missing, known in the window).

    It counts known objects that are missing, not totals: after a relaunch with new ids the totals
    look right while everything that was known is gone.
    """
    return {
        kind: (len(ids), len(cover[kind]))
        for kind, ids in absent.items()
        if len(ids) > DROP_COUNT and len(ids) > DROP_SHARE * len(cover[kind])
    }
