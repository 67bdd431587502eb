"""SessionNet's committees and people (``gr0040``, ``kp0040``, ``pe0051``), in both layouts.

The new layout shows no dates of seats that are still held, as a real server does; a person's own
page has them. The old layout shows them at once.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Final

from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import day
from ingestion.sampleworld.people import FORMER_TERM, TERM_BEGINS, Faction, People, Person, Seat

FORMER: Final = 3
"""The number of the term before."""

Row = list[tuple[str, str]]
Frame = Callable[[Council, str, str, str], str]


@dataclass(frozen=True, slots=True)
class PeoplePages:
    """Writes the three pages into a layout's frame; ``prefix`` begins the class of a cell."""

    frame: Frame
    prefix: str
    has_dates: bool

    def committees(self, council: Council, people: People) -> str:
        """``gr0040``: the council's committees, then its factions under their own heading."""
        bodies = [(body.id, body.name) for body in council.bodies]
        factions = [(faction.id, faction.name) for faction in people.factions]
        rows = self._heading("Gremien") + self._links(bodies)
        rows += self._heading("Fraktionen") + self._links(factions)
        return self.frame(council, "gr0040", "Gremien", _table("gr0040", 1, rows))

    def members(
        self,
        council: Council,
        number: int,
        name: str,
        seats: list[Seat],
        former: list[Seat],
        *,
        is_former: bool,
    ) -> str:
        """``kp0040``: who sits now, under headings, and whose seat has ended; or who sat before.

        A committee with members of the term before has a menu of terms.
        """
        shown = former if is_former else seats
        past = [] if is_former else [seat for seat in seats if _has_ended(seat, council.today)]
        now = [seat for seat in shown if seat not in past]
        menu = _terms(number) if former else ""
        body = (
            '<ul class="nav nav-tabs" id="smcregister"><li class="active"><a  href="kp0040.php?'
            f'__kgrnr={number}">Mitglieder</a></li></ul>{menu}'
            f'<h2 class="smc_h2">Mandatstr&auml;ger:</h2>{_table("kp0040", 1, self._rows(now))}'
        )
        if past:
            body += '<h2 class="smc_h2">Mitgliedschaft beendet:</h2>'
            body += _table("kp0040", 2, self._rows(past, is_dated=True))
        return self.frame(council, "kp0040", name, body)

    def person(self, council: Council, of: Person, seats: list[Seat]) -> str:
        """``pe0051``: a person and where they sit."""
        rows = ""
        for seat in seats:
            number, name = _place(seat)
            link = f'<a  href="kp0040.php?__kgrnr={number}" class="smce-a-u">{escape(name)}</a>'
            rows += self._row(
                [
                    ("grname", link),
                    ("amname", _kind(seat)),
                    ("mgadat", day(seat.start)),
                    ("mgedat", day(seat.end) if seat.end else ""),
                ]
            )
        return self.frame(council, "pe0051", of.name, _table("pe0051", 1, rows))

    def _rows(self, seats: list[Seat], *, is_dated: bool = False) -> str:
        rows, shown = "", ""
        for seat in seats:
            if (heading := _heading(seat)) != shown:
                shown = heading
                rows += self._heading(f"{heading}:")
            person = escape(seat.person.name)
            cells = [
                ("pename", f'<a  href="pe0051.php?__kpenr={seat.person.id}">{person}</a>'),
                ("pepartei", _party(seat.person.faction)),
                ("amname", _kind(seat)),
            ]
            if is_dated or self.has_dates:
                cells += [
                    ("mgadat", day(seat.start)),
                    ("mgedat", day(seat.end) if seat.end else ""),
                ]
            rows += self._row(cells)
        return rows

    def _heading(self, words: str) -> str:
        field = "smc_field_puname" if self.prefix else "smcfield_puname"
        return f'<tr><td class="{field}" colspan="5">{words}</td></tr>\n'

    def _links(self, listed: list[tuple[int, str]]) -> str:
        return "".join(
            self._row([("grname", f'<a  href="kp0040.php?__kgrnr={number}">{escape(name)}</a>')])
            for number, name in listed
        )

    def _row(self, cells: Row) -> str:
        inner = "".join(f'<td class="{self.prefix}{name}">{value}</td>' for name, value in cells)
        return f"<tr>{inner}</tr>\n"


def _terms(number: int) -> str:
    """The menu of terms, as the recorded page has it."""
    first, last = map(day, FORMER_TERM)
    listed = (
        (FORMER + 1, f"von {day(TERM_BEGINS)}", "smcfiltermenuselected"),
        (FORMER, f"von {first} bis {last}", "smcfiltermenu"),
        (FORMER + 2, "von 01.01.1990", "smcfiltermenu"),
    )
    return "".join(
        f'<a class="dropdown-item {kind}" href="kp0040.php?__cwpnr={term}&amp;__cselect=0&amp;'
        f'__kgrnr={number}" title="{title}">{title}</a>'
        for term, title, kind in listed
    )


def _table(page: str, number: int, rows: str) -> str:
    return (
        f'<table id="smc_page_{page}_contenttable{number}" class="smc-table smccontenttable">'
        f"<tbody>\n{rows}</tbody></table>"
    )


def _place(seat: Seat) -> tuple[int, str]:
    place = seat.body or seat.faction
    if place is None:
        raise ValueError(f"seat {seat.id}: neither committee nor faction → set one of them")
    return place.id, place.name


def _has_ended(seat: Seat, today: dt.date) -> bool:
    return seat.end is not None and seat.end <= today


def _heading(seat: Seat) -> str:
    if seat.role != "Mitglied":
        return seat.role
    return "Mitglieder mit Stimmrecht" if seat.has_vote else "Mitglieder mit beratender Stimme"


def _kind(seat: Seat) -> str:
    return escape(seat.person.office or "Mitglied")


def _party(faction: Faction | None) -> str:
    return escape(faction.name) if faction else ""
