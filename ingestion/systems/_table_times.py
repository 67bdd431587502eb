"""Times of table files, by the form that the entry declares: always the period's last day."""

import calendar
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Final

_FIRST_SERIAL: Final = dt.date(1899, 12, 30)
"""Day 0 of spreadsheet programs, for days after February 1900: they take 1900 for a leap year."""
_SERIALS: Final = range(61, 110_000)
_YEARS: Final = range(1800, 2200)
_MONTHS: Final = (
    *("januar", "februar", "märz", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "dezember"),
)


def day_of(text: str, form: str) -> dt.date:
    """The last day of a period.

    Args:
        text: As the file writes it.
        form: ``year`` (2024), ``date`` (31.12.2024 or 2024-12-31), ``serial_date`` (45657),
            ``month`` (2024-12, 12/2024, 12.2024, Dezember 2024) or ``quarter`` (2024-Q4, Q4 2024,
            4/2024, IV/2024).

    Raises:
        ValueError: If it is not written in this form, or no such day exists.
    """
    try:
        found = _FORMS[form](text)
    except (ValueError, OverflowError):
        found = None
    if found is None or found.year not in _YEARS:
        raise ValueError(f"no {form.replace('_', ' ')}: {text[:40]!r}")
    return found


def _year(text: str) -> dt.date | None:
    return dt.date(int(text), 12, 31) if re.fullmatch(r"\d{4}", text, re.ASCII) else None


def _date(text: str) -> dt.date | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return dt.date.fromisoformat(text)
    match = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", text, re.ASCII)
    return dt.date(int(match[3]), int(match[2]), int(match[1])) if match else None


def _serial(text: str) -> dt.date | None:
    if not re.fullmatch(r"\d{1,6}", text, re.ASCII) or int(text) not in _SERIALS:
        return None
    return _FIRST_SERIAL + dt.timedelta(days=int(text))


def _month(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{4})-(\d{2})|(\d{1,2})[./](\d{4})", text, re.ASCII)
    if match:
        return _month_end(int(match[1] or match[4]), int(match[2] or match[3]))
    match = re.fullmatch(r"([^\W\d]{3,9}) (\d{4})", text)
    if match and match[1].lower() in _MONTHS and match[2].isascii():
        return _month_end(int(match[2]), _MONTHS.index(match[1].lower()) + 1)
    return None


def _quarter(text: str) -> dt.date | None:
    match = re.fullmatch(r"(\d{4})-?Q([1-4])|Q([1-4])[ /](\d{4})|([1-4])/(\d{4})", text, re.ASCII)
    if match:
        year = match[1] or match[4] or match[6]
        return _month_end(int(year), 3 * int(match[2] or match[3] or match[5]))
    match = re.fullmatch(r"(I|II|III|IV)/(\d{4})", text, re.ASCII)
    return (
        _month_end(int(match[2]), 3 * (len(match[1]) if match[1] != "IV" else 4)) if match else None
    )


def _month_end(year: int, month: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


_FORMS: Final[Mapping[str, Callable[[str], dt.date | None]]] = {
    "year": _year,
    "date": _date,
    "serial_date": _serial,
    "month": _month,
    "quarter": _quarter,
}
