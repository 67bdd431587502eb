"""The figures of the lake for people: read from the harmonised tables, in one snapshot each."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog.figures import Figure, FiguresError, Indicator, labels_of
from orchestration import verdict
from orchestration.lake import Lake

_OBSERVED: Final = frozenset({"observation", "observation_current", "derived_observation"})
_NEEDED: Final = frozenset(
    {"indicator", "statistic_table", "source", "city", "observation_current"},
)


class Statistics:
    """What a lake says about the cities in figures."""

    def __init__(self, lake: Lake) -> None:
        """Read from ``lake``, anew with every call."""
        self._lake = lake

    def _ready(self) -> None:
        if missing := _NEEDED - self._lake.tables("harmonised"):
            raise FiguresError(
                f"{self._lake.root}: no table {', '.join(sorted(missing))} yet → seehaus run"
            )

    def _rows(self, table: str) -> list[dict[str, Any]]:
        return self._lake.arrow(f'SELECT * FROM lake.harmonised."{table}"').to_pylist()  # noqa: S608 - our own names

    def indicators(self) -> dict[str, Indicator]:
        """All indicators that have figures, by id, in the order of their labels.

        Raises:
            FiguresError: Nothing was harmonised yet.
        """
        self._ready()
        have = {row["indicator_id"] for row in self._counted()}
        rows = {row["indicator_id"]: row for row in self._rows("indicator")}
        # Two sources may call their tables the same: a table is known by both.
        tables = {_table_of(row): row for row in self._rows("statistic_table")}
        sources = {row["source_id"]: row for row in self._rows("source")}
        found = []
        for id_ in rows.keys() & have:
            # A derived indicator stands on the tables of those that it is made from.
            below = (rows[id_].get("derived_from") or id_).split("|")
            keys = {_table_of(rows[one]) for one in below if one in rows}
            used = [tables[key] for key in sorted(keys & tables.keys())]
            names = sorted({table["source_id"] for table in used} & sources.keys())
            found.append(_indicator(rows[id_], used, [sources[name] for name in names]))
        return {one.id: one for one in sorted(found, key=lambda one: one.label_de.casefold())}

    def cities(self) -> dict[str, str]:
        """Id to name of the cities, by name.

        Raises:
            FiguresError: Nothing was harmonised yet.
        """
        self._ready()
        rows = sorted(self._rows("city"), key=lambda row: str(row["name"]))
        return {row["city_id"]: row["name"] for row in rows}

    def figures(self, indicator_id: str) -> list[Figure]:
        """The current figures of whole cities for an indicator, by city and period.

        Figures of places below a city are left out: they are other places, not other figures.
        """
        self._ready()
        rows = self._lake.arrow(
            f"""
            SELECT figure.*, city.name AS city_name
            FROM ({self._observed()}) AS figure
            JOIN lake.harmonised.city AS city USING (city_id)
            WHERE figure.indicator_id = ? AND figure.ars = city.ars
            ORDER BY city.name, figure.period_end_date, figure.period_start_date,
                figure.dimensions <> '{{}}', figure.dimensions
            """,  # noqa: S608 - our own names
            [indicator_id],
        ).to_pylist()
        return [_figure(row) for row in rows]

    def held(self) -> frozenset[str]:
        """Cities whose figures the last checks hold back.

        Raises:
            FiguresError: Nothing was checked yet, or a check stops everything.
        """
        try:
            held = verdict.held(self._lake)
        except verdict.ChecksFailedError as error:
            raise FiguresError(str(error)) from error
        return frozenset(city for city, table in held if table in _OBSERVED)

    def spans(self) -> dict[str, dict[str, Any]]:
        """Per indicator the first and last day, the cities and how many figures there are."""
        self._ready()
        return {row["indicator_id"]: row for row in self._counted()}

    def _observed(self) -> str:
        """What is observed and what is computed from it, as a query."""
        tables = ("observation_current", "derived_observation")
        have = [name for name in tables if name in self._lake.tables("harmonised")]
        parts = [f"SELECT * FROM lake.harmonised.{name}" for name in have]  # noqa: S608 - our own names
        return " UNION ALL BY NAME ".join(parts)

    def _counted(self) -> list[dict[str, Any]]:
        return self._lake.arrow(
            f"""
            SELECT indicator_id, min(period_end_date) AS first, max(period_end_date) AS last,
                list(DISTINCT city_id ORDER BY city_id) AS cities, count(*) AS figures
            FROM ({self._observed()}) AS figure
            JOIN lake.harmonised.city AS city USING (city_id)
            WHERE figure.ars = city.ars
            GROUP BY indicator_id
            """  # noqa: S608 - our own names
        ).to_pylist()

    def differences(self, wanted: str) -> list[dict[str, Any]]:
        """What changed between two vintages, for a table or an indicator.

        Raises:
            FiguresError: The lake has no such table yet.
        """
        self._ready()
        if "vintage_difference" not in self._lake.tables("harmonised"):
            raise FiguresError(f"{self._lake.root}: no table vintage_difference yet → seehaus run")
        return self._lake.arrow(
            """
            SELECT changed.*, city.name AS city_name, indicator.label_de, indicator.unit,
                indicator.decimals
            FROM lake.harmonised.vintage_difference AS changed
            JOIN lake.harmonised.city AS city USING (city_id)
            JOIN lake.harmonised.indicator AS indicator USING (indicator_id)
            WHERE ? IN (indicator.indicator_id, indicator.table_code)
            ORDER BY indicator_id, new_vintage_date DESC, city_name, period_end_date, dimensions
            """,
            [wanted],
        ).to_pylist()


def _table_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What a row of ``indicator`` or ``statistic_table`` says of its table: code and source."""
    return row["table_code"] or "", row["source_id"] or ""


def _indicator(
    row: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    sources: Sequence[Mapping[str, Any]],
) -> Indicator:
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


def _figure(row: Mapping[str, Any]) -> Figure:
    return Figure(
        city_id=row["city_id"],
        city=row["city_name"],
        ars=row["ars"],
        dimensions=labels_of(row["dimensions"]),
        labels=labels_of(row["dimension_labels"]),
        start=row["period_start_date"],
        end=row["period_end_date"],
        period_type=row["period_type"],
        value=row["value"],
        status=row["obs_status"],
        raw=row["value_raw"] or "",
        is_break=row.get("is_break") or False,
        basis=row["basis"] or "",
        vintage=row["vintage_date"],
        source_url=row["source_url"],
    )
