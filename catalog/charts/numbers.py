"""Numbers and axes as people read them."""

import math
from collections.abc import Sequence

from catalog.charts.model import Language

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def number_text(value: float, decimals: int, lang: Language) -> str:
    """A number with its separators: German ``1.234,5``, English ``1,234.5``."""
    shown = f"{value:,.{decimals}f}"
    if float(shown.replace(",", "")) == 0:
        shown = shown.removeprefix("-")
    shown = shown.replace("-", "\N{MINUS SIGN}")
    return shown.translate(str.maketrans(",.", ".,")) if lang == "de" else shown


def ticks(low: float, high: float, wanted: int) -> list[float]:
    """Round numbers from below ``low`` to above ``high``, about ``wanted`` of them.

    Equal bounds are widened, so that there is always an axis.
    """
    if low == high:
        room = abs(low) / 10 or 1.0
        low, high = low - room, high + room
    rough = (high - low) / max(wanted - 1, 1)
    scale = 10.0 ** math.floor(math.log10(rough))
    step = next(one * scale for one in _STEPS if one * scale >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    digits = max(0, 1 - math.floor(math.log10(step)))
    return [round(index * step, digits) for index in range(first, last + 1)]


def tick_decimals(values: Sequence[float]) -> int:
    """How many decimals tell the ticks apart."""
    for decimals in range(7):
        if all(math.isclose(round(one, decimals), one, abs_tol=1e-9) for one in values):
            return decimals
    return 7


def spread(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Move labels apart along an axis, as little as it takes, and keep them on it.

    Args:
        places: Where they would stand.
        least: How far apart they have to be; less, where there is no room for it.
        low: Start of the axis.
        high: Its end.

    Returns:
        New places in the order of ``places``.
    """
    if not places:
        return []
    order = sorted(range(len(places)), key=lambda index: places[index])
    least = min(least, (high - low) / max(len(places) - 1, 1))
    moved: list[float] = []
    for index in order:
        floor = moved[-1] + least if moved else low
        moved.append(max(places[index], floor))
    ceiling = high
    for position in range(len(moved) - 1, -1, -1):
        moved[position] = min(moved[position], ceiling)
        ceiling = moved[position] - least
    back = dict(zip(order, moved, strict=True))
    return [back[index] for index in range(len(places))]
