"""SessionNet's committees: their list (``gr0040``), their members (``kp0040``), ``pe0051``."""

import datetime as dt
import re
from collections.abc import Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Fetched, Organization, Person, Record
from ingestion.systems import _dates, _html
from ingestion.systems.sessionnet import seats
from ingestion.systems.sessionnet._page import Page, open_page

# Headings that name the kind of page and no committee or person.
_GENERIC: Final = re.compile(
    r"^(?:Mitglieder|Gremi(?:en|um)$|Mandatsträger|Besetzung|SessionNet|Person)\b"
)
_SITE: Final = re.compile(r"^.*?informationssystem[^-]*-\s+", re.IGNORECASE)
_TERM: Final = re.compile(r"von\s+(\d{1,2}\.\d{1,2}\.\d{4})\s+bis\s+(\d{1,2}\.\d{1,2}\.\d{4})")
_FACTION: Final = re.compile(r"fraktion", re.IGNORECASE)
_MEND: Final = "compare the page with docs/sources/sessionnet.md"


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the committees of a list, or one committee with its members.

    Raises:
        UnknownStructureError: It is neither, or a row cannot be read.
    """
    page = open_page(fetched)
    if page.name == "gr0040":
        yield from _listed(page)
    elif page.name == "kp0040":
        yield from _single(page)
    else:
        raise page.error(f"there is no committee on this page ({page.name})", _MEND)


def person_records(fetched: Fetched) -> Iterator[Record]:
    """Read a person and their seats.

    Raises:
        UnknownStructureError: It is no person's page, or has no name or number.
    """
    page, who = _person(fetched)
    yield who
    yield from seats.memberships(page.url, seats.of_person(page, who.id, who.name))


def member_seats(fetched: Fetched) -> Iterator[seats.Seat]:
    """The seats on a committee's page, for the crawl."""
    page = open_page(fetched)
    number = page.own_id("__kgrnr")
    if page.name == "kp0040" and number is not None:
        yield from seats.of_committee(page, number)


def person_seats(fetched: Fetched) -> Iterator[seats.Seat]:
    """The seats on a person's page, for the crawl.

    Raises:
        UnknownStructureError: It is no person's page.
    """
    page, who = _person(fetched)
    yield from seats.of_person(page, who.id, who.name)


def term_links(fetched: Fetched, today: dt.date) -> Iterator[tuple[str, str]]:
    """Days and address of a committee's page for each past term, the oldest first.

    The page lists the terms (Wahlperioden) in a menu, with their days, and which one it shows. What
    has no last day, or one to come, is no past term: the term that is, and "all of them".

    Args:
        fetched: The committee's page.
        today: A term that ended before is past.
    """
    page = open_page(fetched)
    found: dict[tuple[dt.date, dt.date], str] = {}
    for link in page.root.css("a.smcfiltermenu[href*=__cwpnr]"):
        href, match = _html.attribute(link, "href"), _TERM.search(_html.attribute(link, "title"))
        url = _html.absolute(page.url, href)
        if (
            match is None
            or url is None
            or _html.query_id(href, "__kgrnr") != page.own_id("__kgrnr")
        ):
            continue
        try:
            first, last = map(_dates.the_date, match.groups())
        except ValueError as error:
            raise page.error(str(error), "report the page: a term's date is new") from error
        if first <= last < today:
            found.setdefault((first, last), url)
    for (first, last), url in sorted(found.items()):
        yield f"{first}/{last}", _html.only(url, "__cwpnr", "__cselect", "__kgrnr")


def person_links(fetched: Fetched) -> Iterator[tuple[str, str]]:
    """Number and address of each person whom a committee's page links."""
    page = open_page(fetched)
    for link in page.root.css("a[href*=__kpenr]"):
        href = _html.attribute(link, "href")
        number, url = _html.query_id(href, "__kpenr"), _html.absolute(page.url, href)
        if number and url and _html.page_name(href) == "pe0051":
            yield number, url


