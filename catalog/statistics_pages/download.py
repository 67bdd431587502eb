"""Figures as CSV: for a German spreadsheet, or for programs."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Final

from catalog.districts import named_columns
from catalog.figures import (
    PROGRAM_COLUMNS,
    Columns,
    Figure,
    Indicator,
    basis_text,
    breakdown_text,
    note_text,
    unit_text,
)

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


def for_spreadsheet(
    indicator: Indicator, figures: Sequence[Figure], districts: Mapping[str, str] | None = None
) -> bytes:
    """UTF-8 with BOM, ``;`` between columns, decimal comma, German words, dates as dd.mm.yyyy.

    A text that a spreadsheet would run as a formula (the sign ``-`` is one) has a ``'`` before it.

    Args:
        indicator: What is counted.
        figures: The rows.
        districts: Key to name where the figures are those of districts: a column of its own.
    """
    columns = dict(_GERMAN)
    if districts is not None:
        named = {"Stadtteil": lambda _, one: _safe(districts.get(one.ars, ""))}
        columns = {"Stadt": columns.pop("Stadt")} | named | columns
    return (_BOM + _written(indicator, columns, figures, ";")).encode()


def for_programs(
    indicator: Indicator, figures: Sequence[Figure], districts: Mapping[str, str] | None = None
) -> bytes:
    """UTF-8, comma, decimal point, ISO dates, the schema's names; texts as they are.

    Args:
        indicator: What is counted.
        figures: The rows.
        districts: As for a spreadsheet; the column is ``name``, as in the table of places.
    """
    columns = PROGRAM_COLUMNS if districts is None else named_columns(districts)
    return _written(indicator, columns, figures, ",").encode()


def _written(
    indicator: Indicator, columns: Columns, figures: Sequence[Figure], delimiter: str
) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([make(indicator, one) for make in columns.values()] for one in figures)
    return out.getvalue()
