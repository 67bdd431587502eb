"""Metadata for Dagster's UI: small tables in Markdown, safe to show."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg

from ingestion.http import Problem

_CELL: Final = 60
_PROBLEMS: Final = 20


def cell(value: object) -> str:
    """One value as a Markdown cell: one line, short, pipes escaped."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    text = " ".join(str(value).split()).replace("|", "\\|")
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows as a Markdown table; an empty sequence says so."""
    if not rows:
        return "*(no rows)*"
    names = list(columns or rows[0])
    lines = [
        "| " + " | ".join(names) + " |",
        "|" + " --- |" * len(names),
        *("| " + " | ".join(cell(row.get(name)) for name in names) + " |" for row in rows),
    ]
    return "\n".join(lines)


def problems(found: Sequence[Problem]) -> dg.MarkdownMetadataValue:
    """What a source reported, the first ones, as Dagster metadata."""
    return markdown([{"where": p.url, "what": p.what, "mend": p.mend} for p in found[:_PROBLEMS]])


def markdown(rows: Sequence[Mapping[str, Any]]) -> dg.MarkdownMetadataValue:
    """The same as Dagster metadata."""
    return dg.MetadataValue.md(table(rows))