def member_links(fetched: Fetched) -> Iterator[tuple[str, str, str]]:
    """Number, name and members' page of each committee on the list."""
    page = open_page(fetched)
    for link in page.root.css("a[href*=__kgrnr]"):
        href = _html.attribute(link, "href")
        number, url = _html.query_id(href, "__kgrnr"), _html.absolute(page.url, href)
        if number and url and _html.page_name(href) == "kp0040":
            yield number, _html.text(link), url


def _person(fetched: Fetched) -> tuple[Page, Person]:
    page = open_page(fetched)
    number = page.own_id("__kpenr")
    told = _SITE.sub("", page.heading)
    name = page.field("pename") or (told if told and not _GENERIC.match(told) else "")
    name = name or fetched.context.get("name", "")
    if page.name != "pe0051" or number is None or not name:
        raise page.error(
            f"there is no person with a {'number' if name else 'name'} on this page ({page.name})",
            "parse it with the address it was fetched from (…?__kpenr=261)",
        )
    faction = page.field("pepartei") or fetched.context.get("faction")
    return page, seats.person(page.url, number, name, faction or None)


def _listed(page: Page) -> Iterator[Organization]:
    table = page.root.css_first("table[id^=smc_page_gr0040], table.smc-table")
    if table is None:
        raise page.error("there is no list of committees", _MEND)
    found: set[str] = set()
    for each in page.root.css("table[id^=smc_page_gr0040], table.smc-table"):
        group = ""
        for row in each.css("tr"):
            if row.css_first("a[href*=__kgrnr]") is None:
                group = _html.text(row) or group
            for organization in _of_row(page, row, group):
                if organization.id not in found:
                    found.add(organization.id)
                    yield organization


def _of_row(page: Page, row: LexborNode, group: str) -> Iterator[Organization]:
    for link in row.css("a[href*=__kgrnr]"):
        href = _html.attribute(link, "href")
        number, name = _html.query_id(href, "__kgrnr"), _html.text(link)
        url = _html.absolute(page.url, href)
        if number and name and url:
            yield Organization(
                id=number,
                url=url,
                name=name,
                organization_type=organization_type(name, group),
                start_date=_date(page, row, "adat"),
                end_date=_date(page, row, "edat"),
            )


def _single(page: Page) -> Iterator[Record]:
    number = page.own_id("__kgrnr")
    if number is None:
        raise page.error(
            "the page does not tell the committee's number",
            "parse it with the address it was fetched from (…?__kgrnr=2)",
        )
    context = page.fetched.context
    heading = _SITE.sub("", page.heading)
    told = "" if _GENERIC.match(heading) else heading
    # A page saved without its heading names the committee nowhere; its number still does.
    name = told or context.get("name") or f"Gremium {number}"
    yield Organization(
        id=number,
        url=page.url,
        name=name,
        organization_type=context.get("type") or organization_type(name),
        start_date=_iso(context.get("start")),
        end_date=_iso(context.get("end")),
    )
    found = seats.of_committee(page, number)
    told_of: set[str] = set()
    for seat in found:
        if seat.person_id is not None and seat.person_id not in told_of:
            told_of.add(seat.person_id)
            yield seats.person(page.url, seat.person_id, seat.person_name, seat.party)
    yield from seats.memberships(page.url, seats.dated(found, context))


def organization_type(name: str, group: str = "") -> str:
    """OParl's word for what it is: ``Fraktion`` or ``Gremium``; ``group`` is the list's heading."""
    return "Fraktion" if _FACTION.search(name) or _FACTION.search(group) else "Gremium"


def _date(page: Page, row: LexborNode, ending: str) -> dt.date | None:
    # "gradat", "mgadat": the first letters of the field differ between versions.
    words = _html.text(row.css_first(f"td[class$={ending}]"))
    try:
        return _dates.find_date(words)
    except (ValueError, OverflowError) as error:
        raise page.error(str(error), "report the page: its date is new") from error


def _iso(words: str | None) -> dt.date | None:
    try:
        return dt.date.fromisoformat(words) if words else None
    except ValueError:
        return None
