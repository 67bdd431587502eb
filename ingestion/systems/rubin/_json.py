"""more!rubin's JSON, alone or within a page: found, and read without trusting its types."""

import datetime as dt
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ingestion.record import Fetched, Location, UnknownStructureError
from ingestion.systems import _dates, _html

_MAX_BYTES: Final = 16 * 2**20
_COMPONENT: Final = re.compile(r"""window\.components\[[^\]]{1,200}\]\s*=\s*\{\s*props:\s*(?=\{)""")
_UNKNOWN_TIME: Final = "00:00:00"
_MINUTES: Final = "ni_"
_DECODER: Final = json.JSONDecoder(strict=False)


class Node:
    """One JSON object: numbers that come as text, and text that comes as nothing."""

    def __init__(self, content: Mapping[str, Any]) -> None:
        """Wrap an object."""
        self._fields = content

    def text(self, *keys: str) -> str | None:
        """The first of the fields that says something, as one line."""
        for key in keys:
            value = self._fields.get(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool):
                words = _html.clean(str(value))
                if words:
                    return words
        return None

    def number(self, key: str) -> int | None:
        """A whole number, also where it came as text."""
        words = self.text(key)
        return int(words) if words and re.fullmatch(r"\d{1,18}", words, re.ASCII) else None

    def flag(self, key: str) -> bool:
        """A truth value: ``true``, ``1`` and ``"1"``."""
        value = self._fields.get(key)
        return value if isinstance(value, bool) else self.number(key) == 1

    def node(self, key: str) -> "Node | None":
        """An embedded object."""
        value = self._fields.get(key)
        return Node(value) if isinstance(value, dict) else None

    def nodes(self, key: str) -> list["Node"]:
        """The objects of a list."""
        value = self._fields.get(key)
        listed = value if isinstance(value, list) else []
        return [Node(each) for each in listed if isinstance(each, dict)]

    def has(self, key: str) -> bool:
        """Whether the field is there, even if empty."""
        return key in self._fields


def error(fetched: Fetched, what: str, mend: str = "") -> UnknownStructureError:
    """An error that names this answer."""
    mend = mend or "compare the answer with docs/sources/rubin.md"
    return UnknownStructureError(fetched.url, what, mend)


def read(fetched: Fetched) -> Any:
    """The JSON of an answer: the whole of it, or what its page's component was given.

    Raises:
        UnknownStructureError: There is none, it is broken, or it is an error object.
    """
    if len(fetched.body) > _MAX_BYTES:
        raise error(fetched, f"the answer has more than {_MAX_BYTES:,} bytes", "look at it")
    text = _html.decode(fetched.body, fetched.headers)
    start = text.lstrip()[:1]
    try:
        if start in ("{", "["):
            content, end = _DECODER.raw_decode(text.lstrip())
            rest = text.lstrip()[end:].strip()
        else:
            match = _COMPONENT.search(text)
            if match is None:
                raise error(fetched, "there is no JSON in this answer", "ask for it again")
            content, _ = _DECODER.raw_decode(text, match.end())
            content, rest = _props(content), ""
    except (ValueError, RecursionError) as cause:
        if isinstance(cause, UnknownStructureError):
            raise
        raise error(fetched, f"the JSON is broken: {cause}", "ask for it again") from cause
    if rest:
        raise error(fetched, f"something follows the JSON: {rest[:40]!r}")
    if isinstance(content, dict) and content.get("error"):
        raise error(fetched, f"the server says: {str(content['error'])[:80]}")
    return content


def kind_of(url: str, body: bytes) -> str | None:
    """Which kind of answer this is, by the fields that nothing else has."""
    try:
        content = read(Fetched(url, "", 200, {}, body, dt.datetime.min.replace(tzinfo=dt.UTC)))
    except UnknownStructureError:
        return None
    if isinstance(content, dict) and "meetings" in content:
        return "calendar"
    if isinstance(content, dict) and ("agenda_items" in content or "nummer" in content):
        return "meeting"
    first = content[0] if isinstance(content, list) and content else None
    return "organizations" if isinstance(first, dict) and "committees_count" in first else None


def server_id(number: str) -> str:
    """A meeting's or item's number without the sign of its minutes: it stays when they come."""
    return number.removeprefix(_MINUTES)


def span(fetched: Fetched, node: Node) -> tuple[dt.datetime, dt.datetime | None, bool]:
    """Start, end and whether there is a time of day; ``00:00:00`` is an unknown one.

    Raises:
        UnknownStructureError: The day or a time is missing or impossible.
    """
    words = node.text("datum") or ""
    try:
        day = dt.date.fromisoformat(words[:10])
        start, end = _time(node, "beginn"), _time(node, "ende")
        start_at = dt.datetime.combine(day, start or dt.time(), _dates.BERLIN)
        if start is None or end is None:
            return start_at, None, start is not None
        last = day + dt.timedelta(days=1) if end < start else day
        return start_at, dt.datetime.combine(last, end, _dates.BERLIN), True
    except (ValueError, OverflowError) as cause:
        raise error(fetched, f"the meeting's day is {words[:20]!r}: {cause}") from cause


def location(fetched: Fetched, node: Node | None) -> Location | None:
    """The room of a meeting; its telephone is left where it is."""
    if node is None or (room_id := node.text("id", "Kuerzel")) is None:
        return None
    return Location(
        id=room_id,
        url=_html.only(fetched.url),
        description=node.text("Bezeichnung", "name"),
        street_address=node.text("Strasse"),
        postal_code=node.text("PLZ"),
        locality=node.text("Ort"),
        sub_locality=node.text("Ortsteil"),
    )


def place(room: Location | None) -> str | None:
    """The room as one line."""
    if room is None:
        return None
    town = " ".join(filter(None, (room.postal_code, room.locality)))
    return ", ".join(filter(None, (room.description, room.street_address, town))) or None


def _time(node: Node, key: str) -> dt.time | None:
    words = node.text(key)
    return dt.time.fromisoformat(words) if words and words != _UNKNOWN_TIME else None


def _props(content: Any) -> Any:
    """What the page's component was given: the first of its values that is an object or a list."""
    values = content.values() if isinstance(content, dict) else ()
    known = (value for value in values if isinstance(value, dict | list) and value)
    return next(known, content)
