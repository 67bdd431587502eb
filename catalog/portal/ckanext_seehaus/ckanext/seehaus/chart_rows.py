"""The figures of a statistics table in the DataStore, as the charts want them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from ckan.plugins import toolkit

from catalog.charts import Language
from catalog.figures import Figure, breakdown_id, breakdowns_of, labels_of
from catalog.figures.rows import figure_of
from catalog.vocabulary import REGIONAL_KEY

# As many as the DataStore gives at once by default.
_MOST: Final = 32_000
_DATES: Final = ("period_start_date", "period_end_date", "vintage_date")


@dataclass(frozen=True)
class Table:
    """One table of figures.

    Attributes:
        resource_id: Where its rows are.
        version: Changes with its rows.
        places: Regional key to name of the cities that the data set covers.
    """

    resource_id: str
    version: str
    places: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """What may be chosen of one indicator.

    Attributes:
        cities: Id to name, by name.
        keys: Id of a city to its regional key.
        breakdowns: Codes and labels of each.
        texts: Id of a breakdown to how the table writes it.
    """

    cities: Mapping[str, str]
    keys: Mapping[str, str]
    breakdowns: tuple[tuple[Mapping[str, str], Mapping[str, str]], ...]
    texts: Mapping[str, tuple[str, ...]]

    def named(self, lang: Language) -> dict[str, str]:
        """The breakdowns, id to words, the total first."""
        return breakdowns_of(self.breakdowns, lang)


def table_of(resource: Mapping[str, Any], package: Mapping[str, Any]) -> Table:
    """The table behind a resource; figures of what is not a whole city are left out of charts."""
    places = {
        str(one["uri"]).removeprefix(REGIONAL_KEY): str(one.get("text") or one["uri"])
        for one in package.get("spatial_coverage") or ()
        if str(one.get("uri") or "").startswith(REGIONAL_KEY)
    }
    return Table(str(resource["id"]), str(resource.get("hash") or ""), tuple(places.items()))


def _search(table: Table, filters: Mapping[str, Any], **asked: Any) -> list[dict[str, Any]]:
    query = {
        "resource_id": table.resource_id,
        "filters": {"ars": [key for key, _ in table.places], **filters},
        "limit": _MOST,
        "include_total": False,
        **asked,
    }
    return list(toolkit.get_action("datastore_search")({}, query)["records"])


@lru_cache(maxsize=64)
def indicators(table: Table) -> frozenset[str]:
    """The indicators that the table has figures of."""
    found = _search(table, {}, fields=["indicator_id"], distinct=True)
    return frozenset(str(row["indicator_id"]) for row in found)


@lru_cache(maxsize=256)
def offered(table: Table, indicator: str) -> Offered:
    """The cities and breakdowns that an indicator has figures of."""
    fields = ["ars", "city_id", "dimensions", "dimension_labels"]
    rows = _search(table, {"indicator_id": indicator}, fields=fields, distinct=True)
    names = dict(table.places)
    keys = {str(row["city_id"]): str(row["ars"]) for row in rows}
    cities = {city: names[key] for city, key in keys.items()}
    pairs, texts = {}, dict[str, tuple[str, ...]]()
    for row in rows:
        codes = labels_of(row["dimensions"])
        id_ = breakdown_id(codes)
        pairs[id_] = codes, labels_of(row["dimension_labels"])
        texts[id_] = tuple(sorted({*texts.get(id_, ()), str(row["dimensions"])}))
    return Offered(
        dict(sorted(cities.items(), key=lambda item: item[1])), keys, tuple(pairs.values()), texts
    )


def figures(
    table: Table, indicator: str, known: Offered, cities: Iterable[str], breakdown: str
) -> list[Figure]:
    """The newest vintage of each figure of some cities in one breakdown."""
    keys = {known.keys[city]: known.cities[city] for city in cities}
    rows = _search(
        table,
        {
            "indicator_id": indicator,
            "ars": list(keys),
            "dimensions": list(known.texts.get(breakdown, ())),
        },
    )
    newest: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: (row["vintage_date"], row["retrieved_at"])):
        newest[row["ars"], row["period_start_date"], row["period_end_date"]] = row
    return [figure_of(_dated(row), keys[row["ars"]]) for row in newest.values()]


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, **{name: dt.date.fromisoformat(str(row[name])[:10]) for name in _DATES}}
