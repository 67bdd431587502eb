"""What SessionNet tells of seats: the members of a committee, the committees of a person.

Both pages tell of the same seats, so both give them the same id: ``<committee>-<person>-<start>``,
so that a person's terms in a committee are told apart. Where no page says when a seat began, it is
``<committee>-<person>``, with the last day added for an earlier such seat. Who has no page of their
own is told by name only. Whatever else a page says about a person (address, telephone, e-mail) is
not read.
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
_UNTOLD: Final = "?"

_Span = tuple[dt.date, dt.date | None]


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

    @property
    def number(self) -> str:
        """Its id: the key with the day the seat began, as far as that is known."""
        return self.key if self.start is None else f"{self.key}-{self.start:%Y%m%d}"


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
        has_vote = seat.has_vote
        if has_vote is None:
            has_vote = _TRUTH.get(told.get(f"vote:{seat.number}", ""))
        found.append(
            replace(
                seat,
                role=told.get(f"role:{seat.number}") or seat.role,
                has_vote=has_vote,
                party=seat.party or told.get("faction"),
            )
        )
    return found


_TRUTH: Final[Mapping[str, bool]] = {"true": True, "false": False}


def context(seats: Iterable[Seat]) -> dict[str, str]:
    """What committees' pages told of a person and the person's own may not repeat."""
    told: dict[str, str] = {}
    for seat in seats:
        if seat.party and seat.end is None:
            told["faction"] = seat.party
        if seat.role:
            told[f"role:{seat.number}"] = seat.role
        if seat.has_vote is not None:
            told[f"vote:{seat.number}"] = "true" if seat.has_vote else "false"
    return told


def began(key: str, seats: Iterable[Seat] | None) -> dict[str, str]:
    """What a person's page tells of the seats in one committee, for that committee's own page.

    Args:
        key: Committee and person.
        seats: The seats on the person's page; None: the page could not be had.
    """
    if seats is None:
        return {f"began:{key}": _UNTOLD}
    spans = [f"{seat.start}/{seat.end or ''}" for seat in seats if seat.key == key and seat.start]
    return {f"began:{key}": " ".join(spans)} if spans else {}


def dated(seats: Iterable[Seat], context: Mapping[str, str]) -> Iterator[Seat]:
    """The seats of a committee's page, each with its days as far as any page tells them.

    Args:
        seats: What the page says.
        context: Its ``Fetched.context``: what people's pages say (``began``), and on the page of a
            past term its days (``term``), which are the seat's where nothing says more.

    Yields:
        The seats in the page's order. One whose beginning stands on a page that could not be had is
        left out: under another id it would be another seat.
    """
    term = next(_spans(context.get("term", "")), None)
    for seat in seats:
        told = context.get(f"began:{seat.key}", "")
        if seat.start is not None:
            yield seat
        elif told != _UNTOLD:
            yield _dated(seat, list(_spans(told)), term)


def memberships(url: str, seats: Iterable[Seat]) -> Iterator[Membership]:
    """The seats as records, each once, in the page's order."""
    found = list(seats)
    newest: dict[str, Seat] = {}
    for seat in found:
        if seat.start is None and _end(seat) > _end(newest.get(seat.key)):
            newest[seat.key] = seat
    taken: set[str] = set()
    for seat in found:
        number = seat.number
        if seat.end is not None and number in newest and newest[number] is not seat:
            number = f"{number}-{seat.end:%Y%m%d}"
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


def _end(seat: Seat | None) -> dt.date:
    """The last day, for comparing: a seat that is still held ends last, no seat at all first."""
    return _OLDEST if seat is None else seat.end or _NEWEST


def _dated(seat: Seat, spans: list[_Span], term: _Span | None) -> Seat:
    """A seat whose row leaves its beginning out, by the person's page or by the term."""
    first, last = term or (_OLDEST, None)
    fitting = [
        (start, end)
        for start, end in spans
        if (seat.end is None or end == seat.end)
        and start <= (last or _NEWEST)
        and (end or _NEWEST) >= first
    ]
    start, end = max(fitting, key=lambda span: (span[1] or _NEWEST, span[0]), default=(None, None))
    if start is None and term is not None:
        start, end = term
    return replace(seat, start=start, end=seat.end or end)


def _spans(words: str) -> Iterator[_Span]:
    """Read ``2015-02-01/2019-04-03 2024-07-01/`` back."""
    for word in words.split():
        first, _, last = word.partition("/")
        yield dt.date.fromisoformat(first), dt.date.fromisoformat(last) if last else None


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
