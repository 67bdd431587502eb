"""OParl's JSON as real servers send it: broken characters, swapped arrays, odd names and types."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit
from zoneinfo import ZoneInfo

from ingestion.record import UnknownStructureError

BERLIN: Final = ZoneInfo("Europe/Berlin")
FIRST_YEAR: Final = 1900
KINDS: Final = (
    "system",
    "body",
    "legislative_term",
    "organization",
    "person",
    "membership",
    "location",
    "meeting",
    "agenda_item",
    "paper",
    "consultation",
    "file",
)
_TYPES: Final[Mapping[str, str]] = {
    **{kind.replace("_", ""): kind for kind in KINDS},
    "gr": "organization",
    "at": "organization",
}
# What an object without a type can only be, by the fields that nothing else has.
_SIGNS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("system", frozenset({"oparlversion", "body"})),
    ("body", frozenset({"organization", "person", "meeting", "paper"})),
    ("file", frozenset({"accessurl"})),
    ("file", frozenset({"downloadurl"})),
    ("agenda_item", frozenset({"order"})),
    ("agenda_item", frozenset({"meeting", "number"})),
    ("paper", frozenset({"reference"})),
    ("paper", frozenset({"papertype"})),
    ("paper", frozenset({"mainfile"})),
    ("meeting", frozenset({"start"})),
    ("meeting", frozenset({"meetingstate"})),
    ("consultation", frozenset({"agendaitem", "meeting"})),
    ("consultation", frozenset({"meeting", "organization", "role"})),
    ("person", frozenset({"familyname"})),
    ("person", frozenset({"givenname"})),
    ("person", frozenset({"formofaddress"})),
    ("person", frozenset({"formofadress"})),
    ("person", frozenset({"membership", "status"})),
    ("membership", frozenset({"votingright"})),
    ("membership", frozenset({"person", "organization"})),
    ("location", frozenset({"geojson"})),
    ("location", frozenset({"streetaddress"})),
    ("location", frozenset({"room"})),
    ("organization", frozenset({"organizationtype"})),
    ("organization", frozenset({"classification"})),
    ("organization", frozenset({"membership", "shortname"})),
    ("organization", frozenset({"membership", "meeting"})),
    ("consultation", frozenset({"meeting", "organization"})),
)
_FRAME: Final = frozenset({"id", "type", "created", "modified", "deleted", "web", "body"})
_EMPTY: Final = frozenset({"", "n/a", "null", "none", "-"})
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FRACTION: Final = re.compile(r"(?<=:\d{2})[.,]\d+")
_FIREWALL: Final = re.compile(
    r"web application firewall|request (?:was )?(?:blocked|rejected)|access denied|captcha"
    r"|zugriff (?:wurde )?(?:verweigert|gesperrt|blockiert)|anfrage wurde (?:blockiert|abgelehnt)",
    re.IGNORECASE,
)


class Node:
    """One JSON object, its keys read without regard to case (``agendaitem``)."""

    def __init__(self, content: Mapping[str, Any], base: str) -> None:
        """Wrap an object; ``base`` resolves its relative URLs."""
        self._fields = {str(key).lower(): value for key, value in content.items()}
        self.base = base

    @property
    def keys(self) -> list[str]:
        """The names of the fields, sorted, in lower case."""
        return sorted(self._fields)

    def has(self, key: str) -> bool:
        """Whether the field is there, even if empty."""
        return key.lower() in self._fields

    def raw(self, key: str) -> Any:
        """The field as it is."""
        return self._fields.get(key.lower())

    def text(self, key: str) -> str | None:
        """A line of text, blanks collapsed; None for what only stands for nothing (``N/A``)."""
        block = self.block(key)
        return " ".join(block.split()) if block else None

    def block(self, key: str) -> str | None:
        """Text that keeps its line breaks, without control characters."""
        value = self.raw(key)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        text = _CONTROL.sub(" ", str(value).replace("\r\n", "\n")).strip()
        return None if text.lower() in _EMPTY else text

    def flag(self, key: str) -> bool | None:
        """A truth value, also where it came as text."""
        value = self.raw(key)
        if isinstance(value, bool):
            return value
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).lower())

    def words(self, key: str) -> str | None:
        """Lines of text, alone or in an array (``title``, ``status``), joined by ``; ``."""
        found = (Node({"text": each}, self.base).text("text") for each in self._many(key))
        return "; ".join(filter(None, found)) or None

    def integer(self, key: str) -> int | None:
        """A whole number, also where it came as text."""
        value = self.raw(key)
        if isinstance(value, bool):
            return None
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError):
            return None

    def url(self, key: str) -> str | None:
        """An absolute http(s) URL, or the id of what is embedded in its place."""
        return next(iter(self.urls(key)), None)

    def urls(self, key: str) -> list[str]:
        """Every URL of a field: alone, in an array, or as the id of an embedded object."""
        found = []
        for value in self._many(key):
            target = value.get("id") if isinstance(value, dict) else value
            url = absolute(self.base, target)
            if url is not None:
                found.append(url)
        return found

    def links(self, key: str) -> list[str]:
        """Only the URLs that stand for objects which are not embedded."""
        values = (absolute(self.base, value) for value in self._many(key))
        return [url for url in values if url is not None]

    def nodes(self, key: str) -> list["Node"]:
        """The embedded objects of a field, alone or in an array."""
        return [Node(value, self.base) for value in self._many(key) if isinstance(value, dict)]

    def _many(self, key: str) -> Iterator[Any]:
        value = self.raw(key)
        for each in value if isinstance(value, list) else [value]:
            if each not in (None, "", []):
                yield each

    @property
    def id(self) -> str | None:
        """The object's URL."""
        return absolute(self.base, self.raw("id"))

    @property
    def is_mere_link(self) -> bool:
        """Whether nothing but the way to the object is embedded: its id, type and time stamps."""
        told = (name for name in self._fields if self.raw(name) not in (None, "", [], {}))
        return set(told) <= _FRAME

    @property
    def type(self) -> str:
        """The last part of the type it names, in lower case; empty without one."""
        return (self.text("type") or "").rstrip("/").rpartition("/")[2].lower()

    @property
    def kind(self) -> str | None:
        """Its OParl type as we name it, by ``type`` or by the fields it has."""
        told = self.type
        named = _TYPES.get(told)
        if named or told:
            return named
        have = set(self._fields)
        return next((kind for kind, fields in _SIGNS if fields <= have), None)

    @property
    def is_deleted(self) -> bool:
        """Whether the server says that the object is gone."""
        return self.flag("deleted") is True

    def day(self, key: str) -> dt.date | None:
        """A date, also out of a date-time."""
        return read_day(self.text(key))

    def moment(self, key: str) -> tuple[dt.datetime | None, bool]:
        """A date-time with its offset, and whether a time of day was given."""
        return read_moment(self.text(key))


