"""What dbt knows of the statistics sources: their YAML as the tables of ``transforms/seeds``.

The YAML is the one place where a person writes; the seeds are generated of it (``seehaus docs``).
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ingestion.statistics_model import Source

FREQUENCIES: Final = "http://publications.europa.eu/resource/authority/frequency/"

type_of_row = Mapping[str, Any]


def seeds(sources: Iterable[Source]) -> dict[str, str]:
    """The generated seeds.

    Args:
        sources: In the order that the seeds keep.

    Returns:
        Name of the seed → its CSV, the same bytes for the same sources.
    """
    every = list(sources)
    return {
        "sources": _csv(_sources(every)),
        "signs": _csv(_signs(every)),
        "statistic_tables": _csv(_tables(every)),
        "indicators": _csv(_indicators(every)),
        "dimension_codes": _csv(_members(every)),
        "bases": _csv(_bases(every)),
    }


def _csv(rows: Iterator[type_of_row]) -> str:
    """Rows of the same fields as CSV; the first row names them."""
    told = list(rows)
    target = io.StringIO()
    writer = csv.DictWriter(target, list(told[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _text(value) for name, value in row.items()} for row in told)
    return target.getvalue()


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return format(value, ".15g")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _sources(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        yield {
            "source_id": source.id,
            "name": source.name,
            "url": source.page,
            "system": source.access.system,
            "licence_id": source.licence,
            "attribution": source.attribution,
            "is_redistributable": source.is_redistributable,
        }


def _signs(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        for sign in source.signs:
            yield {
                "source_id": source.id,
                "sign": sign.sign,
                "position": sign.position,
                "obs_status": sign.obs_status,
                "value": sign.value,
                "meaning_de": sign.meaning.de,
                "meaning_en": sign.meaning.en,
            }


def _tables(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        for table in source.tables:
            yield {
                "table_code": table.code,
                "source_id": source.id,
                "title_de": table.title.de,
                "title_en": table.title.en,
                "page_url": table.page or source.page,
                "mdk_uri": table.mdk_uri,
                "theme": table.theme,
                "hvd_category": table.hvd_category,
                "accrual": FREQUENCIES + table.accrual,
                "seen": table.seen,
                "note_de": table.note,
            }


def _indicators(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        for table in source.tables:
            for indicator in table.indicators:
                yield {
                    "indicator_id": indicator.id,
                    "source_id": source.id,
                    "table_code": table.code,
                    "variable_code": indicator.variable,
                    "variable_label": indicator.variable_label,
                    "label_de": indicator.label.de,
                    "label_en": indicator.label.en,
                    "definition_de": indicator.definition.de,
                    "definition_en": indicator.definition.en,
                    "unit": indicator.unit,
                    "source_units": "|".join(indicator.source_units),
                    "factor": indicator.factor,
                    "measure_type": indicator.measure_type,
                    "denominator": indicator.denominator,
                    "decimals": indicator.decimals,
                }


def _members(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        for dimension in source.dimensions:
            for member in dimension.members:
                yield {
                    "source_id": source.id,
                    "variable_code": dimension.variable,
                    "code": member.code,
                    "dimension": dimension.dimension,
                    "dimension_label_de": dimension.label.de,
                    "dimension_label_en": dimension.label.en,
                    "member": member.member,
                    "member_label_de": member.label.de,
                    "member_label_en": member.label.en,
                }


def _bases(sources: Sequence[Source]) -> Iterator[type_of_row]:
    for source in sources:
        for table in source.tables:
            for basis in table.bases:
                yield {
                    "table_code": table.code,
                    "basis": basis.basis,
                    "period_from": basis.period_from,
                    "period_to": basis.period_to,
                    "vintage_from": basis.vintage_from,
                    "vintage_to": basis.vintage_to,
                    "evidence": basis.evidence,
                }
