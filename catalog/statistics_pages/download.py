"""Figures as CSV: for a German spreadsheet, or for programs."""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Final

from catalog.figures import Figure, Indicator, basis_text, breakdown_text, note_text, unit_text

_BOM: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A spreadsheet takes a text that begins so for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def _safe(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def for_spreadsheet(indicator: Indicator, figures: Sequence[Figure]) -> bytes:
    """UTF-8 with BOM, ``;`` between columns, decimal comma, German words, dates as dd.mm.yyyy.

    A text that a spreadsheet would run as a formula (the sign ``-`` is one) has a ``'`` before it.
    """
    columns: dict[str, Callable[[Figure], str]] = {
        "Stadt": lambda one: _safe(one.city),
        "Regionalschlüssel": lambda one: one.ars,
        "Indikator": lambda _: _safe(indicator.label_de),
        "Gliederung": lambda one: _safe(breakdown_text(one.labels, "de")),
        "Zeitraum von": lambda one: f"{one.start:%d.%m.%Y}",
        "Zeitraum bis": lambda one: f"{one.end:%d.%m.%Y}",
        "Wert": lambda one: "" if one.value is None else repr(one.value).replace(".", ","),
        "Einheit": lambda _: _safe(unit_text(indicator.unit, "de")),
        "Anmerkung": lambda one: note_text(one, "de"),
        "Status (SDMX)": lambda one: one.status,
        "Angabe der Quelle": lambda one: _safe(one.raw),
        "Grundlage": lambda one: _safe(basis_text(one.basis, "de")),
        "Datenstand": lambda one: f"{one.vintage:%d.%m.%Y}",
        "Tabelle": lambda _: _safe(indicator.table_code),
        "Quelle": lambda _: _safe(indicator.attribution),
        "Lizenz": lambda _: _safe(indicator.licence_title),
    }
    return (_BOM + _written(columns, figures, ";")).encode()


def for_programs(indicator: Indicator, figures: Sequence[Figure]) -> bytes:
    """UTF-8, comma, decimal point, ISO dates, the schema's names; texts as they are."""
    columns: dict[str, Callable[[Figure], str]] = {
        "city_id": lambda one: one.city_id,
        "ars": lambda one: one.ars,
        "indicator_id": lambda _: indicator.id,
        "dimensions": lambda one: ",".join(f"{k}:{v}" for k, v in sorted(one.dimensions.items())),
        "period_start_date": lambda one: one.start.isoformat(),
        "period_end_date": lambda one: one.end.isoformat(),
        "value": lambda one: "" if one.value is None else repr(one.value),
        "unit": lambda _: indicator.unit,
        "obs_status": lambda one: one.status,
        "value_raw": lambda one: one.raw,
        "basis": lambda one: one.basis,
        "vintage_date": lambda one: one.vintage.isoformat(),
        "table_code": lambda _: indicator.table_code,
        "attribution": lambda _: indicator.attribution,
        "licence_id": lambda _: indicator.licence_id,
    }
    return _written(columns, figures, ",").encode()


def _written(
    columns: dict[str, Callable[[Figure], str]], figures: Sequence[Figure], delimiter: str
) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([make(one) for make in columns.values()] for one in figures)
    return out.getvalue()
