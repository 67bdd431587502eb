"""The parts of the page of districts: the choice, the map, the table with its bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.datastructures import QueryParams

from catalog.charts import Language, district_map
from catalog.charts.maps import largest, said
from catalog.districts import District, Ranked, map_of, period_id, ranked, value_of
from catalog.figures import Figure, Indicator, breakdown_id
from catalog.figures.selection import SelectionError, language

_BAR: Final = 100.0


@dataclass(frozen=True, slots=True)
class DistrictSelection:
    """A valid choice: one city, one breakdown, one period.

    Attributes:
        period: As ``catalog.districts.period_id`` writes it; empty: every period.
    """

    city: str
    breakdown: str
    period: str
    lang: Language

    def of(self, figures: Sequence[Figure]) -> list[Figure]:
        """The figures that were chosen."""
        return [
            one
            for one in figures
            if one.city_id == self.city
            and breakdown_id(one.dimensions) == self.breakdown
            and self.period in {"", period_id(one)}
        ]

    def query(self, **other: str) -> str:
        """The query string of the same choice for every period, with some of it changed."""
        parts = {"city": self.city, "breakdown": self.breakdown}
        parts |= {"lang": "en"} if self.lang == "en" else {}
        return urlencode({key: value for key, value in (parts | other).items() if value})


def city_of(params: QueryParams, cities: Mapping[str, str]) -> str:
    """The city of a query string; the first one by default.

    Raises:
        SelectionError: There is none of that name.
    """
    wanted = params.get("city") or next(iter(cities), "")
    if wanted not in cities:
        raise SelectionError("city", wanted, list(cities.values()))
    return wanted


def district_selection(
    params: QueryParams, city: str, breakdowns: Sequence[str], periods: Sequence[str]
) -> DistrictSelection:
    """Read the rest of a query string.

    Args:
        params: ``breakdown``, ``period``, ``lang``; others are not looked at.
        city: The one that was chosen.
        breakdowns: Those that its figures have, the default first.
        periods: Those that its figures have, the default first; an empty one stands for all.

    Raises:
        SelectionError: One of them is not what the form offers.
    """
    breakdown = params.get("breakdown") or breakdowns[0]
    period = params.get("period") or periods[0]
    if breakdown not in breakdowns:
        raise SelectionError("breakdown", breakdown)
    if period not in periods:
        raise SelectionError("period", period)
    return DistrictSelection(city, breakdown, period, language(params))


@dataclass(frozen=True, slots=True)
class Row:
    """A district in the table.

    Attributes:
        start: Where its bar begins, of 100.
        length: How long it is; None: there is no value to draw.
    """

    number: int
    name: str
    text: str
    start: float
    length: float | None


@dataclass(frozen=True, slots=True)
class MapPart:
    """The map, and which circle is how much."""

    drawing: Markup
    largest: str
    without: tuple[str, ...]


def rows_of(
    indicator: Indicator, found: Sequence[Ranked], lang: Language, absent: str
) -> tuple[Row, ...]:
    """The table: each district's value and its bar, from zero."""
    values = [one.value for one in found if one.value is not None]
    low, high = min([0.0, *values]), max([0.0, *values])
    scale = _BAR / (high - low) if high > low else 0.0
    rows = []
    for one in found:
        value = one.value
        start, end = sorted((0.0, value or 0.0))
        rows.append(
            Row(
                number=one.number,
                name=one.district.name,
                text=value_of(one, indicator.decimals, lang, absent),
                start=round((start - low) * scale, 2),
                length=None if value is None else round((end - start) * scale, 2),
            )
        )
    return tuple(rows)


def map_part(
    indicator: Indicator, city: str, found: Sequence[Ranked], lang: Language, absent: str
) -> MapPart | None:
    """The map of the same districts; None where no outlines are known."""
    shown = map_of(indicator, city, found, lang, absent)
    if shown is None:
        return None
    most = largest(shown)
    return MapPart(
        # The drawing is our own and holds escaped text only.
        drawing=Markup(district_map(shown)),  # noqa: S704
        largest=said(shown, most) if most else "",
        without=tuple(one.district.name for one in found if not one.district.outline),
    )


def ranked_in(city: str, known: Mapping[str, District], figures: Sequence[Figure]) -> list[Ranked]:
    """The districts of a city with their figures of one period."""
    return ranked([one for one in known.values() if one.city_id == city], figures)
