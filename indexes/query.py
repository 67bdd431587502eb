"""What a user typed: checked, and looked through for references to papers and agenda items."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from indexes.errors import IndexesError

MAX_QUERY: Final = 500
# "0815/2026", "V/0815/2026", "DS 12-2026": what stands before and after varies by city, the
# number and the year with a stroke between them do not.
_REFERENCE: Final = re.compile(r"\d+\s*[/-]\s*\d+(?:\s*[/-]\s*\d+)*")
_ITEM: Final = re.compile(
    r"\b(?:TOP|Tagesordnungspunkt)\s*(?:(?:Ö|N|NÖ)\s*)?(\d+(?:\.\d+)*)", re.IGNORECASE
)
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*")


class QueryError(IndexesError):
    """The query cannot be searched. ``code`` is ``empty``, ``too_long`` or ``control``."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code for whoever shows the message in another language."""
        super().__init__(message)
        self.code = code


def checked(text: str) -> str:
    """The query with its white space made single blanks, in Unicode's composed form.

    Raises:
        QueryError: Nothing in it, longer than 500 characters, or with control characters.
    """
    if len(text) > MAX_QUERY:
        raise QueryError("too_long", f"query: {len(text)} characters → ask in at most {MAX_QUERY}")
    query = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} for character in query):
        raise QueryError("control", "query: holds control characters → type it as plain text")
    if not any(character.isalnum() for character in query):
        raise QueryError("empty", "query: no word in it → ask with at least one word")
    return query


def references(text: str) -> Iterator[str]:
    """The references in a text, reduced to what identifies them: ``DS 12 / 2026`` → ``12/2026``."""
    for found in _REFERENCE.findall(text):
        parts = re.split(r"\s*[/-]\s*", found)
        yield "/".join(part.lstrip("0") or "0" for part in parts)


def item_numbers(text: str) -> set[str]:
    """The numbers of agenda items that a query names (``TOP Ö 5`` → ``5``)."""
    return set(_ITEM.findall(text))


def item_number(number: str) -> list[str]:
    """The bare number of an agenda item as a city prints it (``Ö 5`` → ``5``); none without one."""
    return _NUMBER.findall(number)[:1]
