"""Dates and times as German council pages print them, read into Europe/Berlin."""

import datetime as dt
import re
from typing import Final
from zoneinfo import ZoneInfo

BERLIN: Final = ZoneInfo("Europe/Berlin")

# Three letters tell the months apart in both languages; "Mrz" and "Mar" are the odd ones.
_MONTHS: Final = {
    "jan": 1, "feb": 2, "mär": 3, "mae": 3, "mar": 3, "mrz": 3, "apr": 4, "mai": 5, "may": 5,
    "jun": 6, "jul": 7, "aug": 8, "sep": 9, "okt": 10, "oct": 10, "nov": 11, "dez": 12, "dec": 12,
}  # fmt: skip
# Monday is 0, as in datetime. Systems with a German page still print English weekdays.
_WEEKDAYS: Final = {
    "mo": 0, "di": 1, "tu": 1, "mi": 2, "we": 2, "do": 3, "th": 3, "fr": 4, "sa": 5,
    "so": 6, "su": 6,
}  # fmt: skip
_NUMERIC: Final = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)", re.ASCII)
_ISO: Final = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)", re.ASCII)
_YEAR_FIRST: Final = re.compile(r"(?<!\d)(\d{4}) ([^\W\d_]{3,9})\.? (\d{1,2})(?!\d)")
_DAY_FIRST: Final = re.compile(r"(?<!\d)(\d{1,2})\.? ([^\W\d_]{3,9})\.? (\d{4})(?!\d)")
_YEAR_MONTH: Final = re.compile(r"(?<!\d)(\d{4}) ([^\W\d_]{3,9})(?!\w)")
_MONTH_YEAR: Final = re.compile(r"(?<!\w)([^\W\d_]{3,9}) (\d{4})(?!\d)")
_CLOCK: Final = r"(\d{1,2})[:.](\d{2})(?!\d)"
_DASH: Final = r"(?:-|\u2013|\u2014|bis)"
_SPAN: Final = re.compile(
    rf"(?<![\d.:]){_CLOCK}(?:\s*(?:Uhr)?\s*{_DASH}\s*{_CLOCK})?", re.ASCII | re.IGNORECASE
)
_FULL_HOUR: Final = re.compile(r"(?<![\d.:])(\d{1,2})\s*Uhr", re.ASCII | re.IGNORECASE)
_NO_CLOCK: Final = (None, None)


def today() -> dt.date:
    """The day it is in Germany now."""
    return dt.datetime.now(BERLIN).date()


def find_date(text: str) -> dt.date | None:
    """Find the first date in a text, in any of the forms that council pages use.

    Args:
        text: Words around a date such as ``03.09.2026``, ``Mi., 21.10.2026``, ``2026-10-21``,
            ``2026 Oct 21`` or ``21. Oktober 2026``.

    Returns:
        The date, or None where the text holds nothing that looks like one.

    Raises:
        ValueError: It looks like a date but is none, e.g. ``31.02.2026``.
    """
    if match := _NUMERIC.search(text):
        day, month, year = match.groups()
        return dt.date(int(year), int(month), int(day))
    if match := _ISO.search(text):
        return dt.date(*(int(part) for part in match.groups()))
    if match := _YEAR_FIRST.search(text):
        year, name, day = match.groups()
        return dt.date(int(year), _month(name), int(day))
    if match := _DAY_FIRST.search(text):
        day, name, year = match.groups()
        return dt.date(int(year), _month(name), int(day))
    return None


def the_date(text: str) -> dt.date:
    """The date in a text that must have one.

    Raises:
        ValueError: There is none, or it is impossible.
    """
    if (date := find_date(text)) is None:
        raise ValueError(f"{text[:60]!r} holds no date")
    return date


def find_month(text: str) -> tuple[int, int] | None:
    """Find a year and month such as ``2026 September`` or ``Termine: September 2026``.

    Returns:
        ``(year, month)``, or None where the text names no month.
    """
    for pattern, year_group, name_group in ((_YEAR_MONTH, 1, 2), (_MONTH_YEAR, 2, 1)):
        for match in pattern.finditer(text):
            name = match[name_group].lower()
            if name[:3] in _MONTHS and int(match[year_group]) >= 1:
                return int(match[year_group]), _MONTHS[name[:3]]
    return None


def weekday(name: str) -> int | None:
    """Number of a weekday's German or English name or short form; Monday is 0, None if unknown."""
    return _WEEKDAYS.get(name.strip().lower()[:2])


def find_times(text: str) -> tuple[dt.time | None, dt.time | None]:
    """Find the start and the end in words such as ``15:00-22:00 Uhr`` or ``um 17:00 Uhr``.

    Args:
        text: The words; ``im Anschluss`` and the like are no time, which is not an error.

    Returns:
        Start and end, each None where the text does not tell it.

    Raises:
        ValueError: It looks like a time but is none, e.g. ``27:00``.
    """
    if match := _SPAN.search(text):
        hour, minute, end_hour, end_minute = match.groups()
        end = _clock(end_hour, end_minute) if end_hour else None
        return _clock(hour, minute), end
    if match := _FULL_HOUR.search(text):
        return _clock(match[1], "00"), None
    return _NO_CLOCK


def span(day: dt.date, time_text: str | None) -> tuple[dt.datetime, dt.datetime | None, bool]:
    """Put a day and the words about the time together.

    Args:
        day: The day the meeting starts on.
        time_text: The server's words about the time, e.g. ``15:00-22:00 Uhr``; may be empty.

    Returns:
        Start and end with Berlin's offset, and whether the start has a time of day (it is
        midnight otherwise). An end before the start lies on the next day.

    Raises:
        ValueError: The words hold an impossible time.
    """
    start, end = find_times(time_text or "")
    start_at = dt.datetime.combine(day, start or dt.time(), BERLIN)
    if start is None or end is None:
        return start_at, None, start is not None
    end_day = day + dt.timedelta(days=1) if end < start else day
    return start_at, dt.datetime.combine(end_day, end, BERLIN), True


def _month(name: str) -> int:
    try:
        return _MONTHS[name.lower()[:3]]
    except KeyError:
        raise ValueError(f"{name!r} is no month") from None


def _clock(hour: str, minute: str) -> dt.time:
    # Midnight as the end of a day: with the start before it, it falls on the next day.
    return dt.time(0 if hour == "24" and minute == "00" else int(hour), int(minute))
