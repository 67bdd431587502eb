"""What a reader chose: the query string, which anybody may write, checked before it is used."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, cast
from urllib.parse import urlencode

from catalog.charts import Language
from catalog.charts.model import MAX_SERIES
from catalog.figures.model import Figure, breakdown_id

_YEAR: Final = re.compile(r"[12][0-9]{3}")
_SHOWN: Final = 40
Kind = Literal["lines", "bars"]


class Params(Protocol):
    """A query string, as every web framework has it."""

    def get(self, key: str, /) -> str | None:
        """The value of a parameter; None where it was not given."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a parameter."""


class SelectionError(ValueError):
    """A parameter cannot be used; ``code`` names the text that says so to the reader.

    Attributes:
        code: ``city``, ``many``, ``breakdown``, ``year`` or ``order``.
        given: What was given, cut.
        known: What may be given instead.
    """

    def __init__(self, code: str, given: str = "", known: Sequence[str] = ()) -> None:
        """Keep code, given and known."""
        super().__init__(f"{code}: {given[:_SHOWN]!r} → {', '.join(known) or 'see the form'}")
        self.code, self.given, self.known = code, given[:_SHOWN], tuple(known)


@dataclass(frozen=True, slots=True)
class Selection:
    """A valid choice.

    Attributes:
        cities: Ids, in the order in which they are shown.
        breakdown: As ``catalog.figures.breakdown_id`` writes it.
        first: First year; None: from the beginning.
        last: Last year; None: to the newest.
    """

    cities: tuple[str, ...]
    breakdown: str
    first: int | None
    last: int | None
    kind: Kind
    lang: Language

    def of(self, figures: Sequence[Figure], *, every_breakdown: bool = False) -> list[Figure]:
        """The figures that were chosen; with all breakdowns where asked for."""
        return [
            one
            for one in figures
            if one.city_id in self.cities
            and (every_breakdown or breakdown_id(one.dimensions) == self.breakdown)
            and (self.first is None or one.end.year >= self.first)
            and (self.last is None or one.end.year <= self.last)
        ]

    def query(self, **other: str) -> str:
        """The query string that gives this choice again, with some of it changed."""
        parts: dict[str, str | list[str]] = {"city": list(self.cities)}
        parts |= {"breakdown": self.breakdown} if self.breakdown else {}
        parts |= {"from": str(self.first)} if self.first else {}
        parts |= {"to": str(self.last)} if self.last else {}
        parts |= {"chart": "bars"} if self.kind == "bars" else {}
        parts |= {"lang": "en"} if self.lang == "en" else {}
        return urlencode(
            {key: value for key, value in (parts | other).items() if value}, doseq=True
        )


def language(params: Params) -> Language:
    """English where it is asked for, else German."""
    return "en" if params.get("lang") == "en" else "de"


def selection(params: Params, cities: Mapping[str, str], breakdowns: Sequence[str]) -> Selection:
    """Read a query string.

    Args:
        params: ``city`` (any number), ``breakdown``, ``from``, ``to``, ``chart``, ``lang``; others
            are not looked at.
        cities: Those that have figures, id to name; all of them are the default.
        breakdowns: Those that the figures have, the default first.

    Raises:
        SelectionError: One of them is not what the form offers.
    """
    wanted = list(dict.fromkeys(one for one in params.getlist("city") if one))
    if unknown := [one for one in wanted if one not in cities]:
        raise SelectionError("city", unknown[0], list(cities.values()))
    if len(wanted) > MAX_SERIES:
        raise SelectionError("many", str(len(wanted)))
    chosen = tuple(city for city in cities if city in wanted or not wanted)[:MAX_SERIES]
    breakdown = params.get("breakdown") or (breakdowns[0] if breakdowns else "")
    if breakdowns and breakdown not in breakdowns:
        raise SelectionError("breakdown", breakdown)
    first, last = (_year(params.get(name) or "") for name in ("from", "to"))
    if first is not None and last is not None and first > last:
        raise SelectionError("order", f"{first} > {last}")
    kind = params.get("chart") or "lines"
    if kind not in {"lines", "bars"}:
        raise SelectionError("chart", kind)
    return Selection(chosen, breakdown, first, last, cast("Kind", kind), language(params))


def _year(text: str) -> int | None:
    if not text:
        return None
    if not _YEAR.fullmatch(text):
        raise SelectionError("year", text)
    return int(text)
