"""Rich Text Format, by striprtf; a page break there is a page break here."""

import re
from typing import Final

from striprtf.striprtf import rtf_to_text

from ingestion.formats import Budget, Content, UnreadableError, paged
from ingestion.formats.kinds import RTF

# striprtf knows no pages, so a break travels through it as a private character.
_BREAK: Final = "\ue00c"
_PAGE: Final = re.compile(rb"\\(?:page|pagebb|sbkpage)(?![a-z])[ ]?")
_ESCAPED: Final = f"\\u{ord(_BREAK) - 2**16}?".encode()
# Pictures and embedded objects are hexadecimal digits by the megabyte: nothing to read.
_DIGITS: Final = re.compile(rb"(?:[0-9a-fA-F]{64,}\s*){4,}")


def read(data: bytes, budget: Budget) -> Content:
    """The text of an RTF file.

    Raises:
        UnreadableError: It is not RTF after all.
    """
    source = _PAGE.sub(lambda _: _ESCAPED, _DIGITS.sub(b"", data)).decode("latin-1")
    try:
        text = str(rtf_to_text(source, errors="replace"))  # type: ignore[no-untyped-call]
    except (ValueError, LookupError, IndexError, RecursionError) as error:
        raise UnreadableError(f"not readable RTF ({type(error).__name__})") from None
    return Content(RTF, paged(text.split(_BREAK), budget))
