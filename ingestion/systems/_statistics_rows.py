"""Rows of the statistics services as records; what differs between the services ends before this.

A row has one id whatever service told it: the hash of table, region, dimensions, variable, time and
vintage, as ``genesis.py`` makes it.
"""

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ingestion.record import Fetched, Observation, RejectedRow, UnknownStructureError

KEEP: Final = "nothing of it is loaded and the last good data stay"
MAX_ROWS: Final = 1_000_000
"""Of one answer; what a city's tables bring has some thousands."""
MAX_TEXT_BYTES: Final = 64 * 2**20

_GERMAN: Final = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?", re.ASCII)
_PLAIN: Final = re.compile(r"[-+]?\d+(?:\.\d+)?", re.ASCII)
_YEAR: Final = re.compile(r"(?:19|20|21)\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number or sign with what says what it is.

    Attributes:
        row_no: Its row in the answer, counted from 1 after the header.
        row: The row as it stands there.
        region: Code and label.
        variable: Code and label of what is counted.
        time: The last day of the period, and the period's words.
        value: The cell's words, the number and the sign; one of the last two is None.
        unit: As the source writes it; None where it does not.
        dimensions: Codes of what the figure is a part of; a total has none.
        dimension_labels: The same in words.
        time_code: What kind of period it is.
        quality: A sign beside the number.
    """

    row_no: int
    row: Sequence[str]
    region: tuple[str, str]
    variable: tuple[str, str]
    time: tuple[dt.date, str]
    value: tuple[str, float | None, str | None]
    unit: str | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)
    dimension_labels: Mapping[str, str] = field(default_factory=dict)
    time_code: str = "JAHR"
    quality: str | None = None


class Rows:
    """Makes the records of one answer; a cell that comes a second time is rejected."""

    def __init__(
        self,
        fetched: Fetched,
        *,
        layout: str,
        table: str,
        statistic: tuple[str, str],
        vintage: dt.date | None = None,
    ) -> None:
        """Take what all rows share.

        Args:
            fetched: The answer; its context may name ``table`` and ``page``.
            layout: Which of the service's layouts it has.
            table: The table's code where the context names none.
            statistic: Code and label of the statistic.
            vintage: As of when the figures are; None: the day these bytes came first.
        """
        self._url = fetched.context.get("page") or fetched.url
        self._table = fetched.context.get("table") or table
        self._statistic, self._layout = statistic, layout
        self._vintage = vintage or vintage_of(fetched)
        self._seen: set[str] = set()

    def observation(self, figure: Figure) -> Observation | RejectedRow:
        """The figure as a record."""
        value_raw, value, sign = figure.value
        dimensions = canonical(figure.dimensions)
        time, time_text = figure.time
        key = [
            self._table,
            figure.region[0],
            dimensions,
            figure.variable[0],
            figure.time_code,
            time.isoformat(),
            self._vintage.isoformat(),
        ]
        made = hashed(key)
        if made in self._seen:
            reason = f"{figure.variable[0]}: the same cell a second time"
            return self.rejected(figure.row_no, figure.row, reason)
        self._seen.add(made)
        return Observation(
            id=made,
            url=self._url,
            table_code=self._table,
            statistic_code=self._statistic[0],
            statistic_label=self._statistic[1],
            region_code=figure.region[0],
            region_label=figure.region[1],
            variable_code=figure.variable[0],
            variable_label=figure.variable[1],
            unit=figure.unit,
            dimensions=dimensions,
            dimension_labels=canonical(figure.dimension_labels),
            time_code=figure.time_code,
            time=time,
            time_text=time_text,
            value_raw=value_raw,
            value=value,
            sign=sign,
            quality=figure.quality,
            row_no=figure.row_no,
            layout=self._layout,
            vintage=self._vintage,
        )

    def rejected(self, row_no: int, row: Sequence[str], reason: str) -> RejectedRow:
        """A row that is not loaded, with the reason."""
        text = json.dumps(list(row), ensure_ascii=False)
        return RejectedRow(
            id=hashed([self._table, self._vintage.isoformat(), str(row_no), reason, text]),
            url=self._url,
            source=self._table,
            row_no=row_no,
            reason=reason,
            row=text,
        )


def vintage_of(fetched: Fetched) -> dt.date:
    """The day on which these bytes came first: fetched again unchanged, they are no new vintage."""
    return (fetched.first_retrieved_at or fetched.retrieved_at).date()


def german(
    raw: str, signs: Mapping[str, Any] | frozenset[str] = frozenset()
) -> tuple[str, float | None, str | None]:
    """A cell with a decimal comma and, maybe, points between thousands.

    Args:
        raw: The cell.
        signs: What may stand in place of a number.

    Returns:
        The cell's words, the number and the sign; a sign has no number.

    Raises:
        ValueError: If it is neither a number nor one of the signs.
    """
    text = raw.strip()
    if text in signs:
        return text, None, text
    if not text:
        raise ValueError("empty value")
    if not _GERMAN.fullmatch(text):
        raise ValueError(f"neither a number nor a known sign: {text[:40]!r}")
    return text, _finite(text.replace(".", "").replace(",", ".")), None


def plain(raw: Any) -> tuple[str, float | None, str | None]:
    """A number as JSON has it, also where it is written as a text.

    Raises:
        ValueError: If it is neither a number nor nothing; nothing is a sign of its own.
    """
    if raw is None:
        return "null", None, "null"
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueError(f"no number: {str(raw)[:40]!r}")  # noqa: TRY004 - one error for a cell
    text = raw.strip() if isinstance(raw, str) else repr(raw)
    if isinstance(raw, str) and not _PLAIN.fullmatch(text):
        raise ValueError(f"no number: {text[:40]!r}")
    return text, _finite(text), None


def _finite(text: str) -> float:
    value = float(text)
    if value in {float("inf"), float("-inf")} or value != value:  # noqa: PLR0124 - NaN
        raise ValueError(f"no finite number: {text[:40]!r}")
    return value


def last_day(year: str) -> dt.date:
    """The last day of a year.

    Raises:
        ValueError: If it is not a year from 1900 to 2199.
    """
    if not _YEAR.fullmatch(year):
        raise ValueError(f"no year: {year[:40]!r}")
    return dt.date(int(year), 12, 31)


def decoded(url: str, body: bytes) -> str:
    """An answer's text.

    Raises:
        UnknownStructureError: If it is too large, an HTML page or not UTF-8.
    """
    if len(body) > MAX_TEXT_BYTES:
        raise refused(url, f"a table of more than {MAX_TEXT_BYTES:,} bytes")
    if body.lstrip()[:1] == b"<":
        raise UnknownStructureError(
            url,
            "an HTML or XML page instead of a table",
            f"{KEEP}; run again later, and look at the answer if it stays so",
        )
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise refused(url, f"byte {error.start} is not UTF-8") from error


def table_rows(url: str, text: str, delimiter: str = ";") -> list[list[str]]:
    """The rows of a CSV.

    Raises:
        UnknownStructureError: If it is none, or has more rows than any table of a city.
    """
    found: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            found.append(row)
            if len(found) > MAX_ROWS:
                raise refused(url, f"a table of more than {MAX_ROWS:,} rows")
    except csv.Error as error:
        raise refused(url, f"not CSV ({error})") from error
    return found


def columns(url: str, header: Sequence[str], declared: Sequence[str]) -> dict[str, int]:
    """Where each declared column stands.

    Raises:
        UnknownStructureError: If a column is missing, unknown or there twice: then none is read.
    """
    names = [name.strip() for name in header]
    if sorted(names) != sorted(declared):
        unknown = sorted(set(names) - set(declared))
        missing = sorted(set(declared) - set(names))
        what = "; ".join(
            f"{said} {', '.join(map(repr, some))[:200]}"
            for said, some in (("unknown columns", unknown), ("missing columns", missing))
            if some
        )
        raise refused(url, what or "a column is there twice")
    return {name: names.index(name) for name in declared}


def canonical(pairs: Mapping[str, str]) -> str:
    """A mapping as JSON that is the same for the same pairs."""
    return json.dumps(dict(pairs), ensure_ascii=False, sort_keys=True)


def hashed(parts: Sequence[str]) -> str:
    """32 hex digits over texts."""
    return hashlib.sha256(json.dumps(list(parts)).encode()).hexdigest()[:32]


def mapping_of(context: Mapping[str, str], name: str) -> dict[str, str]:
    """A mapping of texts that ``fetch`` put into the context as JSON; empty where it did not."""
    found: dict[str, str] = json.loads(context.get(name, "{}"))
    return found


def refused(url: str, what: str, mend: str | None = None) -> UnknownStructureError:
    """An answer of which nothing can be trusted."""
    return UnknownStructureError(
        url, what, mend or f"{KEEP}; look at the answer, and tell the office if it stays so"
    )


def some(
    url: str, records: Iterator[Observation | RejectedRow], mend: str
) -> list[Observation | RejectedRow]:
    """All records of an answer; one without any is not what was asked for.

    Raises:
        UnknownStructureError: If there is none.
    """
    found = list(records)
    if not found:
        raise refused(url, "no row of what was asked for", mend)
    return found
