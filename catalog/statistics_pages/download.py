"""Figures as CSV: for a German spreadsheet, or for programs."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from catalog.figures import (
    PROGRAM_COLUMNS,
    Figure,
    Indicator,
    basis_text,
    breakdown_text,
    note_text,
    unit_text,
)

Columns = Mapping[str, Callable[[Indicator, Figure], str]]
_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A spreadsheet takes a text that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


_GERMAN: Final[Columns] = {
    "Stadt": lambda _, one: _safe(one.city),
    "Regionalschlüssel": lambda _, one: one.ars,
    "Indikator": lambda indicator, _: _safe(indicator.label_de),
    "Gliederung": lambda _, one: _safe(breakdown_text(one.labels, "de")),
    "Zeitraum von": lambda _, one: f"{one.start:%d.%m.%Y}",
    "Zeitraum bis": lambda _, one: f"{one.end:%d.%m.%Y}",
    "Wert": lambda _, one: "" if one.value is None else repr(one.value).replace(".", ","),
    "Einheit": lambda indicator, _: _safe(unit_text(indicator.unit, "de")),
    "Anmerkung": lambda _, one: note_text(one, "de"),
    "Status (SDMX)": lambda _, one: one.status,
    "Angabe der Quelle": lambda _, one: _safe(one.raw),
    "Grundlage": lambda _, one: _safe(basis_text(one.basis, "de")),
    "Datenstand": lambda _, one: f"{one.vintage:%d.%m.%Y}",
    "Tabelle": lambda indicator, _: _safe(indicator.table_code),
    "Quelle": lambda indicator, _: _safe(indicator.attribution),
    "Lizenz": lambda indicator, _: _safe(indicator.licence_title),
}


def for_spreadsheet(indicator: Indicator, figures: Sequence[Figure]) -> bytes:
    """UTF-8 with BOM, ``;`` between columns, decimal comma, German words, dates as dd.mm.yyyy.

    A text that a spreadsheet would run as a formula (the sign ``-`` is one) has a ``'`` before it.
    """
    return (_BOM + _written(indicator, _GERMAN, figures, ";")).encode()


def for_programs(indicator: Indicator, figures: Sequence[Figure]) -> bytes:
    """UTF-8, comma, decimal point, ISO dates, the schema's names; texts as they are."""
    return _written(indicator, PROGRAM_COLUMNS, figures, ",").encode()


def _written(
    indicator: Indicator, columns: Columns, figures: Sequence[Figure], delimiter: str
) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([make(indicator, one) for make in columns.values()] for one in figures)
    return out.getvalue()
