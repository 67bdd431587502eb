"""OGC API Features and WFS 2.0: a city's districts with their areas, and figures of them."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, Problem
from ingestion.record import Fetched, Place, Record, UnknownStructureError
from ingestion.systems._geojson import collection, polygons, properties
from ingestion.systems._ogc_features_model import OgcAccess, OgcRequest
from ingestion.systems._statistics_rows import (
    Figure,
    Rows,
    last_day,
    plain,
    refused,
    vintage_of,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("items",)
CRS84: Final = "urn:ogc:def:crs:OGC:1.3:CRS84"

_KEY: Final = re.compile(r"[0-9A-Za-z_.-]{1,40}", re.ASCII)
_ISO: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII)
_GERMAN_DAY: Final = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})", re.ASCII)
_MAX_NAME: Final = 200


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for every page of the collections that cover the city.

    Args:
        city: The city; districts outside of the collection's box are never taken for its own.
        since: Not used: a collection is always asked for as a whole.
        client: Asks; a ``next`` link never leads to another host.

    Yields:
        The pages. A collection that breaks off is reported and the next one asked.
    """
    del since
    for entry in city.statistics_of("ogc_features"):
        access, request = entry.access, entry.table.request
        if not isinstance(access, OgcAccess) or not isinstance(request, OgcRequest):
            continue
        pages = _api_pages if access.protocol == "api" else _wfs_pages
        try:
            yield from pages(entry, access, request, client)
        except FetchError as error:
            client.report(error.problem)
        except UnknownStructureError as error:
            client.report(Problem(error.url, error.what, error.mend))


def _api_pages(
    entry: StatisticEntry, access: OgcAccess, request: OgcRequest, client: Client
) -> Iterator[Fetched]:
    """Page after page by the ``next`` links."""
    url = f"{access.url}{access.endpoint}collections/{request.collection}/items"
    path = urlsplit(url).path
    params: Mapping[str, str] | None = {
        **access.parameters,
        "f": "json",
        "limit": str(request.page_size),
        "bbox": ",".join(map(str, request.bbox)),
    }
    asked: set[str] = set()
    count = 0
    while True:
        fetched = client.get(url, kind="items", params=params, context=_context(entry, request))
        page = collection(fetched)
        count += len(page["features"])
        _bounded(fetched.url, count, request)
        yield fetched
        following = _next(page, fetched.url)
        if following is None:
            _complete(fetched.url, page, count)
            return
        if following in asked or urlsplit(following).path != path or not page["features"]:
            what = f"the next page is {following[:200]!r}: read already, empty or not of it"
            raise refused(fetched.url, what, "run again later; the districts read so far stay")
        asked.add(following)
        url, params = following, None


def _wfs_pages(
    entry: StatisticEntry, access: OgcAccess, request: OgcRequest, client: Client
) -> Iterator[Fetched]:
    """Page after page by ``startIndex``, until one is not full."""
    url = f"{access.url}{access.endpoint}"
    count = 0
    while True:
        params = {
            **access.parameters,
            "SERVICE": "WFS",
            "VERSION": "2.0.0",
            "REQUEST": "GetFeature",
            "TYPENAMES": request.collection,
            "OUTPUTFORMAT": "application/json",
            "SRSNAME": CRS84,
            "BBOX": ",".join([*map(str, request.bbox), CRS84]),
            "COUNT": str(request.page_size),
            "STARTINDEX": str(count),
        }
        fetched = client.get(url, kind="items", params=params, context=_context(entry, request))
        page = collection(fetched)
        brought = len(page["features"])
        count += brought
        _bounded(fetched.url, count, request)
        yield fetched
        total = page.get("numberMatched")
        if brought < request.page_size or count == total:
            _complete(fetched.url, page, count)
            return


def _context(entry: StatisticEntry, request: OgcRequest) -> dict[str, str]:
    return {
        "table": entry.table.code,
        "title": entry.table.title.de,
        "page": str(entry.page),
        "region": entry.region,
        "request": request.model_dump_json(),
    }


def _bounded(url: str, count: int, request: OgcRequest) -> None:
    if count > request.max_features:
        raise refused(
            url,
            f"more than {request.max_features} features",
            "no city has so many districts: check the collection, or raise max_features",
        )


def _complete(url: str, page: Mapping[str, Any], count: int) -> None:
    """A collection that says how many it has must have brought as many."""
    total = page.get("numberMatched")
    if isinstance(total, int) and total != count:
        raise refused(url, f"{count} of {total} features came", "run again later")


