"""GENESIS web services (regionalstatistik.de and its family): one table, cut to the city."""

import datetime as dt
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, HttpStatusError, Problem
from ingestion.record import Fetched, Observation, Record, RejectedRow, UnknownStructureError
from ingestion.systems._genesis_table import (
    REGION_VARIABLES,
    TOTALS,
    ZIP_MAGIC,
    Cell,
    Dimension,
    cells,
    day,
    number,
    unpack,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("tablefile",)
FIRST_YEAR: Final = "1990"
"""Regional tables begin in 1995; revisions reach back, so every year is asked for each time."""
GUEST: Final = "GAST"

_TABLE_CODE: Final = re.compile(
    r"(?<![0-9A-Z])((?:\d{5}|AI-[A-Z]\d?)-\d{2}-\d{1,2}-\d(?:-[A-Z])?|\d{4}[0-9A-Z]-\d{4})(?![0-9])"
)
_MENDS: Final[Mapping[int, str]] = {
    -1: "the office has no data for this selection: check the table's request in ingestion/sources",
    0: "this answer holds no table: ask the service data/tablefile",
    2: "check SEEHAUS_GENESIS_USERNAME and SEEHAUS_GENESIS_PASSWORD",
    6: "too many requests at once under this user: run again later",
    15: "set SEEHAUS_GENESIS_USERNAME and SEEHAUS_GENESIS_PASSWORD (free registration)",
    22: "a parameter was changed by the server: check the table's entry in ingestion/sources",
    50: "nothing newer than asked for",
    90: "check the table's code and region in ingestion/sources",
    98: "too large for one answer: name a narrower region in ingestion/sources",
    99: "too large for one answer: name a narrower region in ingestion/sources",
    104: "check the table's code and region in ingestion/sources",
}


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for every table of the city.

    Args:
        city: The city; its region keys cut the tables.
        since: Not used: figures of past years are revised too.
        client: Its secrets ``genesis_username`` and ``genesis_password`` sign us in; without
            them it is asked as guest.

    Yields:
        One table file per table. What could not be had is reported and the next one asked.
    """
    del since
    headers = {
        "username": client.secret("genesis_username") or GUEST,
        "password": client.secret("genesis_password") or GUEST,
    }
    for entry in city.statistics_of("genesis"):
        code, url = entry.table.code, f"{entry.url}data/tablefile"
        try:
            fetched = client.post(
                url,
                kind="tablefile",
                data=_form(entry),
                headers=headers,
                context={
                    "table": code,
                    "region": entry.region,
                    "region_variable": entry.table.request.region_variable,
                    "page": str(entry.page),
                    "language": "de",
                },
                essence=_essence,
            )
        except HttpStatusError as error:
            status = _status(error.answer.body)
            if status is None:
                client.report(error.problem)
            else:
                client.report(_problem(url, code, *status))
            continue
        except FetchError as error:
            client.report(error.problem)
            continue
        status = _status(fetched.body)
        if status is None:
            yield fetched
        else:
            client.report(_problem(url, code, *status))


def parse(fetched: Fetched) -> Iterator[Record]:
    """The observations of a table file, and its rows that could not be read.

    Args:
        fetched: A ZIP or CSV; its context may name ``table``, ``region``, ``region_variable``,
            ``page`` and ``language``. Without a region every region is read.

    Yields:
        Observation and RejectedRow, in the file's order. Every row is one or the other.

    Raises:
        UnknownStructureError: Before the first record, if the answer is no table that can be
            trusted as a whole.
    """
    status = _status(fetched.body)
    if status is not None:
        problem = _problem(fetched.url, fetched.context.get("table", "(unnamed)"), *status)
        raise UnknownStructureError(problem.url, problem.what, problem.mend)
    if fetched.body.lstrip()[:1] == b"<":
        raise UnknownStructureError(
            fetched.url,
            "an HTML page instead of a table",
            "the last good data stay; run again later, and tell the office if it stays so",
        )
    table = unpack(fetched.url, fetched.body)
    layout, found = cells(fetched.url, table.text)
    names = (fetched.context.get("table", ""), table.member, fetched.url)
    codes = (match[1] for name in names for match in _TABLE_CODE.finditer(name))
    reader = _Reading(
        fetched,
        table_code=next(codes, found[0].statistic_code if found else ""),
        layout=layout,
        language=_language(found) or fetched.context.get("language"),
        vintage=table.made_on or fetched.retrieved_at.date(),
    )
    records = list(reader.records(found))
    if not records:
        raise UnknownStructureError(
            fetched.url,
            f"no row for region {fetched.context.get('region', '(any)')}",
            "check region_variable and region_level of the table in ingestion/sources",
        )
    yield from records


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``tablefile`` for a ZIP, a table's CSV or the service's JSON status; else None."""
    head = body[:64].removeprefix(b"\xef\xbb\xbf")
    is_table = head.startswith((ZIP_MAGIC, b"Statistik_Code;", b"statistics_code;"))
    return "tablefile" if is_table or _status(body) is not None else None


def _form(entry: StatisticEntry) -> dict[str, str]:
    return {
        "name": entry.table.code,
        "area": "all",
        "compress": "false",
        "transpose": "false",
        "startyear": FIRST_YEAR,
        "regionalvariable": entry.table.request.region_variable,
        "regionalkey": entry.region,
        "format": "ffcsv",
        "quality": "on",
        "job": "false",
        "language": "de",
    }


def _essence(body: bytes) -> bytes | None:
    """A table's rows without what changes with every request: their order, the ZIP's clock."""
    if _status(body) is not None or body.lstrip()[:1] == b"<":
        return None
    try:
        text = unpack("", body).text
    except UnknownStructureError:
        return None
    return "\n".join(sorted(text.splitlines())).encode()


def _status(body: bytes) -> tuple[int, str] | None:
    """Code and words of a JSON status; None if the answer is something else."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        content: Any = json.loads(body)
        status = content.get("Status", content)
        return int(status["Code"]), " ".join(str(status.get("Content", "")).split())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _problem(url: str, table: str, code: int, words: str) -> Problem:
    mend = _MENDS.get(code, "see the service's documentation, or run again later")
    return Problem(url, f"table {table}: status {code}, {words[:300]}", mend)


def _language(found: list[Cell]) -> str | None:
    """The answer's language by the label of a total; headers are English in both."""
    labels = {
        dimension.member_label
        for cell in found[:200]
        for dimension in cell.dimensions
        if not dimension.member
    }
    if "Insgesamt" in labels:
        return "de"
    return "en" if "Total" in labels else None


class _Reading:
    """Turns cells into records; knows the answer they came with."""

    def __init__(
        self,
        fetched: Fetched,
        *,
        table_code: str,
        layout: str,
        language: str | None,
        vintage: dt.date,
    ) -> None:
        self._url = fetched.context.get("page") or fetched.url
        self._table_code, self._layout, self._vintage = table_code, layout, vintage
        self._region = fetched.context.get("region")
        asked = fetched.context.get("region_variable")
        self._region_variables = REGION_VARIABLES | ({asked} if asked else set())
        wide = {"wide_de": "de", "wide_en": "en"}
        self._decimal = {"de": ",", "en": "."}.get(wide.get(layout, language or ""))

    def records(self, found: list[Cell]) -> Iterator[Record]:
        seen: Counter[str] = Counter()
        for cell in found:
            region, others = self._split(cell)
            if self._region is not None and region is not None and region.member != self._region:
                continue
            try:
                record = self._observation(cell, region, others)
            except ValueError as error:
                yield self._rejected(cell, str(error))
                continue
            seen[record.id] += 1
            if seen[record.id] > 1:
                yield self._rejected(cell, "the same cell a second time")
            else:
                yield record

    def _split(self, cell: Cell) -> tuple[Dimension | None, list[Dimension]]:
        """The region and the other variables; a region code may stand in any place."""
        regions = [each for each in cell.dimensions if each.code in self._region_variables]
        region = regions[0] if regions else None
        return region, [each for each in cell.dimensions if each is not region]

    def _observation(
        self, cell: Cell, region: Dimension | None, others: list[Dimension]
    ) -> Observation:
        if region is None or not region.member:
            raise ValueError("names no region")
        value, sign, quality = _value(cell, self._decimal)
        parts = [each for each in others if each.member not in TOTALS]
        dimensions = _canonical({each.code: each.member for each in parts})
        time = day(cell.time_text)
        key = [
            self._table_code,
            region.member,
            dimensions,
            cell.measure.code,
            cell.time_code,
            time.isoformat(),
            self._vintage.isoformat(),
        ]
        return Observation(
            id=_hash(key),
            url=self._url,
            table_code=self._table_code,
            statistic_code=cell.statistic_code,
            statistic_label=cell.statistic_label,
            region_code=region.member,
            region_label=region.member_label,
            variable_code=cell.measure.code,
            variable_label=cell.measure.label,
            unit=cell.measure.unit,
            dimensions=dimensions,
            dimension_labels=_canonical({each.code: each.member_label for each in parts}),
            time_code=cell.time_code,
            time=time,
            time_text=cell.time_text,
            value_raw=cell.value_raw,
            value=value,
            sign=sign,
            quality=quality,
            row_no=cell.row_no,
            layout=self._layout,
            vintage=self._vintage,
        )

    def _rejected(self, cell: Cell, reason: str) -> RejectedRow:
        row = json.dumps(cell.row, ensure_ascii=False)
        key = [
            self._table_code,
            self._vintage.isoformat(),
            str(cell.row_no),
            cell.measure.code,
            row,
        ]
        return RejectedRow(
            id=_hash(key),
            url=self._url,
            source=self._table_code,
            row_no=cell.row_no,
            reason=f"{cell.measure.code}: {reason}",
            row=row,
        )


def _value(cell: Cell, decimal: str | None) -> tuple[float | None, str | None, str | None]:
    """Value, sign and quality; a quality column may also carry the sign of an empty cell."""
    raw = cell.value_raw or cell.quality_raw
    value, sign, quality = number(raw, decimal)
    told = cell.quality_raw if cell.quality_raw not in {"", raw} else None
    return value, sign, told or quality


def _canonical(pairs: Mapping[str, str]) -> str:
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True)


def _hash(parts: list[str]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
