"""Plain text, in the encodings that German offices write."""

import codecs
from typing import Final

from ingestion.formats import Budget, Content, paged
from ingestion.formats.kinds import PLAIN

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> str:
    """Bytes to text: by the byte order mark, else UTF-8, else Windows-1252.

    Args:
        data: Any bytes; whatever does not decode becomes U+FFFD.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def read(data: bytes, budget: Budget) -> Content:
    """A text file; a form feed ends a page."""
    return Content(PLAIN, paged(decode(data).split("\f"), budget))
