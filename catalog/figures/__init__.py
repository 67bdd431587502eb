"""Statistical figures for people: what is known of one, its words, and how it is shown.

Shared by the pages of ``/statistik``, the command line and the portal's charts, so all say the same
of the same figure. The portal installs this package and ``catalog.charts`` into CKAN's own
environment: neither may import anything else of ours but ``catalog.vocabulary``.
"""

from catalog.figures.model import (
    PROGRAM_COLUMNS,
    Columns,
    Figure,
    FiguresError,
    Indicator,
    basis_text,
    breakdown_id,
    breakdown_text,
    breakdowns,
    breakdowns_of,
    chart_of,
    day_text,
    labels_of,
    nearest,
    note_text,
    period_text,
    unit_text,
    value_text,
)

__all__ = [
    "PROGRAM_COLUMNS",
    "Columns",
    "Figure",
    "FiguresError",
    "Indicator",
    "basis_text",
    "breakdown_id",
    "breakdown_text",
    "breakdowns",
    "breakdowns_of",
    "chart_of",
    "day_text",
    "labels_of",
    "nearest",
    "note_text",
    "period_text",
    "unit_text",
    "value_text",
]
