"""The figures of the sample world's statistics office, and its tables.

They are true: cut to four cities out of tables of regionalstatistik.de and of the census of 2022
(© Statistische Ämter des Bundes und der Länder, Deutschland, 2026, dl-de/by-2-0), each figure as it
stood on a day (``vintage``), because revisions and the census of 2022 changed what had been
published before.
"""

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict
from ruamel.yaml import YAML

POPULATION: Final = "12411-01-01-4"
CENSUS: Final = "1000A-0001"
CENSUS_DAY: Final = "2022-05-15"
OLD: Final = dt.date(2024, 12, 4)
NEW: Final = dt.date(2026, 3, 10)
REGIONS: Final = {
    "07111": "Koblenz",
    "07211": "Trier",
    "07314": "Ludwigshafen am Rhein",
    "07315": "Mainz",
}

_FOLDER: Final = Path(__file__).parent


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Regions(_Strict):
    """How a table names its regions: its variable, digits of a key, what stands behind a name."""

    code: str = "KREISE"
    label: str = "Kreise und kreisfreie Städte"
    digits: int = 5
    kind: str = "kreisfreie Stadt"


class Time(_Strict):
    """Which time a table's rows are of: key dates (``STAG``) or years (``JAHR``)."""

    code: str
    label: str


class Variable(_Strict):
    """A variable beside region and time; the member without a code is the total."""

    code: str
    label: str
    members: dict[str, str]


class Measure(_Strict):
    """What a table counts; ``is_undivided``: the variables are not known to it."""

    code: str
    label: str
    unit: str
    is_undivided: bool = False


class Table(_Strict):
    """A table.

    Attributes:
        updated: What its description says, None: the day of its figures.
        quality: What stands beside each figure, None: it has a column for that only if asked.
    """

    code: str
    title: str
    statistic: str
    time: Time
    regions: Regions = Regions()
    updated: str | None = None
    quality: str | None = None
    variables: tuple[Variable, ...] = ()
    measures: tuple[Measure, ...]

    @property
    def statistic_code(self) -> str:
        """Of the statistic that it is part of."""
        return self.code.partition("-")[0]

    def place(self, region: str) -> tuple[str, str]:
        """Key and name of a region as this table writes them."""
        return region.ljust(self.regions.digits, "0"), f"{REGIONS[region]}, {self.regions.kind}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One published number or sign.

    Attributes:
        table: The table's code.
        variable: What is counted.
        time: ISO day, or year.
        members: One per variable of the table, empty for a total.
        region: The district's key (5 digits).
        value: As published.
        vintage: When it was published so.
        census: The year of the census that it rests on, empty where that does not matter.
    """

    table: str
    variable: str
    time: str
    members: tuple[str, ...]
    region: str
    value: str
    vintage: dt.date
    census: str = ""

    @property
    def year(self) -> int:
        """Of its time."""
        return int(self.time[:4])

    @property
    def key(self) -> tuple[str, ...]:
        """What it is a figure of; another vintage has the same."""
        return (self.table, self.variable, self.time, *self.members, self.region)


@cache
def tables() -> dict[str, Table]:
    """The tables by their codes."""
    text = (_FOLDER / "tables.yml").read_text(encoding="utf-8")
    told = YAML(typ="safe", pure=True).load(text)
    return {each["code"]: Table.model_validate(each) for each in told}


@cache
def figures() -> tuple[Figure, ...]:
    """All figures in all vintages."""
    return (*_population(), *_others())


def _population() -> Iterator[Figure]:
    for row in _rows("population.csv"):
        vintage = dt.date.fromisoformat(row["vintage"])
        key = (POPULATION, "BEVSTD", row["stichtag"], (row["sex"],), row["ags"][:5])
        yield Figure(*key, row["value"], vintage, row["basis"])


def _others() -> Iterator[Figure]:
    known = tables()
    for row in _rows("figures.csv"):
        members = tuple(row["members"].split("|")) if known[row["table"]].variables else ()
        key = (row["table"], row["variable"], row["time"], members, row["region"])
        yield Figure(*key, row["value"], dt.date.fromisoformat(row["vintage"]))


def _rows(name: str) -> Iterator[dict[str, str]]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


def state(on: dt.date, table: str | None = None) -> list[Figure]:
    """The tables (or one) as they stood on a day: of each figure the newest vintage until then.

    With the first figure that rests on the census of 2022 the office withdrew all of its day and
    later that rest on the one of 2011. What replaced those of 2022 was not recorded: they are gone.
    """
    newest: dict[tuple[str, ...], Figure] = {}
    for figure in sorted(figures(), key=lambda each: each.vintage):
        if figure.vintage <= on and table in {None, figure.table}:
            newest[figure.key] = figure
    if any(figure.census == "2022" for figure in newest.values()):
        return [figure for figure in newest.values() if not _is_withdrawn(figure)]
    return list(newest.values())


def _is_withdrawn(figure: Figure) -> bool:
    return figure.census == "2011" and figure.time >= CENSUS_DAY
