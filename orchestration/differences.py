"""What a publication changes, or would change, for people and for programs."""

import json
from collections.abc import Iterator
from typing import Any, Final

from catalog.difference import Difference
from catalog.publish import PublishResult

_WIDTH: Final = 60
_HEAD: Final = ("data set", "", "added", "changed", "removed", "files")


def table(done: PublishResult) -> list[str]:
    """One line per data set that differs, below it one per metadata field: old → new."""
    found = sorted(done.differences.items())
    if not found:
        return []
    rows = [_HEAD, *(_row(name, done, one) for name, one in found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEAD))]
    lines = [_line(row, widths) for row in rows]
    for at, (_, one) in reversed(list(enumerate(found, 2))):
        lines[at - 1 : at] = [lines[at - 1], *_details(one)]
    return lines


def _row(name: str, done: PublishResult, one: Difference) -> tuple[str, ...]:
    what = "new" if name in done.created else "retired" if name in done.retired else "differs"
    added = f"all {one.rows_added}" if one.is_reload and what != "new" else str(one.rows_added)
    counts = (str(one.rows_changed), str(one.rows_removed))
    return (name, what, added, *counts, ", ".join(one.files))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, what, *counts, files = row
    numbers = (cell.rjust(width) for cell, width in zip(counts, widths[2:5], strict=True))
    return "  ".join([name.ljust(widths[0]), what.ljust(widths[1]), *numbers, files]).rstrip()


def _details(one: Difference) -> Iterator[str]:
    for field in one.fields:
        yield f"    {field.name}: {_short(field.old)} → {_short(field.new)}"
    if one.resources:
        yield f"    resource fields: {', '.join(one.resources)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"


def for_programs(done: PublishResult) -> dict[str, Any]:
    """The same as JSON-ready values, with what did not change and what went wrong."""
    return {
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
        "held_back": done.blocked,
        "retired": done.retired,
        "differences": {name: one.for_programs() for name, one in sorted(done.differences.items())},
        "problems": [str(problem) for problem in done.problems],
        "requests": done.requests,
        "writes": done.writes,
    }
