"""Lines over time as a Vega-Lite specification."""

from typing import Any, Final

from catalog.charts.frame import Size, config, legend, scales, text_size
from catalog.charts.looks import INK, PAPER, SOFT
from catalog.charts.model import Chart, Point
from catalog.charts.numbers import spread, tick_decimals, ticks
from catalog.charts.segments import breaks, is_yearly, place, segments
from catalog.charts.words import TEXTS, unit_line, value_text

_ZERO_FROM: Final = 0.35
_LABEL_HEIGHT: Final = 15
_BREAK_HEIGHT: Final = 16
# Right of this share of the axis, a break's label stands left of its mark.
_LEFT_FROM: Final = 0.6


def lines(chart: Chart, size: Size) -> dict[str, Any]:
    """A line per series over time.

    Lines end at missing values and at breaks of basis, which are drawn as upright marks with
    their label above the plot; a cross on the axis stands for a period without a value.
    """
    yearly = is_yearly(chart.series)
    values = [p.value for one in chart.series for p in one.points if p.value is not None]
    axis = _value_axis(values, size)
    times = [place(p, yearly=yearly) for one in chart.series for p in one.points]
    layers = [
        *_breaks(chart, size, times, yearly=yearly),
        _joined(chart, size, yearly=yearly),
        _markers(chart, size, yearly=yearly),
        _crosses(chart, axis[0], yearly=yearly),
        _ends(chart, size, axis, yearly=yearly),
    ]
    cut = values and axis[0] != 0
    said = unit_line(chart)
    above = [said, TEXTS[chart.lang]["cut"]] if cut else [said]
    head = above if size.is_narrow else [", ".join(above)]
    return config(size, head) | {
        "encoding": {
            "x": _time(chart, size, times, yearly=yearly),
            "y": _values(axis),
        },
        "layer": [layer for layer in layers if layer["data"]["values"]],
        "resolve": {"legend": {"color": "shared", "shape": "shared", "strokeDash": "shared"}},
    }


def _value_axis(values: list[float], size: Size) -> list[float]:
    """Ticks: from zero where the values are not far from it."""
    if not values:
        return [0.0, 1.0]
    low, high = min(values), max(values)
    if 0 < low <= high * _ZERO_FROM:
        low = 0.0
    elif high < 0 and high >= low * _ZERO_FROM:
        high = 0.0
    return ticks(low, high, 5 if size.is_narrow else 6)


def _values(axis: list[float]) -> dict[str, Any]:
    return {
        "field": "value",
        "type": "quantitative",
        "scale": {"domain": [axis[0], axis[-1]], "nice": False, "zero": False},
        "axis": {
            "values": axis,
            "format": f",.{tick_decimals(axis)}f",
            "title": None,
            "domain": False,
            "ticks": False,
        },
    }


