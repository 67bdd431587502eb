"""ALLRIS 3's calendar of one month (``si010`` and its editions ``_e``, ``_j``, ``_r``).

No calendar page was recorded: the rules follow what others describe of it, so what does not fit
them is reported. A row is read by what its cells hold, not by their order.
"""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import Fetched, Meeting
from ingestion.systems import _dates, _html, _words
from ingestion.systems._allris import Entry
from ingestion.systems.allris3._page import Page, links, open_page, rows

_DAY: Final = re.compile(r"(\d{1,2})\.?", re.ASCII)
_TIME: Final = re.compile(r"\d{1,2}[:.]\d{2}(?!\.\d)", re.ASCII)
_WEEKDAY: Final = re.compile(
    r"(?:Mo(?:ntag)?|Di(?:enstag)?|Mi(?:ttwoch)?|Do(?:nnerstag)?|Fr(?:eitag)?|Sa(?:mstag)?"
    r"|So(?:nntag)?|Sonnabend)[.,]*",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Row:
    """What the cells of a row hold."""

    day: str = ""
    weekday: str = ""
    time: str = ""
    name: str = ""
    rest: tuple[str, ...] = ()
    link: LexborNode | None = None


def entries(fetched: Fetched) -> Iterator[Entry]:
    """Read the meetings of a calendar in its order.

    Raises:
        UnknownStructureError: It is no calendar, names no month, or a row cannot be read.
    """
    page = open_page(fetched)
    table = _html.first(page.root, "table.calenderView", "table.tl1")
    if table is None:
        raise page.error("there is no calendar on this page")
    month = _month(page)
    day: dt.date | None = None
    for node in rows(table):
        row = _row(node)
        if row.day:
            day = _day(page, row, month)
        if row.link is not None or row.name:
            yield _entry(page, node, row, day)


def _row(node: LexborNode) -> _Row:
    row = _Row(link=next(links(node, "to010", "SILFDNR"), None))
    rest: list[str] = []
    for cell in node.css("td"):
        words = _html.text(cell)
        if row.link is not None and words and words == _html.text(row.link):
            row.name = words
        elif (
            not row.name
            and not row.day
            and (_DAY.fullmatch(words) or re.fullmatch(r"\d{2}\.\d{2}\.\d{4}", words))
        ):
            row.day = words
        elif not row.name and _WEEKDAY.fullmatch(words):
            row.weekday = words
        elif not row.time and _TIME.match(words):
            row.time = words
        elif words:
            rest.append(words)
    if row.link is not None:
        row.name = row.name or _html.text(row.link)
    elif rest:
        row.name = rest.pop(0)
    row.rest = tuple(rest)
    return row


def _entry(page: Page, node: LexborNode, row: _Row, day: dt.date | None) -> Entry:
    name = row.name
    try:
        times = _dates.span(day, row.time) if day else None
    except ValueError as error:
        raise page.error(f"{name[:60]!r}: {error}") from error
    if day is None or times is None or not name:
        raise page.error(f"the meeting {name[:60]!r} has no name or no day")
    href = _html.attribute(row.link, "href")
    linked = _html.absolute(page.url, href)
    url = _html.only(linked, "SILFDNR") if row.link is not None and linked else None
    plain = _words.without_cancellation(name)
    meeting = Meeting(
        id=_html.query_id(href, "SILFDNR") or f"{day:%Y-%m-%d}-{slugify(plain, max_length=60)}",
        url=url or page.url,
        name=plain,
        start_at=times[0],
        end_at=times[1],
        has_time=times[2],
        date_text=f"{day:%d.%m.%Y}",
        time_text=row.time or None,
        location=", ".join(row.rest) or None,
        is_cancelled=_words.is_cancelled(_html.text(node)),
        has_agenda=url is not None,
    )
    return Entry(meeting, url)


def _month(page: Page) -> tuple[int, int]:
    """Which month this is: as it was asked for."""
    context = page.fetched.context
    year = _html.query_id(page.url, "YY") or context.get("year")
    month = _html.query_id(page.url, "MM") or context.get("month")
    try:
        return dt.date(int(year or 0), int(month or 0), 1).year, int(month or 0)
    except (ValueError, OverflowError) as error:
        raise page.error(
            "the calendar does not tell its month",
            "parse it with the address it was fetched from (si010.asp?MM=10&YY=2026)",
        ) from error


def _day(page: Page, row: _Row, month: tuple[int, int]) -> dt.date:
    try:
        day = _dates.find_date(row.day) or dt.date(*month, int(row.day.rstrip(".")))
    except (ValueError, OverflowError) as error:
        raise page.error(f"the row's day is {row.day[:20]!r}") from error
    if _dates.weekday(row.weekday) not in (None, day.weekday()):
        raise page.error(
            f"{day:%d.%m.%Y} is no {row.weekday[:20]}",
            "the server answered for another month: ask for it again",
        )
    return day
