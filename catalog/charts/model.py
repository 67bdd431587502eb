"""What a chart is made of."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

Language = Literal["de", "en"]

MAX_SERIES: Final = 8
"""More lines than this cannot be told apart by dash, marker and colour."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure of a series.

    Attributes:
        day: Last day of its period.
        period: The period as people write it: ``2023``, ``31.12.2023``.
        value: The figure, in the chart's unit; None where there is none.
        note: Why there is no value, or what limits it (``vorläufig``); empty for a normal value.
        basis: What it rests on, as people say it (``Zensus 2022``); empty: not a matter of bases.
    """

    day: dt.date
    period: str
    value: float | None
    note: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of one city (or place, or group), in the order of time.

    Attributes:
        label: What people call it; any text, it is escaped where it is drawn.
        points: At most one per period.
    """

    label: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that a chart shows; hashable, so that a drawing can be kept.

    Attributes:
        title: What is shown, for people who cannot see it.
        unit: As people say it: ``Personen``.
        decimals: Decimals of a value.
        series: One to ``MAX_SERIES``; a series keeps its place and so its looks.
        lang: Language of what the drawing itself says, and of its numbers.

    Raises:
        ValueError: There are no series, too many to tell them apart, or two of one name.
    """

    title: str
    unit: str
    decimals: int
    series: tuple[Series, ...]
    lang: Language = "de"

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn so that it can be read."""
        if not 1 <= len(self.series) <= MAX_SERIES:
            raise ValueError(
                f"{self.title}: {len(self.series)} series → choose 1 to {MAX_SERIES} of them"
            )
        labels = [one.label for one in self.series]
        if twice := sorted({label for label in labels if labels.count(label) > 1}):
            raise ValueError(f"{self.title}: two series are called {twice[0]!r} → name them apart")
