"""GENESIS web services (regionalstatistik.de and its family): one table, cut to the city."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ingestion.city import City, StatisticEntry
from ingestion.http import Client, FetchError, Problem
from ingestion.http_types import named
from ingestion.loaded import STATE, UNASKED
from ingestion.record import Fetched, Observation, Record, RejectedRow, UnknownStructureError
from ingestion.systems._genesis_model import GenesisRequest
from ingestion.systems._genesis_service import Service, account_of
from ingestion.systems._genesis_status import UNKNOWN, RefusedError, status
from ingestion.systems._genesis_status import problem as problem_of
from ingestion.systems._genesis_table import (
    MOST_PLACES,
    REGION_VARIABLES,
    TOTALS,
    ZIP_MAGIC,
    Cell,
    Dimension,
    Rows,
    day,
    number,
    unpack,
)
from ingestion.window import Window

PAGES: Final[tuple[str, ...]] = ("tablefile",)
FIRST_YEAR: Final = "1990"
"""Regional tables begin in 1995; revisions reach back, so every year is asked for each time."""

_LOOKED_AT: Final = 200
_TOTAL_LABELS: Final[Mapping[str, str]] = {"Insgesamt": "de", "Total": "en"}

_TABLE_CODE: Final = re.compile(
    r"(?<![0-9A-Z])((?:\d{5}|AI-[A-Z]\d?)-\d{2}-\d{1,2}-\d(?:-[A-Z])?|\d{4}[0-9A-Z]-\d{4})(?![0-9])"
)
READER: Final = "2"
"""Another one where ``parse()`` gives other records of the same answer: all are read again then."""
LONGEST_REST: Final = dt.timedelta(days=28)
"""However long nothing is said to be new, a table is asked for after this time."""
OVERLAP: Final = dt.timedelta(days=7)
"""Changes are asked for from some days before the last load: a day is told late at times."""


def fetch(city: City, since: Window | dt.date | None, client: Client) -> Iterator[Fetched]:
    """Ask for every table of the city that may have changed.

    Args:
        city: The city; its region keys cut the tables.
        since: Its milestones are told of and left out; its days are not used: figures of past
            years are revised too.
        client: Its secrets ``<account>_username`` and ``_password`` sign us in, per service;
            without them it is asked as guest. Its memory knows which tables are in the lake.

    Yields:
        One table file per table; of one that is said to be unchanged the stored one, not asked
        for. What could not be had is reported and the next one asked.
    """
    window = Window.of(since)
    services: dict[str, list[StatisticEntry]] = {}
    for entry in city.statistics_of("genesis"):
        services.setdefault(str(entry.url), []).append(entry)
    for url, entries in services.items():
        yield from _of_service(Service(url, client), entries, window)


def accounts(urls: Iterable[str]) -> dict[str, str]:
    """The services' bases by the accounts that are used there.

    Args:
        urls: Bases of services 2020.
    """
    return {account_of(url): url for url in urls}


def login_problem(url: str, client: Client) -> Problem | None:
    """Why the account of a service cannot be used; None: it can, or there is none.

    Raises:
        FetchError: There was no answer.
    """
    return Service(url, client).login_problem()


def _of_service(
    service: Service, entries: list[StatisticEntry], window: Window
) -> Iterator[Fetched]:
    client = service.client
    try:
        refusal = service.login_problem()
        modified = _modified(service, entries) if refusal is None else None
    except FetchError as error:
        refusal, modified = error.problem, None
    if refusal is not None:
        client.report(refusal)
        return
    for entry in entries:
        name = f"{service.url} {entry.table.code}"
        if name in window.loaded:
            continue
        try:
            yield _unchanged(service, entry, modified) or _asked(service, entry)
        except RefusedError as refused:
            client.report(_explained(service, entry.table.code, refused))
        except FetchError as error:
            client.report(error.problem)
        window.reached(name)


def _modified(service: Service, entries: list[StatisticEntry]) -> frozenset[str] | None:
    """What is new since the oldest load of these tables; None: not known."""
    known = service.client.memory.loaded
    loads = [known[name] for entry in entries if (name := _name(service, entry)) in known]
    if service.is_guest or not loads:
        return None
    oldest = min(each.asked_at for each in loads)
    return service.modified_since(oldest.date() - OVERLAP)


def _unchanged(
    service: Service, entry: StatisticEntry, modified: frozenset[str] | None
) -> Fetched | None:
    """The stored file, where the service says in two ways that nothing changed; else None.

    ``Updated`` alone is not enough: it stays although a further year is there, and the list of
    changes alone neither, for it names statistics or tables as the office sees fit.
    """
    client, code = service.client, entry.table.code
    known = client.memory.loaded.get(_name(service, entry))
    if known is None or modified is None or not known.state:
        return None
    statistic = code.partition("-")[0]
    is_named = any(each == code or each.startswith(statistic) for each in modified)
    if is_named or client.now() - known.asked_at > LONGEST_REST:
        return None
    info = service.info(code)
    if info is None or info.state != known.state:
        return None
    context = _context(entry) | {STATE: known.state, UNASKED: "yes"}
    return client.stored(_name(service, entry), kind="tablefile", context=context)


def _asked(service: Service, entry: StatisticEntry) -> Fetched:
    # First the state, then the data: what comes between the two is then asked for once more.
    info = None if service.is_guest else service.info(entry.table.code)
    context = _context(entry) | {STATE: info.state if info else ""}
    return service.tablefile(_form(entry), context, _essence)


def _explained(service: Service, code: str, refused: RefusedError) -> Problem:
    """The problem; where a table is not known, the catalogue may say what became of it."""
    problem = refused.problem
    if refused.code not in UNKNOWN or service.is_guest:
        return problem
    try:
        listed = service.listed(code)
    except FetchError:
        return problem
    if listed is None:
        return problem
    if code in listed:
        mend = "the table is in the catalogue: check region_variable, region_level and years"
    else:
        others = ", ".join(sorted(listed)[:10]) or "none"
        mend = f"the catalogue has no such table; those of its statistic are: {others}"
    return Problem(problem.url, problem.what, f"{mend} (its entry in ingestion/sources)")


def _name(service: Service, entry: StatisticEntry) -> str:
    """The URL under which a table's file is kept."""
    form = {**_form(entry), "language": service.language}
    return named(f"{service.url}data/tablefile", form)


