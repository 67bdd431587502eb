"""Wegweiser Kommune (Bertelsmann Stiftung): one export per indicator and city."""

import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, Problem
from ingestion.record import Fetched, Observation, Record, RejectedRow, UnknownStructureError
from ingestion.systems._statistics_rows import (
    Figure,
    Rows,
    decoded,
    german,
    last_day,
    refused,
    some,
    table_rows,
)
from ingestion.systems._wegweiser_model import WegweiserRequest
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("export", "region_list", "indicator_list")
SIGNS: Final = frozenset({"-", ".", "k.A.", "k. A."})

_MOST: Final = {"max": "100000"}
"""The lists name ten entries unless they are asked for more."""
_HEADER: Final = "Indikatoren"
_PREAMBLE: Final = 50
_LABEL: Final = re.compile(r"(?P<label>\S.*?) \((?P<unit>[^()]{1,60})\)")
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,199}", re.ASCII)
_MAX_NAME: Final = 200
_AGS: Final = re.compile(r"(\d{8})(?:0{4})?", re.ASCII)


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the lists, then for every indicator that both the list and the tables name.

    Args:
        city: The city; its AGS finds its name in the service.
        since: Not used: figures of past years are revised too.
        client: Asks each list once for all tables.

    Yields:
        The two lists and one export per indicator. What could not be had is reported and the
        next one asked.
    """
    del since
    for entry in city.statistics_of("wegweiser"):
        request = entry.table.request
        if isinstance(request, WegweiserRequest):
            try:
                yield from _of_table(entry, request, client)
            except FetchError as error:
                client.report(error.problem)
            except UnknownStructureError as error:
                client.report(Problem(error.url, error.what, error.mend))


def _of_table(
    entry: StatisticEntry, request: WegweiserRequest, client: Client
) -> Iterator[Fetched]:
    listed = client.get(f"{entry.url}region/list", kind="region_list", params=_MOST)
    yield listed
    region = _region(listed, entry.region)
    known = client.get(f"{entry.url}indicator/list", kind="indicator_list", params=_MOST)
    yield known
    years = _years(known)
    for indicator in entry.table.indicators:
        span = _span(years.get(indicator.variable, ()), request)
        if span is None:
            client.report(
                Problem(
                    known.url,
                    f"table {entry.table.code}: no indicator {indicator.variable} in these years",
                    "take its friendlyUrl out of the service's list of indicators",
                )
            )
            continue
        name = f"{indicator.variable}+{region['slug']}+{span}+tabelle.csv"
        try:
            yield client.get(
                f"{entry.url}export/{name}",
                kind="export",
                params={"charset": "UTF-8"},
                context={
                    "table": entry.table.code,
                    "title": entry.table.title.de,
                    "page": str(entry.page),
                    "region": entry.region,
                    "region_name": region["name"],
                    "variable": indicator.variable,
                },
            )
        except FetchError as error:
            client.report(error.problem)


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of an export; a list holds none.

    Args:
        fetched: A list (JSON) or an export (CSV); an export's context must name ``region``,
            ``region_name`` and ``variable``, and may name ``table``, ``title`` and ``page``.

    Yields:
        Observation and RejectedRow, one per year.

    Raises:
        UnknownStructureError: If the answer is none of the two, or of another region than asked.
    """
    if fetched.kind == "region_list":
        _regions(fetched)
        return
    if fetched.kind == "indicator_list":
        _years(fetched)
        return
    rows = table_rows(fetched.url, decoded(fetched.url, fetched.body))
    at, years = _header(fetched, rows)
    row_no, row = _data_row(fetched, rows, at)
    made = Rows(
        fetched,
        layout="wegweiser",
        table="WEGWEISER",
        statistic=("WEGWEISER", fetched.context.get("title", "Wegweiser Kommune")),
    )
    yield from some(
        fetched.url,
        (_record(made, fetched, row_no, row, column) for column in enumerate(years, start=1)),
        "check the years of the table in the source's file",
    )


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``export`` for a CSV with the head "Indikatoren", a list by what its entries name."""
    text = body[: 64 * 2**10].decode("utf-8-sig", errors="replace")
    if text.startswith("["):
        is_region = '"ags"' in text
        return "region_list" if is_region else "indicator_list" if '"friendlyUrl"' in text else None
    heads = (line.partition(";")[0].strip('"') for line in text.splitlines()[:_PREAMBLE])
    return "export" if _HEADER in heads else None


def _entries(fetched: Fetched) -> list[dict[str, Any]]:
    """The objects of a list.

    Raises:
        UnknownStructureError: If it is not a JSON list of objects.
    """
    text = decoded(fetched.url, fetched.body)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise refused(fetched.url, f"not JSON ({type(error).__name__})") from error
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise refused(fetched.url, "not a list of objects")
    return found


def _regions(fetched: Fetched) -> dict[str, dict[str, str]]:
    """Name and slug of every region, by AGS."""
    regions: dict[str, dict[str, str]] = {}
    for each in _entries(fetched):
        ags = _AGS.fullmatch(str(each.get("ags", "")))
        slug, name = each.get("friendlyUrl"), each.get("name")
        if ags is None or each.get("type") not in {"KREISFREIE_STADT", "GEMEINDE"}:
            continue  # a state or a district: no city
        if not isinstance(slug, str) or not _SLUG.fullmatch(slug) or not _is_name(name):
            raise refused(fetched.url, f"region {ags[1]} without a usable friendlyUrl and name")
        if regions.setdefault(ags[1], {"slug": slug, "name": str(name)})["slug"] != slug:
            raise refused(fetched.url, f"region {ags[1]} is there twice")
    return regions


def _is_name(value: Any) -> bool:
    """Whether it is words on one line; JSON can hold halves of characters too."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= _MAX_NAME


