"""What a GENESIS web service says instead of a table, and what to do about it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from ingestion.http import Problem

OK: Final = 0
ADJUSTED: Final = 22
NOTHING_NEWER: Final = 50
BUSY: Final = 6
WRONG_CREDENTIALS: Final = 2
NOT_SIGNED_IN: Final = 15
TOO_LARGE: Final = frozenset({98, 99})
"""98: ask again as a job; 99: a job was made of it at once."""
UNKNOWN: Final = frozenset({90, 103, 104})
"""No such table, nothing for this selection, or a job's result that is not there yet."""

_WORDS_LONGEST: Final = 300
_ENTRY: Final = "the table's entry in ingestion/sources"
_MENDS: Final[Mapping[int, str]] = {
    -1: f"the office has no data for this selection: check region and years in {_ENTRY}",
    OK: "this answer holds no table: ask the service data/tablefile",
    WRONG_CREDENTIALS: "check {username} and {password}",
    BUSY: "too many requests at once under this user: run again later",
    NOT_SIGNED_IN: "set {username} and {password} (free registration)",
    ADJUSTED: f"a parameter was changed by the server: check {_ENTRY}",
    NOTHING_NEWER: "nothing newer than asked for",
    90: f"check the table's code and region in {_ENTRY}",
    98: f"too large for one answer and no job was made: name a narrower region in {_ENTRY}",
    99: f"too large for one answer: name a narrower region in {_ENTRY}",
    103: f"check the table's code and region in {_ENTRY}",
    104: f"check the table's code and region in {_ENTRY}",
}


class RefusedError(Exception):
    """The service answered with a status instead of what was asked for.

    Attributes:
        code: The service's own.
        words: What it says, blanks joined.
        problem: To be reported.
    """

    def __init__(self, code: int, words: str, problem: Problem) -> None:
        """Take what the service said."""
        super().__init__(str(problem))
        self.code, self.words, self.problem = code, words, problem


def read_json(body: bytes) -> dict[str, Any] | None:
    """A JSON object; None if the answer is something else."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        content: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def status(body: bytes) -> tuple[int, str] | None:
    """Code and words of a JSON status, nested or flat; None if the answer is something else."""
    content = read_json(body)
    if content is None:
        return None
    told = content.get("Status", content)
    try:
        return int(told["Code"]), " ".join(str(told.get("Content", "")).split())
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return None


def problem(url: str, what: str, code: int, words: str, account: str = "genesis") -> Problem:
    """A status as something to report.

    Args:
        url: Which service was asked.
        what: What for, e.g. ``table 12411-01-01-4``.
        code: The service's code.
        words: What it says.
        account: Whose user name and password are meant: the first part of their variables.
    """
    mend = _MENDS.get(code, "see the service's documentation, or run again later")
    username, password = variables(account)
    mend = mend.format(username=username, password=password)
    return Problem(url, f"{what}: status {code}, {words[:_WORDS_LONGEST]}", mend)


def variables(account: str) -> tuple[str, str]:
    """The environment variables of an account."""
    return f"SEEHAUS_{account.upper()}_USERNAME", f"SEEHAUS_{account.upper()}_PASSWORD"