def _context(entry: StatisticEntry) -> dict[str, str]:
    return {
        "table": entry.table.code,
        "region": entry.region,
        "region_variable": _region_variable(entry),
        "page": str(entry.page),
        "language": "de",
        "reader": READER,
    }


def _region_variable(entry: StatisticEntry) -> str:
    request = entry.table.request
    assert isinstance(request, GenesisRequest)
    return request.region_variable


def _form(entry: StatisticEntry) -> dict[str, str]:
    form = {
        "name": entry.table.code,
        "area": "all",
        "compress": "false",
        "transpose": "false",
        "startyear": FIRST_YEAR,
        "regionalvariable": _region_variable(entry),
        "regionalkey": entry.region,
        "format": "ffcsv",
        "quality": "on",
        "job": "false",
    }
    if not entry.region:
        del form["regionalvariable"], form["regionalkey"]
    return form


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
    told = status(fetched.body)
    if told is not None:
        what = f"table {fetched.context.get('table', '(unnamed)')}"
        problem = problem_of(fetched.url, what, *told)
        raise UnknownStructureError(problem.url, problem.what, problem.mend)
    if fetched.body.lstrip()[:1] == b"<":
        raise UnknownStructureError(
            fetched.url,
            "an HTML page instead of a table",
            "the last good data stay; run again later, and tell the office if it stays so",
        )
    table = unpack(fetched.url, fetched.body)
    rows = Rows(fetched.url, table.body)
    names = (fetched.context.get("table", ""), table.member, fetched.url)
    codes = (match[1] for name in names for match in _TABLE_CODE.finditer(name))
    region = fetched.context.get("region") or None
    asked = fetched.context.get("region_variable")
    regions = REGION_VARIABLES | ({asked} if asked else set())
    reading = _Reading(
        fetched,
        table_code=next(codes, rows.statistic),
        layout=rows.layout,
        language=_language(rows.cells(region, regions)) or fetched.context.get("language"),
        vintage=table.made_on or fetched.retrieved_at.date(),
        regions=regions,
    )
    records = reading.records(rows.cells(region, regions))
    first = next(records, None)
    if first is None:
        raise UnknownStructureError(
            fetched.url,
            f"no row for region {region or '(any)'}",
            "check region_variable and region_level of the table in ingestion/sources",
        )
    yield first
    yield from records