def _region(fetched: Fetched, ags: str) -> dict[str, str]:
    found = _regions(fetched).get(ags)
    if found is None:
        raise refused(
            fetched.url,
            f"the list of regions does not name {ags}",
            "the service covers municipalities of 5,000 inhabitants on: leave this city out",
        )
    return found


def _years(fetched: Fetched) -> dict[str, tuple[int, ...]]:
    """The years of every indicator, by its friendlyUrl."""
    found: dict[str, tuple[int, ...]] = {}
    for each in _entries(fetched):
        slug, years = each.get("friendlyUrl"), each.get("years")
        if not isinstance(slug, str) or not isinstance(years, list):
            raise refused(fetched.url, "an indicator without friendlyUrl or years")
        if not all(isinstance(year, int) for year in years):
            raise refused(fetched.url, f"indicator {slug[:80]!r}: years that are no numbers")
        found[slug] = tuple(years)
    return found


def _span(years: Sequence[int], request: WegweiserRequest) -> str | None:
    """The years to ask for, ``2006-2023``; None where the indicator has none of them."""
    wanted = [year for year in years if request.first_year <= year <= request.last_year]
    if not wanted:
        return None
    first, last = min(wanted), max(wanted)
    return f"{first}-{last}" if last > first else str(first)


def _header(fetched: Fetched, rows: Sequence[Sequence[str]]) -> tuple[int, list[str]]:
    """Where the header stands, and the year of each of its columns."""
    at = next((at for at, row in enumerate(rows[:_PREAMBLE]) if row and row[0] == _HEADER), None)
    if at is None:
        raise refused(fetched.url, f"no header that begins with {_HEADER!r}")
    region = fetched.context.get("region_name", "").partition(" (")[0]
    years = []
    for head in _filled(rows[at])[1:]:
        year, _, name = head.strip().partition("\n")
        if region not in name:
            raise refused(fetched.url, f"a column of {name[:80]!r} instead of {region!r}")
        years.append(year.strip())
    if not years:
        raise refused(fetched.url, "the header names no year")
    return at, years


def _filled(row: Sequence[str]) -> list[str]:
    """A row without the empty cell that a semicolon at its end leaves."""
    return list(row[:-1]) if row and not row[-1].strip() else list(row)


def _data_row(
    fetched: Fetched, rows: Sequence[Sequence[str]], at: int
) -> tuple[int, Sequence[str]]:
    """The one row of figures; what has one cell only are the footnotes."""
    width = len(_filled(rows[at]))
    data = [
        (row_no, row)
        for row_no, row in enumerate(rows[at + 1 :], start=1)
        if any(cell.strip() for cell in row[1:])
    ]
    if len(data) != 1:
        raise refused(fetched.url, f"{len(data)} rows of figures instead of one")
    row_no, row = data[0]
    if not width <= len(row) <= width + 1 or any(cell.strip() for cell in row[width:]):
        raise refused(fetched.url, f"row {row_no} has {len(row)} fields, the header {width}")
    return row_no, row


def _record(
    made: Rows, fetched: Fetched, row_no: int, row: Sequence[str], column: tuple[int, str]
) -> Observation | RejectedRow:
    at, year = column
    named = _LABEL.fullmatch(row[0].strip())
    label = named["label"] if named else row[0].strip()
    variable = fetched.context.get("variable") or label
    try:
        figure = Figure(
            row_no=row_no,
            row=row,
            region=(fetched.context.get("region", ""), fetched.context.get("region_name", "")),
            variable=(variable, label),
            time=(last_day(year), year),
            value=german(row[at], SIGNS),
            unit=named["unit"] if named else None,
        )
    except ValueError as error:
        return made.rejected(row_no, row, f"{variable} {year[:20]}: {error}")
    return made.observation(figure)
