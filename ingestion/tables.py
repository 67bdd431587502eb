"""The raw layer's tables: typed columns from the record models, and our own bookkeeping.

Every column exists with its type although no row fills it: the types come from the models, never
from what a first crawl happened to bring.
"""

import datetime as dt
import types
from collections.abc import Mapping
from typing import Any, Final, Literal, Union, get_args, get_origin

import pyarrow as pa

from ingestion.record import Record

_ARROW: Final[dict[type, pa.DataType]] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    dt.datetime: pa.timestamp("us", tz="UTC"),
    dt.date: pa.date32(),
}

# Objects whose table carries no system's name: they are ours, not a server's. By what loads them.
OWN_OF: Final[Mapping[str, frozenset[str]]] = {
    "documents": frozenset({"document", "document_page", "document_section"}),
    "pilots": frozenset({"pilot_report"}),
}
OWN: Final = frozenset(kind for kinds in OWN_OF.values() for kind in kinds)

BOOKKEEPING: Final[Mapping[str, str]] = {
    "sighting": (
        "object_type VARCHAR NOT NULL, system VARCHAR NOT NULL, id VARCHAR NOT NULL, "
        "first_seen_at TIMESTAMPTZ NOT NULL, last_seen_at TIMESTAMPTZ NOT NULL, "
        # How many complete crawls in a row did not bring it.
        "missed BIGINT NOT NULL"
    ),
    "crawl": (
        "system VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL, "
        "finished_at TIMESTAMPTZ NOT NULL, is_complete BOOLEAN NOT NULL, "
        "requests BIGINT NOT NULL, problems VARCHAR NOT NULL, counts VARCHAR NOT NULL, "
        # Null in rows that were written before there were kinds of crawls.
        "kind VARCHAR, window_first DATE, window_last DATE, "
        # Whether the walk came to its end, be it with problems.
        "is_ended BOOLEAN, portions BIGINT, resumed_at TIMESTAMPTZ"
    ),
    # What an unfinished crawl has committed so far; gone when the crawl has ended.
    "checkpoint": (
        "system VARCHAR NOT NULL, started_at TIMESTAMPTZ NOT NULL, kind VARCHAR NOT NULL, "
        "window_first DATE, window_last DATE, changed_since DATE, milestones VARCHAR NOT NULL, "
        "requests BIGINT NOT NULL, problems VARCHAR NOT NULL, committed_at TIMESTAMPTZ NOT NULL"
    ),
    # What it met: the ids of objects per object type, and as 'url' what it asked for → 'answered'.
    "checkpoint_item": (
        "system VARCHAR NOT NULL, what VARCHAR NOT NULL, id VARCHAR NOT NULL, answered VARCHAR"
    ),
    "fetch": (
        "url VARCHAR NOT NULL, kind VARCHAR NOT NULL, status BIGINT NOT NULL, etag VARCHAR, "
        "last_modified VARCHAR, sha256 VARCHAR NOT NULL, size_bytes BIGINT NOT NULL, "
        # Why the body is not kept; null where it is.
        "retrieved_at TIMESTAMPTZ NOT NULL, content_type VARCHAR, withheld VARCHAR"
    ),
    # Answers whose records are all in the lake, and how many of each type: see loaded.py.
    "loaded": (
        "system VARCHAR NOT NULL, url VARCHAR NOT NULL, fingerprint VARCHAR NOT NULL, "
        "state VARCHAR NOT NULL, counts VARCHAR NOT NULL, asked_at TIMESTAMPTZ NOT NULL"
    ),
    "tombstone": (
        "object_type VARCHAR NOT NULL, id VARCHAR NOT NULL, reason VARCHAR NOT NULL, "
        '"at" TIMESTAMPTZ NOT NULL'
    ),
    "city": (
        "city_id VARCHAR NOT NULL, name VARCHAR NOT NULL, ags VARCHAR, ars VARCHAR, "
        "nuts3 VARCHAR, wikidata VARCHAR, website VARCHAR, publisher_name VARCHAR, "
        "publisher_url VARCHAR, publisher_email VARCHAR, licence VARCHAR, "
        "council_system VARCHAR, council_url VARCHAR, is_sample BOOLEAN NOT NULL, "
        "retrieved_at TIMESTAMPTZ NOT NULL, content_sha256 VARCHAR NOT NULL"
    ),
}


def table_name(system: str, object_type: str) -> str:
    """The raw table of an object type, e.g. ``sessionnet_paper``."""
    return object_type if object_type in OWN else f"{system}_{object_type}"


def arrow_schema(model: type[Record]) -> pa.Schema:
    """The columns of a record's raw table, in declaration order, then our own two.

    Raises:
        TypeError: A field's type has no column type; flatten it in the model.
    """
    fields = [_field(model, name, info.annotation) for name, info in model.model_fields.items()]
    return pa.schema(
        [
            *fields,
            pa.field("retrieved_at", _ARROW[dt.datetime], nullable=False),
            pa.field("content_sha256", pa.string(), nullable=False),
        ]
    )


def _field(model: type[Record], name: str, annotation: Any) -> "pa.Field[Any]":
    kinds = _plain(annotation) - {type(None)}
    kind = kinds.pop() if len(kinds) == 1 else None
    if kind not in _ARROW:
        raise TypeError(
            f"{model.__name__}.{name}: {annotation} has no column type → "
            f"use one of {', '.join(known.__name__ for known in _ARROW)}"
        )
    # Only the key is NOT NULL: a column added later is null in the rows that are there.
    return pa.field(name, _ARROW[kind], nullable=name != "id")


def _plain(annotation: Any) -> set[Any]:
    """The plain types an annotation admits: ``str | None`` → ``{str, NoneType}``."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return {kind for arm in get_args(annotation) for kind in _plain(arm)}
    if origin is Literal:
        return {type(value) for value in get_args(annotation)}
    return {annotation}
