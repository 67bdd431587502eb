"""A council as SD.NET RIM (Sternberg) serves it: opaque addresses, an exported calendar, lists.

Not part of the default world: see ``server.NEIGHBOURS``.
"""

import base64
from html import escape
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ingestion.sampleworld.agenda import Item, consultations, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.dice import WEEKDAYS, day
from ingestion.sampleworld.documents import content, meeting_files, shown_file
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import MARK, Paper, attachments, paper
from ingestion.sampleworld.web import ERROR_PAGE, FaultyHost, answer, front_routes, not_found

_LIST_PAGE: Final = 20
_AHEAD_DAYS: Final = 60


class SdNet:
    """One council's SD.NET RIM."""

    def __init__(self, council: Council) -> None:
        """Serve ``council`` below ``/``."""
        self.council = council

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        routes = [
            Route("/termine", self._calendar_page),
            Route("/termine/ics/", self._calendar),
            Route("/vorlagen", self._papers),
            Route("/tops/", self._agenda),
            Route("/vorgang/", self._paper),
            Route("/sdnetrim/{token}/{name}", self._file),
            *front_routes(self.council, "SD.NET RIM", "/termine"),
        ]
        target = self.council.paper_id(self.council.target(Fault.OUTAGE))
        paths = (f"/vorgang/?__={_token('vorgang', target)}",)
        return FaultyHost(Starlette(routes=routes), self.council.faults, self.council.city, paths)

    async def _calendar_page(self, request: Request) -> Response:
        button = f'<button data-export-url="/termine/ics/?__={_token("ics", 0)}">Export</button>'
        return self._page(request, "Termine", button)

    async def _calendar(self, request: Request) -> Response:
        host = f"{request.url.scheme}://{request.url.netloc}"
        first = self.council.today
        near = [each for each in self.council.meetings if (each.date - first).days >= -_AHEAD_DAYS]
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", *(_event(each, host) for each in near)]
        body = "\r\n".join([*lines, "END:VCALENDAR", ""])
        return answer(request, body, "text/calendar", modified=first)

    async def _papers(self, request: Request) -> Response:
        page = _number(request, "liste")
        newest = range(self.council.paper_count - 1, -1, -1)
        rows = [
            self._list_row(paper(self.council, index))
            for index in newest[page * _LIST_PAGE : (page + 1) * _LIST_PAGE]
        ]
        more = (page + 1) * _LIST_PAGE < len(newest)
        link = f'<a href="/vorlagen?__={_token("liste", page + 1)}">&gt;</a>' if more else ""
        return self._page(
            request, "Vorlagen", f"<table><tbody>{''.join(rows)}</tbody></table>{link}"
        )

    def _list_row(self, of: Paper) -> str:
        met, _, _ = consultations(self.council, of)[-1]
        return (
            f'<tr class="row-1"><td class="column-betreff"><a href="/vorgang/?__='
            f'{_token("vorgang", of.id)}">{escape(of.reference)}</a> - {of.kind}<br/>'
            f'<span>{escape(of.title)}</span></td><td class="column-termin"><a href="{_tops(met)}" '
            f'title="Zur Sitzung vom {_when(met)}">{_when(met)}</a><br>'
            f"<span>{escape(met.body.name)}</span></td></tr>"
        )

    async def _agenda(self, request: Request) -> Response:
        meeting = self.council.meeting(_number(request, "tops"))
        if meeting is None or not meeting.is_published:
            return HTMLResponse(ERROR_PAGE)
        documents = "".join(
            _document(file_id, name, "document-link")
            for file_id, name in meeting_files(self.council, meeting)
        )
        details = _details(
            ("Sitzung", f"{escape(meeting.body.name)}, {meeting.index + 1}. Sitzung"),
            ("Termin", _when(meeting)),
            ("Ort", f"{escape(meeting.body.room)}, {escape(meeting.body.address)}"),
            ("Dokumente", documents),
        )
        listed = items(self.council, meeting)
        rows = [_head("oeff", "Öffentliche Sitzung")]
        rows += [self._row(meeting, each) for each in listed if each.is_public]
        rows.append(_head("noeff", "Nichtöffentliche Sitzung"))
        rows += [self._row(meeting, each) for each in listed if not each.is_public]
        late = '<table class="table-data table-top.tischvorlagen"><tbody></tbody></table>'
        table = f'<table class="table-data table-top"><tbody>{"".join(rows)}</tbody></table>'
        return self._page(request, meeting.name, details + late + table)

    def _row(self, meeting: Meeting, item: Item) -> str:
        reference, link = item.closed_reference or "&nbsp;", ""
        if item.paper is not None:
            reference = escape(item.paper.reference)
            link = f'<a href="/vorgang/?__={_token("vorgang", item.paper.id)}">Vorgang</a>'
            link += "".join(_paper_documents(self.council, item.paper))
        elif (leak := shown_file(self.council, meeting, item)) is not None:
            link = f'<a href="/vorgang/?__={_token("vorgang", 1)}">Vorgang</a>'
            link += _document(leak, f"Beschluss: {item.result}", "vorlage-link")
        marker = "top-oeff-data" if item.is_public else "top-noeff-data"
        return (
            f'<tr class="row-0 original {marker}" data-vorgang-id="200_{item.id}">'
            f'<td class="column-topnrtext">{item.number}.</td>'
            f'<td class="column-bezeichnung">{escape(item.name)}</td>'
            f'<td class="column-nummer">{reference}</td>'
            f'<td class="column-dokumente">{link}</td></tr>'
        )

    async def _paper(self, request: Request) -> Response:
        index = self.council.paper_index(_number(request, "vorgang"))
        if index is None or self.council.hits(Fault.HTML_200, index):
            return HTMLResponse(ERROR_PAGE)
        of = paper(self.council, index)
        details = _details(
            (of.kind, escape(of.reference)),
            ("Betreff", escape(of.title)),
            ("Federführung", escape(of.office)),
            ("Dokument", "".join(_paper_documents(self.council, of))),
        )
        steps = "".join(_step(met, found) for met, found, _ in consultations(self.council, of))
        table = f'<table class="table-data table-vorgang"><tbody>{steps}</tbody></table>'
        return self._page(request, f"Vorgang {of.reference}", details + table)

    async def _file(self, request: Request) -> Response:
        body = content(self.council, _plain(request.path_params["token"], "file"))
        if body is None:
            return not_found()
        return answer(request, body, "application/pdf", modified=self.council.today)

    def _page(self, request: Request, title: str, body: str) -> Response:
        html = (
            f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8">'
            f"<title>{escape(title)} - SD.NET RIM 4 | {MARK}</title></head><body>"
            f'<div id="div-content"><h1 class="heading">{escape(title)}</h1>{body}</div>'
            "</body></html>"
        )
        return answer(request, html, "text/html", modified=self.council.today)


