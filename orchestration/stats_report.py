"""Figures in the terminal: tables by rich, plots by plotext, in German like the pages."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from catalog.charts.model import Chart, Series
from catalog.charts.numbers import number_text, tick_decimals, ticks
from catalog.charts.segments import breaks, is_yearly, place, segments
from catalog.charts.words import break_text, unit_line
from catalog.figures import (
    Figure,
    Indicator,
    basis_text,
    breakdown_text,
    chart_of,
    day_text,
    note_text,
    period_text,
    unit_text,
    value_text,
)

_COLOURS: Final = ("blue+", "orange+", "magenta+", "green+", "red+", "yellow", "cyan+", "white")
_MARKERS: Final = ("●", "■", "▲", "◆", "▼", "✚", "▶", "◀")
_HEIGHT: Final = 22
_WIDEST: Final = 110
_NARROWEST: Final = 50


def indicators(
    console: Console, known: Mapping[str, Indicator], spans: Mapping[str, Mapping[str, Any]]
) -> None:
    """A row per indicator."""
    table = Table(title=f"{len(known)} Kennzahlen", title_justify="left")
    for name in ("Kennzahl", "Bezeichnung", "Einheit", "Tabelle", "Quelle", "Zeitraum"):
        table.add_column(name, overflow="fold")
    table.add_column("Städte", justify="right")
    for one in known.values():
        span = spans[one.id]
        years = f"{span['first'].year}–{span['last'].year}"  # noqa: RUF001 - German sets a dash
        cells = [one.id, one.label_de, unit_text(one.unit, "de"), one.table_code, one.source_name]
        table.add_row(*(escape(cell) for cell in cells), years, str(len(span["cities"])))
    console.print(table)


def show(
    console: Console, one: Indicator, figures: Sequence[Figure], cities: Mapping[str, str]
) -> None:
    """Plot, table, breaks, what is missing and why, source and licence.

    Args:
        console: Where to.
        one: What is shown.
        figures: Of one breakdown, at most one per city and period; at least one.
        cities: Those that are shown, id to name.
    """
    chart = chart_of(one, figures, cities, "de")
    said = f"{one.label_de}, {breakdown_text(figures[0].labels, 'de')}, {unit_line(chart)}"
    console.print(Text(said, style="bold"))
    console.print(Text(one.definition_de))
    if any(figure.value is not None for figure in figures):
        width = min(max(console.width - 2, _NARROWEST), _WIDEST)
        console.print(plot(chart, width, colour=console.is_terminal))
    console.print(_table(one, figures, cities))
    for found in breaks(chart.series, yearly=is_yearly(chart.series)):
        console.print(Text(f"┆ {break_text(found, 'de')}. Nicht vergleichbar.", style="yellow"))
    for line in _missing(one, figures):
        console.print(Text(line))
    if one.computed_de:
        console.print(Text(f"Berechnet: {one.computed_de}"))
    console.print(Text(f"Quelle: {one.attribution} ({one.source_name}, Tabelle {one.table_code})"))
    console.print(Text(f"Datenstand: {_vintages(figures)}. Lizenz: {one.licence_title}"))


def plot(chart: Chart, width: int, *, colour: bool) -> Text:
    """Lines over time, drawn in characters; breaks as upright marks, gaps left open.

    Args:
        chart: With at least one value.
        width: In characters.
        colour: Whether to paint; the markers differ without it too.
    """
    import plotext  # noqa: PLC0415 - only a plot needs it

    yearly = is_yearly(chart.series)
    values = [p.value for one in chart.series for p in one.points if p.value is not None]
    times = [place(p, yearly=yearly) for one in chart.series for p in one.points]
    axis = ticks(min(values), max(values), 5)
    plotext.clear_figure()
    plotext.theme("clear")
    plotext.limit_size(False, False)  # noqa: FBT003 - its own way to say: as wide as told
    plotext.plot_size(width, _HEIGHT)
    for number, one in enumerate(chart.series):
        _draw(plotext, one, number, yearly=yearly)
    for found in breaks(chart.series, yearly=yearly):
        plotext.vline(found.at, "gray")
    decimals = tick_decimals(axis)
    plotext.yticks(axis, [number_text(one, decimals, chart.lang) for one in axis])
    plotext.ylim(axis[0], axis[-1])
    years = _years(min(times), max(times))
    plotext.xticks(years, [str(year) for year in years])
    plotext.xlim(min(times) - 0.5, max(times) + 0.5)
    drawn = Text.from_ansi(plotext.build())
    return drawn if colour else Text(drawn.plain)


def _draw(plotext: Any, one: Series, number: int, *, yearly: bool) -> None:
    marker, colour = _MARKERS[number], _COLOURS[number]
    label: str | None = one.label
    for run in segments(one):
        at = [place(point, yearly=yearly) for point in run]
        values = [point.value for point in run]
        plotext.plot(at, values, marker="braille", color=colour)
        plotext.scatter(at, values, marker=marker, color=colour, label=label)
        label = None


def _years(first: float, last: float) -> list[int]:
    step = max(1, -(-int(last - first) // 8))
    return list(range(int(last), int(first) - 1, -step))[::-1]


def _table(one: Indicator, figures: Sequence[Figure], cities: Mapping[str, str]) -> Table:
    table = Table()
    table.add_column("Zeitraum")
    for name in cities.values():
        table.add_column(escape(name), justify="right", overflow="fold")
    has_basis = any(figure.basis for figure in figures)
    if has_basis:
        table.add_column("Grundlage")
    by_cell = {(figure.end, figure.start, figure.city_id): figure for figure in figures}
    before = ""
    for end, start in sorted({(figure.end, figure.start) for figure in figures}):
        found = [by_cell.get((end, start, city)) for city in cities]
        known = [figure for figure in found if figure is not None]
        basis = ", ".join(dict.fromkeys(basis_text(one.basis, "de") for one in known if one.basis))
        if before and basis != before:
            table.add_section()
        before = basis
        cells = [value_text(each, one.decimals, "de") if each else "–" for each in found]  # noqa: RUF001
        cells += [basis] if has_basis else []
        table.add_row(period_text(known[0], "de"), *(escape(cell) for cell in cells))
    return table


def _missing(one: Indicator, figures: Iterable[Figure]) -> list[str]:
    """What the source's signs mean, for the figures that have one."""
    lines = []
    for figure in figures:
        if figure.value is None:
            meaning = one.legend.get(figure.raw.strip(), "")
            told = f" (Zeichen der Quelle {figure.raw.strip()!r}: {meaning})" if meaning else ""
            period = period_text(figure, "de")
            lines.append(f"{figure.city}, {period}: {note_text(figure, 'de')}{told}")
    return lines


