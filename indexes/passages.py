"""Harmonised tables to passages: what the search can find, and nothing that is not public.

Pure: the same tables give the same passages. Raise ``PASSAGE_MAKER`` with every change of what a
passage says; an index of another version is refused, not searched.
"""

import datetime as dt
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import pyarrow as pa

from indexes.errors import IndexesError
from indexes.windows import clean, windows

PASSAGE_MAKER: Final = "3"
BERLIN: Final = ZoneInfo("Europe/Berlin")

_FIELDS: Final[list["pa.Field[Any]"]] = [
    pa.field("passage_id", pa.string(), nullable=False),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("city_id", pa.string(), nullable=False),
    pa.field("city_name", pa.string(), nullable=False),
    pa.field("paper_id", pa.string()),
    pa.field("meeting_id", pa.string()),
    pa.field("file_id", pa.string()),
    pa.field("pilot_report_id", pa.string()),
    pa.field("page", pa.int32()),
    pa.field("title", pa.string(), nullable=False),
    pa.field("reference", pa.string()),
    pa.field("number", pa.string()),
    # The heading under which the text stands.
    pa.field("section", pa.string()),
    pa.field("date", pa.date32()),
    pa.field("organization", pa.string()),
    pa.field("text", pa.string(), nullable=False),
    pa.field("source_url", pa.string()),
    pa.field("file_url", pa.string()),
    pa.field("dataset", pa.string(), nullable=False),
    # A statistic's newest number is shown beside the hit; it is never part of the text.
    pa.field("indicator_id", pa.string()),
    pa.field("value", pa.float64()),
    pa.field("value_unit", pa.string()),
    pa.field("value_date", pa.date32()),
    pa.field("value_decimals", pa.int32()),
    pa.field("content_sha256", pa.string(), nullable=False),
]
SCHEMA: Final = pa.schema(_FIELDS)

# What a passage can be, in the order that a filter shows them.
KINDS: Final = ("paper", "agenda_item", "meeting", "pilot_report", "statistic")

# The data set of the portal that holds what a hit of this kind is about; {} is the city.
_DATASETS: Final[Mapping[str, str]] = {
    "paper": "{}-paper",
    "agenda_item": "{}-agenda-item",
    "meeting": "{}-file",
    "pilot_report": "alle-pilot-report",
    "statistic": "{}-observation",
}

# The sections of a pilot report, in its order: column → heading.
PILOT_SECTIONS: Final[Mapping[str, str]] = {
    "background": "Ausgangslage",
    "tried": "Was wurde erprobt",
    "result": "Ergebnis",
    "effort": "Aufwand",
    "advice": "Empfehlung",
}

# Units as the harmonised schema codes them, as people say them.
UNITS_DE: Final[Mapping[str, str]] = {"persons": "Personen", "percent": "Prozent", "eur": "Euro"}

_PUBLIC: Final = ("public", "redacted")

# What is read of each harmonised table; a missing column stops the build, a missing table is empty.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "city": ("city_id", "name", "ars"),
    "organization": ("organization_id", "name"),
    "meeting": (
        "meeting_id",
        "city_id",
        "organization_id",
        "organization_name",
        "name",
        "start_at",
    ),
    "paper": (
        "paper_id",
        "city_id",
        "reference",
        "name",
        "paper_type",
        "paper_date",
        "originator",
        "under_direction_of",
        "main_text",
        "is_stub",
        "source_url",
    ),
    "agenda_item": (
        "agenda_item_id",
        "city_id",
        "meeting_id",
        "number",
        "name",
        "is_public",
        "result",
        "resolution_text",
        "paper_id",
        "paper_reference",
        "source_url",
    ),
    "file": (
        "file_id",
        "paper_id",
        "meeting_id",
        "agenda_item_id",
        "name",
        "access_url",
        "privacy_status",
        "withdrawn_at",
        "source_url",
    ),
    "document_page": ("file_id", "city_id", "page", "text"),
    "pilot_report": (
        "pilot_report_id",
        "city_id",
        "title",
        "area",
        "outcome",
        "contact_office",
        "report_date",
        "web_url",
        *PILOT_SECTIONS,
    ),
    "indicator": ("indicator_id", "label_de", "definition_de", "unit", "decimals", "source_id"),
    "observation_current": (
        "city_id",
        "ars",
        "indicator_id",
        "dimensions",
        "period_start_date",
        "period_end_date",
        "value",
        "unit",
        "source_url",
    ),
    "source": ("source_id", "name"),
}

