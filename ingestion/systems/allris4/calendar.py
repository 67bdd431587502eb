"""ALLRIS 4's calendar of one month (``si010``): rows that come as a Wicket AJAX answer."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Fetched, Meeting
from ingestion.systems import _dates, _html, _words
from ingestion.systems._allris import Entry
from ingestion.systems.allris4._page import Page, lasting, open_page, rows_address, unwrap

_PAGE: Final = "si010"
# Servers that link no page at all still number the element.
_MEETINGS: Final = "a[id^=si_], a[id^=silink_], a[href*=SILFDNR]"
_ELEMENT_ID: Final = re.compile(r"^(?:si|silink)_(\d{1,18})$", re.ASCII)


def entries(fetched: Fetched) -> Iterator[Entry]:
    """Read the meetings of a calendar in its order.

    Args:
        fetched: The AJAX answer, or a page that has the table in it. The page around the rows
            (kind ``calendar_page``) has none yet, which is no error.

    Raises:
        UnknownStructureError: It is no calendar, names no month, or a row cannot be read.
    """
    page = open_page(unwrap(fetched))
    table = page.root.css_first("table.calenderView")
    if table is None:
        if fetched.kind == "calendar_page" and rows_address(fetched, _PAGE) is not None:
            return
        raise page.error(
            "there is no calendar on this page", "ask again: first the page, then its rows"
        )
    month = _month(page, table)
    day: dt.date | None = None
    for row in table.css("tbody tr"):
        if (number := _html.text(row.css_first(".dom"))) and month is not None:
            day = _day(page, row, month, number)
        link = row.css_first(_MEETINGS)
        if link is not None:
            yield _entry(page, row, link, day)


def _entry(page: Page, row: LexborNode, link: LexborNode, day: dt.date | None) -> Entry:
    match = _ELEMENT_ID.match(_html.attribute(link, "id"))
    href = _html.attribute(link, "href")
    meeting_id = _html.query_id(href, "SILFDNR") or (match[1] if match else None)
    name = _html.text(link)
    tooltip = _html.attribute(link, "data-simpletooltip-text")
    words = _html.text(row.css_first("td.time"))
    try:
        day = _dates.find_date(tooltip) or day
        times = _dates.span(day, words or tooltip.rpartition(" um ")[2]) if day else None
    except ValueError as error:
        raise page.error(f"{name[:60]!r}: {error}") from error
    if meeting_id is None or day is None or times is None or not name:
        raise page.error(f"the meeting {name[:60] or href!r} has no number, name or day")
    start_at, end_at, has_time = times
    agenda_url = lasting(page, href, "SILFDNR")
    meeting = Meeting(
        id=meeting_id,
        url=agenda_url or _month_address(page, day),
        name=_words.without_cancellation(name),
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=f"{day:%d.%m.%Y}",
        time_text=words or None,
        location=_html.text(row.css_first("td.raum")) or None,
        is_cancelled=_words.is_cancelled(f"{_html.text(row)} {tooltip}"),
        has_agenda=agenda_url is not None,
    )
    return Entry(meeting, agenda_url)


def _month(page: Page, table: LexborNode) -> tuple[int, int] | None:
    """Which month this is: as a tooltip says, else as it was asked for; None if nobody asks."""
    for link in table.css("a[data-simpletooltip-text]"):
        try:
            date = _dates.find_date(_html.attribute(link, "data-simpletooltip-text"))
        except ValueError as error:
            raise page.error(str(error)) from error
        if date is not None:
            return date.year, date.month
    context = page.fetched.context
    year = _html.query_id(page.url, "YY") or context.get("year")
    month = _html.query_id(page.url, "MM") or context.get("month")
    try:
        if year and month:
            return dt.date(int(year), int(month), 1).year, int(month)
    except (ValueError, OverflowError) as error:
        raise page.error(f"{year}-{month} is no month") from error
    if table.css_first(_MEETINGS) is None:
        return None
    raise page.error(
        "the calendar does not tell its month",
        "parse it with the address it was fetched from (si010?MM=10&YY=2026)",
    )


def _day(page: Page, row: LexborNode, month: tuple[int, int], number: str) -> dt.date:
    try:
        day = dt.date(*month, int(number))
    except (ValueError, OverflowError) as error:
        raise page.error(f"the row's day is {number[:20]!r}") from error
    told = _html.text(row.css_first(".dow"))
    if _dates.weekday(told) not in (None, day.weekday()):
        raise page.error(
            f"{day:%d.%m.%Y} is no {told[:20]}",
            "the server answered for another month: ask for it again",
        )
    return day


def _month_address(page: Page, day: dt.date) -> str:
    """Where a citizen finds a meeting without a page of its own."""
    address = f"si010?MM={day.month}&YY={day.year}"
    return _html.absolute(page.url, address) or address