def _vintages(figures: Iterable[Figure]) -> str:
    days = sorted({figure.vintage for figure in figures})
    return " bis ".join(day_text(day, "de") for day in dict.fromkeys([days[0], days[-1]]))


def vintages(console: Console, wanted: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table per indicator and vintage: what was corrected, and what rests on another basis."""
    if not rows:
        console.print(Text(f"{wanted}: kein Wert hat sich zwischen zwei Datenständen geändert"))
    for (label, new), group in groupby(
        rows, key=lambda row: (row["label_de"], row["new_vintage_date"])
    ):
        listed = list(group)
        title = f"{label}: Datenstand {day_text(new, 'de')}, {len(listed)} Werte geändert"
        table = Table(title=escape(title), title_justify="left")
        for name in ("Stadt", "Zeitraum", "Gliederung", "vorheriger Stand"):
            table.add_column(name)
        for name in ("alt", "neu", "Differenz", "%"):
            table.add_column(name, justify="right")
        table.add_column("Anlass", no_wrap=True)
        for row in listed:
            table.add_row(*(escape(cell) for cell in _difference(row)))
        console.print(table)
        changed = sum(bool(row["is_basis_change"]) for row in listed)
        if changed:
            console.print(
                Text(
                    f"{changed} davon beruhen auf einer anderen Grundlage: das ist keine "
                    "Entwicklung und keine Korrektur.",
                    style="yellow",
                )
            )


def _difference(row: Mapping[str, Any]) -> list[str]:
    decimals = row["decimals"] or 0

    def number(value: float | None, places: int, *, signed: bool = False) -> str:
        if value is None:
            return "kein Wert"
        shown = number_text(value, places, "de")
        return f"+{shown}" if signed and value > 0 else shown

    dimensions = json.loads(row["dimensions"] or "{}")
    return [
        row["city_name"],
        day_text(row["period_end_date"], "de"),
        ", ".join(f"{name}={member}" for name, member in dimensions.items()) or "Insgesamt",
        day_text(row["old_vintage_date"], "de"),
        number(row["old_value"], decimals),
        number(row["new_value"], decimals),
        number(row["difference"], decimals, signed=True),
        number(row["difference_pct"], 1, signed=True),
        "andere Grundlage" if row["is_basis_change"] else "berichtigt",
    ]
