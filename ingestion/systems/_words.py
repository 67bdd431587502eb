"""German words that carry meaning on every council's pages."""

import re
from typing import Final

_OFF: Final = r"(?:f[äa]e?llt\s+aus|entf[äa]e?llt|abgesagt|ausgefallen)"
_CANCELLED: Final = re.compile(_OFF, re.IGNORECASE)
_CANCELLED_NOTE: Final = re.compile(rf"[\s(:\u2013-]*\b{_OFF}\b[\s).!]*$", re.IGNORECASE)
_CLOSED: Final = re.compile(r"\bnicht[\s-]*(?:öffentlich|oeffentlich)", re.IGNORECASE)
_OPEN: Final = re.compile(r"\b(?:öffentlich|oeffentlich)", re.IGNORECASE)
_CLOSED_NUMBER: Final = re.compile(r"^N[ÖO]?(?![^\W\d_])", re.IGNORECASE)
# The names of OParl's fields for a meeting's, an item's and a paper's files, in snake_case.
_MEETING_ROLES: Final = (
    ("verbatim_protocol", re.compile(r"wortprotokoll", re.IGNORECASE)),
    ("results_protocol", re.compile(r"niederschrift|protokoll", re.IGNORECASE)),
    ("invitation", re.compile(r"einladung|bekanntmachung|tagesordnung", re.IGNORECASE)),
)
_RESOLUTION: Final = re.compile(r"beschlussauszug|beschlussausfertigung|^auszug", re.IGNORECASE)
_MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "zip": "application/zip",
    "jpg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "htm": "text/html",
    "html": "text/html",
}


def is_cancelled(words: str) -> bool:
    """Whether the words say that a meeting does not take place."""
    return _CANCELLED.search(words) is not None


def without_cancellation(words: str) -> str:
    """Take the note that a meeting does not take place off the end of its name or reference."""
    return _CANCELLED_NOTE.sub("", words)


def is_public(words: str) -> bool | None:
    """Whether the words say ``öffentlich`` or ``nichtöffentlich``; None if neither.

    Where both are said ("öffentlich / nichtöffentlich") the stricter word holds.
    """
    if _CLOSED.search(words):
        return False
    return True if _OPEN.search(words) else None


def is_closed_number(number: str) -> bool:
    """Whether an item's number marks it as non-public: ``NÖ 1``, ``N 1``."""
    return _CLOSED_NUMBER.match(number) is not None


def meeting_role(name: str) -> str:
    """The role of a document that hangs on a meeting, by its name."""
    return next((role for role, words in _MEETING_ROLES if words.search(name)), "auxiliary_file")


def item_role(name: str) -> str:
    """The role of a document that hangs on an agenda item, by its name."""
    if is_collection(name):
        return "collection"
    return "resolution_file" if _RESOLUTION.search(name) else "auxiliary_file"


def is_collection(name: str) -> bool:
    """Whether a document repeats a paper with all its attachments in one file."""
    return name.lower().startswith("sammeldokument")


def media_type(ending: str) -> str | None:
    """The media type of a file name's ending; None where it says nothing."""
    return _MEDIA_TYPES.get(ending.lower())
