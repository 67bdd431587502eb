"""CSV files: bytes to a sheet of cells, by what the entry declares and nothing guessed."""

import codecs
import csv
import io
from typing import Final, Literal

from ingestion.systems._grid import MAX_CELLS, Cell, Grid, collapsed, refused
from ingestion.systems._table_file_model import MAX_COLUMNS

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In ISO-8859-1 these are control characters that no table holds; windows-1252 has dashes there.
_CONTROLS: Final = frozenset(map(chr, range(0x80, 0xA0)))


def decoded(where: str, body: bytes, encoding: str) -> str:
    """The text of a file in its declared encoding, without a byte order mark.

    Args:
        where: For messages.
        body: The file, untrusted.
        encoding: One of ``ENCODINGS``.

    Raises:
        UnknownStructureError: If the bytes are not in this encoding, or look like another one:
            ISO-8859-1 takes any bytes, so what is UTF-8 would become wrong letters.
    """
    marked = next((name for mark, name in _BOMS if body.startswith(mark)), None)
    if marked not in {None, encoding}:
        raise refused(where, f"a byte order mark of {marked}", f"write `encoding: {marked}`")
    if encoding == "utf-16" and marked is None:
        raise refused(where, "no byte order mark of utf-16", "check the encoding in the entry")
    try:
        text = body.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        raise refused(
            where,
            f"byte {error.start + 1} is not {encoding}",
            "check the encoding in the entry; old German files are iso-8859-1 or windows-1252",
        ) from None
    _check_letters(where, body, text, encoding)
    if "\x00" in text:
        raise refused(where, f"a NUL at character {text.index(chr(0)) + 1}: not a text file")
    return text


def _check_letters(where: str, body: bytes, text: str, encoding: str) -> None:
    """One byte per letter fits any file: look whether it is another encoding's."""
    if encoding not in {"iso-8859-1", "windows-1252"} or text.isascii():
        return
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        raise refused(where, f"declared {encoding}, but it is utf-8", "write `encoding: utf-8`")
    if encoding == "iso-8859-1" and not _CONTROLS.isdisjoint(text):
        raise refused(
            where,
            "declared iso-8859-1, but it has letters of windows-1252",
            "write `encoding: windows-1252`",
        )


def read(
    where: str,
    body: bytes,
    *,
    encoding: str,
    separator: str,
    quote: Literal['"', "'"] | None,
) -> Grid:
    """The cells of a CSV; a row is a record of the file, blank ones counted.

    Args:
        where: For messages.
        body: The file, untrusted.
        encoding: One of ``ENCODINGS``.
        separator: Between fields.
        quote: Around fields, None for none.

    Raises:
        UnknownStructureError: Another encoding, a quote that never ends, a field or a table larger
            than any real one.
    """
    text = decoded(where, body, encoding)
    grid = Grid(where)
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=separator,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        # A quote that is opened and never closed would hide the rest of the file in one field.
        strict=True,
    )
    cells = 0
    try:
        for row_no, row in enumerate(reader, start=1):
            if len(row) > MAX_COLUMNS:
                raise refused(f"{where}, row {row_no}", f"more than {MAX_COLUMNS:,} columns")
            kept = {
                number: Cell(words)
                for number, field in enumerate(row, start=1)
                if (words := collapsed(field))
            }
            cells += len(kept)
            if cells > MAX_CELLS:
                raise refused(where, f"more than {MAX_CELLS:,} filled cells")
            if kept:
                grid.rows[row_no] = kept
    except csv.Error as error:
        raise refused(
            f"{where}, row {len(grid.rows) + 1}", f"not CSV as declared ({error})"
        ) from None
    return grid
