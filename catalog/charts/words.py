"""What a drawing says by itself."""

from collections.abc import Mapping
from typing import Final

from catalog.charts.model import Chart, Language, Point
from catalog.charts.numbers import number_text
from catalog.charts.segments import Break, breaks, is_yearly

_RATIO: Final = ("je ", "per ")
TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "de": {
        "in": "in {unit}",
        "cut": "die Achse beginnt nicht bei null",
        "break": "ab hier: {basis}",
        "break_short": "{basis}",
        "no_basis": "andere Grundlage",
        "each": "jeweils {day}",
        "year": "Jahr",
        "lines": "Liniendiagramm",
        "bars": "Balkendiagramm",
        "span": "{label}: {first} ({first_period}) bis {last} ({last_period})",
        "one": "{label}: {first} ({first_period})",
        "none": "{label}: kein Wert",
        "without": "{label} {period}: {note}",
        "gap": "Bruch der Grundlage: ab hier {basis}, davor {before}",
        "same": "Alle Werte stehen auch in der Tabelle.",
    },
    "en": {
        "in": "in {unit}",
        "cut": "the axis does not start at zero",
        "break": "from here: {basis}",
        "break_short": "{basis}",
        "no_basis": "another basis",
        "each": "each {day}",
        "year": "Year",
        "lines": "Line chart",
        "bars": "Bar chart",
        "span": "{label}: {first} ({first_period}) to {last} ({last_period})",
        "one": "{label}: {first} ({first_period})",
        "none": "{label}: no value",
        "without": "{label} {period}: {note}",
        "gap": "Break of basis: from here {basis}, before {before}",
        "same": "All values are in the table as well.",
    },
}
_MANY: Final = 6


def value_text(chart: Chart, point: Point) -> str:
    """A point's value with what limits it, or why there is none."""
    if point.value is None:
        return point.note
    shown = number_text(point.value, chart.decimals, chart.lang)
    return f"{shown} ({point.note})" if point.note else shown


def break_text(found: Break, lang: Language) -> str:
    """A break in one sentence."""
    texts = TEXTS[lang]
    none = texts["no_basis"]
    return texts["gap"].format(basis=found.basis or none, before=found.before or none)


def description(chart: Chart, kind: str) -> str:
    """The drawing in words, for people who cannot see it: extent, breaks, what is missing."""
    texts = TEXTS[chart.lang]
    parts = [f"{texts[kind]}, {unit_line(chart)}"]
    parts += [_span(chart, index) for index in range(len(chart.series))]
    yearly = is_yearly(chart.series)
    parts += [break_text(one, chart.lang) for one in breaks(chart.series, yearly=yearly)]
    missing = [
        texts["without"].format(label=one.label, period=point.period, note=point.note)
        for one in chart.series
        for point in one.points
        if point.value is None
    ]
    parts += missing[:_MANY] + (["…"] if len(missing) > _MANY else [])
    return ". ".join(part.rstrip(".") for part in [*parts, texts["same"]]) + "."


def _span(chart: Chart, index: int) -> str:
    texts, series = TEXTS[chart.lang], chart.series[index]
    known = [point for point in series.points if point.value is not None]
    if not known:
        return texts["none"].format(label=series.label)
    return texts["one" if len(known) == 1 else "span"].format(
        label=series.label,
        first=value_text(chart, known[0]),
        first_period=known[0].period,
        last=value_text(chart, known[-1]),
        last_period=known[-1].period,
    )


def unit_line(chart: Chart) -> str:
    """The unit as it stands over the plot."""
    return unit_phrase(chart.unit, chart.lang)


def unit_phrase(unit: str, lang: Language) -> str:
    """A unit after a name: ``in Personen``, but ``je 1.000 Einwohner``."""
    return unit if unit.startswith(_RATIO) else TEXTS[lang]["in"].format(unit=unit)
