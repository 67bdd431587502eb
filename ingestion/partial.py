"""What a crawl must not take away from an object that is known better.

An object stands on several pages: a paper's file on the paper's own page and on an agenda, a
meeting on its page and in the calendar. Where the page that says most could not be read, was not
asked for, or came in an earlier portion, the others still tell of the object, only less. Such a
record is no change of the object.
"""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion.absence import PARENTS

# The kinds of pages that are an object's own and tell all of it; the names are the same in all
# systems. Types that are not named here stand on one kind of page only.
OWN_PAGES: Final[Mapping[str, frozenset[str]]] = {
    "organization": frozenset({"organization", "committee", "committees"}),
    "person": frozenset({"person"}),
    "meeting": frozenset({"meeting", "agenda"}),
    "file": frozenset({"file", "paper"}),
}

_OURS = frozenset({"content_sha256", "retrieved_at"})


def is_mention(object_type: str, page_kind: str | None) -> bool:
    """Whether a page only mentions objects of a type; no kind of page: it is their own."""
    own = OWN_PAGES.get(object_type)
    return own is not None and page_kind is not None and page_kind not in own


def poorer(con: DuckDBPyConnection, table: str, brought: pa.Table) -> set[str]:
    """The objects of which a crawl brought less than is known.

    Args:
        con: Reads the lake.
        table: The raw table, with its schema.
        brought: The records as they would be loaded, one row per object.

    Returns:
        Ids whose new record lost what it hangs on, or says the same with some fields empty. One
        that now is non-public is never among them.
    """
    ids = brought["id"].to_pylist()
    names = ", ".join(f'"{name}"' for name in brought.column_names)
    known = con.execute(
        f"SELECT {names} FROM {table} WHERE _dlt_valid_to IS NULL AND id IN "  # noqa: S608 - names are ours
        "(SELECT unnest(?::VARCHAR[]))",
        [ids],
    ).to_arrow_table()
    before = {row["id"]: row for row in known.to_pylist()}
    return {
        row["id"]
        for row in brought.to_pylist()
        if row["id"] in before and _says_less(row, before[row["id"]])
    }


def _says_less(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    if now.get("is_public") is False:
        return False
    return bool(_lost(now, before) & PARENTS.keys()) or is_part_of(now, before)


def is_part_of(less: Mapping[str, Any], more: Mapping[str, Any]) -> bool:
    """Whether a record says the same as another one with some of its fields empty."""
    said = {name for name in more.keys() - _OURS if less[name] is not None}
    return bool(_lost(less, more)) and all(less[name] == more[name] for name in said)


def _lost(now: Mapping[str, Any], before: Mapping[str, Any]) -> set[str]:
    names = before.keys() - _OURS
    return {name for name in names if now[name] is None and before[name] is not None}
