"""Which series of figures a run changed: before and after, as rows and as a plot."""

import base64
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import duckdb

from catalog.charts import Chart, Point, Series, line_chart, number_text, png
from catalog.figures import basis_text, breakdown_text, day_text, labels_of, unit_text
from orchestration.lake import Lake

OBSERVED: Final = frozenset({"observation_current", "derived_observation"})
"""Tables whose series are compared."""
_OF: Final = "lake.harmonised."
_KEY: Final = "city_id, ars, indicator_id, dimensions, period_start_date, period_end_date"
_SAYS: Final = "value, obs_status, basis"
_MOST: Final = 20
_PLOTS: Final = 3


@dataclass(frozen=True)
class SeriesChange:
    """One series and its figures before and after a run.

    Attributes:
        name: Indicator, breakdown and city in words.
        added: Periods that were not there before.
        changed: Periods whose figure, status or basis is another one.
        removed: Periods that are not there any more.
        before: Its figures at the earlier snapshot, in the order of time.
        after: Its figures now.
    """

    name: str
    unit: str
    decimals: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    before: tuple[Point, ...] = field(default=(), repr=False)
    after: tuple[Point, ...] = field(default=(), repr=False)

    def row(self) -> dict[str, Any]:
        """For a table: how much changed, and the newest figure that did, before and after."""
        old = {point.period: point for point in self.before}
        new = {point.period: point for point in self.after}
        differing = [
            period for period in sorted(old | new, key=_day) if old.get(period) != new.get(period)
        ]
        last = differing[-1] if differing else ""
        return {
            "series": self.name,
            "added": self.added,
            "changed": self.changed,
            "removed": self.removed,
            "period": last,
            "before": self._text(old.get(last)),
            "after": self._text(new.get(last)),
        }

    def _text(self, point: Point | None) -> str:
        if point is None:
            return "not there"
        if point.value is None:
            return point.note
        return number_text(point.value, self.decimals, "de")


def _day(period: str) -> dt.date:
    return dt.datetime.strptime(period, "%d.%m.%Y").replace(tzinfo=dt.UTC).date()


def since(lake: Lake, snapshot: int, table: str = "observation_current") -> list[SeriesChange]:
    """The series that are not as they were at a snapshot, those with most changes first.

    Args:
        lake: Where the figures are.
        snapshot: The earlier state.
        table: One of ``OBSERVED``: what is observed, or what is computed from it.

    Returns:
        At most twenty; none where there were no figures at that snapshot: all is new then.
    """
    with lake.read() as con:
        try:
            touched = con.execute(_touched(snapshot, _OF + table)).fetchall()
        except duckdb.Error as error:
            if "does not exist" not in str(error):
                raise
            return []
        return [_change(con, snapshot, _OF + table, row) for row in touched[:_MOST]]


def _touched(snapshot: int, table: str) -> str:
    """How many periods of each series came, went or say something else."""
    names = [name.strip() for name in _KEY.split(",")]
    same = " AND ".join(f"old.{name} IS NOT DISTINCT FROM new.{name}" for name in names)
    series = ", ".join(f"coalesce(new.{name}, old.{name}) AS {name}" for name in names[:4])
    differs = " OR ".join(
        f"old.{name.strip()} IS DISTINCT FROM new.{name.strip()}" for name in _SAYS.split(",")
    )
    return (
        f"SELECT {series}, count(*) FILTER (old.ars IS NULL) AS added, "  # noqa: S608 - our own names
        "count(*) FILTER (old.ars IS NOT NULL AND new.ars IS NOT NULL) AS changed, "
        "count(*) FILTER (new.ars IS NULL) AS removed "
        f"FROM (SELECT {_KEY}, {_SAYS} FROM {table} AT (VERSION => {int(snapshot)})) AS old "
        f"FULL JOIN (SELECT {_KEY}, {_SAYS} FROM {table}) AS new ON {same} "
        f"WHERE old.ars IS NULL OR new.ars IS NULL OR {differs} "
        "GROUP BY 1, 2, 3, 4 ORDER BY added + changed + removed DESC, 1, 2, 3, 4"
    )


def _change(
    con: duckdb.DuckDBPyConnection, snapshot: int, table: str, row: tuple[Any, ...]
) -> SeriesChange:
    city_id, ars, indicator_id, dimensions, added, changed, removed = row
    key = [ars, indicator_id, dimensions]
    before = _points(con, f"{table} AT (VERSION => {int(snapshot)})", key)
    after = _points(con, table, key)
    told = con.execute(
        "SELECT label_de, unit, decimals FROM lake.harmonised.indicator WHERE indicator_id = ?",
        [indicator_id],
    ).fetchone() or (indicator_id, "", 0)
    place = con.execute(
        "SELECT name FROM lake.harmonised.city WHERE city_id = ? AND ars = ?", [city_id, ars]
    ).fetchone() or (f"{city_id} {ars}",)
    labels = con.execute(
        f"SELECT any_value(dimension_labels) FROM {table} "  # noqa: S608 - our own names
        "WHERE ars = ? AND indicator_id = ? AND dimensions = ?",
        key,
    ).fetchone()
    said = breakdown_text(labels_of(labels[0] if labels else None), "de")
    name = f"{told[0]}, {said}, {place[0]}"
    return SeriesChange(
        name, unit_text(told[1], "de"), told[2] or 0, added, changed, removed, before, after
    )


def _points(con: duckdb.DuckDBPyConnection, table: str, key: Sequence[str]) -> tuple[Point, ...]:
    rows = con.execute(
        f"SELECT period_end_date, value, obs_status, basis FROM {table} "  # noqa: S608 - our own names
        "WHERE ars = ? AND indicator_id = ? AND dimensions = ? "
        "ORDER BY period_end_date, period_start_date",
        list(key),
    ).fetchall()
    by_day: Mapping[dt.date, tuple[Any, ...]] = {row[0]: row for row in rows}
    return tuple(
        Point(
            day,
            day_text(day, "de"),
            value,
            f"keine Angabe ({status})" if value is None else "",
            basis_text(basis or "", "de"),
        )
        for day, value, status, basis in by_day.values()
    )


def plots(found: Sequence[SeriesChange]) -> str:
    """The series that changed most, before and after, as pictures inside Markdown."""
    parts = []
    for one in found[:_PLOTS]:
        both = (Series("vorher", one.before), Series("jetzt", one.after))
        chart = Chart(one.name, one.unit, one.decimals, tuple(s for s in both if s.points))
        picture = base64.b64encode(png(line_chart(chart), scale=1.0)).decode("ascii")
        name = one.name.replace("[", "(").replace("]", ")")
        parts.append(f"**{name}**\n\n![{name}](data:image/png;base64,{picture})")
    return "\n\n".join(parts)
