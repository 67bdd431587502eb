"""Tables as GENESIS writes them: three layouts, the ZIP around them, and JSON beside them."""

import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from ingestion.sampleworld.dice import day
from ingestion.sampleworld.genesis_figures import Figure, Measure, Table

type_of_layout = Literal["long", "wide_de", "wide_en"]

COPYRIGHT: Final = (
    "© Statistische Ämter des Bundes und der Länder, Deutschland, 2026.\n"
    "Dieses Werk ist lizenziert unter der Datenlizenz Deutschland\n"
    "- Namensnennung - Version 2.0."
)

_FIXED: Final = ("statistics_code", "statistics_label", "time_code", "time_label", "time")
_GERMAN: Final = ("Statistik_Code", "Statistik_Label", "Zeit_Code", "Zeit_Label", "Zeit")
_VARIABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "long": (
        "variable_code",
        "variable_label",
        "variable_attribute_code",
        "variable_attribute_label",
    ),
    "wide_de": ("Merkmal_Code", "Merkmal_Label", "Auspraegung_Code", "Auspraegung_Label"),
    "wide_en": ("variable_code", "variable_label", "variable_code", "variable_code"),
}
_VALUE: Final = ("value", "value_unit", "value_variable_code", "value_variable_label")


def written(
    table: Table,
    chosen: Sequence[Figure],
    layout: type_of_layout = "long",
    *,
    has_quality: bool = False,
) -> str:
    """The figures as a table's CSV, in their order.

    Args:
        table: Whose they are.
        chosen: What to write.
        layout: Long since 2025; wide in German or English until 2024.
        has_quality: The long layout with ``value_q``, also where the table does without.
    """
    has_quality = has_quality or table.quality is not None
    fixed = _GERMAN if layout == "wide_de" else _FIXED
    numbers = range(1, len(table.variables) + 2)
    header = [*fixed, *(f"{n}_{name}" for n in numbers for name in _VARIABLE[layout])]
    if layout == "long":
        header += [*_VALUE, *(["value_q"] if has_quality else [])]
        rows = [_long(table, each, has_quality=has_quality) for each in chosen]
    else:
        header += [_column(measure) for measure in table.measures]
        rows = _wide(table, chosen, layout)
    return "\n".join(";".join(row) for row in (header, *rows)) + "\n"


def _long(table: Table, figure: Figure, *, has_quality: bool) -> list[str]:
    measure = next(each for each in table.measures if each.code == figure.variable)
    told = figure.value if _is_sign(figure.value) else table.quality or ""
    quality = [told] if has_quality else []
    return [
        *_place(table, figure, is_undivided=measure.is_undivided),
        *(figure.value, measure.unit, measure.code, measure.label),
        *quality,
    ]


def _wide(table: Table, chosen: Sequence[Figure], layout: type_of_layout) -> list[list[str]]:
    """One row per place, one column per measure; what a measure does not know is a sign."""
    places: dict[tuple[str, ...], dict[str, str]] = {}
    for figure in chosen:
        row = _place(table, figure)
        row[8] = f"      {row[8]}"
        if layout == "wide_de":
            row[4] = day(dt.date.fromisoformat(row[4])) if "-" in row[4] else row[4]
        else:
            row = ["Total" if word == "Insgesamt" else word for word in row]
        places.setdefault(tuple(row), {})[figure.variable] = figure.value
    return [
        [*place, *(values.get(measure.code, "x") for measure in table.measures)]
        for place, values in places.items()
    ]


def _place(table: Table, figure: Figure, *, is_undivided: bool = False) -> list[str]:
    row = [table.statistic_code, table.statistic, table.time.code, table.time.label, figure.time]
    row += [*_region(table, figure.region)]
    for variable, member in zip(table.variables, figure.members, strict=True):
        if is_undivided:
            row += ["", "", "", ""]
        else:
            row += [variable.code, variable.label, member, variable.members[member]]
    return row


def _region(table: Table, region: str) -> tuple[str, ...]:
    return (table.regions.code, table.regions.label, *table.place(region))


def _column(measure: Measure) -> str:
    words = (measure.code, measure.label.replace(" ", "_"), measure.unit.replace(" ", "_"))
    return "__".join(words)


def _is_sign(value: str) -> bool:
    return not any(letter.isdigit() for letter in value)


def shifted(table: Table, chosen: Sequence[Figure]) -> str:
    """The old wide layout as it was once delivered broken: cells moved to the left, no unit."""
    header = [*_GERMAN, *(f"{n}_{name}" for n in (1, 2) for name in _VARIABLE["wide_de"])]
    header.append(f"{table.measures[0].code}__Wert__MeasureUnitNotFound!")
    names = [
        [*_region(table, region)[:3], f"      {table.place(region)[1]}", *[""] * 10]
        for region in sorted({each.region for each in chosen})
    ]
    rows = [
        [*_place(table, each, is_undivided=True)[:9], *each.members[:1], each.value]
        for each in chosen
    ]
    return "\n".join(";".join(row) for row in (header, *names, *rows)) + "\n"


def zipped(code: str, text: str, on: dt.date) -> bytes:
    """The table in its ZIP; the member's name carries the day in milliseconds."""
    stamp = int(dt.datetime(on.year, on.month, on.day, 9, tzinfo=dt.UTC).timestamp() * 1000)
    member = zipfile.ZipInfo(f"{code}_{stamp}_de_flat.csv", (on.year, on.month, on.day, 9, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(member, text.encode("utf-8-sig"))
    return target.getvalue()


def status(
    method: str,
    code: int,
    text: str,
    asked: Mapping[str, str],
    *,
    entries: Iterable[Mapping[str, str]] | None = None,
    thing: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A JSON answer of a service, e.g. of ``catalogue/tables``, with its list or object."""
    service, _, name = method.partition("/")
    hidden = {"username": "*" * 20, "password": "*" * 20}
    answer: dict[str, Any] = {
        "Ident": {"Service": service, "Method": name},
        "Status": {"Code": code, "Content": text, "Type": "Fehler" if code < 0 else "Information"},
        "Parameter": {**hidden, **asked},
    }
    if service == "catalogue":
        answer["List"] = list(entries) if entries is not None else None
    else:
        answer["Object"] = thing
    return answer | {"Copyright": COPYRIGHT}
