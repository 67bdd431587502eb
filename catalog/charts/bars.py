"""Bars as a Vega-Lite specification: one row per city, grouped by period."""

from typing import Any, Final

from catalog.charts.frame import Size, config, scales, wrapped
from catalog.charts.looks import INK, SOFT
from catalog.charts.model import Chart, Point
from catalog.charts.numbers import tick_decimals, ticks
from catalog.charts.words import unit_line, value_text

MAX_PERIODS: Final = 3
"""So many periods are shown, the newest ones."""
_ROW: Final = 26
_HEAD: Final = "#"
_LINE: Final = "\\n"


def bars(chart: Chart, size: Size) -> dict[str, Any]:
    """A bar per value from zero, its number at its end.

    Where there is no value there is no bar but the reason in words: nothing is drawn as a zero
    that is none, and a zero is a mark on the axis with its number.
    """
    rows = _rows(chart, size)
    values = [row["value"] for row in rows if row["value"] is not None]
    axis = ticks(min([0.0, *values]), max([0.0, *values]), 4 if size.is_narrow else 6)
    keys = [row["key"] for row in rows]
    heads = [row for row in rows if row["is_head"]]
    known = [row for row in rows if row["value"] is not None]
    missing = [row for row in rows if row["value"] is None and not row["is_head"]]
    y: dict[str, Any] = {
        "field": "key",
        "type": "nominal",
        "sort": None,
        "scale": {"domain": keys, "paddingInner": 0.22, "paddingOuter": 0.1},
        "axis": {
            # The key is `<row>#<label>`; a head has no label of its own.
            "labelExpr": f"slice(datum.value, indexof(datum.value, '{_HEAD}') + 1)",
            "title": None,
            "ticks": False,
            "domain": False,
            "labelLimit": 200 if not size.is_narrow else 96,
            "labelOverlap": False,
            "labelFontSize": 13,
        },
    }
    x = {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [axis[0], axis[-1]], "nice": False},
        "axis": {"values": axis, "format": f",.{tick_decimals(axis)}f", "title": None},
    }
    color = scales(chart)["color"] | {"legend": None}
    text: dict[str, Any] = {"type": "text", "align": "left", "fontSize": 13}
    layers = [
        {
            "data": {"values": known},
            "mark": {"type": "bar"},
            "encoding": {"x": x, "color": color, "description": {"field": "said"}},
        },
        {
            "data": {"values": [{"zero": 0}]},
            "mark": {"type": "rule", "color": SOFT, "strokeWidth": 1.4, "aria": False},
            "encoding": {"x": {"field": "zero", "type": "quantitative"}, "y": {"value": 0}}
            | {"y2": {"value": _ROW * len(rows)}},
        },
        {
            "data": {"values": known},
            "mark": text | {"dx": 6, "color": INK, "fontWeight": 600, "aria": False},
            "encoding": {
                "x": {"field": "end", "type": "quantitative"},
                "text": {"field": "text"},
            },
        },
        {
            "data": {"values": missing},
            "mark": text
            | {"dx": 6, "color": SOFT, "fontStyle": "italic", "baseline": "middle"}
            | {"lineBreak": "\n", "fontSize": 11 if size.is_narrow else 13, "lineHeight": 12}
            | {"dy": {"expr": f"indexof(datum.text, '{_LINE}') > 0 ? -6 : 0"}},
            "encoding": {
                "x": {"datum": 0, "type": "quantitative"},
                "text": {"field": "text"},
                "description": {"field": "said"},
            },
        },
        {
            "data": {"values": heads},
            "mark": text
            | {"dx": 0, "color": INK, "fontWeight": 600, "baseline": "middle"}
            | {"aria": False},
            "encoding": {"x": {"value": 4}, "text": {"field": "text"}},
        },
    ]
    shared = config(size, [unit_line(chart)])
    return shared | {
        "height": _ROW * len(rows),
        "encoding": {"y": y},
        "layer": [
            layer | {"encoding": {"y": y} | layer["encoding"]}
            for layer in layers
            if layer["data"]["values"]
        ],
    }


def periods(chart: Chart) -> list[tuple[Any, str]]:
    """The newest periods of the chart, newest first: last day and name."""
    found = {(point.day, point.period) for one in chart.series for point in one.points}
    return sorted(found, reverse=True)[:MAX_PERIODS]


def _rows(chart: Chart, size: Size) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    shown = periods(chart)
    for day, period in shown:
        rows.append({"key": f"{len(rows)}{_HEAD}", "is_head": True, "value": None, "text": period})
        for one in chart.series:
            found = [p for p in one.points if (p.day, p.period) == (day, period)]
            rows += [_row(chart, one.label, point, len(rows), size) for point in found]
    return rows


def _row(chart: Chart, label: str, point: Point, number: int, size: Size) -> dict[str, Any]:
    shown = value_text(chart, point)
    return {
        "key": f"{number}{_HEAD}{label}",
        "is_head": False,
        "series": label,
        "value": point.value,
        # A label never stands in a bar: left of zero it would.
        "end": max(point.value or 0.0, 0.0),
        "text": shown if point.value is not None else wrapped(shown, size.plot_width),
        "said": f"{label}, {point.period}: {shown}",
    }
