"""ALLRIS 3's committees and factions (``au020``, ``fr020``) and the lists of them.

Of people only names, offices and seats are read. Addresses, telephone numbers and e-mail, which
these pages show too, never reach a record; a person's own page (``kp020``) is not asked for.
"""

from collections.abc import Iterator

from selectolax.lexbor import LexborNode

from ingestion.record import Fetched, Membership, Organization, Person, Record
from ingestion.systems import _html
from ingestion.systems.allris3._page import (
    CLASSES,
    Page,
    links,
    open_page,
    organization,
    program,
    rows,
)


def listed(fetched: Fetched) -> Iterator[Organization]:
    """Read the committees of a list (``au010``, ``fr010``), each once.

    Raises:
        UnknownStructureError: It is no list.
    """
    page = open_page(fetched)
    table = page.root.css_first("table.tl1")
    if table is None:
        raise page.error("there is no list of committees")
    found: dict[str, Organization] = {}
    for link in table.css("a[href*=LFDNR]"):
        named = organization(page, link)
        if named is not None:
            found.setdefault(named.id, named)
    yield from found.values()


def records(fetched: Fetched) -> Iterator[Record]:
    """Read the committee, its members and their seats.

    Raises:
        UnknownStructureError: It is no committee's page, or a row of it cannot be read.
    """
    page = open_page(fetched)
    committee = _committee(page)
    yield committee
    seats: set[str] = set()
    table = page.root.css_first("table.tl1")
    for row in rows(table):
        link = next(links(row, "kp020", "KPLFDNR"), None)
        person = _person(page, link)
        yield person
        role = _html.text(row.css_first("td.text1")) or None
        seat_id, count = f"{committee.id}-{person.id}", 1
        while seat_id in seats:
            count += 1
            seat_id = f"{committee.id}-{person.id}-{count}"
        seats.add(seat_id)
        yield Membership(
            id=seat_id,
            url=committee.url,
            person_id=person.id,
            person_name=person.name,
            organization_id=committee.id,
            role=role,
            on_behalf_of=_html.text(row.css_first("td.text4")) or None,
        )


def _committee(page: Page) -> Organization:
    called = (
        program(page.url)
        or _html.attribute(page.root.css_first("#allriscontainer"), "class").partition(" ")[0]
    )
    kind = called[:2]
    name = f"{kind.upper()}LFDNR"
    number = page.own_id(name) if kind in CLASSES else None
    heading = _html.text(_html.first(page.root, "#risname h1", "h1"))
    if number is None or not heading:
        raise page.error(
            "there is no committee with a number and a name on this page",
            "parse it with the address it was fetched from (au020.asp?AULFDNR=235)",
        )
    return Organization(
        id=f"{kind}-{number}",
        url=page.own_address(called, name, number),
        name=heading,
        classification=CLASSES[kind],
    )


def _person(page: Page, link: LexborNode | None) -> Person:
    number = _html.query_id(_html.attribute(link, "href"), "KPLFDNR")
    name = _html.text(link)
    if number is None or not name:
        raise page.error("a member of the committee has no number or no name")
    family, comma, given = name.partition(", ")
    return Person(
        id=number,
        url=page.own_address("kp020", "KPLFDNR", number),
        # "Strate, Henrik" on one server is "Henrik Strate" on another.
        name=f"{given} {family}" if comma else name,
        family_name=family if comma else None,
        given_name=given if comma else None,
    )
