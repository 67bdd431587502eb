"""Harmonised tables to the search index."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from indexes.build import BuildResult
from indexes.build import build as build_index
from indexes.passages import passages
from indexes.search import kept_passages
from orchestration import searching
from orchestration.environment import folder
from orchestration.lake import lake
from orchestration.progress import step
from orchestration.publication import Held
from orchestration.report import current

_TABLES: Final = (
    "city",
    "paper",
    "meeting",
    "agenda_item",
    "file",
    "document_page",
    "organization",
    "pilot_report",
    "observation_current",
    "indicator",
    "source",
)


@dataclass(frozen=True)
class Indexed:
    """What an index build did."""

    result: BuildResult
    by_city: dict[str, int]
    held: tuple[str, ...]

    def text(self) -> str:
        """In words."""
        done = self.result
        kept = f"; kept from before: {', '.join(self.held)}" if self.held else ""
        return (
            f"{done.total} passages: {done.embedded} embedded, {done.reused} known, "
            f"{done.removed} removed; version {done.version}"
            f"{'' if done.changed else ' (unchanged)'}{kept}"
        )


def build(held: Held = ()) -> Indexed:
    """Bring the index to what is harmonised.

    A city whose data is held back by a check keeps the passages of the last good index, but for
    what its source withdrew since: that is gone whatever the checks say.
    """
    at = lake()
    have = at.tables("harmonised")
    with at.read() as con:
        con.execute("BEGIN")
        tables = {
            name: con.execute(f'SELECT * FROM lake.harmonised."{name}"').to_arrow_table()  # noqa: S608 - our own names
            for name in _TABLES
            if name in have
        }
    cities = sorted({city_id for city_id, _ in held})
    with step("search index", current().seconds) as tell:
        made = passages(tables)
        if cities:
            made = _with_kept(made, cities)
        result = build_index(made, folder("index"), searching.embedder(), tell)
    by_city = dict(Counter(str(city_id) for city_id in made["city_id"].to_pylist()))
    _save(result, by_city)
    return Indexed(result, by_city, tuple(cities))


def _with_kept(made: pa.Table, cities: list[str]) -> pa.Table:
    known = pa.array(cities, made["city_id"].type)
    fresh = made.filter(pc.invert(pc.is_in(made["city_id"], known)))
    kept = kept_passages(folder("index"), cities)
    for column in ("paper_id", "meeting_id", "file_id", "pilot_report_id"):
        gone = pa.array(_withdrawn(column.removesuffix("_id"), cities), kept[column].type)
        kept = kept.filter(pc.invert(pc.is_in(kept[column], gone)))
    return pa.concat_tables([fresh, kept]).sort_by("passage_id")


def _withdrawn(object_type: str, cities: list[str]) -> list[str]:
    """The harmonised ids of a kind that these cities' sources took back."""
    at = lake()
    found: list[str] = []
    for city_id in cities:
        if "tombstone" in at.tables(f"raw_{city_id}"):
            rows = at.arrow(
                f"SELECT id FROM lake.raw_{city_id}.tombstone WHERE object_type = ?",  # noqa: S608 - a city file's name
                [object_type],
            )
            found += [f"{city_id}:{row['id']}" for row in rows.to_pylist()]
    return found


def _save(result: BuildResult, by_city: dict[str, int]) -> None:
    path = folder("index") / "summary.json"
    beside = path.with_suffix(".tmp")
    summary = {
        "passages": result.total,
        "version": result.version,
        "folder": str(folder("index")),
        "by_city": by_city,
    }
    beside.write_text(json.dumps(summary, indent=1))
    beside.replace(path)