def page_kind(url: str, body: bytes) -> str | None:  # noqa: ARG001 - the contract of all systems
    """``tablefile`` for a ZIP, a table's CSV or the service's JSON status; else None."""
    head = body[:64].removeprefix(b"\xef\xbb\xbf")
    is_table = head.startswith((ZIP_MAGIC, b"Statistik_Code;", b"statistics_code;"))
    return "tablefile" if is_table or status(body) is not None else None


def _essence(body: bytes) -> bytes | None:
    """A hash of a table's rows without what each request changes: their order, the ZIP's clock."""
    if status(body) is not None or body.lstrip()[:1] == b"<":
        return None
    try:
        table = unpack("", body)
    except UnknownStructureError:
        return None
    # A sum does not know an order, and needs no list of millions of rows.
    total = 0
    for line in table.body.splitlines():
        total += int.from_bytes(hashlib.blake2b(line, digest_size=32).digest())
    return total.to_bytes(64)


def _language(cells: Iterable[Cell]) -> str | None:
    """The answer's language by the label of a total; headers are English in both."""
    for cell in islice(cells, _LOOKED_AT):
        for dimension in cell.dimensions:
            if not dimension.member and dimension.member_label in _TOTAL_LABELS:
                return _TOTAL_LABELS[dimension.member_label]
    return None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a cell stands: its region and the other variables, once for all its rows."""

    region: Dimension | None
    dimensions: str
    labels: str


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
        regions: AbstractSet[str],
    ) -> None:
        self._url = fetched.context.get("page") or fetched.url
        self._table_code, self._layout, self._vintage = table_code, layout, vintage
        self._day = vintage.isoformat()
        self._region = fetched.context.get("region") or None
        self._region_variables = regions
        wide = {"wide_de": "de", "wide_en": "en"}
        self._decimal = {"de": ",", "en": "."}.get(wide.get(layout, language or ""))
        self._places: dict[tuple[Dimension, ...], _Place] = {}

    def records(self, cells: Iterable[Cell]) -> Iterator[Record]:
        seen: set[str] = set()
        for cell in cells:
            place = self._places.get(cell.dimensions) or self._placed(cell.dimensions)
            region = place.region
            if self._region is not None and region is not None and region.member != self._region:
                continue
            try:
                record = self._observation(cell, place)
            except ValueError as error:
                yield self._rejected(cell, str(error))
                continue
            if record.id in seen:
                yield self._rejected(cell, "the same cell a second time")
            else:
                seen.add(record.id)
                yield record

    def _placed(self, dimensions: tuple[Dimension, ...]) -> "_Place":
        """The region and the other variables; a region code may stand in any place."""
        regions = [each for each in dimensions if each.code in self._region_variables]
        region = regions[0] if regions else None
        parts = [each for each in dimensions if each is not region and each.member not in TOTALS]
        place = _Place(
            region,
            _canonical({each.code: each.member for each in parts}),
            _canonical({each.code: each.member_label for each in parts}),
        )
        if len(self._places) < MOST_PLACES:
            self._places[dimensions] = place
        return place

    def _observation(self, cell: Cell, place: "_Place") -> Observation:
        region = place.region
        if region is None or not region.member:
            raise ValueError("names no region")
        value, sign, quality = _value(cell, self._decimal)
        time = day(cell.time_text)
        key = [
            self._table_code,
            region.member,
            place.dimensions,
            cell.measure.code,
            cell.time_code,
            time.isoformat(),
            self._day,
        ]
        # Every field is of its type by now; a check of millions of rows would only cost.
        return Observation.model_construct(
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
            dimensions=place.dimensions,
            dimension_labels=place.labels,
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
