"""Table files: CSV and XLSX of any shape that somebody publishes at an address, as declared.

The entry of a table says what its file looks like, column by column. A file that looks otherwise
is not loaded at all; a row that cannot be read is listed with its reason.
"""

import datetime as dt
import json
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Final

from pydantic import ValidationError

from ingestion.formats import (
    Budget,
    ProtectedError,
    TooLargeError,
    UnreadableError,
    archive,
    kinds,
)
from ingestion.record import Fetched, Record
from ingestion.systems import _csv_grid, _xlsx
from ingestion.systems._grid import Grid, refused
from ingestion.systems._table_columns import placed, read
from ingestion.systems._table_file_model import TableFileRequest
from ingestion.systems._table_rows import About, Reading, Signs, data_rows

PAGES: Final[tuple[str, ...]] = ("table",)
MAX_MEMBER_BYTES: Final = 256 * 2**20
"""Of a file in a ZIP, unpacked."""


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


def _declared(fetched: Fetched) -> tuple[TableFileRequest, About]:
    """The entry and what its records share, out of the answer's context."""
    context = fetched.context
    try:
        layout = TableFileRequest.model_validate_json(context["layout"])
        signs = json.loads(context.get("signs", "{}"))
    except (KeyError, ValidationError, ValueError) as error:
        raise refused(
            fetched.url,
            f"a file without its entry ({type(error).__name__})",
            "declare the table in ingestion/sources/",
        ) from None
    return layout, About(
        table_code=context["table"],
        label=context.get("label", ""),
        page=context.get("page") or fetched.url,
        region=context.get("region") or None,
        vintage=_vintage(fetched),
        signs=Signs(frozenset(signs.get("value", ())), frozenset(signs.get("quality", ()))),
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
        return _xlsx.read(where, body, layout.sheet or "")
    return _csv_grid.read(
        where,
        body,
        encoding=layout.encoding or "utf-8",
        separator=layout.separator or ";",
        quote=layout.quote,
    )


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
