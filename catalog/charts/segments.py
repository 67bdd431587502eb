"""Where a line may be drawn, and where it must not."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low

from catalog.charts.model import Point, Series

_DAYS: float = 365.2425
# A year more or less is a gap; a period that is some days longer is none.
_GAP = 1.5


@dataclass(frozen=True, slots=True)
class Break:
    """Figures left and right of it rest on different bases and cannot be compared.

    Attributes:
        at: Where, in years.
        basis: What the figures rest on from here.
        before: What they rested on before.
    """

    at: float
    basis: str
    before: str


def is_yearly(series: Iterable[Series]) -> bool:
    """Whether all figures end on the same day of their year, one a year: then years are places."""
    ends = {(point.day.month, point.day.day) for one in series for point in one.points}
    return len({(12, 31) if day in {(2, 28), (2, 29)} else day for day in ends}) <= 1


def place(point: Point, *, yearly: bool) -> float:
    """A point's place on the axis of time, in years."""
    if yearly:
        return float(point.day.year)
    return round(point.day.year + (point.day.timetuple().tm_yday - 1) / _DAYS, 4)


def segments(series: Series) -> list[tuple[Point, ...]]:
    """The runs of values that one line may join.

    A missing value, a period that is not there and another basis end a run: nothing is drawn
    over what is not known, and nothing joins what cannot be compared.
    """
    steps = [(after.day - before.day).days for before, after in pairwise(series.points)]
    usual = median_low(steps) if steps else 0
    runs: list[list[Point]] = []
    before: Point | None = None
    for point in series.points:
        if point.value is None:
            before = None
            continue
        if before is None or _is_apart(before, point, usual):
            runs.append([])
        runs[-1].append(point)
        before = point
    return [tuple(run) for run in runs]


def _is_apart(before: Point, point: Point, usual: int) -> bool:
    return point.basis != before.basis or (point.day - before.day).days > usual * _GAP


def breaks(series: Iterable[Series], *, yearly: bool) -> list[Break]:
    """The breaks of basis of all series, each once, in the order of time."""
    found = set()
    for one in series:
        known = [point for point in one.points if point.value is not None]
        for before, after in pairwise(known):
            if before.basis != after.basis:
                middle = (place(before, yearly=yearly) + place(after, yearly=yearly)) / 2
                found.add(Break(round(middle, 4), after.basis, before.basis))
    return sorted(found, key=lambda each: (each.at, each.basis))
