"""SessionNet's calendar of one month (``si0040``), in both of its layouts."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from selectolax.lexbor import LexborNode
from slugify import slugify

from ingestion.record import Fetched, File, Meeting
from ingestion.systems import _dates, _html, _words
from ingestion.systems._crawl import said
from ingestion.systems.sessionnet._page import Page, meeting_files, open_page

_ANNOUNCED: Final = re.compile(r"^(?:Die|Der|Das)\s+(.+?)\s+(?:f[äa]e?llt aus|entf[äa]e?llt)\W*$")
_AGENDA_PAGES: Final = ("si0057", "si0056", "to0040")
# A meeting that takes place on another day says so: "verlegt auf 04.09.2026".
_MOVED: Final = re.compile(r"\b(?:verlegt|verschoben)\b", re.IGNORECASE)
# What is known of a meeting whose agenda is not published yet.
_DATA_PAGE: Final = "si0050"
_DAY: Final = re.compile(r"\d{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Entry:
    """One meeting of the calendar and where its own page is, if it has one."""

    meeting: Meeting
    page_url: str | None
    files: tuple[File, ...]

    @property
    def context(self) -> dict[str, str]:
        """What the agenda page may not repeat."""
        meeting = self.meeting
        told = {
            "__ksinr": meeting.id,
            "name": meeting.name,
            "date": meeting.date_text,
            "time": meeting.time_text,
            "location": meeting.location,
            "state": meeting.state,
            "is_cancelled": "true" if meeting.is_cancelled else None,
        }
        return said(told)


def entries(fetched: Fetched) -> Iterator[Entry]:
    """Read the meetings of a calendar page in its order.

    Raises:
        UnknownStructureError: It is no calendar, names no month, or a row cannot be read.
    """
    page = open_page(fetched)
    table = page.root.css_first("table[id^=smc_page_si0040_contenttable], table.smctablesitzungen")
    if table is None or page.name != "si0040":
        raise page.error(f"there is no calendar on this page ({page.name})")
    month = _month(page, table)
    day: dt.date | None = None
    taken: set[str] = set()
    for row in table.css("tr"):
        if _html.text(row.css_first("td.smc_fct_day")):
            day = _day(page, row, month)  # further meetings of a day do not repeat it
        cell = _html.first(row, "td.silink", "td.smc_field_silink", "td.tename")
        if cell is None or not _html.text(cell):
            continue
        entry = _entry(page, row, cell, day)
        if entry.meeting.id not in taken:
            taken.add(entry.meeting.id)
            yield entry


def _entry(page: Page, row: LexborNode, cell: LexborNode, day: dt.date | None) -> Entry:
    link = cell.css_first("a.smc_datatype_si[href]") or cell.css_first("a[href*=__ksinr]")
    href = _html.attribute(link, "href")
    words = _html.text(cell.css_first("div.smc-el-h")) or _html.text(
        link or cell, without="ul, .smc-detail-list"
    )
    if day is None or not words:
        raise page.error(
            f"the meeting {words[:60]!r} has no day or no name",
            "compare the row with docs/sources/sessionnet.md",
        )
    told = [_html.text(item) for item in cell.css("ul.smc-detail-list li")]
    moved = next(filter(_MOVED.search, told), None)
    details = [detail for detail in told if _words.without_cancellation(detail) and detail != moved]
    time_text = _html.text(row.css_first("td.smc_field_yytime")) or next(iter(details), "")
    try:
        start_at, end_at, has_time = _dates.span(day, time_text)
    except ValueError as error:
        raise page.error(f"{words[:60]!r}: {error}", "report the page: its time is new") from error
    # Without a time of day the first detail is already the place.
    places = details[1:] if has_time or len(details) != 1 else details
    announced = _ANNOUNCED.match(words)
    name = announced[1] if announced else _words.without_cancellation(words)
    linked = _html.page_name(href)
    has_page = linked in _AGENDA_PAGES or linked == _DATA_PAGE
    page_url = _html.absolute(page.url, href) if has_page else None
    meeting_id = _meeting_id(row, href, day, name)
    meeting = Meeting(
        id=meeting_id,
        url=page_url or page.url,
        name=name,
        # "des Ausschusses" is a genitive: no committee is called that.
        organization_name=None if announced else name,
        start_at=start_at,
        end_at=end_at,
        has_time=has_time,
        date_text=f"{day:%d.%m.%Y}",
        time_text=(time_text or None) if has_time else None,
        location=", ".join(places).strip(", ") or None,
        state=moved,
        is_cancelled=_words.is_cancelled(_html.text(row)),
        has_agenda=linked in _AGENDA_PAGES and page_url is not None,
    )
    files = tuple(meeting_files(page, row, meeting_id))
    return Entry(meeting, page_url, files)


def _meeting_id(row: LexborNode, href: str, day: dt.date, name: str) -> str:
    """The server's number; a meeting without a page gets one made of its day and name."""
    if number := _html.query_id(href, "__ksinr"):
        return number
    for link in row.css("a[href*=yvcs]"):
        if number := _html.query_id(_html.attribute(link, "href"), "key"):
            return number
    return f"{day:%Y-%m-%d}-{slugify(name, max_length=60)}"


def _month(page: Page, table: LexborNode) -> tuple[int, int]:
    """Which month this is: as the page says, else as it was asked for."""
    link = table.css_first("a[title^='Details anzeigen:']")
    told = (page.heading, _html.attribute(table, "summary"), _html.attribute(link, "title"))
    for words in told:
        if found := _dates.find_month(words):
            return found
    try:
        if (date := _dates.find_date(told[-1])) is not None:
            return date.year, date.month
        year = _html.query_id(page.url, "__cjahr") or page.fetched.context["year"]
        month = _html.query_id(page.url, "__cmonat") or page.fetched.context["month"]
        return dt.date(int(year), int(month), 1).year, int(month)
    except (KeyError, ValueError, OverflowError) as error:
        raise page.error(
            "the calendar does not tell its month",
            "parse it with the address it was fetched from (…?__cjahr=2026&__cmonat=9)",
        ) from error


def _day(page: Page, row: LexborNode, month: tuple[int, int]) -> dt.date:
    words = _html.text(row.css_first("td.smc_fct_day"))
    match = _DAY.search(words)
    try:
        day = dt.date(*month, int(match[0]) if match else 0)
    except (ValueError, OverflowError) as error:
        raise page.error(
            f"the row's day is {words!r}", "compare the row with docs/sources/sessionnet.md"
        ) from error
    told = _dates.weekday(_html.text(row.css_first("td.smc_fct_daytext")))
    if told is not None and told != day.weekday():
        raise page.error(
            f"{day:%d.%m.%Y} is no {_html.text(row.css_first('td.smc_fct_daytext'))}",
            "the server answered for another month: ask for it again",
        )
    return day
