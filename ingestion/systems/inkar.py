"""INKAR (BBSR): the bulk file of regional indicators, cut to a city and to the named indicators."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from typing import Final

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, Cut, FetchError, Problem
from ingestion.record import Fetched, Observation, Record, RejectedRow, UnknownStructureError
from ingestion.systems._inkar_file import (
    MAX_ZIP_BYTES,
    Row,
    Wanted,
    cut,
    key,
    limited,
    made_on,
    rows,
)
from ingestion.systems._inkar_model import InkarAccess, InkarRequest
from ingestion.systems._statistics_rows import (
    Figure,
    Rows,
    canonical,
    german,
    last_day,
    mapping_of,
    some,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("bulk",)
SIGNS: Final = frozenset({"NA", "NaN"})
"""Stand in place of a number: not available. The editions differ in how they write it."""

_ZIP: Final = b"PK\x03\x04"


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the bulk file, once for each table of it.

    Only the rows of the city and of the table's indicators are kept: the file has several
    gigabytes, and it comes anew once a year.

    Args:
        city: The city; its district key cuts the file.
        since: Not used: an edition holds every year.
        client: Asks conditionally: an edition that is known is not sent again.

    Yields:
        One cut file per table. What could not be had is reported and the next one asked.
    """
    del since
    for entry in city.statistics_of("inkar"):
        access, request = entry.access, entry.table.request
        if isinstance(access, InkarAccess) and isinstance(request, InkarRequest):
            fetched = _asked(entry, access, request, client)
            if fetched is not None:
                yield fetched


def _asked(
    entry: StatisticEntry, access: InkarAccess, request: InkarRequest, client: Client
) -> Fetched | None:
    url = f"{access.url}{access.edition}"
    units = {each.variable: each.source_units[0] for each in entry.table.indicators}
    wanted = Wanted(request.section, request.spatial, entry.region, frozenset(units))
    names = hashlib.sha256(canonical(units).encode()).hexdigest()[:12]
    kept = f"{request.section}/{request.spatial}/{entry.region}/{names}"
    try:
        fetched = client.get(
            url,
            kind="bulk",
            context={
                "table": entry.table.code,
                "title": entry.table.title.de,
                "page": str(entry.page),
                "section": request.section,
                "spatial": request.spatial,
                "region": entry.region,
                "units": canonical(units),
            },
            cut=Cut(kept, lambda file: cut(url, file, wanted), MAX_ZIP_BYTES),
        )
        there = {row.variable for row in rows(url, io.BytesIO(fetched.body), wanted)}
    except FetchError as error:
        client.report(error.problem)
        return None
    except UnknownStructureError as error:
        client.report(Problem(error.url, error.what, error.mend))
        return None
    for variable in sorted(wanted.variables - there):
        client.report(
            Problem(
                url,
                f"table {entry.table.code}: no row of {variable} for {entry.region}",
                "this edition may have renamed or dropped it: correct the source's file",
            )
        )
    return fetched


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of the file, and its rows that could not be read.

    Args:
        fetched: The ZIP, whole or cut; its context may name ``table``, ``title``, ``page``,
            ``section``, ``spatial``, ``region`` and ``units`` (source's unit by ``Kuerzel``, JSON).
            Without them the districts' rows of all regions and indicators are read.

    Yields:
        Observation and RejectedRow, in the file's order. Every row of the region and the named
        indicators is one or the other.

    Raises:
        UnknownStructureError: Before the first record, if the file is not what it was.
    """
    context = fetched.context
    units = mapping_of(context, "units")
    wanted = Wanted(
        section=context.get("section", "LRB"),
        spatial=context.get("spatial", "Kreise"),
        region=context.get("region"),
        variables=frozenset(units),
    )
    day = made_on(fetched.url, io.BytesIO(fetched.body))
    made = Rows(
        fetched,
        layout="inkar",
        table="INKAR",
        statistic=("INKAR", context.get("title", "INKAR")),
        vintage=_date(day),
    )
    found = limited(fetched.url, rows(fetched.url, io.BytesIO(fetched.body), wanted))
    yield from some(
        fetched.url,
        (_record(made, row, units.get(row.variable)) for row in found),
        "check region, spatial, section and indicators of the table in the source's file",
    )


def page_kind(url: str, body: bytes) -> str | None:
    """``bulk`` for a ZIP with a file ``inkar_<year>.csv``; else None."""
    if not body.startswith(_ZIP):
        return None
    try:
        made_on(url, io.BytesIO(body))
    except UnknownStructureError:
        return None
    return "bulk"


def _date(day: tuple[int, int, int] | None) -> dt.date | None:
    try:
        return dt.date(*day) if day is not None else None
    except ValueError:
        return None


def _region(row: Row) -> str:
    """The row's region by its official key.

    Raises:
        ValueError: If it has none.
    """
    found = key(row.spatial, row.key)
    if found is None:
        raise ValueError(f"no key of {row.spatial}: {row.key[:40]!r}")
    return found


def _record(made: Rows, row: Row, unit: str | None) -> Observation | RejectedRow:
    try:
        figure = Figure(
            row_no=row.number,
            row=row.cells,
            region=(_region(row), row.name),
            variable=(row.variable, row.label),
            time=(last_day(row.period), row.period),
            value=german(row.value, SIGNS),
            # The file names no unit: it is the one that the source's description declares.
            unit=unit,
        )
    except ValueError as error:
        return made.rejected(row.number, row.cells, f"{row.variable}: {error}")
    return made.observation(figure)
