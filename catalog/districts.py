"""Districts below a city: which there are, and their figures of one period beside each other.

Shared by the pages and the command line. A district's figure never stands among those of cities:
it has its own source, and often another way of counting.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from catalog.charts import Language
from catalog.charts.maps import Area, Map
from catalog.figures import (
    PROGRAM_COLUMNS,
    Columns,
    Figure,
    Indicator,
    breakdown_text,
    note_text,
    period_text,
    unit_text,
    value_text,
)


@dataclass(frozen=True, slots=True)
class District:
    """A part of a city.

    Attributes:
        ars: The city's key, a hyphen and the district's own number.
        outline: Its area as GeoJSON, degrees of WGS 84; empty where no source gives one.
        last_day: The last day for which the source tells of it; None: it is still there.
    """

    ars: str
    city_id: str
    name: str
    outline: str = ""
    last_day: dt.date | None = None

    @property
    def key(self) -> str:
        """Its own number, without the city's key."""
        return self.ars.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A district with its figure of a period.

    Attributes:
        number: Its place in the list; the map names it by that.
        figure: None where the source has no row of it.
    """

    number: int
    district: District
    figure: Figure | None

    @property
    def value(self) -> float | None:
        """The figure's value, if it has one."""
        return self.figure.value if self.figure else None


def period_id(figure: Figure) -> str:
    """A period as it stands in an address: ``2024-12-31``, ``2024-01-01_2024-12-31``."""
    days = dict.fromkeys((figure.start.isoformat(), figure.end.isoformat()))
    return "_".join(days)


def periods(figures: Iterable[Figure], lang: Language) -> dict[str, str]:
    """All periods, id to words; the newest first."""
    ordered = sorted(figures, key=lambda one: (one.end, one.start), reverse=True)
    return {period_id(one): period_text(one, lang) for one in ordered}


def ranked(districts: Iterable[District], figures: Sequence[Figure]) -> list[Ranked]:
    """The districts of a city, the largest value first; what has none stands below, by its number.

    Args:
        districts: All of one city.
        figures: Of one breakdown and one period, at most one per district; at least one.

    Returns:
        Those with a figure, and those that were there in the period but have none in the source.
    """
    by_ars = {one.ars: one for one in figures}
    day = max(one.end for one in figures)
    there = [
        one for one in districts if one.ars in by_ars or one.last_day is None or one.last_day >= day
    ]

    def place(one: District) -> tuple[bool, bool, float, str]:
        figure = by_ars.get(one.ars)
        value = figure.value if figure else None
        return figure is None, value is None, -(value or 0.0), one.ars

    ordered = sorted(there, key=place)
    return [Ranked(at, one, by_ars.get(one.ars)) for at, one in enumerate(ordered, start=1)]


def named_columns(names: Mapping[str, str]) -> Columns:
    """The columns of a CSV for programs and the district's ``name``, as in the table of places.

    Args:
        names: Key to name.
    """
    return {**PROGRAM_COLUMNS, "name": lambda _, one: names.get(one.ars, "")}


def value_of(one: Ranked, decimals: int, lang: Language, absent: str) -> str:
    """A district's figure as people read it; ``absent`` where the source has no row of it."""
    return value_text(one.figure, decimals, lang) if one.figure else absent


def map_of(
    indicator: Indicator, city: str, rows: Sequence[Ranked], lang: Language, absent: str
) -> Map | None:
    """The map of a city's districts; None where no outline of a district with a figure is known."""
    areas = tuple(
        Area(
            number=one.number,
            name=one.district.name,
            value=one.value,
            note=note_text(one.figure, lang) if one.figure else absent,
            outline=one.district.outline,
        )
        for one in rows
        if one.district.outline
    )
    figures = [one.figure for one in rows if one.figure and one.district.outline]
    if not figures:
        return None
    label = f"{indicator.label(lang)}: {city}"
    parts = [label, breakdown_text(figures[0].labels, lang), period_text(figures[0], lang)]
    title = ", ".join(parts if figures[0].labels else [parts[0], parts[2]])
    return Map(title, unit_text(indicator.unit, lang), indicator.decimals, areas, lang)
