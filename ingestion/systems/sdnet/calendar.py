"""The export of SD.NET RIM's calendar: an iCalendar with an agenda's address in each event.

No export was recorded: the rules follow what others describe of it and RFC 5545.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from ingestion.record import Fetched, Meeting, UnknownStructureError
from ingestion.systems import _dates, _html, _words
from ingestion.systems._crawl import said
from ingestion.systems.sdnet._page import Page, meeting_id, when

_MAX_BYTES: Final = 16 * 2**20
_BEGIN: Final = "\nBEGIN:VEVENT\n"
_END: Final = "\nEND:VEVENT"
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_MOMENT: Final = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_AGENDA: Final = re.compile(r"https?://[^\s\\<>\"]{1,300}/tops/\?__=[\w-]{1,300}", re.ASCII)
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting of a list and where its agenda is, if it is published."""

    meeting: Meeting
    agenda_url: str | None

    @property
    def context(self) -> dict[str, str]:
        """What the agenda page may not repeat."""
        meeting = self.meeting
        told = {
            "committee": meeting.organization_name,
            "date": meeting.date_text,
            "is_cancelled": "true" if meeting.is_cancelled else None,
        }
        return said(told)


def listed(page: Page, committee: str, words: str, url: str) -> Entry:
    """The meeting of a list's row, whose agenda the row links.

    Args:
        page: The list.
        committee: Who meets.
        words: The row's day and time.
        url: The agenda.

    Raises:
        UnknownStructureError: The words name no day.
    """
    start_at, end_at, has_time = when(page, words)
    meeting = Meeting(
        id=meeting_id(start_at.date(), committee),
        url=url,
        name=committee,
        organization_name=committee,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=f"{start_at:%d.%m.%Y}",
        has_agenda=True,
    )
    return Entry(meeting, url)


def export_address(fetched: Fetched) -> str | None:
    """Where the calendar's page says that its export is."""
    text = _html.decode(fetched.body, fetched.headers)
    match = re.search(r"""data-export-url=["']([^"'<>]{1,500})["']""", text)
    return _html.absolute(fetched.url, match[1].replace("&amp;", "&")) if match else None


def entries(fetched: Fetched) -> Iterator[Entry]:
    """Read the meetings of an export in its order.

    Raises:
        UnknownStructureError: It is no iCalendar, it is cut off, or an event cannot be read.
    """
    text = _html.decode(fetched.body[:_MAX_BYTES], fetched.headers).replace("\r\n", "\n")
    if not text.lstrip().startswith("BEGIN:VCALENDAR"):
        raise _error(fetched, "this is no iCalendar", "look at the page in a browser")
    if not text.rstrip().endswith("END:VCALENDAR"):
        raise _error(fetched, "the calendar is cut off: it has no end", "ask for it again")
    for event in _FOLD.sub("", text).split(_BEGIN)[1:]:
        content, end, _ = event.partition(_END)
        if not end:
            raise _error(fetched, "an event of the calendar has no end")
        yield _entry(fetched, dict(_properties(content)))


def _properties(event: str) -> Iterator[tuple[str, str]]:
    """The properties of an event, without their parameters; what comes first holds last."""
    for line in reversed(event.splitlines()):
        name, colon, value = line.partition(":")
        if colon:
            yield name.partition(";")[0].upper(), value.strip()


def _entry(fetched: Fetched, event: Mapping[str, str]) -> Entry:
    committee = _html.clean(_unescaped(event.get("SUMMARY", "")))
    name = _words.without_cancellation(committee)
    start, has_time = _moment(fetched, event.get("DTSTART", ""))
    if not name:
        raise _error(fetched, f"the meeting of {start:%d.%m.%Y} has no name")
    end, has_end = _moment(fetched, event["DTEND"]) if event.get("DTEND") else (None, False)
    link = _AGENDA.search(event.get("DESCRIPTION", "")) or _AGENDA.search(event.get("URL", ""))
    agenda_url = link[0] if link and _is_own(fetched.url, link[0]) else None
    meeting = Meeting(
        id=meeting_id(start.date(), name),
        url=agenda_url or _html.only(fetched.url),
        name=name,
        organization_name=name,
        start_at=start,
        end_at=end if has_end and end is not None and end > start else None,
        has_time=has_time,
        date_text=f"{start:%d.%m.%Y}",
        location=_html.clean(_unescaped(event.get("LOCATION", ""))) or None,
        is_cancelled=event.get("STATUS", "").upper() == "CANCELLED"
        or _words.is_cancelled(f"{committee} {_unescaped(event.get('DESCRIPTION', ''))}"),
        has_agenda=agenda_url is not None,
    )
    return Entry(meeting, agenda_url)


def _moment(fetched: Fetched, words: str) -> tuple[dt.datetime, bool]:
    """A moment in Berlin's time; the form with ``Z`` is UTC, as RFC 5545 says."""
    match = _MOMENT.match(words)
    if match is None:
        raise _error(fetched, f"a meeting's time is {words[:40]!r}")
    try:
        day = dt.datetime.strptime(match[1], "%Y%m%d")  # noqa: DTZ007 - the zone follows
        clock = dt.datetime.strptime(match[2] or "000000", "%H%M%S").time()  # noqa: DTZ007
        moment = dt.datetime.combine(day, clock, dt.UTC if match[3] else _dates.BERLIN)
        return moment.astimezone(_dates.BERLIN), match[2] is not None
    except (ValueError, OverflowError) as error:
        raise _error(fetched, f"{words[:40]!r} is no time") from error


def _unescaped(words: str) -> str:
    return _ESCAPED.sub(lambda match: " " if match[1] in "nN" else match[1], words)


def _is_own(page: str, url: str) -> bool:
    """Whether an agenda lies on the calendar's own server; a saved calendar has none."""
    try:
        host = urlsplit(page).netloc
        return not host or urlsplit(url).netloc == host
    except ValueError:
        return False


def _error(fetched: Fetched, what: str, mend: str = "") -> UnknownStructureError:
    mend = mend or "compare the export with docs/sources/sdnet.md"
    return UnknownStructureError(fetched.url, what, mend)
