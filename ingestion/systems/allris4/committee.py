"""ALLRIS 4's list of committees (``gr010``) and one committee's page (``gr020``).

Names and offices only: a person's own page (``kp020``) has addresses and telephone numbers and is
never asked for; its number and its address are all that is kept of it.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Fetched, Membership, Organization, Person, Record
from ingestion.systems import _html
from ingestion.systems.allris4._page import Page, open_page, rows_address, unwrap

PAGE: Final = "gr010"
LINK: Final = "a[href*=GRLFDNR]"
_MEMBER: Final = "a[href*=KPLFDNR]"
# What heads the columns of the members' table, first match first.
_COLUMNS: Final = (
    ("start", re.compile(r"^(?:von|seit|beginn|ab)\b", re.IGNORECASE)),
    ("end", re.compile(r"^(?:bis|ende)\b", re.IGNORECASE)),
    ("faction", re.compile(r"fraktion|partei|gruppe|für\b", re.IGNORECASE)),
    ("role", re.compile(r"mitarbeit|funktion|rolle|mitgliedschaft|^art\b", re.IGNORECASE)),
)
_ADVISORY: Final = re.compile(r"beraten", re.IGNORECASE)
_FORMS: Final = ("Herr", "Frau")
_TITLE: Final = re.compile(r"^(?:Dr|Prof|Dipl|Mag|Ing|med|phil|jur|rer|nat|h\.\s?c)\b")


def listed(fetched: Fetched) -> Iterator[Organization]:
    """Read the list of committees: rows that link one, below rows that say of which kind it is.

    Args:
        fetched: The AJAX answer, or a page that has the table in it. The page around the rows
            (kind ``committees_page``) has none yet, which is no error.

    Raises:
        UnknownStructureError: There is no list, or it goes on on another page.
    """
    page = open_page(unwrap(fetched))
    rows = [row for row in page.root.css("tr") if row.css_first(LINK) is not None]
    if not rows:
        if fetched.kind == "committees_page" and rows_address(fetched, PAGE) is not None:
            return
        raise page.error(
            "there is no list of committees", "ask again: first the page, then its rows"
        )
    if "navigator-next" in _html.decode(fetched.body, fetched.headers):
        raise page.error("the list of committees goes on on another page", "report the page")
    kind: str | None = None
    taken: set[str] = set()
    for row in page.root.css("tbody tr"):
        link = row.css_first(LINK)
        if link is None:
            kind = _heading(row) or kind
            continue
        href = _html.attribute(link, "href")
        number, name, url = _html.query_id(href, "GRLFDNR"), _html.text(link), page.link(href)
        if number is None or url is None or not name:
            raise page.error(f"the committee {name[:60] or href[:60]!r} has no number or no name")
        if number not in taken:
            taken.add(number)
            address = _html.only(url, "GRLFDNR")
            yield Organization(id=number, url=address, name=name, classification=kind)


def told(organizations: list[Organization]) -> str:
    """The committees as the pages read after them are told: JSON, name → id."""
    return json.dumps({each.name: each.id for each in organizations}, ensure_ascii=False)


def records(fetched: Fetched) -> Iterator[Record]:
    """Read one committee's page: the committee, then each member with its seat.

    Raises:
        UnknownStructureError: It is no committee's page, or a seat cannot be read.
    """
    page = open_page(fetched)
    number = page.own_id("GRLFDNR")
    context = fetched.context
    members = [row for row in page.root.css("tr") if row.css_first(_MEMBER) is not None]
    named = page.field("grname", "grbetreff")
    if page.is_withheld and not members and not named:
        return
    name = context.get("name") or named or page.heading
    if number is None or not name or not (members or named or _is_head(page)):
        raise page.error(
            "there is no committee on this page",
            "parse it with the address it was fetched from (gr020?GRLFDNR=1)",
        )
    yield Organization(
        id=number,
        url=page.own_address("GRLFDNR"),
        name=name,
        short_name=page.field("grkurz", "grkurzname") or None,
        classification=context.get("classification") or page.field("grart", "grtyp") or None,
    )
    yield from _members(page, number, members)


def _is_head(page: Page) -> bool:
    """Whether the page has a committee's head: one without members has nothing else."""
    return page.root.css_first("[id^=gr]") is not None and bool(page.heading)


