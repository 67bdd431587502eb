"""Rows of the harmonised tables, as figures and as what they count."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from catalog.figures.model import Figure, Indicator, labels_of


def indicator_of(
    row: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
) -> Indicator:
    """An indicator with where it comes from.

    Args:
        row: Of ``indicator``.
        tables: Of ``statistic_table``: its own, or those of all that a derived one is made from.
        sources: Of ``source``: theirs.
    """
    legend: dict[str, str] = {}
    for source in sources:
        legend |= json.loads(source["sign_legend"] or "{}")

    def joined(rows: Sequence[Mapping[str, Any]], name: str) -> str:
        return "; ".join(dict.fromkeys(str(one[name]) for one in rows if one[name]))

    return Indicator(
        id=row["indicator_id"],
        label_de=row["label_de"],
        label_en=row["label_en"],
        definition_de=row["definition_de"] or "",
        definition_en=row.get("definition_en") or "",
        computed_de=row.get("computed_de") or "",
        computed_en=row.get("computed_en") or "",
        unit=row["unit"],
        decimals=row["decimals"] or 0,
        table_code=joined(tables, "table_code"),
        table_de=joined(tables, "title_de"),
        table_en=joined(tables, "title_en"),
        source_name=joined(sources, "name"),
        licence_id=joined(sources, "licence_id"),
        attribution=joined(sources, "attribution"),
        is_open=bool(sources) and all(one["is_redistributable"] is True for one in sources),
        theme=tables[0]["theme"] if tables else "",
        legend={str(sign): str(meaning) for sign, meaning in legend.items()},
    )


def figure_of(row: Mapping[str, Any], city: str) -> Figure:
    """A figure.

    Args:
        row: Of ``observation``, ``observation_current`` or ``derived_observation``; its dates are
            dates.
        city: What its city is called.
    """
    return Figure(
        city_id=row["city_id"],
        city=city,
        ars=row["ars"],
        dimensions=labels_of(row["dimensions"]),
        labels=labels_of(row["dimension_labels"]),
        start=row["period_start_date"],
        end=row["period_end_date"],
        period_type=row["period_type"],
        value=row["value"],
        status=row["obs_status"],
        # What is computed was not printed by anybody.
        raw=row.get("value_raw") or "",
        is_break=row.get("is_break") or False,
        basis=row["basis"] or "",
        vintage=row["vintage_date"],
        source_url=row["source_url"],
    )
