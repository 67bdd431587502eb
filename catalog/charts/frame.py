"""What both kinds of charts share: size, fonts, scales, legend."""

from dataclasses import dataclass
from typing import Any, Final

from catalog.charts.looks import GRID, INK, LOOKS, SOFT
from catalog.charts.model import Chart

_SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
_FONT: Final = "Liberation Sans"
_LETTER: Final = 7.6


@dataclass(frozen=True, slots=True)
class Size:
    """How large a drawing is, in CSS pixels.

    Attributes:
        plot_width: Of the plot without axes and labels.
        plot_height: Of the plot.
        label_room: Beside the plot, for the series' names.
    """

    plot_width: int
    plot_height: int
    label_room: int
    is_narrow: bool


WIDE: Final = Size(698, 340, 172, is_narrow=False)
NARROW: Final = Size(212, 240, 86, is_narrow=True)


def config(size: Size, above: list[str]) -> dict[str, Any]:
    """The frame of a specification; ``above`` stands over the plot."""
    small = {"labelFontSize": 12, "titleFontSize": 12, "labelColor": INK, "titleColor": SOFT}
    return {
        "$schema": _SCHEMA,
        "background": None,
        "padding": 6,
        "width": size.plot_width,
        "height": size.plot_height,
        "title": {
            "text": above,
            "anchor": "start",
            "frame": "group",
            "fontSize": 13,
            "fontWeight": "normal",
            "color": SOFT,
            "offset": 8,
        },
        "config": {
            "font": _FONT,
            "view": {"stroke": None},
            "axis": small
            | {
                "titleFontWeight": "normal",
                "gridColor": GRID,
                "domainColor": SOFT,
                "tickColor": SOFT,
                "labelOverlap": True,
                "labelFlush": False,
            },
            "legend": small | {"labelFontSize": 13, "symbolSize": 90, "symbolStrokeWidth": 2.2},
        },
    }


def scales(chart: Chart) -> dict[str, dict[str, Any]]:
    """Colour, dash and marker of each series, by its place; its label is its name in the data."""
    domain = [one.label for one in chart.series]
    looks = LOOKS[: len(domain)]
    ranges: dict[str, list[Any]] = {
        "color": [look.light for look in looks],
        "fill": [look.light for look in looks],
        "strokeDash": [list(look.dash) or [1, 0] for look in looks],
        "shape": [look.shape for look in looks],
    }
    return {
        name: {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": domain, "range": values},
            **({"legend": None} if name == "fill" else {}),
        }
        for name, values in ranges.items()
    }


def legend(size: Size) -> dict[str, Any]:
    """The legend below the plot: name, colour and marker of each series."""
    return {"title": None, "orient": "bottom", "columns": 2 if size.is_narrow else 4} | {
        "labelLimit": 150,
        "direction": "horizontal",
        "columnPadding": 14 if size.is_narrow else 30,
    }


def text_size(text: str, room: int) -> str:
    """A label cut to the room it has."""
    most = max(4, int((room - 12) / _LETTER))
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def wrapped(text: str, room: int) -> str:
    """A text in two lines where one has no room for it."""
    most = int(room / _LETTER)
    if len(text) <= most:
        return text
    middle = min(
        (at for at, one in enumerate(text) if one == " "),
        default=0,
        key=lambda at: abs(at - len(text) / 2),
    )
    return f"{text[:middle]}\n{text[middle:].strip()}" if middle else text