def _heading(row: LexborNode) -> str:
    """The words of a row that has nothing but a heading."""
    cells = [text for cell in row.css("td, th") if (text := _html.text(cell))]
    return cells[0] if len(cells) == 1 else ""


def _members(page: Page, organization_id: str, rows: list[LexborNode]) -> Iterator[Record]:
    taken: set[str] = set()
    read = _columns(page)
    for row in rows:
        link = row.css_first(_MEMBER)
        href = _html.attribute(link, "href")
        person_id, url, words = _html.query_id(href, "KPLFDNR"), page.link(href), _html.text(link)
        if person_id is None or url is None:
            raise page.error(f"the member {words[:60]!r} has no number")
        if not words:
            continue  # the server numbers the seat and withholds the name
        person = _person(person_id, _html.only(url, "KPLFDNR"), words)
        seat = _seat(page, organization_id, person, read(row))
        if seat.id in taken:
            # Who held two seats, one after the other or at once: what tells them apart.
            told = _html.short_hash(seat.role or "", str(seat.start_date), str(seat.end_date))
            seat = seat.model_copy(update={"id": f"{seat.id}-{told}"})
        if seat.id in taken:
            continue  # a row that is repeated word by word
        taken.add(seat.id)
        yield person
        yield seat


def _columns(page: Page) -> Callable[[LexborNode], dict[str, str]]:
    """A reader of a row's words by the meaning of their columns.

    In a table without headings the second column is the role.
    """
    headings: dict[int, list[str]] = {}

    def read(row: LexborNode) -> dict[str, str]:
        heads = headings.get(_table_of(row), [])
        words = [_html.text(cell) for cell in row.css("td")]
        if not heads:
            return {"role": words[1]} if len(words) > 1 else {}
        found: dict[str, str] = {}
        for head, text in zip(heads, words, strict=False):
            name = next((name for name, wanted in _COLUMNS if wanted.search(head)), None)
            if name is not None and text:
                found.setdefault(name, text)
        return found

    for cell in page.root.css("thead th"):
        headings.setdefault(_table_of(cell), []).append(_html.text(cell))
    return read


def _table_of(node: LexborNode) -> int:
    """The table that a node is in, 0 if in none."""
    above = node.parent
    while above is not None and above.tag != "table":
        above = above.parent
    return above.mem_id if above is not None else 0


def _seat(page: Page, organization_id: str, person: Person, cells: dict[str, str]) -> Membership:
    role = cells.get("role")
    start, end = (page.day(words) if words else None for words in map(cells.get, ("start", "end")))
    return Membership(
        id=f"{organization_id}-{person.id}",
        url=page.own_address("GRLFDNR"),
        person_id=person.id,
        person_name=person.name,
        organization_id=organization_id,
        role=role,
        has_voting_right=False if role and _ADVISORY.search(role) else None,
        start_date=start,
        end_date=end,
        on_behalf_of=cells.get("faction"),
    )


def _person(person_id: str, url: str, words: str) -> Person:
    """A person by the name on the page: ``Frau Dr. Helene Brandauer`` or ``Brandauer, Helene``."""
    form, _, rest = words.partition(" ")
    if form not in _FORMS or not rest:
        form, rest = "", words
    family, comma, given = rest.partition(",")
    names = f"{given} {family}".split() if comma else rest.split()
    titles: list[str] = []
    while len(names) > 1 and _TITLE.match(names[0]):
        titles.append(names.pop(0))
    last = max(1, len(family.split())) if comma else 1
    return Person(
        id=person_id,
        url=url,
        name=" ".join((*titles, *names)),
        family_name=" ".join(names[-last:]),
        given_name=" ".join(names[:-last]) or None,
        form_of_address=form or None,
        title=" ".join(titles) or None,
    )
