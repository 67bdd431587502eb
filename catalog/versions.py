"""What changed from one publication of a data set to the next, in one line each.

Only numbers are kept: what a withdrawn row said must be gone with it.
"""

import datetime as dt
from typing import Final

import pyarrow as pa

from catalog.changes import row_changes

LINES: Final = 24
"""So many changes are remembered; the oldest go first."""


def notes(
    earlier: str, base: pa.Table | None, rows: pa.Table, keys: tuple[str, ...], today: dt.date
) -> str:
    """The notes of this version: a new line before the earlier ones, if anything changed.

    Args:
        earlier: The notes of the version before.
        base: Its rows; None where there was none.
        rows: The rows now, of the same sort.
        keys: The columns that name a row.
        today: The day that the new line bears.

    Returns:
        Markdown list, newest first; ``earlier`` itself where no row changed.
    """
    if base is None:
        said = f"erste Veröffentlichung, {_rows(rows.num_rows)}"
    elif base.equals(rows):
        return earlier
    else:
        said = _difference(base, rows, keys)
    lines = [f"- {today.isoformat()}: {said}", *earlier.splitlines()]
    return "\n".join(lines[:LINES])


def _difference(base: pa.Table, rows: pa.Table, keys: tuple[str, ...]) -> str:
    changes = row_changes(base, rows, keys)
    if changes is None:
        return f"Spalten geändert, {_rows(rows.num_rows)}"
    counted = (
        (changes.added, "neu"),
        (changes.changed, "geändert"),
        (changes.removed, "entfernt"),
    )
    parts = [f"{number} {word}" for number, word in counted if number]
    return f"{', '.join(parts)}; jetzt {_rows(rows.num_rows)}"


def _rows(number: int) -> str:
    return f"{number} {'Zeile' if number == 1 else 'Zeilen'}"
