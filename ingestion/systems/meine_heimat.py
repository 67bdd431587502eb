"""Figures of "Meine Heimat", the statistical office of Rhineland-Palatinate's service."""

import base64
import datetime as dt
import json
import re
from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, HttpStatusError, Problem
from ingestion.record import Fetched, Observation, Record, RejectedRow
from ingestion.systems._meine_heimat_model import MeineHeimatColumns, MeineHeimatRequest
from ingestion.systems._statistics_rows import (
    Figure,
    Rows,
    canonical,
    columns,
    decoded,
    german,
    last_day,
    mapping_of,
    refused,
    table_rows,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("export",)
SIGNS: Final = frozenset({"-", ".", "...", "/", "x"})
"""The legend of the statistical offices; the service's own was not seen."""
MAX_VARIABLES: Final = 20
MAX_YEARS: Final = 10
"""Of one request."""

_T = TypeVar("_T")
_ARS: Final = re.compile(r"\d{12}", re.ASCII)
_REFUSED: Final = frozenset({401, 403})
_ACCOUNT: Final = (
    "set SEEHAUS_MEINE_HEIMAT_USERNAME and SEEHAUS_MEINE_HEIMAT_PASSWORD (the office gives them)"
)


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the tables' features and years, a few at a time.

    Args:
        city: The city; its ARS cuts the tables.
        since: Not used: figures of past years are revised too.
        client: Its secrets ``meine_heimat_username`` and ``meine_heimat_password`` sign us in;
            without them nothing is asked, which is reported.

    Yields:
        One export per request. What could not be had is reported and the next one asked.
    """
    del since
    name, word = client.secret("meine_heimat_username"), client.secret("meine_heimat_password")
    for entry in city.statistics_of("meine_heimat"):
        request = entry.table.request
        if not isinstance(request, MeineHeimatRequest):
            continue
        if not name or not word:
            what = f"table {entry.table.code}: not asked, the service wants an account"
            client.report(Problem(f"{entry.url}export", what, _ACCOUNT))
            continue
        token = base64.b64encode(f"{name}:{word}".encode()).decode("ascii")
        headers = {"Authorization": f"Basic {token}", "Accept": "text/csv"}
        yield from _of_table(entry, request, headers, client)


def _of_table(
    entry: StatisticEntry, request: MeineHeimatRequest, headers: dict[str, str], client: Client
) -> Iterator[Fetched]:
    url = f"{entry.url}export"
    variables = sorted(each.variable for each in entry.table.indicators)
    years = range(request.first_year, request.last_year + 1)
    units = {each.variable: each.source_units[0] for each in entry.table.indicators}
    for some_variables in _batches(variables, MAX_VARIABLES):
        for some_years in _batches(years, MAX_YEARS):
            try:
                yield client.post_json(
                    url,
                    {
                        "outputFormat": "CSV",
                        "regions": [entry.region],
                        "lfdnrs": list(some_variables),
                        "years": list(some_years),
                    },
                    kind="export",
                    headers=headers,
                    context={
                        "table": entry.table.code,
                        "title": entry.table.title.de,
                        "page": str(entry.page),
                        "region": entry.region,
                        "units": canonical(units),
                        "columns": request.columns.model_dump_json(),
                    },
                )
            except HttpStatusError as error:
                problem = error.problem
                if error.status in _REFUSED:
                    problem = Problem(url, f"HTTP {error.status}: the account is refused", _ACCOUNT)
                client.report(problem)
            except FetchError as error:
                client.report(error.problem)


def _batches(all_of: Sequence[_T], size: int) -> Iterator[list[_T]]:
    return (list(all_of[at : at + size]) for at in range(0, len(all_of), size))


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of an export, and its rows that could not be read.

    Args:
        fetched: A CSV; its context may name ``table``, ``title``, ``page``, ``region``, ``units``
            (source's unit by ``Lfdnr``, JSON) and ``columns`` (JSON).

    Yields:
        Observation and RejectedRow, in the file's order. Every row is one or the other.

    Raises:
        UnknownStructureError: Before the first record, if the columns are not exactly those that
            were declared, or a row does not fit them.
    """
    named = MeineHeimatColumns.model_validate(json.loads(fetched.context.get("columns", "{}")))
    rows = [row for row in table_rows(fetched.url, decoded(fetched.url, fetched.body)) if row]
    if not rows:
        raise refused(fetched.url, "an empty table")
    declared = {field: name for field, name in named if name is not None}
    at = columns(fetched.url, rows[0], list(declared.values()))
    for row_no, row in enumerate(rows[1:], start=1):
        if len(row) != len(rows[0]):
            what = f"row {row_no} has {len(row)} fields, the header {len(rows[0])}"
            raise refused(fetched.url, what)
    made = Rows(
        fetched,
        layout="meine_heimat",
        table="MEINE-HEIMAT",
        statistic=("MEINE-HEIMAT", fetched.context.get("title", "Meine Heimat")),
    )
    region = fetched.context.get("region")
    places = {field: at[name] for field, name in declared.items()}
    reader = _Reader(made, places, mapping_of(fetched.context, "units"), region)
    # No row is an answer too: years that are not there yet are asked for in vain.
    yield from (reader.record(row_no, row) for row_no, row in enumerate(rows[1:], start=1))


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``export`` for a CSV with the columns that are usual; else None."""
    head = body[:4096].decode("utf-8-sig", errors="replace").partition("\n")[0]
    usual = MeineHeimatColumns()
    names = {name.strip().strip('"') for name in head.split(";")}
    is_export = {usual.region, usual.year, usual.variable, usual.value} <= names
    return "export" if is_export else None


class _Reader:
    """Turns rows into records; knows where things stand in them."""

    def __init__(
        self,
        made: Rows,
        places: dict[str, int],
        units: dict[str, str],
        region: str | None,
    ) -> None:
        self._made, self._places, self._units, self._region = made, places, units, region

    def record(self, row_no: int, row: Sequence[str]) -> Observation | RejectedRow:
        """The row as an observation, or why it is none."""
        try:
            return self._made.observation(self._figure(row_no, row))
        except ValueError as error:
            return self._made.rejected(row_no, row, str(error))

    def _figure(self, row_no: int, row: Sequence[str]) -> Figure:
        words = {field: row[at].strip() for field, at in self._places.items()}
        region, variable = words["region"], words["variable"]
        if not _ARS.fullmatch(region):
            raise ValueError(f"no region of twelve digits: {region[:40]!r}")
        if self._region is not None and region != self._region:
            raise ValueError(f"region {region} was not asked for")
        if self._units and variable not in self._units:
            raise ValueError(f"feature {variable[:40]!r} was not asked for")
        if not variable:
            raise ValueError("names no feature")
        return Figure(
            row_no=row_no,
            row=row,
            region=(region, words.get("region_label", "")),
            variable=(variable, words.get("label", variable)),
            time=(last_day(words["year"]), words["year"]),
            value=german(words["value"], SIGNS),
            unit=words.get("unit") or self._units.get(variable),
        )
