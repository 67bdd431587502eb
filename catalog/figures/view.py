"""The parts of an indicator's page: chart and table of the same figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from catalog.charts import Language, bar_chart, line_chart
from catalog.charts.bars import MAX_PERIODS
from catalog.charts.segments import breaks, is_yearly
from catalog.charts.words import break_text
from catalog.figures.model import (
    Figure,
    Indicator,
    basis_text,
    chart_of,
    day_text,
    note_text,
    period_text,
    value_text,
)
from catalog.figures.selection import Selection


@dataclass(frozen=True, slots=True)
class ChartPart:
    """A chart for wide and narrow screens, and what has to be said beside it.

    Attributes:
        breaks: Each break of basis in a sentence.
        newest: How many periods are drawn where not all are; 0: all of them.
        has_marks: Whether it has crosses or hollow markers, which want an explanation.
    """

    wide: Markup
    narrow: Markup
    breaks: tuple[str, ...]
    newest: int
    has_marks: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure in the table, or its absence; ``is_number`` sets it right-aligned."""

    text: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class TablePart:
    """The figures as a table: a row per period, newest first, a column per city.

    Attributes:
        signs: The source's signs that occur, with their meaning.
        vintages: Days on which the source published what is shown, first and last.
    """

    cities: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...], str], ...]
    has_basis: bool
    signs: Mapping[str, str]
    vintages: tuple[str, ...]


def chart_part(
    indicator: Indicator, figures: Sequence[Figure], cities: Mapping[str, str], chosen: Selection
) -> ChartPart | None:
    """Draw what was chosen; None where there is nothing.

    Where not one figure has a value, bars are drawn: they say why.
    """
    if not figures:
        return None
    chart = chart_of(indicator, figures, cities, chosen.lang)
    points = [point for one in chart.series for point in one.points]
    is_bars = chosen.kind == "bars" or all(point.value is None for point in points)
    draw = bar_chart if is_bars else line_chart
    found = breaks(chart.series, yearly=is_yearly(chart.series))
    is_cut = is_bars and len({point.period for point in points}) > MAX_PERIODS
    return ChartPart(
        # The drawing is our own and holds escaped text only.
        wide=Markup(draw(chart)),  # noqa: S704
        narrow=Markup(draw(chart, narrow=True)),  # noqa: S704
        breaks=tuple(break_text(one, chosen.lang) for one in found),
        newest=MAX_PERIODS if is_cut else 0,
        has_marks=not is_bars and any(point.note for point in points),
    )


def table_part(
    indicator: Indicator, figures: Sequence[Figure], cities: Mapping[str, str], lang: Language
) -> TablePart:
    """The same figures as a table."""
    periods = sorted({(one.end, one.start) for one in figures}, reverse=True)
    by_cell = {(one.end, one.start, one.city_id): one for one in figures}
    rows = []
    for period in periods:
        found = [by_cell.get((*period, city)) for city in cities]
        known = [one for one in found if one is not None]
        bases = dict.fromkeys(basis_text(one.basis, lang) for one in known if one.basis)
        cells = tuple(_cell(one, indicator.decimals, lang) for one in found)
        rows.append((period_text(known[0], lang), cells, ", ".join(bases)))
    return TablePart(
        cities=tuple(cities.values()),
        rows=tuple(rows),
        has_basis=any(one.basis for one in figures),
        signs=signs_of(indicator, figures, lang),
        vintages=vintages_of(figures, lang),
    )


def vintages_of(figures: Sequence[Figure], lang: Language) -> tuple[str, ...]:
    """Days on which the source published what is shown, first and last."""
    days = sorted({one.vintage for one in figures})
    return tuple(day_text(day, lang) for day in dict.fromkeys(days[:1] + days[-1:]))


def signs_of(indicator: Indicator, figures: Sequence[Figure], lang: Language) -> dict[str, str]:
    """The source's signs that occur, with their meaning."""
    signs = {one.raw.strip() for one in figures if note_text(one, lang)}
    return {sign: text for sign, text in indicator.legend.items() if sign in signs}


def _cell(one: Figure | None, decimals: int, lang: Language) -> Cell:
    if one is None:
        return Cell("", is_number=False)
    return Cell(value_text(one, decimals, lang), is_number=one.value is not None)