def _next(page: Mapping[str, Any], url: str) -> str | None:
    links = page.get("links")
    for link in links if isinstance(links, list) else ():
        if isinstance(link, dict) and link.get("rel") == "next":
            href = link.get("href")
            if not isinstance(href, str):
                raise refused(url, "a next link without an address")
            try:
                return urljoin(url, href)
            except ValueError as error:
                raise refused(url, "a next link that is no address") from error
    return None


def parse(fetched: Fetched) -> Iterator[Record]:
    """The districts of a page, and the figures that stand with them.

    Args:
        fetched: GeoJSON; its context must name ``region`` (the city's ARS) and ``request`` (what
            the properties are, JSON), and may name ``table``, ``title`` and ``page``.

    Yields:
        Place, Observation and RejectedRow, district by district. A district without a usable area
        is rejected with all its figures.

    Raises:
        UnknownStructureError: Before the first record, if the page is no collection of features,
            or a feature has other properties than declared.
    """
    page = collection(fetched)
    if "request" not in fetched.context:
        raise refused(
            fetched.url,
            "features whose properties are not declared",
            "name key, name, measures and ignored of the collection in the source's file",
        )
    request = OgcRequest.model_validate_json(fetched.context["request"])
    declared = {request.key, request.name, *request.measures, *request.ignored}
    declared |= {request.as_of} if request.as_of else set()
    found = [
        (row_no, feature, properties(fetched, feature, row_no, declared))
        for row_no, feature in enumerate(page["features"], start=1)
    ]
    reader = _Reader(fetched, request)
    for row_no, feature, about in found:
        yield from reader.records(row_no, feature.get("geometry"), about)


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``items`` for GeoJSON; else None."""
    head = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096]
    is_collection = head.startswith(b"{") and b'"FeatureCollection"' in body[:65_536]
    return "items" if is_collection else None


class _Reader:
    """Turns features into records; knows whose districts they are."""

    def __init__(self, fetched: Fetched, request: OgcRequest) -> None:
        self._request, self._day = request, vintage_of(fetched)
        self._city = fetched.context.get("region", "")
        self._url = fetched.context.get("page") or fetched.url
        self._made = Rows(
            fetched,
            layout="geojson",
            table=request.collection,
            statistic=(request.collection[:40], fetched.context.get("title", request.collection)),
        )
        self._seen: set[str] = set()

    def records(self, row_no: int, geometry: Any, about: Mapping[str, Any]) -> Iterator[Record]:
        row = [f"{name}={value!r:.200}" for name, value in sorted(about.items())]
        try:
            place = self._place(geometry, about)
        except ValueError as error:
            yield self._made.rejected(row_no, row, str(error))
            return
        yield place
        for name, measure in self._request.measures.items():
            try:
                figure = Figure(
                    row_no=row_no,
                    row=row,
                    region=(place.ars, place.name),
                    variable=(measure.variable, name),
                    time=(place.valid_on, place.valid_on.isoformat()),
                    value=plain(about[name]),
                    unit=measure.unit,
                    time_code="STAG",
                )
            except ValueError as error:
                yield self._made.rejected(row_no, row, f"{measure.variable}: {error}")
                continue
            yield self._made.observation(figure)

    def _place(self, geometry: Any, about: Mapping[str, Any]) -> Place:
        number, name = _text(about[self._request.key]), _text(about[self._request.name])
        if not _KEY.fullmatch(number):
            raise ValueError(f"no usable key: {number[:40]!r}")
        if not name or len(name) > _MAX_NAME:
            raise ValueError(f"district {number}: no usable name")
        day = _day(about[self._request.as_of]) if self._request.as_of else self._day
        ars = f"{self._city}-{number}"
        area = polygons(geometry, self._request.bbox)
        if ars in self._seen:
            raise ValueError(f"district {number} a second time")
        self._seen.add(ars)
        return Place(
            id=f"{ars}@{day.isoformat()}",
            url=self._url,
            ars=ars,
            name=name,
            level="city_district",
            parent_ars=self._city,
            valid_on=day,
            geometry=area,
        )


def _text(value: Any) -> str:
    """A key or a name, which may be written as a whole number.

    Raises:
        ValueError: If it holds what cannot be printed.
    """
    if isinstance(value, str):
        words = " ".join(value.split())
        if not words.isprintable():  # also halves of characters, which JSON can hold
            raise ValueError(f"no text: {words!r:.60}")
        return words
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _day(value: Any) -> dt.date:
    """The day of a feature's figures; of a year its last one.

    Raises:
        ValueError: If it is none.
    """
    text = _text(value)
    if found := _ISO.fullmatch(text):
        return dt.date.fromisoformat(found[1])
    if found := _GERMAN_DAY.fullmatch(text):
        return dt.date(int(found[3]), int(found[2]), int(found[1]))
    return last_day(text)
