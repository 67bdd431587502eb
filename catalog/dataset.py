"""Harmonised rows to data sets: one per city and table, and one for all cities. Pure.

A data set knows everything that a catalogue says about it, in CKAN or as static DCAT-AP.de, and
makes its files' bytes on demand. Council data of the sample world says in its first sentence
that it is invented, and names no city as its publisher.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from catalog import distribution, files, wording
from catalog.assurance import Checked, Statement, statement
from catalog.dictionary import Dictionary, Table
from catalog.distribution import Distribution, Key
from catalog.figures import Indicator
from catalog.statistics import Statistics
from catalog.vocabulary import (
    AVAILABILITY,
    FREQUENCY,
    HVD_REGULATION,
    LICENCES,
    REGIONAL_KEY,
    THEME,
    THEMES,
    Licence,
    licence,
)

NETWORK: Final = "seehaus"
ALL: Final = "alle"
COUNCIL: Final = (
    "organization",
    "person",
    "membership",
    "meeting",
    "agenda_item",
    "vote",
    "paper",
    "consultation",
    "file",
    "document_page",
    "document_section",
)
# A few rows per city: every data set costs time on a portal, so these have one for all cities.
COUNCIL_NETWORK: Final = ("body", "legislative_term", "location", "tombstone")
# The cities' own experience: a handful of rows per city, read side by side.
KNOWLEDGE: Final = ("pilot_report",)
STATISTICS: Final = ("observation",)
# Computed from them, and made to compare the cities: one data set for all.
STATISTICS_NETWORK: Final = ("derived_observation", "vintage_difference")
# Figures over time, of which a chart can be drawn.
CHARTED: Final = ("observation", "derived_observation")
# What the sample world invents; statistics and keys in it are true.
_INVENTED: Final = (*COUNCIL, *COUNCIL_NETWORK, *KNOWLEDGE)
REFERENCE: Final = ("city", "place", "place_version", "indicator", "vocabulary_term")
# The text of documents is searched on the search page; as rows it would fill the DataStore's
# full-text index with gigabytes, so it is published as files only.
WITHOUT_DATASTORE: Final = frozenset({"document_page", "document_section"})
_DATES: Final[Mapping[str, tuple[str, str]]] = {
    "meeting": ("start_at", "start_at"),
    "paper": ("paper_date", "paper_date"),
    "consultation": ("consultation_date", "consultation_date"),
    "observation": ("period_start_date", "period_end_date"),
    "derived_observation": ("period_start_date", "period_end_date"),
    "vintage_difference": ("period_start_date", "period_end_date"),
    "pilot_report": ("start_date", "report_date"),
}


class DataSetError(ValueError):
    """The rows and the dictionary do not make a data set; names the place and the mend."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Who publishes or answers: a name with an address or an e-mail."""

    name: str
    url: str
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """The CKAN organisation that a data set belongs to."""

    id: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a data set covers in space."""

    uri: str
    name: str


@dataclass(frozen=True, slots=True)
class Series:
    """The data sets of one table over the cities.

    Attributes:
        name: Stable for good, unique among the series.
    """

    name: str
    title: str
    title_en: str
    notes: str
    notes_en: str


@dataclass(frozen=True)
class DataSet:
    """One data set as every catalogue shows it.

    Attributes:
        name: ``<city>-<table>`` or ``alle-<table>``, stable for good.
        city_id: None where it covers all cities.
        rows: Shape (n, published columns), sorted by key.
        withheld: How many rows were left out because their source is not open.
        modified: When its youngest row was fetched, so an unchanged data set keeps its date.
        temporal: First and last day covered.
        series: What it is the city's part of; None where it covers all cities.
        quality: Which checks it went through, and what it covers.
        indicators: What its figures count; empty where it has none.
        version_notes: What changed from publication to publication, see ``catalog.versions``.
    """

    name: str
    table: Table
    city_id: str | None
    title: str
    title_en: str
    notes: str
    notes_en: str
    attribution: str
    organization: Organization
    publisher: Agent
    contacts: tuple[Agent, ...]
    themes: tuple[str, ...]
    tags: tuple[str, ...]
    licence: Licence
    places: tuple[Place, ...]
    temporal: tuple[dt.date, dt.date] | None
    frequency: str
    availability: str
    hvd_categories: tuple[str, ...]
    references: tuple[str, ...]
    landing_page: str | None
    modified: dt.datetime | None
    is_sample: bool
    rows: pa.Table
    quality: Statement
    series: Series | None = None
    indicators: tuple[Indicator, ...] = ()
    withheld: int = 0
    version_notes: str = ""

    @property
    def identifier(self) -> str:
        """The same for as long as the data set exists, on every portal."""
        return f"{NETWORK}-{self.name}"

    @property
    def has_datastore(self) -> bool:
        """Whether its rows are also a DataStore table."""
        return self.table.name not in WITHOUT_DATASTORE

    @property
    def legislation(self) -> tuple[str, ...]:
        """The regulation that makes it a high-value data set, where it is one."""
        return (HVD_REGULATION,) if self.hvd_categories else ()

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        """Its files; CSV and Parquet come first on every data set."""
        return distribution.made(
            self.name,
            self.rows,
            self.table,
            self.datapackage,
            for_spreadsheets=self.has_datastore,
        )

    def file(self, key: Key) -> Distribution:
        """The file of this kind, which the data set must have."""
        return next(one for one in self.distributions if one.key == key)

    @property
    def datapackage(self) -> bytes:
        """The Frictionless description of the CSV file."""
        terms = {"name": self.licence.id, "path": self.licence.url, "title": self.licence.title}
        return files.datapackage_bytes(self.name, self.title, self.notes, terms, self.table)


def datasets(
    tables: Mapping[str, pa.Table],
    dictionary: Dictionary,
    cities: pa.Table,
    *,
    portal_url: str,
    checks: Mapping[str, Checked] | None = None,
) -> Iterator[DataSet]:
    """Make every data set, one after the other.

    Args:
        tables: Harmonised tables by name; those of ``source`` and ``statistic_table`` are read
            for licence and attribution, never published themselves.
        dictionary: What the tables and columns are and which of them leave.
        cities: Rows of ``harmonised.city``.
        portal_url: The catalogue's address; it stands for the network as publisher.
        checks: What the quality rules found, by table.

    Yields:
        Per city and table, then per table for all cities. A city without a council system has no
        council data sets; empty ones are made, so that what was withdrawn can be taken away.

    Raises:
        DataSetError: A licence or a theme is unknown, or a source is missing.
        catalog.files.RowsError: Rows do not fit the dictionary.
    """
    rows = sorted(cities.to_pylist(), key=lambda city: str(city["city_id"]))
    maker = _Maker(tables, dictionary, rows, portal_url, checks or {})
    for city in rows:
        names = (*(COUNCIL if city.get("council_system") else ()), *STATISTICS)
        yield from (maker.make(name, (city,), city["city_id"]) for name in maker.has(names))
    statistics = (*STATISTICS, *STATISTICS_NETWORK)
    for name in maker.has((*COUNCIL, *COUNCIL_NETWORK, *KNOWLEDGE, *statistics, *REFERENCE)):
        yield maker.make(name, rows, None)


class _Maker:
    def __init__(
        self,
        tables: Mapping[str, pa.Table],
        dictionary: Dictionary,
        cities: list[dict[str, Any]],
        portal_url: str,
        checks: Mapping[str, Checked],
    ) -> None:
        self.tables, self.dictionary, self.cities = tables, dictionary, cities
        self.portal_url, self.checks = portal_url, checks
        self.statistics = Statistics.of(tables) if "observation" in tables else None

    def has(self, names: Iterable[str]) -> Iterator[str]:
        return (
            name
            for name in names
            if name in self.tables and name in self.dictionary and self.dictionary[name].publish
        )

    def make(self, name: str, cities: Iterable[Mapping[str, Any]], city_id: str | None) -> DataSet:
        cities = list(cities)
        table, rows, withheld = self.dictionary[name], self.tables[name], 0
        if city_id is not None:
            rows = rows.filter(pc.equal(rows["city_id"], pa.scalar(city_id, rows["city_id"].type)))
        sources = None
        if name in (*STATISTICS, *STATISTICS_NETWORK) and self.statistics is not None:
            open_rows = self.statistics.open_rows(rows)
            rows, withheld = open_rows, rows.num_rows - open_rows.num_rows
            sources = self.statistics.used_by(rows)
        is_sample = name in _INVENTED and any(city["is_sample"] for city in cities)
        licence_ids = (
            {source["licence_id"] for source in sources.sources}
            if sources and sources.sources
            else {city["licence_id"] for city in cities}
        )
        attribution = wording.attribution(name, cities, sources, is_sample=is_sample)
        terms = _licence(licence_ids, name)
        whom = str(cities[0]["name"]) if city_id is not None else None
        every = (None, None) if name in REFERENCE else ("alle Städte", "all cities")
        themes = {table.theme, *(sources.themes if sources else ())}
        published, temporal = files.published_rows(rows, table), _temporal(name, rows)
        checked = self.checks.get(name)
        return DataSet(
            name=f"{_slug(city_id or ALL)}-{_slug(name)}",
            table=table,
            city_id=city_id,
            title=wording.title(table.title_de, whom or every[0]),
            title_en=wording.title(table.title_en, whom or every[1]),
            notes=wording.notes(table, cities, attribution, terms, is_sample=is_sample),
            notes_en=wording.notes_en(table, cities, attribution, terms, is_sample=is_sample),
            attribution=attribution,
            organization=self._organization(cities[0] if city_id is not None else None),
            publisher=self._publisher(cities, city_id, is_sample=is_sample),
            contacts=self._contacts(cities, is_sample=is_sample),
            themes=tuple(sorted(_known_theme(theme, name) for theme in themes)),
            tags=_tags(wording.tags(name, cities)),
            licence=terms,
            places=tuple(Place(f"{REGIONAL_KEY}{city['ars']}", city["name"]) for city in cities),
            temporal=temporal,
            frequency=(sources.frequency if sources else None) or f"{FREQUENCY}DAILY",
            availability=f"{AVAILABILITY}{'EXPERIMENTAL' if is_sample else 'AVAILABLE'}",
            hvd_categories=sources.hvd_categories if sources else (),
            references=sources.references if sources else (),
            landing_page=(
                cities[0]["council_url"]
                if name in COUNCIL and city_id is not None and not is_sample
                else None
            ),
            modified=_latest(rows),
            is_sample=is_sample,
            rows=published,
            quality=statement(published, temporal, withheld, checked, city_id),
            series=_series(table) if city_id is not None else None,
            indicators=sources.indicators if sources and name in CHARTED else (),
            withheld=withheld,
        )

    def _organization(self, city: Mapping[str, Any] | None) -> Organization:
        if city is None:
            names = wording.listed([str(row["name"]) for row in self.cities])
            return Organization(NETWORK, "Seehaus", f"Die gemeinsamen offenen Daten von {names}.")
        text = f"Offene Daten der Stadt {city['name']}. Website: {city['website_url']}"
        return Organization(_slug(city["city_id"]), str(city["name"]), text)

    def _publisher(
        self, cities: list[Mapping[str, Any]], city_id: str | None, *, is_sample: bool
    ) -> Agent:
        if is_sample:
            return Agent("Seehaus (frei erfundene Beispieldaten)", self.portal_url)
        if city_id is None:
            return Agent("Seehaus, offene Daten der Städte", self.portal_url)
        (city,) = cities
        return Agent(city["publisher_name"], city["publisher_url"], city["publisher_email"])

    def _contacts(self, cities: list[Mapping[str, Any]], *, is_sample: bool) -> tuple[Agent, ...]:
        if is_sample:
            return (Agent("Seehaus", self.portal_url),)
        return tuple(
            Agent(city["publisher_name"], city["publisher_url"], city["publisher_email"])
            for city in cities
        )


def _series(table: Table) -> Series:
    return Series(
        _slug(table.name),
        wording.title(table.title_de, "Reihe über die Städte"),
        wording.title(table.title_en, "series over the cities"),
        table.description_de,
        table.description,
    )


def _slug(name: str) -> str:
    return name.replace("_", "-")


def _tags(tags: Iterable[str]) -> tuple[str, ...]:
    # CKAN takes letters, digits, blanks and -_. only.
    clean = (re.sub(r"[^\w\s.-]", " ", tag) for tag in tags)
    return tuple(sorted({" ".join(tag.split()) for tag in clean}))


def _known_theme(theme: str, table: str) -> str:
    if theme not in THEMES:
        message = f"{table}: theme {theme!r} is none of DCAT's → one of {', '.join(THEMES)}"
        raise DataSetError(message)
    return theme


def theme_uri(theme: str) -> str:
    """The EU's address of a theme code."""
    return THEME + theme.upper()


def _licence(ids: set[str], table: str) -> Licence:
    """One licence for data under all of these: if one asks for attribution, the whole does."""
    known = {one: licence(one) for one in ids}
    unknown = sorted(str(one) for one, found in known.items() if found is None)
    if unknown or not ids:
        message = (
            f"{table}: licence {', '.join(unknown) or 'missing'} is not a known open one → "
            f"one of {', '.join(LICENCES)}, or add it to catalog/vocabulary.py"
        )
        raise DataSetError(message)
    found = sorted((one for one in known.values() if one is not None), key=lambda one: one.id)
    return max(found, key=lambda one: one.asks_for_attribution)


def _temporal(table: str, rows: pa.Table) -> tuple[dt.date, dt.date] | None:
    if table not in _DATES:
        return None
    first, last = _DATES[table]
    start, end = pc.min(rows[first]).as_py(), pc.max(rows[last]).as_py()
    if start is None or end is None:
        return None
    return _day(start), _day(end)


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _latest(rows: pa.Table) -> dt.datetime | None:
    if "retrieved_at" not in rows.column_names:
        return None
    latest = pc.max(rows["retrieved_at"]).as_py()
    return latest.astimezone(dt.UTC) if isinstance(latest, dt.datetime) else None
