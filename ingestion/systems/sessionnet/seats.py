"""What SessionNet tells of seats: the members of a committee, the committees of a person.

Both pages tell of the same seats, so both give them the same id: ``<committee>-<person>`` for a
person's newest seat in a committee, with the day it began (else ended) for an earlier one. Who
has no page of their own is told by name only. Whatever else a page says about a person (address,
telephone, e-mail) is not read.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from selectolax.lexbor import LexborNode

from ingestion.record import Membership, Person
from ingestion.systems import _dates, _html
from ingestion.systems.sessionnet._page import Page

_VOTES: Final = re.compile(r"mit\s+Stimmr|stimmberechtigt", re.IGNORECASE)
_ADVISES: Final = re.compile(r"\bberatend|ohne\s+Stimmr|nicht\s+stimmberechtigt", re.IGNORECASE)
_PRESIDES: Final = re.compile(r"vorsitz", re.IGNORECASE)
_FORM: Final = re.compile(r"^(Herrn?|Frau)\s+")
_TITLE: Final = re.compile(r"^(?:(?:Prof|Dr|PD)\.?(?:\s?[a-z-]+\.)*\s+)+")
_NEWEST: Final = dt.date.max
_OLDEST: Final = dt.date.min


@dataclass(frozen=True, slots=True)
class Seat:
    """One row of either page, in the page's words."""

    organization_id: str
    person_id: str | None
    person_name: str
    role: str | None
    has_vote: bool | None
    party: str | None
    start: dt.date | None
    end: dt.date | None

    @property
    def key(self) -> str:
        """Committee and person; who has no number is told by a hash of the name."""
        return f"{self.organization_id}-{self.person_id or _html.short_hash(self.person_name)}"


def of_committee(page: Page, organization_id: str) -> list[Seat]:
    """Read the members on a committee's page, present and past; headings give their kind."""
    found = []
    for table in page.root.css("table"):
        heading = ""
        for row in table.css("tr"):
            cell = _html.first(row, "td.pename", "td.smc_field_pename")
            if cell is None:
                title = _html.first(row, "td.smcfield_puname", "td.smc_field_puname")
                heading = _html.text(title).rstrip(" :") or heading
                continue
            name = _html.text(cell)
            if not name:
                raise page.error(
                    "a member's row has no name", "compare the row with docs/sources/sessionnet.md"
                )
            found.append(
                _seat(
                    page,
                    row,
                    heading,
                    organization_id=organization_id,
                    person_id=_linked(cell, "__kpenr"),
                    person_name=name,
                )
            )
    return found


def of_person(page: Page, person_id: str, name: str) -> list[Seat]:
    """Read the seats on a person's page; a seat whose committee has no number is not told."""
    found = []
    for row in page.root.css("tr"):
        number = _linked(row, "__kgrnr")
        if number is None:
            continue
        seat = _seat(page, row, "", organization_id=number, person_id=person_id, person_name=name)
        told = page.fetched.context
        found.append(
            replace(
                seat,
                role=told.get(f"role:{seat.key}") or seat.role if seat.end is None else seat.role,
                has_vote=seat.has_vote
                if seat.has_vote is not None or seat.end is not None
                else _TRUTH.get(told.get(f"vote:{seat.key}", "")),
                party=seat.party or told.get("faction"),
            )
        )
    return found


_TRUTH: Final[Mapping[str, bool]] = {"true": True, "false": False}


def context(seats: Iterable[Seat]) -> dict[str, str]:
    """What committees' pages told of a person and the person's own may not repeat."""
    told: dict[str, str] = {}
    for seat in seats:
        if seat.party:
            told["faction"] = seat.party
        if seat.end is None and seat.role:
            told[f"role:{seat.key}"] = seat.role
        if seat.end is None and seat.has_vote is not None:
            told[f"vote:{seat.key}"] = "true" if seat.has_vote else "false"
    return told


def memberships(url: str, seats: list[Seat]) -> Iterator[Membership]:
    """The seats as records, each once, in the page's order."""
    newest: dict[str, Seat] = {}
    for seat in seats:
        if seat.key not in newest or _age(seat) > _age(newest[seat.key]):
            newest[seat.key] = seat
    taken: set[str] = set()
    for seat in seats:
        day = seat.start or seat.end
        is_newest = newest[seat.key] is seat or day is None
        number = seat.key if is_newest else f"{seat.key}-{day:%Y%m%d}"
        if number in taken:
            continue
        taken.add(number)
        yield Membership(
            id=number,
            url=url,
            person_id=seat.person_id,
            person_name=seat.person_name,
            organization_id=seat.organization_id,
            role=seat.role,
            has_voting_right=seat.has_vote,
            start_date=seat.start,
            end_date=seat.end,
            on_behalf_of=seat.party,
        )


def person(url: str, number: str, name: str, faction: str | None) -> Person:
    """Somebody's record; form of address and academic title are read off the name."""
    form = _FORM.match(name)
    bare = name[form.end() :] if form else name
    title = _TITLE.match(bare)
    return Person(
        id=number,
        url=url,
        name=bare,
        form_of_address=form[1] if form else None,
        title=title[0].strip() if title else None,
        faction=faction,
    )


def _seat(
    page: Page,
    row: LexborNode,
    heading: str,
    *,
    organization_id: str,
    person_id: str | None,
    person_name: str,
) -> Seat:
    kind = _text(row, "amname")
    return Seat(
        organization_id=organization_id,
        person_id=person_id,
        person_name=person_name,
        role=(heading if _PRESIDES.search(heading) else kind or heading) or None,
        has_vote=_votes(kind) if _votes(kind) is not None else _votes(heading),
        party=_text(row, "pepartei") or None,
        start=_date(page, _text(row, "mgadat")),
        end=_date(page, _text(row, "mgedat")),
    )


def _votes(words: str) -> bool | None:
    if _ADVISES.search(words):
        return False
    return True if _VOTES.search(words) else None


def _age(seat: Seat) -> tuple[dt.date, dt.date]:
    return seat.end or _NEWEST, seat.start or _OLDEST


def _text(row: LexborNode, name: str) -> str:
    # The page repeats a cell for small screens; the first is the plain one.
    return _html.text(_html.first(row, f"td.{name}", f"td.smc_field_{name}"))


def _linked(node: LexborNode, name: str) -> str | None:
    links = (_html.attribute(link, "href") for link in node.css("a[href]"))
    return next(filter(None, (_html.query_id(href, name) for href in links)), None)


def _date(page: Page, words: str) -> dt.date | None:
    try:
        return _dates.find_date(words)
    except (ValueError, OverflowError) as error:
        raise page.error(str(error), "report the page: its date is new") from error
