"""Table files: CSV and XLSX of any shape that somebody publishes at an address, as declared.

The entry of a table says what its file looks like, column by column. A file that looks otherwise
is not loaded at all; a row that cannot be read is listed with its reason.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urljoin

from ingestion.city import City
from ingestion.formats import (
    Budget,
    ProtectedError,
    TooLargeError,
    UnreadableError,
    archive,
    kinds,
)
from ingestion.http import Client, FetchError
from ingestion.record import Fetched, Record
from ingestion.statistics import load_sources
from ingestion.statistics_model import StatisticEntry
from ingestion.systems import _csv_grid, _xlsx
from ingestion.systems._grid import Grid, refused
from ingestion.systems._table_columns import placed, read
from ingestion.systems._table_file_model import TableFileRequest
from ingestion.systems._table_rows import About, Reading, Signs, data_rows
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("table",)
MAX_MEMBER_BYTES: Final = 256 * 2**20
"""Of a file in a ZIP, unpacked."""


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for the file of every table that the city has here.

    Args:
        city: The city; its region key is what is read of each file.
        since: Not used: a file is there as a whole, past years included.
        client: Asks conditionally, so a file that has not changed costs nothing.

    Yields:
        One file per table. What could not be had is reported and the next one asked.
    """
    del since
    for entry in city.statistics_of("table_file"):
        request = entry.table.request
        assert isinstance(request, TableFileRequest)
        try:
            yield client.get(
                urljoin(str(entry.url), request.file),
                kind="table",
                context=_context(entry, request),
            )
        except FetchError as error:
            client.report(error.problem)


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of a table file, and its rows that could not be read.

    Args:
        fetched: A CSV, an XLSX or a ZIP with one; its context is what ``fetch`` put there:
            ``table``, ``label``, ``page``, ``region``, ``layout``, ``signs``. Without a region
            every region is read.

    Yields:
        Observation and RejectedRow, in the file's order. Every row of the region is one or more of
        the two.

    Raises:
        UnknownStructureError: Before the first record, if the file is not what its entry
            declares: another encoding or sheet, a column too many, too few, renamed or doubled.

    A saved file comes without a context: it is read by the entry whose file has its name.
    """
    layout, about = _declared(fetched)
    grid = _grid(fetched.url, fetched.body, layout)
    rows = data_rows(grid, layout)
    columns = placed(grid, layout, rows)
    reading = Reading(grid, layout, read(columns), about)
    records = list(reading.records(rows))
    if not records:
        raise refused(
            grid.where,
            f"no row for region {about.region or '(any)'} in {len(rows)} rows",
            "check the region's column and region_level in the table's entry",
        )
    yield from records


def page_kind(url: str, body: bytes) -> str | None:
    """``table`` for a file that has the name of one in the network's list; else None."""
    return "table" if body and _entry_of(url) is not None else None


def _context(entry: StatisticEntry, request: TableFileRequest) -> dict[str, str]:
    """What the file does not say itself."""
    signs: dict[str, list[str]] = {"value": [], "quality": []}
    for sign in entry.source.signs:
        signs[sign.position].append(sign.sign)
    return {
        "table": entry.table.code,
        "label": entry.table.title.de,
        "page": str(entry.page),
        "region": entry.region,
        "layout": request.model_dump_json(),
        "signs": json.dumps(signs, sort_keys=True),
    }


def _entry_of(url: str) -> Mapping[str, str] | None:
    """The context of the table whose file has the name that an address ends in."""
    name = _name_of(url)
    for source in load_sources().values():
        for table in source.tables:
            request = table.request
            if isinstance(request, TableFileRequest) and _name_of(request.file) == name:
                entry = StatisticEntry(source=source, table=table, region="", access=source.access)
                return _context(entry, request)
    return None


def _name_of(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2].rpartition(":")[2]


def _declared(fetched: Fetched) -> tuple[TableFileRequest, About]:
    """The entry, and what its records share."""
    context = fetched.context if "layout" in fetched.context else _entry_of(fetched.url)
    if context is None:
        raise refused(
            fetched.url,
            "no table of ingestion/sources has a file of this name",
            "declare the table, or name the file as its entry does",
        )
    signs = json.loads(context["signs"])
    return TableFileRequest.model_validate_json(context["layout"]), About(
        table_code=context["table"],
        label=context["label"],
        page=context["page"],
        region=context["region"] or None,
        vintage=_vintage(fetched),
        signs=Signs(frozenset(signs["value"]), frozenset(signs["quality"])),
    )


def _grid(url: str, body: bytes, layout: TableFileRequest) -> Grid:
    """The sheet of a file, out of its ZIP if it is in one."""
    name = layout.member or layout.file.partition("?")[0].rpartition("/")[2]
    where = f"{url} ({name})" if layout.member else url
    kind = kinds.sniff(body)
    if kind == kinds.ZIP:
        body = _unpacked(where, body, layout.member)
        kind = kinds.sniff(body)
    elif layout.member is not None:
        raise refused(where, "no ZIP, where a member of one is declared")
    if kind == kinds.HTML:
        raise refused(
            where,
            "an HTML page instead of a table",
            "the last good data stay; run again later, or look whether the file has moved",
        )
    if (kind == kinds.XLSX) != (layout.format == "xlsx"):
        raise refused(where, f"declared {layout.format}, but it is {kind}")
    if layout.format == "xlsx":
        return _xlsx.read(where, body, _sheet_of(layout))
    return _csv_grid.read(
        where,
        body,
        encoding=layout.encoding or "utf-8",
        separator=layout.separator or ";",
        quote=layout.quote,
    )


def _sheet_of(layout: TableFileRequest) -> Callable[[str], bool] | str:
    pattern = layout.sheet_pattern
    if pattern is None:
        return layout.sheet or ""
    return lambda name: re.fullmatch(pattern, name) is not None


def _unpacked(where: str, body: bytes, member: str | None) -> bytes:
    """The one file of a ZIP, or the one that is named; its name is never a path."""
    try:
        package = archive.opened(body)
        members = [each for each in package.infolist() if not each.is_dir()]
        found = [each for each in members if member in {None, each.filename}]
        if len(found) != 1:
            names = ", ".join(archive.display_name(each) for each in members[:20]) or "none"
            raise refused(
                where,
                f"{len(found)} files in the ZIP instead of one",
                f"name one as `member: …`; there are: {names}",
            )
        return archive.unpacked(package, found[0], Budget(unpacked=MAX_MEMBER_BYTES))
    except ProtectedError:
        raise refused(where, "a protected ZIP", "ask the source for it without") from None
    except (TooLargeError, UnreadableError) as error:
        raise refused(where, f"not a readable ZIP ({error})") from None


def _vintage(fetched: Fetched) -> dt.date:
    """As of when the figures stand: the day the server says it changed the file, or we got it."""
    told = fetched.headers.get("last-modified")
    if told:
        try:
            day = parsedate_to_datetime(told).date()
        except (ValueError, TypeError, OverflowError):
            return fetched.retrieved_at.date()
        # A server whose clock is wrong must not put figures into the future.
        return min(day, fetched.retrieved_at.date())
    return fetched.retrieved_at.date()
