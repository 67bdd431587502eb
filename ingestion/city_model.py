"""The fields of a city file."""

import datetime as dt
import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    EmailStr,
    Field,
    HttpUrl,
    StringConstraints,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ingestion.fields import (
    Pace,
    PublicUrl,
    Strict,
    Text,
    base,
)
from ingestion.privacy_policy import Privacy
from ingestion.statistics_model import SourceFile, SourceId, StatisticEntry, TableCode
from ingestion.window import DAYS_AHEAD, DAYS_BACK, RECONCILE_DAYS

CITIES: Final = Path(__file__).parent / "cities"
CITY_ID: Final = re.compile(r"^[a-z][a-z0-9_]{1,39}$")
COUNTED_TABLES: Final = (
    "organization",
    "meeting",
    "agenda_item",
    "paper",
    "file",
    "document_page",
    "document_section",
    "observation",
)
"""Harmonised tables that ``expect`` may bound."""
SAMPLE_PACE: Final = 50.0
"""Requests a second against the sample world, which is our own machine."""

_HOURS: Final = re.compile(r"((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)

type_of_system = Literal["sessionnet", "allris4", "allris3", "sdnet", "rubin", "oparl"]


Ags = Annotated[str, StringConstraints(pattern=r"^\d{8}$")]
Ars = Annotated[str, StringConstraints(pattern=r"^\d{12}$")]


class Publisher(Strict):
    """Who answers for the data sets."""

    name: Text
    url: PublicUrl
    email: EmailStr


class Permission(Strict):
    """The operator's word that the crawl is welcome although robots.txt forbids it."""

    granted_by: Text
    granted_on: dt.date
    reference: Text


class Council(Strict):
    """The city's council information system."""

    system: type_of_system
    url: PublicUrl
    since: dt.date
    requests_per_second: Pace = 1.0
    permission: Permission | None = None
    time_zone: str = "Europe/Berlin"
    ca_bundle: Path | None = None
    """Certificates that the server fails to send (PEM), relative to the city file."""
    window_days_back: Annotated[int, Field(ge=0, le=365)] = DAYS_BACK
    window_days_ahead: Annotated[int, Field(ge=0, le=730)] = DAYS_AHEAD
    reconcile_days: Annotated[int, Field(ge=1, le=90)] = RECONCILE_DAYS
    quiet_hours: str | None = None

    @field_validator("quiet_hours")
    @classmethod
    def _are_hours(cls, text: str | None) -> str | None:
        """From and to by the city's clock; over midnight where the end comes first."""
        if text is not None:
            match = _HOURS.fullmatch(text)
            if match is None or match[1] == match[2]:
                raise ValueError('no hours of a day; write from and to, e.g. "07:00-09:00"')
        return text

    @field_validator("url")
    @classmethod
    def _is_base(cls, url: HttpUrl, info: ValidationInfo) -> HttpUrl:
        """Pages are named relative to the base URL; only OParl's is the System object itself."""
        return url if info.data.get("system") in {None, "oparl"} else base(url)

    @field_validator("ca_bundle")
    @classmethod
    def _is_bundle(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        """Certificates, found from the city file's folder (in the validation's context)."""
        if path is None or not isinstance(info.context, Path):
            return path
        bundle = info.context / path
        try:
            ssl.create_default_context(cafile=str(bundle))
        except OSError as error:
            raise ValueError(
                f"no certificates can be read from {path} ({error.strerror or error});"
                " save the missing intermediate ones there as PEM"
            ) from None
        return bundle

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("not a time zone; write e.g. Europe/Berlin")
        return name

    def is_quiet(self, moment: dt.datetime) -> bool:
        """Whether the server is left alone at a moment (with an offset)."""
        if self.quiet_hours is None:
            return False
        begin, end = (dt.time.fromisoformat(each) for each in self.quiet_hours.split("-"))
        clock = moment.astimezone(self.zone).time()
        return begin <= clock < end if begin < end else clock >= begin or clock < end

    @property
    def zone(self) -> ZoneInfo:
        """The zone of dates and times without an offset."""
        return ZoneInfo(self.time_zone)


class CityStatistics(Strict):
    """What differs from the network's list of statistics sources (``ingestion/sources``).

    Attributes:
        without: Codes of tables of that list that this city does not ask for.
        sources: The city's own sources by their ids, each written as a file of that list.
    """

    without: tuple[TableCode, ...] = ()
    sources: dict[SourceId, SourceFile] = Field(default_factory=dict)


class Bounds(Strict):
    """How many rows a good run brings; outside of it the publication stops."""

    min: Annotated[int, Field(ge=0)]
    max: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max is not None and self.max < self.min:
            raise ValueError("max is smaller than min")
        return self


class _CityFields(Strict):
    """What a city file and the city that is made of it have in common."""

    name: Text
    ags: Ags
    ars: Ars
    nuts3: Annotated[str, StringConstraints(pattern=r"^DE[0-9A-Z]{3}$")]
    wikidata: Annotated[str, StringConstraints(pattern=r"^Q\d+$")] | None = None
    website: PublicUrl
    publisher: Publisher
    licence: Literal["dl-de/by-2-0", "dl-de/zero-2-0", "cc-by/4.0", "cc-zero"]
    council: Council | None = None
    expect: dict[str, Bounds] = Field(default_factory=dict)
    privacy: Privacy = Privacy()

    @field_validator("ars")
    @classmethod
    def _contains_ags(cls, ars: str, info: ValidationInfo) -> str:
        """The ARS is the AGS with the four digits of the municipal association put in."""
        ags = info.data.get("ags")
        if ags is not None and (ars[:5], ars[9:]) != (ags[:5], ags[5:]):
            raise ValueError(f"does not fit the AGS; it has the form {ags[:5]}····{ags[5:]}")
        return ars

    @field_validator("expect")
    @classmethod
    def _known_tables(cls, bounds: dict[str, Bounds]) -> dict[str, Bounds]:
        for table in bounds:
            if table not in COUNTED_TABLES:
                raise ValueError(
                    f"{table} is no table that is counted; write one of {', '.join(COUNTED_TABLES)}"
                )
        return bounds


class CityFile(_CityFields):
    """One city. Fields are published; notes for maintainers are YAML comments."""

    statistics: CityStatistics = CityStatistics()


class City(_CityFields):
    """A city file together with its id and the tables that are asked for.

    Attributes:
        id: The file's stem, the city's id everywhere.
        is_sample: The council's content is the sample world's: invented, and marked as such.
        statistics: Each table of the network's list and of the city's own sources that covers it.
    """

    id: str
    is_sample: bool = False
    statistics: tuple[StatisticEntry, ...] = ()

    def with_urls(self, override: Mapping[str, Any]) -> "City":
        """The same city on other servers: the sample world's, on this machine.

        Args:
            override: ``{"council": url, "statistics": {table: url}}``. A council that is not named
                stays. Of the tables those stay that are named: the sample world has no others.

        Returns:
            A copy with these base URLs, marked as a sample and asked at the sample's pace.

        Raises:
            pydantic.ValidationError: If a URL is none.
        """
        urls = override.get("statistics") or {}
        values = dict(self) | {
            "is_sample": True,
            "statistics": [
                entry.at(urls[entry.table.code], SAMPLE_PACE)
                for entry in self.statistics
                if entry.table.code in urls
            ],
        }
        if self.council is not None and override.get("council"):
            values["council"] = self.council.model_dump() | {
                "url": override["council"],
                "requests_per_second": SAMPLE_PACE,
            }
        return City.model_validate(values)

    def base_urls(self, system: str | None = None) -> list[str]:
        """The URLs whose hosts may be asked, each once.

        Args:
            system: Only those of this kind of server; None: all.
        """
        servers: list[Council | StatisticEntry] = [*self.statistics]
        if self.council is not None:
            servers.insert(0, self.council)
        found = [str(server.url) for server in servers if system in {None, server.system}]
        return list(dict.fromkeys(found))

    def statistics_of(self, system: str) -> list[StatisticEntry]:
        """The tables that one kind of statistics server is asked for, in the list's order."""
        return [entry for entry in self.statistics if entry.system == system]

    @property
    def statistics_systems(self) -> list[str]:
        """The kinds of statistics server that are asked, in the list's order."""
        return list(dict.fromkeys(entry.system for entry in self.statistics))

    @property
    def is_loopback(self) -> bool:
        """Whether every server of the city is on this machine."""
        hosts = {urlsplit(url).hostname for url in self.base_urls()}
        return hosts <= {"127.0.0.1", "::1", "localhost"}
