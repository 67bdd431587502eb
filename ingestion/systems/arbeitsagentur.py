"""Statistics of the Bundesagentur für Arbeit: the key figures of a district, month by month."""

import calendar
import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, Problem
from ingestion.record import Fetched, Observation, Record, RejectedRow
from ingestion.systems._arbeitsagentur_model import ArbeitsagenturRequest, ArbeitsagenturRow
from ingestion.systems._dates import find_month
from ingestion.systems._statistics_rows import (
    Figure,
    Rows,
    decoded,
    german,
    refused,
    some,
    table_rows,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("table",)
SIGNS: Final = frozenset({"-", "x", ".", "...", "*"})

_HEADER: Final = "Ausgewählte Merkmale"
_CHANGE: Final = "Veränderung"
_PREAMBLE: Final = 50
_PROVISIONAL: Final = "vorläufig"
_MEMBERS: Final = {"SGB3": "Rechtskreis SGB III", "SGB2": "Rechtskreis SGB II"}
_ROWS: Final = TypeAdapter(tuple[ArbeitsagenturRow, ...])


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the key figures of the city's district, once for each table.

    Args:
        city: The city; its district key finds its name in the service.
        since: Not used: an answer holds the newest months only.
        client: Asks.

    Yields:
        One table per entry. What could not be had is reported and the next one asked.
    """
    del since
    for entry in city.statistics_of("arbeitsagentur"):
        request = entry.table.request
        if isinstance(request, ArbeitsagenturRequest):
            fetched = _asked(entry, request, client)
            if fetched is not None:
                yield fetched


def _asked(entry: StatisticEntry, request: ArbeitsagenturRequest, client: Client) -> Fetched | None:
    url = f"{entry.url}{request.table}"
    name = request.regions.get(entry.region)
    if name is None:
        what = f"table {entry.table.code}: the service's name of {entry.region} is not known"
        mend = "add it under request.regions of the table in the source's file"
        client.report(Problem(url, what, mend))
        return None
    try:
        return client.get(
            url,
            kind="table",
            params={request.parameter: name},
            context={
                "table": entry.table.code,
                "title": entry.table.title.de,
                "page": str(entry.page),
                "region": entry.region,
                "region_name": name,
                "rows": _ROWS.dump_json(request.rows).decode(),
            },
        )
    except FetchError as error:
        client.report(error.problem)
        return None


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of a table: one per row and month. Changes can be computed: not read.

    Args:
        fetched: A CSV; its context must name ``rows`` (every row in its order, JSON), and may
            name ``table``, ``title``, ``page``, ``region`` and ``region_name``.

    Yields:
        Observation and RejectedRow, row by row.

    Raises:
        UnknownStructureError: Before the first record, if the table is about another region, or
            its columns and rows are not exactly those that are known.
    """
    rows = table_rows(fetched.url, decoded(fetched.url, fetched.body))
    table = _table(fetched, rows)
    made = Rows(
        fetched,
        layout="arbeitsagentur",
        table="ARBEITSAGENTUR",
        statistic=("ARBEITSAGENTUR", fetched.context.get("title", "Statistik der BA")),
    )
    yield from some(
        fetched.url,
        (
            _record(made, fetched, table, position, month)
            for position in range(len(table.rows))
            for month in table.months
        ),
        "check the rows of the table in the source's file",
    )


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``table`` for a CSV with the head "Ausgewählte Merkmale"; else None."""
    lines = body[: 64 * 2**10].decode("utf-8-sig", errors="replace").splitlines()[:_PREAMBLE]
    return "table" if any(line.strip('"').startswith(_HEADER) for line in lines) else None


@dataclass(frozen=True, slots=True)
class _Month:
    """A column of figures."""

    column: int
    text: str
    last_day: dt.date
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class _Table:
    """What stands in an answer.

    Attributes:
        months: The columns of figures.
        rows: Number and cells of each row.
        known: What each of them is.
    """

    months: tuple[_Month, ...]
    rows: tuple[tuple[int, Sequence[str]], ...]
    known: tuple[ArbeitsagenturRow, ...]


def _table(fetched: Fetched, rows: Sequence[Sequence[str]]) -> _Table:
    at = next(
        (at for at, row in enumerate(rows[:_PREAMBLE]) if row and row[0].strip() == _HEADER), None
    )
    if at is None:
        raise refused(fetched.url, f"no header that begins with {_HEADER!r}")
    said = {row[0].strip().rstrip(":"): row[1].strip() for row in rows[:at] if len(row) > 1}
    region = fetched.context.get("region_name")
    if region is not None and region not in said.values():
        raise refused(fetched.url, f"a table of {', '.join(said.values())[:200]!r}, not {region!r}")
    months = _months(fetched, rows[at], is_edge=_PROVISIONAL in said.get("Hinweis", ""))
    width = len(_filled(rows[at]))
    data = [
        (row_no, _filled(row))
        for row_no, row in enumerate(rows[at + 1 :], start=1)
        # What fills one cell only are the notes below the table.
        if any(cell.strip() for cell in row[1:])
    ]
    for row_no, row in data:
        if len(row) != width:
            raise refused(fetched.url, f"row {row_no} has {len(row)} fields, the header {width}")
    known = _known(fetched)
    labels, declared = [row[0].strip() for _, row in data], [each.label for each in known]
    if labels != declared:
        odd = next(
            (pair for pair in zip(labels, declared, strict=False) if pair[0] != pair[1]),
            (f"{len(labels)} rows", f"{len(declared)}"),
        )
        raise refused(
            fetched.url,
            f"{odd[0][:120]!r} where {odd[1]!r} was expected",
            "look at the answer and correct the rows of the table in the source's file",
        )
    return _Table(months, tuple(data), known)


def _known(fetched: Fetched) -> tuple[ArbeitsagenturRow, ...]:
    if "rows" not in fetched.context:
        raise refused(
            fetched.url,
            "a table whose rows are not declared",
            "name them in the source's file: most labels come twice and say nothing alone",
        )
    return _ROWS.validate_python(json.loads(fetched.context["rows"]))


def _filled(row: Sequence[str]) -> list[str]:
    """A row without the empty cell that a semicolon at its end leaves."""
    return list(row[:-1]) if row and not row[-1].strip() else list(row)


def _months(fetched: Fetched, header: Sequence[str], *, is_edge: bool) -> tuple[_Month, ...]:
    """The columns of figures; the newest one is provisional where the table says so."""
    found: list[tuple[int, str, tuple[int, int]]] = []
    for column, head in enumerate(header[1:], start=1):
        words = head.strip()
        if not words or words.startswith(_CHANGE):
            continue
        try:
            month = find_month(words)
        except ValueError:
            month = None
        if month is None:
            raise refused(fetched.url, f"column {words[:80]!r} is neither a month nor a change")
        found.append((column, words, month))
    if not found:
        raise refused(fetched.url, "the header names no month")
    if len({month for *_, month in found}) < len(found):
        raise refused(fetched.url, "the header names a month twice")
    newest = max(month for *_, month in found)
    return tuple(
        _Month(column, words, _last_day(month), is_edge and month == newest)
        for column, words, month in found
    )


def _last_day(month: tuple[int, int]) -> dt.date:
    return dt.date(*month, calendar.monthrange(*month)[1])


def _record(
    made: Rows, fetched: Fetched, table: _Table, position: int, month: _Month
) -> Observation | RejectedRow:
    (row_no, row), known = table.rows[position], table.known[position]
    has_part = known.member is not None
    try:
        figure = Figure(
            row_no=row_no,
            row=row,
            region=(
                fetched.context.get("region", ""),
                fetched.context.get("region_name", ""),
            ),
            variable=(known.variable, _label(table, position)),
            time=(month.last_day, month.text),
            value=german(row[month.column], SIGNS),
            unit=known.unit,
            dimensions={"RECHTSKREIS": str(known.member)} if has_part else {},
            dimension_labels={"RECHTSKREIS": _MEMBERS.get(str(known.member), known.label)}
            if has_part
            else {},
            time_code="MONAT",
            quality="p" if month.is_provisional else None,
        )
    except ValueError as error:
        return made.rejected(row_no, row, f"{known.variable} {month.text[:40]}: {error}")
    return made.observation(figure)


def _label(table: _Table, position: int) -> str:
    """The label of what is counted: that of the total above a part."""
    known = table.known
    above = (at for at in range(position, -1, -1) if known[at].member is None)
    return known[next(above, position)].label