def absolute(base: str, target: Any) -> str | None:
    """An http(s) URL out of what a server wrote, or None."""
    if not isinstance(target, str) or target.strip().lower() in _EMPTY:
        return None
    try:
        url = urljoin(base, target.strip())
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


def read_moment(text: str | None) -> tuple[dt.datetime | None, bool]:
    """A date-time; without an offset it is Berlin's, with a date alone it is midnight.

    Args:
        text: ISO 8601 as servers write it, with or without offset, fraction or time.

    Returns:
        The moment, and whether a time of day was given. ``(None, False)`` if it is no date.
    """
    if text is None:
        return None, False
    has_time = ":" in text
    try:
        moment = dt.datetime.fromisoformat(_FRACTION.sub("", text))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=BERLIN)
        moment = moment.astimezone(BERLIN)
    except (ValueError, OverflowError):
        return None, False
    # 0001-01-01 is how some vendors write that there is no date.
    return (moment, has_time) if moment.year >= FIRST_YEAR else (None, False)


def read_day(text: str | None) -> dt.date | None:
    """A date, in Berlin where the server gave a moment."""
    moment, _ = read_moment(text)
    return moment.date() if moment is not None else None


def read(url: str, body: bytes) -> Any:
    """The JSON of an answer, control characters and stray bytes allowed.

    Raises:
        UnknownStructureError: For HTML and everything else that is not JSON.
    """
    text = body.decode("utf-8-sig", errors="replace").strip()
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        what = "an HTML page instead of JSON" if text[:1] == "<" else f"not JSON ({error})"
        mend = "run again later; if it stays, tell the operator of the OParl server"
        if text[:1] == "<" and _FIREWALL.search(text[:5000]):
            what = "the page of a firewall instead of JSON"
            mend = "the server refuses programs: ask the operator to admit the crawler"
        raise UnknownStructureError(url, what[:200], mend) from None


def objects(url: str, content: Any) -> list[Node]:
    """The objects of an answer: a list page, a bare array or a single object.

    Raises:
        UnknownStructureError: If it is none of these, or says that it is an error.
    """
    mend = "check the URL; if it is right, tell the operator of the OParl server"
    if isinstance(content, dict):
        node = Node(content, url)
        if (node.text("type") or "").lower().endswith("error"):
            said = node.text("message") or node.text("debug") or "no message"
            raise UnknownStructureError(url, f"an error object: {said[:200]}", mend)
        if not node.has("data"):
            return [node]
        content = node.raw("data")
        # A list with one object in place of the array.
        content = [content] if isinstance(content, dict) else content or []
    if not isinstance(content, list):
        raise UnknownStructureError(url, "neither an object nor a list", mend)
    return [Node(each, url) for each in content if isinstance(each, dict)]