def _token(kind: str, number: int) -> str:
    """An address that says nothing: what it stands for, made unreadable."""
    return base64.urlsafe_b64encode(f"{kind}:{number}".encode()).decode().rstrip("=")


def _plain(token: str, kind: str) -> int:
    try:
        told = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return 0
    name, _, number = told.partition(":")
    return int(number) if name == kind and number.isascii() and number.isdigit() else 0


def _number(request: Request, kind: str) -> int:
    return _plain(request.query_params.get("__", ""), kind)


def _tops(meeting: Meeting) -> str:
    return f"/tops/?__={_token('tops', meeting.id)}"


def _when(meeting: Meeting) -> str:
    weekday = WEEKDAYS[meeting.date.weekday()][:2]
    return f"{weekday}, {day(meeting.date)} {meeting.start:%H:%M} Uhr"


def _event(meeting: Meeting, host: str) -> str:
    told = f"Link zur Tagesordnung: {host}{_tops(meeting)}\\n\\n" if meeting.is_published else ""
    note = "Bemerkung:\\nDie Sitzung entfällt!" if meeting.is_cancelled else ""
    place = f"{meeting.body.room}, {meeting.body.address}".replace(",", "\\,")
    lines = [
        "BEGIN:VEVENT",
        f"DTSTART;TZID=Europe/Berlin:{meeting.date:%Y%m%d}T{meeting.start:%H%M%S}",
        f"SUMMARY:{meeting.body.name}".replace(",", "\\,"),
        f"LOCATION:{place}",
        f"DESCRIPTION:{told}{note}",
        "END:VEVENT",
    ]
    # Long lines are folded, as RFC 5545 wants it.
    return "\r\n".join(
        "\r\n ".join(line[at : at + 70] for at in range(0, len(line), 70)) for line in lines
    )


def _details(*rows: tuple[str, str]) -> str:
    told = "".join(f'<tr><th scope="row">{name}:</th><td>{value}</td></tr>' for name, value in rows)
    return f'<table class="table-details">{told}</table>'


def _head(kind: str, words: str) -> str:
    return f'<tr class="top-{kind}-head"><td></td><td class="column-bezeichnung">{words}</td></tr>'


def _document(file_id: int, name: str, kind: str, ending: str = "pdf") -> str:
    return (
        f'<a class="link-element" href="/sdnetrim/{_token("file", file_id)}/{file_id}.{ending}">'
        f'<span class="{kind}"></span>'
        f"<span>{escape(name)} (exportiert: 18.09.2026) (12 KB)</span></a>"
    )


def _paper_documents(council: Council, of: Paper) -> list[str]:
    return [
        _document(
            each.id, each.name, "attachment-link" if each.number else "vorlage-link", each.ending
        )
        for each in attachments(council, of)
    ]


def _step(met: Meeting, found: Item) -> str:
    vote = found.vote
    told = f"Ja: {vote.yes}, Nein: {vote.no}, Enthaltungen: {vote.abstained}" if vote else ""
    return (
        f'<tr class="row-1" data-vorgang-id="200_{found.id}"><td class="column-beginn">'
        f'<a href="{_tops(met)}" title="Zur Sitzung">{_when(met)}</a></td>'
        f'<td class="column-gremium"><span>{escape(met.body.name)}</span></td>'
        f'<td class="column-beschluss">{escape(found.result or "")}</td>'
        f'<td class="column-ergebnis">{told}</td></tr>'
    )
