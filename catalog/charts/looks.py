"""Colours, dashes and markers: each series differs in all three, so none of them is needed alone.

Vega draws in the colours of the light scheme; the drawing's classes let a style sheet put others
in their place. All have a contrast of at least 4.5 to their ground.
"""

from dataclasses import dataclass
from typing import Final

INK: Final = "#16232a"
SOFT: Final = "#4a5a63"
GRID: Final = "#d9e1e5"
PAPER: Final = "#ffffff"
DARK_PAPER: Final = "#182226"
DARK: Final = {INK: "#e8eef0", SOFT: "#b0bfc6", GRID: "#33444b", PAPER: DARK_PAPER}
NAMES: Final = {INK: "ink", SOFT: "soft", GRID: "grid", PAPER: "paper"}


@dataclass(frozen=True, slots=True)
class Look:
    """How a series is told from the others.

    Attributes:
        light: Colour on light ground.
        dark: Colour on dark ground.
        dash: Lengths of dash and gap in pixels; empty: an unbroken line.
        shape: Vega's name of the marker.
    """

    light: str
    dark: str
    dash: tuple[int, ...]
    shape: str


LOOKS: Final = (
    Look("#0b5c8a", "#6cb8f0", (), "circle"),
    Look("#b3420b", "#ffa36b", (8, 4), "square"),
    Look("#7a3d9a", "#cfa3f0", (2, 3), "triangle-up"),
    Look("#1b6e3c", "#7fd69b", (10, 3, 2, 3), "diamond"),
    Look("#a3195b", "#ff94c2", (14, 4), "triangle-down"),
    Look("#7d5200", "#e3bd5d", (5, 2), "cross"),
    Look("#00696b", "#6fd6d6", (8, 3, 2, 3, 2, 3), "triangle-right"),
    Look("#3f4a9e", "#a9b4ff", (3, 5), "triangle-left"),
)


def style_sheet(scope: str = ".chart") -> str:
    """The CSS that gives drawings their dark colours where the reader's system is dark."""
    dark = [*((NAMES[light], dark) for light, dark in DARK.items())]
    dark += [(f"s{index}", look.dark) for index, look in enumerate(LOOKS)]
    rules = "".join(
        f"{scope} .f-{name}{{fill:{colour}}}{scope} .l-{name}{{stroke:{colour}}}"
        for name, colour in dark
    )
    return f"@media (prefers-color-scheme:dark){{{rules}}}"
