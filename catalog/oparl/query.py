"""What a client asks of a list: filters, page size and cursor, checked before they are used."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from catalog.oparl.addresses import LONGEST, decoded, encoded

DEFAULT_LIMIT: Final = 100
MOST: Final = 200
FILTERS: Final[Mapping[str, tuple[str, str]]] = {
    "created_since": ("created_at", ">="),
    "created_until": ("created_at", "<="),
    "modified_since": ("modified_at", ">="),
    "modified_until": ("modified_at", "<="),
}
"""Parameter → column and comparison."""

_BERLIN: Final = ZoneInfo("Europe/Berlin")
_SHOWN: Final = 40
_NUMBER: Final = re.compile(r"[0-9]{1,9}")
# A plus sign that was not encoded arrives as a blank.
_BLANK_OFFSET: Final = re.compile(r" (?=\d{2}:?\d{2}$)")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}.*")


class QueryError(ValueError):
    """A parameter cannot be used; the message (German) names it and the mend.

    Attributes:
        parameter: Which one.
        mend: What may be given instead, in English, for programs' logs.
    """

    def __init__(self, parameter: str, given: str, mend_de: str, mend: str) -> None:
        """Keep parameter and mend; what was given is cut."""
        super().__init__(f"{parameter}: „{given[:_SHOWN]}“ ist nicht lesbar → {mend_de}")
        self.parameter, self.mend = parameter, f"{parameter}: {mend}"


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A valid question.

    Attributes:
        limit: Objects on a page.
        after: The harmonised id behind which the page begins; empty at the beginning.
        filters: Parameter → moment.
        omit_internal: Whether embedded objects are left out.
    """

    limit: int = DEFAULT_LIMIT
    after: str = ""
    filters: Mapping[str, dt.datetime] = field(default_factory=dict)
    omit_internal: bool = False

    @property
    def with_deleted(self) -> bool:
        """Whether deleted objects are told: to whoever asks for changes."""
        return any(name.startswith("modified_") for name in self.filters)

    def url(self, path: str, after: str | None = None) -> str:
        """The address of the page behind ``after`` (by default of this one), filters kept."""
        parts: dict[str, str] = {
            name: moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
            for name, moment in self.filters.items()
        }
        parts |= {"limit": str(self.limit)} if self.limit != DEFAULT_LIMIT else {}
        parts |= {"omit_internal": "true"} if self.omit_internal else {}
        behind = self.after if after is None else after
        parts |= {"after": encoded(behind)} if behind else {}
        return f"{path}?{urlencode(parts)}" if parts else path


def list_query(params: Mapping[str, str]) -> ListQuery:
    """Read a list's parameters; others than ours are not looked at.

    Raises:
        QueryError: One of ours cannot be used.
    """
    return ListQuery(
        limit=_limit(params.get("limit", "")),
        after=_after(params.get("after", "")),
        filters={name: _moment(name, params[name]) for name in FILTERS if params.get(name)},
        omit_internal=is_internal_omitted(params),
    )


def is_internal_omitted(params: Mapping[str, str]) -> bool:
    """Read ``omit_internal``.

    Raises:
        QueryError: It is neither ``true`` nor ``false``.
    """
    told = params.get("omit_internal", "")
    if told.lower() not in {"", "true", "false"}:
        raise QueryError("omit_internal", told, "true oder false", "true or false")
    return told.lower() == "true"


def _limit(text: str) -> int:
    if not text:
        return DEFAULT_LIMIT
    if not _NUMBER.fullmatch(text) or not int(text):
        raise QueryError("limit", text, f"eine Zahl von 1 bis {MOST}", f"a number from 1 to {MOST}")
    # More than we give is no error: a limit is a wish.
    return min(int(text), MOST)


def _after(text: str) -> str:
    told = decoded(text) if len(text) <= 2 * LONGEST else None
    if told is None or "\0" in told:
        raise QueryError(
            "after",
            text,
            "die Adresse aus links.next unverändert verwenden, oder bei links.first beginnen",
            "use links.next as it is, or begin at links.first",
        )
    return told


def _moment(name: str, text: str) -> dt.datetime:
    """A moment; without an offset it is Berlin's, a day alone is its midnight there."""
    mend_de = "Datum und Zeit wie 2026-01-31T08:00:00+01:00 (das Plus als %2B) oder …Z"
    refused = QueryError(name, text, mend_de, "a date-time like 2026-01-31T08:00:00Z")
    if not _DAY.fullmatch(text):
        raise refused
    try:
        moment = dt.datetime.fromisoformat(_BLANK_OFFSET.sub("+", text))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=_BERLIN)
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        raise refused from None