def _time(chart: Chart, size: Size, times: list[float], *, yearly: bool) -> dict[str, Any]:
    first, last = int(min(times)), int(-(-max(times) // 1))
    step = max(1, -(-(last - first) // (4 if size.is_narrow else 10)))
    # Counted back from the newest year: that is the one people look for.
    years = list(range(last, first - 1, -step))[::-1]
    room = max((last - first) * 0.02, 0.25)
    day = chart.series[0].points[0].day if chart.series[0].points else None
    title = TEXTS[chart.lang]["year"]
    if yearly and day and "." in chart.series[0].points[0].period:
        title = TEXTS[chart.lang]["each"].format(day=f"{day:%d.%m.}")
    return {
        "field": "time",
        "type": "quantitative",
        "scale": {"domain": [min(times) - room, max(times) + room], "nice": False, "zero": False},
        "axis": {"values": years, "format": "d", "title": title, "grid": False},
    }


def _row(chart: Chart, index: int, point: Point, *, yearly: bool) -> dict[str, Any]:
    label = chart.series[index].label
    return {
        "series": chart.series[index].label,
        "time": place(point, yearly=yearly),
        "value": point.value,
        "said": f"{label}, {point.period}: {value_text(chart, point)}",
        "limited": bool(point.note),
    }


def _joined(chart: Chart, size: Size, *, yearly: bool) -> dict[str, Any]:
    rows = [
        _row(chart, index, point, yearly=yearly) | {"run": f"{index}.{number}"}
        for index, one in enumerate(chart.series)
        for number, run in enumerate(segments(one))
        for point in run
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 2.2, "aria": False},
        "encoding": {
            "color": scales(chart)["color"] | {"legend": legend(size)},
            "strokeDash": scales(chart)["strokeDash"] | {"legend": None},
            "detail": {"field": "run"},
        },
    }


def _markers(chart: Chart, size: Size, *, yearly: bool) -> dict[str, Any]:
    """A marker per value; hollow where something limits it (provisional, estimated)."""
    rows = [
        _row(chart, index, point, yearly=yearly)
        for index, one in enumerate(chart.series)
        for point in one.points
        if point.value is not None
    ]
    color = scales(chart)["color"]
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "size": 42, "strokeWidth": 1.6, "opacity": 1},
        "encoding": {
            "color": color | {"legend": legend(size)},
            "fill": {"condition": {"test": "datum.limited", "value": PAPER}}
            | scales(chart)["fill"],
            "shape": scales(chart)["shape"] | {"legend": legend(size)},
            "description": {"field": "said"},
        },
    }


def _crosses(chart: Chart, bottom: float, *, yearly: bool) -> dict[str, Any]:
    """A cross on the axis for each period without a value; those of several series side by side."""
    rows = [
        _row(chart, index, point, yearly=yearly) | {"value": bottom, "shift": index}
        for index, one in enumerate(chart.series)
        for point in one.points
        if point.value is None
    ]
    return {
        "data": {"values": rows},
        "mark": {
            "type": "text",
            "text": "\N{MULTIPLICATION SIGN}",
            "fontSize": 15,
            "fontWeight": "bold",
            "dy": -6,
        },
        "encoding": {
            "color": scales(chart)["color"] | {"legend": None},
            "xOffset": {
                "field": "shift",
                "type": "quantitative",
                "scale": {"domain": [0, len(chart.series)], "range": [-8, 8]},
            },
            "description": {"field": "said"},
        },
    }


def _ends(chart: Chart, size: Size, axis: list[float], *, yearly: bool) -> dict[str, Any]:
    """Each series' name at its last value, moved apart where they would cover each other."""
    ends = [
        (index, [point for point in one.points if point.value is not None])
        for index, one in enumerate(chart.series)
    ]
    last = [(index, known[-1]) for index, known in ends if known]
    pixel = (axis[-1] - axis[0]) / size.plot_height
    places = spread(
        [float(point.value or 0.0) for _, point in last], _LABEL_HEIGHT * pixel, axis[0], axis[-1]
    )
    rows = [
        {
            "series": chart.series[index].label,
            "time": max(place(p, yearly=yearly) for one in chart.series for p in one.points),
            "value": at,
            "name": text_size(chart.series[index].label, size.label_room),
        }
        for (index, _), at in zip(last, places, strict=True)
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "text", "align": "left", "dx": 10, "fontSize": 13, "fontWeight": 600}
        | {"aria": False},
        "encoding": {
            "text": {"field": "name"},
            "color": scales(chart)["color"] | {"legend": None},
        },
    }


def _breaks(chart: Chart, size: Size, times: list[float], *, yearly: bool) -> list[dict[str, Any]]:
    found = breaks(chart.series, yearly=yearly)
    texts = TEXTS[chart.lang]
    said = texts["break_short" if size.is_narrow or len(found) > 1 else "break"]
    span = (max(times) - min(times)) or 1.0
    rows = [
        {
            "time": one.at,
            "name": said.format(basis=one.basis or texts["no_basis"]),
            "level": number % 2,
            "left": (one.at - min(times)) / span > _LEFT_FROM,
        }
        for number, one in enumerate(found)
    ]
    mark = {"type": "text", "fontSize": 12, "baseline": "bottom", "color": INK, "aria": False}
    labels = [
        {
            "data": {
                "values": [row for row in rows if row["left"] is left and row["level"] == level]
            },
            "mark": mark | {"align": "right" if left else "left", "dx": -3 if left else 3},
            "encoding": {"text": {"field": "name"}, "y": {"value": -4 - level * _BREAK_HEIGHT}},
        }
        for left in (False, True)
        for level in (0, 1)
    ]
    rules = {
        "data": {"values": rows},
        "mark": {"type": "rule", "strokeDash": [3, 3], "strokeWidth": 1.4, "color": SOFT}
        | {"aria": False},
        "encoding": {"y": {"value": -2}, "y2": {"value": size.plot_height}},
    }
    return [rules, *labels]
