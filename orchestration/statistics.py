"""The figures of the lake for people: read from the harmonised tables, in one snapshot each."""

from collections.abc import Mapping
from typing import Any, Final

from catalog.districts import District
from catalog.figures import Figure, FiguresError, Indicator
from catalog.figures.rows import figure_of, indicator_of
from orchestration import verdict
from orchestration.lake import Lake

_OBSERVED: Final = frozenset({"observation", "observation_current", "derived_observation"})
_DISTRICT: Final = "city_district"
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

    def indicators(self, *, districts: bool = False) -> dict[str, Indicator]:
        """All indicators that have figures, by id, in the order of their labels.

        Args:
            districts: Those too that only districts have figures of.

        Raises:
            FiguresError: Nothing was harmonised yet.
        """
        self._ready()
        counted = [self._counted(districts=below) for below in {False, districts}]
        have = {row["indicator_id"] for rows in counted for row in rows}
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
            found.append(indicator_of(rows[id_], used, [sources[name] for name in names]))
        return {one.id: one for one in sorted(found, key=lambda one: one.label_de.casefold())}

    def cities(self) -> dict[str, str]:
        """Id to name of the cities, by name.

        Raises:
            FiguresError: Nothing was harmonised yet.
        """
        self._ready()
        rows = sorted(self._rows("city"), key=lambda row: str(row["name"]))
        return {row["city_id"]: row["name"] for row in rows}

    def districts(self) -> dict[str, District]:
        """The districts of all cities by their key, each as its newest directory tells it."""
        self._ready()
        if "place" not in self._lake.tables("harmonised"):
            return {}
        rows = self._lake.arrow(
            """
            SELECT ars, city_id, name, geometry, valid_to_date
            FROM lake.harmonised.place
            WHERE level = ? AND city_id IS NOT NULL
            ORDER BY ars
            """,
            [_DISTRICT],
        ).to_pylist()
        return {
            row["ars"]: District(
                ars=row["ars"],
                city_id=row["city_id"],
                name=row["name"],
                outline=row["geometry"] or "",
                last_day=row["valid_to_date"],
            )
            for row in rows
        }

    def figures(self, indicator_id: str, *, districts: bool = False) -> list[Figure]:
        """The current figures of an indicator, by city, place and period.

        Args:
            indicator_id: Whose.
            districts: Those of the cities' districts. Without it those of whole cities: what lies
                below is another place, not another figure.
        """
        self._ready()
        rows = self._lake.arrow(
            f"""
            SELECT figure.*, city.name AS city_name
            {self._of(districts=districts)}
            AND figure.indicator_id = ?
            ORDER BY city.name, figure.ars, figure.period_end_date, figure.period_start_date,
                figure.dimensions <> '{{}}', figure.dimensions
            """,
            [indicator_id],
        ).to_pylist()
        return [figure_of(row, row["city_name"]) for row in rows]

    def held(self, *, districts: bool = False) -> frozenset[str]:
        """Cities whose figures the last checks hold back.

        Args:
            districts: Whose figures of districts: these need the directory of places too.

        Raises:
            FiguresError: Nothing was checked yet, or a check stops everything.
        """
        try:
            held = verdict.held(self._lake)
        except verdict.ChecksFailedError as error:
            raise FiguresError(str(error)) from error
        needed = _OBSERVED | ({"place"} if districts else set())
        return frozenset(city for city, table in held if table in needed)

    def spans(self, *, districts: bool = False) -> dict[str, dict[str, Any]]:
        """Per indicator the first and last day, the cities and how many figures there are.

        Args:
            districts: Of the figures of districts instead of cities.
        """
        self._ready()
        return {row["indicator_id"]: row for row in self._counted(districts=districts)}

    def _observed(self) -> str:
        """What is observed and what is computed from it, as a query."""
        tables = ("observation_current", "derived_observation")
        have = [name for name in tables if name in self._lake.tables("harmonised")]
        parts = [f"SELECT * FROM lake.harmonised.{name}" for name in have]  # noqa: S608 - our own names
        return " UNION ALL BY NAME ".join(parts)

    def _of(self, *, districts: bool) -> str:
        """The figures of whole cities, or of their districts, as the end of a query."""
        below = "city_id IS NOT NULL AND level"
        at = (
            f"figure.ars IN (SELECT ars FROM lake.harmonised.place WHERE {below} = '{_DISTRICT}')"  # noqa: S608
            if "place" in self._lake.tables("harmonised")
            else "false"
        )
        return f"""
            FROM ({self._observed()}) AS figure
            JOIN lake.harmonised.city AS city USING (city_id)
            WHERE {at if districts else "figure.ars = city.ars"}
            """

    def _counted(self, *, districts: bool) -> list[dict[str, Any]]:
        return self._lake.arrow(
            f"""
            SELECT indicator_id, min(period_end_date) AS first, max(period_end_date) AS last,
                list(DISTINCT city_id ORDER BY city_id) AS cities, count(*) AS figures
            {self._of(districts=districts)}
            GROUP BY indicator_id
            """
        ).to_pylist()

    def _named(self) -> str:
        """What a district is called behind its city's name, as a query."""
        if "place" not in self._lake.tables("harmonised"):
            return "SELECT NULL AS ars, NULL AS below"
        told = "SELECT ars, ', ' || name AS below FROM lake.harmonised.place"
        return f"{told} WHERE level = '{_DISTRICT}'"

    def differences(self, wanted: str) -> list[dict[str, Any]]:
        """What changed between two vintages, for a table or an indicator.

        Raises:
            FiguresError: The lake has no such table yet.
        """
        self._ready()
        if "vintage_difference" not in self._lake.tables("harmonised"):
            raise FiguresError(f"{self._lake.root}: no table vintage_difference yet → seehaus run")
        return self._lake.arrow(
            f"""
            SELECT changed.*, city.name || coalesce(place.below, '') AS city_name,
                indicator.label_de, indicator.unit, indicator.decimals
            FROM lake.harmonised.vintage_difference AS changed
            JOIN lake.harmonised.city AS city USING (city_id)
            JOIN lake.harmonised.indicator AS indicator USING (indicator_id)
            LEFT JOIN ({self._named()}) AS place ON place.ars = changed.ars
            WHERE ? IN (indicator.indicator_id, indicator.table_code)
            ORDER BY indicator_id, new_vintage_date DESC, city_name, period_end_date, dimensions
            """,  # noqa: S608 - our own names
            [wanted],
        ).to_pylist()


def _table_of(row: Mapping[str, Any]) -> tuple[str, str]:
    """What a row of ``indicator`` or ``statistic_table`` says of its table: code and source."""
    return row["table_code"] or "", row["source_id"] or ""