Row = dict[str, Any]


class TableError(IndexesError):
    """A harmonised table is not as its contract says."""


def passages(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Make every passage of the harmonised tables.

    A document page gives windows of 150 words that never cross the page's edge, so a hit knows its
    page. A paper's title and text, each public agenda item, each section of a pilot report and each
    city's indicator give passages of their own. Non-public items, and files that the privacy gate
    holds or the source withdrew, give none, whatever the tables say around them.

    Args:
        tables: Harmonised tables by name: ``city``, ``paper``, ``meeting``, ``agenda_item``,
            ``file``, ``document_page``, ``organization``, ``pilot_report``,
            ``observation_current``, ``indicator``, and for the statistics' sources
            ``source``. A missing table counts as empty.

    Returns:
        One row per passage in the columns of ``SCHEMA``, ordered by ``passage_id``, ids unique.
        ``content_sha256`` is over ``text`` alone: it keys the vectors.

    Raises:
        TableError: A table lacks a column, or two passages have one id.
    """
    maker = _Maker(tables)
    rows: list[pa.Table] = []
    batch: list[Row] = []
    for row in maker.every():
        batch.append(row)
        if len(batch) == 10_000:  # noqa: PLR2004 - keeps the rows in memory few
            rows.append(pa.Table.from_pylist(batch, schema=SCHEMA))
            batch = []
    rows.append(pa.Table.from_pylist(batch, schema=SCHEMA))
    table = pa.concat_tables(rows).sort_by("passage_id").combine_chunks()
    if table.num_rows != len(table["passage_id"].unique()):
        raise TableError("two passages have one id → look for doubled rows in the tables")
    return table


class _Maker:
    """Holds the look-ups while the passages are made."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._tables = tables
        self._cities = {row["city_id"]: row["name"] for row in self._rows("city")}
        self._bodies = {row["organization_id"]: row["name"] for row in self._rows("organization")}
        self._meetings = {row["meeting_id"]: row for row in self._rows("meeting")}
        self._papers = {row["paper_id"]: row for row in self._rows("paper")}
        self._closed_items: set[str] = set()
        # A paper without date or body takes those of the meeting that first dealt with it.
        self._first_meeting: dict[str, Row] = {}
        for item in self._rows("agenda_item"):
            if not item["is_public"]:
                self._closed_items.add(item["agenda_item_id"])
            elif item["paper_id"] and (meeting := self._meetings.get(item["meeting_id"])):
                first = self._first_meeting.setdefault(item["paper_id"], meeting)
                if _key(meeting) < _key(first):
                    self._first_meeting[item["paper_id"]] = meeting

    def every(self) -> Iterator[Row]:
        yield from self._of_papers()
        yield from self._of_pages()
        yield from self._of_items()
        yield from self._of_pilots()
        yield from self._of_statistics()

    def _rows(self, name: str) -> Iterator[Row]:
        table = self._tables.get(name)
        if table is None:
            return
        if missing := [column for column in _COLUMNS[name] if column not in table.column_names]:
            raise TableError(f"harmonised.{name} has no {missing} → rebuild the dbt models")
        for batch in table.select(list(_COLUMNS[name])).to_batches(max_chunksize=10_000):
            yield from batch.to_pylist()

    def _row(self, passage_id: str, kind: str, city_id: str, text: str, **rest: Any) -> Row:
        return {
            "passage_id": passage_id,
            "kind": kind,
            "city_id": city_id,
            "city_name": self._cities.get(city_id, city_id),
            "text": text,
            "dataset": _DATASETS[kind].format(city_id.replace("_", "-")),
            "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
            **rest,
        }

    def _paper(self, paper: Row) -> Row:
        meeting = self._first_meeting.get(paper["paper_id"])
        return {
            "paper_id": paper["paper_id"],
            "meeting_id": meeting["meeting_id"] if meeting else None,
            "title": clean(paper["name"] or "") or "Vorlage ohne Titel",
            "reference": paper["reference"],
            "date": paper["paper_date"] or _day(meeting),
            "organization": paper["originator"]
            or paper["under_direction_of"]
            or (self._organization(meeting) if meeting else None),
            "source_url": paper["source_url"],
        }

    def _of_papers(self) -> Iterator[Row]:
        for paper in self._papers.values():
            if paper["is_stub"]:
                continue  # all that is known of it is the item that links it
            facts = self._paper(paper)
            head = ". ".join(
                part
                for part in (facts["title"].rstrip("."), paper["paper_type"], paper["reference"])
                if part
            )
            for index, text in enumerate(windows(f"{head}. {paper['main_text'] or ''}")):
                key = f"paper/{paper['paper_id']}/{index}"
                yield self._row(key, "paper", paper["city_id"], text, **facts)

    def _of_pages(self) -> Iterator[Row]:
        files = {row["file_id"]: row for row in self._rows("file") if self._is_public(row)}
        for page in self._rows("document_page"):
            file = files.get(page["file_id"])
            if file is None:
                continue
            kind, facts = self._document(file)
            for index, text in enumerate(windows(page["text"] or "")):
                yield self._row(
                    f"file/{page['file_id']}/{page['page']}/{index}",
                    kind,
                    page["city_id"],
                    text,
                    **facts,
                    file_id=page["file_id"],
                    page=page["page"],
                    file_url=file["access_url"],
                )

    def _is_public(self, file: Row) -> bool:
        if file["agenda_item_id"] in self._closed_items:
            return False
        if file["paper_id"] and file["paper_id"] not in self._papers:
            return False  # the paper itself is not public
        return file["privacy_status"] in _PUBLIC and file["withdrawn_at"] is None

    def _document(self, file: Row) -> tuple[str, Row]:
        if paper := self._papers.get(file["paper_id"]):
            return "paper", self._paper(paper)
        meeting = self._meetings.get(file["meeting_id"])
        return "meeting", {
            "meeting_id": file["meeting_id"],
            "title": clean(
                ": ".join(filter(None, [meeting["name"] if meeting else None, file["name"]]))
            )
            or "Dokument ohne Titel",
            "date": _day(meeting),
            "organization": self._organization(meeting) if meeting else None,
            "source_url": file["source_url"],
        }

    def _of_items(self) -> Iterator[Row]:
        for item in self._rows("agenda_item"):
            if not item["is_public"]:
                continue
            meeting = self._meetings.get(item["meeting_id"])
            body = self._organization(meeting) if meeting else None
            title = clean(item["name"] or "") or "Tagesordnungspunkt ohne Titel"
            parts = [
                f"TOP {clean(item['number'])}: {title}" if item["number"] else title,
                item["paper_reference"] and f"Vorlage {item['paper_reference']}",
                item["result"] and f"Ergebnis: {item['result']}",
                item["resolution_text"],
                body and f"Beraten in: {body}",
            ]
            text = ". ".join(clean(part).rstrip(".") for part in parts if part) + "."
            facts = {
                "paper_id": item["paper_id"] if item["paper_id"] in self._papers else None,
                "meeting_id": item["meeting_id"],
                "title": title,
                "reference": item["paper_reference"],
                "number": item["number"],
                "date": _day(meeting),
                "organization": body,
                "source_url": item["source_url"],
            }
            for index, window in enumerate(windows(text)):
                key = f"agenda_item/{item['agenda_item_id']}/{index}"
                yield self._row(key, "agenda_item", item["city_id"], window, **facts)

    def _of_pilots(self) -> Iterator[Row]:
        for report in self._rows("pilot_report"):
            title = clean(report["title"])
            facts = {
                "pilot_report_id": report["pilot_report_id"],
                "title": title,
                "date": report["report_date"],
                "organization": report["contact_office"],
                "source_url": report["web_url"],
            }
            for column, heading in PILOT_SECTIONS.items():
                told = report[column]
                if not told:
                    continue
                head = f"Pilotbericht: {title.rstrip('.')}. Bereich: {report['area']}. {heading}"
                more = f" ({report['outcome']})" if column == "result" else ""
                for index, text in enumerate(windows(f"{head}{more}: {told}")):
                    key = f"pilot_report/{report['pilot_report_id']}/{column}/{index}"
                    yield self._row(
                        key, "pilot_report", report["city_id"], text, section=heading, **facts
                    )

    def _of_statistics(self) -> Iterator[Row]:
        sources = {row["source_id"]: row["name"] for row in self._rows("source")}
        indicators = {row["indicator_id"]: row for row in self._rows("indicator")}
        keys = {row["city_id"]: row["ars"] for row in self._rows("city")}
        series: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self._rows("observation_current"):
            # Figures of a city's districts are other figures than its own.
            is_citys = row["ars"] == keys.get(row["city_id"])
            if is_citys and row["indicator_id"] in indicators:
                series[row["city_id"], row["indicator_id"]].append(row)
        for (city_id, indicator_id), rows in sorted(series.items()):
            indicator = indicators[indicator_id]
            newest = _newest(rows)
            yield self._row(
                f"statistic/{city_id}/{indicator_id}",
                "statistic",
                city_id,
                _statistic_text(
                    self._cities.get(city_id, city_id),
                    indicator,
                    rows,
                    sources.get(indicator["source_id"]),
                ),
                title=f"{indicator['label_de']}: {self._cities.get(city_id, city_id)}",
                organization=sources.get(indicator["source_id"]),
                source_url=rows[0]["source_url"],
                indicator_id=indicator_id,
                date=newest and newest["period_end_date"],
                value=newest and newest["value"],
                value_unit=(newest and newest["unit"]) or indicator["unit"],
                value_date=newest and newest["period_end_date"],
                value_decimals=indicator["decimals"],
            )

    def _organization(self, meeting: Row) -> str | None:
        known: str | None = self._bodies.get(meeting["organization_id"])
        named: str | None = meeting["organization_name"]
        return named or known


def _statistic_text(city: str, indicator: Row, rows: list[Row], source: str | None) -> str:
    years = sorted({row["period_end_date"].year for row in rows if row["value"] is not None})
    parts = [
        f"{indicator['label_de']} in {city}",
        indicator["definition_de"],
        indicator["unit"] and f"Einheit: {UNITS_DE.get(indicator['unit'], indicator['unit'])}",
        years and f"Jahre: {years[0]} bis {years[-1]}",
        source and f"Quelle: {source}",
    ]
    return ". ".join(clean(part).rstrip(".") for part in parts if part) + "."


def _newest(rows: list[Row]) -> Row | None:
    """The newest total that has a number."""
    totals = [
        row
        for row in rows
        if row["value"] is not None
        and row["period_end_date"]
        and not json.loads(row["dimensions"] or "{}")
    ]
    return max(totals, key=lambda row: row["period_end_date"], default=None)


def _day(meeting: Row | None) -> dt.date | None:
    start = meeting and meeting["start_at"]
    if not start:
        return None
    local: dt.datetime = start if start.tzinfo is None else start.astimezone(BERLIN)
    return local.date()


def _key(meeting: Row) -> str:
    return str(meeting["start_at"] or "9999")
