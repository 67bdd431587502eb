"""Figures in the terminal: tables by rich, plots by plotext, in German like the pages."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from catalog.charts.model import Chart, Series
from catalog.charts.numbers import number_text, tick_decimals, ticks
from catalog.charts.segments import breaks, is_yearly, place, segments
from catalog.charts.words import break_text, unit_line, unit_phrase
from catalog.districts import Ranked, value_of
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
from orchestration.stats_table import Column, Listing, room

_COLOURS: Final = ("blue+", "orange+", "magenta+", "green+", "red+", "yellow", "cyan+", "white")
_MARKERS: Final = ("●", "■", "▲", "◆", "▼", "✚", "▶", "◀")
_HEIGHT: Final = 22
_WIDEST: Final = 110
_NARROWEST: Final = 42
"""Characters that a plot needs."""
_SHORTEST, _LONGEST = 10, 40
_APART: Final = (
    "Zahlen von Stadtteilen sind keine der Stadt: Quelle und Zählweise können andere sein."
)


def indicators(
    console: Console, known: Mapping[str, Indicator], spans: Mapping[str, Mapping[str, Any]]
) -> None:
    """A row per indicator."""
    rows = list(known.values())
    spans_of = [spans[one.id] for one in rows]
    years = [(span["first"].year, span["last"].year) for span in spans_of]
    columns = (
        Column("Kennzahl", tuple(one.id for one in rows), wraps=False),
        Column("Bezeichnung", tuple(one.label_de for one in rows)),
        Column("Einheit", tuple(unit_text(one.unit, "de") for one in rows)),
        Column("Quelle", tuple(_source(one) for one in rows)),
        Column("Zeitraum", tuple(_span(*each) for each in years), wraps=False),
        Column("Städte", tuple(str(len(span["cities"])) for span in spans_of), is_number=True),
    )
    Listing(columns, title=f"{len(rows)} Kennzahlen", in_lines=False).print(console)


def _source(one: Indicator) -> str:
    return f"{one.source_name}, {one.table_code}"


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"  # noqa: RUF001 - German sets a dash


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
        if console.width < _NARROWEST:
            console.print(Text(f"Für ein Diagramm ist hier kein Platz ({_NARROWEST} Zeichen)."))
        else:
            width = min(console.width - 2, _WIDEST)
            console.print(plot(chart, width, colour=console.is_terminal))
    _table(one, figures, cities).print(console)
    for found in breaks(chart.series, yearly=is_yearly(chart.series)):
        console.print(Text(f"┆ {break_text(found, 'de')}. Nicht vergleichbar.", style="yellow"))
    for line in _missing(one, figures):
        console.print(Text(line))
    _about(console, one, figures)


def _about(console: Console, one: Indicator, figures: Sequence[Figure]) -> None:
    """How it was computed, source, vintage and licence."""
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


def _table(one: Indicator, figures: Sequence[Figure], cities: Mapping[str, str]) -> Listing:
    by_cell = {(figure.end, figure.start, figure.city_id): figure for figure in figures}
    days = sorted({(figure.end, figure.start) for figure in figures})
    found = [[by_cell.get((*day, city)) for city in cities] for day in days]
    known = [[figure for figure in row if figure is not None] for row in found]
    columns = [Column("Zeitraum", tuple(period_text(row[0], "de") for row in known), wraps=False)]
    for at, name in enumerate(cities.values()):
        cells = (row[at] for row in found)
        texts = tuple(value_text(each, one.decimals, "de") if each else "–" for each in cells)  # noqa: RUF001
        columns.append(Column(name, texts, is_number=True))
    bases = [
        dict.fromkeys(basis_text(each.basis, "de") for each in row if each.basis) for row in known
    ]
    groups = tuple(", ".join(each) for each in bases)
    return Listing(tuple(columns), groups if any(groups) else (), "Grundlage")


def districts(console: Console, one: Indicator, city: str, rows: Sequence[Ranked]) -> None:
    """The districts of a city for one period: value, bar from zero, source and licence.

    Args:
        console: Where to.
        one: What is shown.
        city: Its name.
        rows: At least one of them with a figure.
    """
    figures = [row.figure for row in rows if row.figure]
    said = f"{one.label_de}, Stadtteile von {city}, {breakdown_text(figures[0].labels, 'de')}, "
    said += f"{period_text(figures[0], 'de')}, {unit_phrase(unit_text(one.unit, 'de'), 'de')}"
    console.print(Text(said, style="bold"))
    console.print(Text(one.definition_de))
    columns = (
        Column("Stadtteil", tuple(row.district.name for row in rows)),
        Column(
            "Wert",
            tuple(value_of(row, one.decimals, "de", "nicht in der Quelle") for row in rows),
            is_number=True,
        ),
    )
    longest = max(_SHORTEST, min(_LONGEST, room(columns, console.width)))
    most = max((abs(row.value) for row in rows if row.value is not None), default=0.0)
    bars = tuple(_bar(row.value or 0.0, most, longest) for row in rows)
    Listing((*columns, Column("", bars, wraps=False, is_drawing=True))).print(console)
    for line in _missing(one, figures, {row.district.ars: row.district.name for row in rows}):
        console.print(Text(line))
    console.print(Text(_APART))
    _about(console, one, figures)


def _bar(value: float, most: float, longest: int) -> str:
    """A bar in characters; one of a value below zero is hollow."""
    length = round(abs(value) / most * longest) if most else 0
    return ("░" if value < 0 else "█") * length


def _missing(
    one: Indicator, figures: Iterable[Figure], names: Mapping[str, str] | None = None
) -> list[str]:
    """What the source's signs mean, for the figures that have one; ``names``: of districts."""
    lines = []
    for figure in figures:
        if figure.value is None:
            meaning = one.legend.get(figure.raw.strip(), "")
            told = f" (Zeichen der Quelle {figure.raw.strip()!r}: {meaning})" if meaning else ""
            period = period_text(figure, "de")
            name = names[figure.ars] if names else figure.city
            lines.append(f"{name}, {period}: {note_text(figure, 'de')}{told}")
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
        count = "1 Wert" if len(listed) == 1 else f"{len(listed)} Werte"
        title = f"{label}: Datenstand {day_text(new, 'de')}, {count} geändert"
        cells = list(zip(*(_difference(row) for row in listed), strict=True))
        names = ("Stadt", "Zeitraum", "Gliederung", "Stand vorher", "alt", "neu", "Differenz", "%")
        columns = [
            Column(name, each, is_number=name in {"alt", "neu", "Differenz", "%"})
            for name, each in zip((*names, "Anlass"), cells, strict=True)
        ]
        Listing(tuple(columns), title=title, in_lines=False).print(console)
        changed = sum(bool(row["is_basis_change"]) for row in listed)
        if changed:
            verb = "beruht" if changed == 1 else "beruhen"
            said = f"{changed} davon {verb} auf einer anderen Grundlage: das ist keine "
            console.print(Text(f"{said}Entwicklung und keine Korrektur.", style="yellow"))


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
