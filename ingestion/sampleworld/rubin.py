"""A council as more!rubin (more! software) serves it: ``/api.php`` and the bytes of documents.

Not part of the default world: see ``server.NEIGHBOURS``.
"""

import datetime as dt
from typing import Any, Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from ingestion.sampleworld.agenda import Item, items
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content, shown_file
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import MARK, Attachment, attachments
from ingestion.sampleworld.web import ERROR_PAGE, FaultyHost, answer, front_routes, not_found

_UNKNOWN: Final = "00:00:00"
_SUBMISSION, _ATTACHMENT = 4, 13


class Rubin:
    """One council's more!rubin."""

    def __init__(self, council: Council) -> None:
        """Serve ``council`` below ``/``."""
        self.council = council

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        routes = [
            Route("/api.php", self._api),
            Route("/documents.php", self._document),
            Route("/meeting", self._page),
            *front_routes(self.council, "more!rubin", "/api.php?id=organizations&action=bodies"),
        ]
        met = self.council.home(self.council.target(Fault.OUTAGE))
        paths = (f"/api.php?id=meetings&action=get&meeting_id={_number(met)}",)
        return FaultyHost(Starlette(routes=routes), self.council.faults, self.council.city, paths)

    async def _api(self, request: Request) -> Response:
        asked = (request.query_params.get("id"), request.query_params.get("action"))
        match asked:
            case ("organizations", "bodies"):
                body = {"id": "SVE", "name": self.council.town.name, "committees_count": 1}
                return self._json(request, [body])
            case ("calendar", "get"):
                return self._calendar(request)
            case ("meetings", "get"):
                return self._meeting(request)
            case _:
                # The real server answers an error object with HTTP 200.
                return JSONResponse({"error": "unbekannte Anfrage"})

    def _calendar(self, request: Request) -> Response:
        first, last = (request.query_params.get(name, "") for name in ("from", "to"))
        found = [
            self._told(request, each)
            for each in self.council.meetings
            if first <= f"{each.date:%Y-%m}" <= last
        ]
        private = {"nummer": "F-1", "titel": "Fraktionssitzung", "fraktionssitzung": "1"}
        return self._json(request, {"first_day": first, "meetings": [*found, private]})

    def _meeting(self, request: Request) -> Response:
        found = self._found(request, "meeting_id")
        if isinstance(found, Response):
            return found
        return self._json(request, self._whole(request, found))

    async def _page(self, request: Request) -> Response:
        """The page for humans, which holds the same: older servers have nothing else."""
        found = self._found(request, "id")
        if isinstance(found, Response):
            return found
        told = bytes(JSONResponse({"passed-meeting": self._whole(request, found)}).body).decode()
        return HTMLResponse(
            f"<!DOCTYPE html><html><head><title>{MARK}</title></head><body><script>\n"
            f'window.components["MeetingPage__1"] = {{\n  props: {told},\n  store: [],\n }};\n'
            "</script></body></html>"
        )

    def _found(self, request: Request, name: str) -> Meeting | Response:
        """The meeting that is asked for, or what is answered in its place."""
        wanted = request.query_params.get(name)
        meeting = next((each for each in self.council.meetings if _number(each) == wanted), None)
        if meeting is None:
            return JSONResponse({"error": "Sitzung nicht gefunden"})
        if any(self.council.hits(Fault.HTML_200, each) for each in self.council.papers_of(meeting)):
            return HTMLResponse(ERROR_PAGE)
        return meeting

    def _whole(self, request: Request, meeting: Meeting) -> dict[str, Any]:
        """A meeting with its committee and its agenda."""
        body = meeting.body
        told = self._told(request, meeting)
        told["committees"] = [
            {"id": body.short, "Kuerzel": _committee(meeting), "Bezeichnung": body.name}
        ]
        told["agenda_items"] = [
            self._item(request, meeting, each) for each in items(self.council, meeting)
        ]
        return told

    def _told(self, request: Request, meeting: Meeting) -> dict[str, Any]:
        body, number = meeting.body, _number(meeting)
        note = " (entfällt)" if meeting.is_cancelled else ""
        return {
            "id": meeting.id,
            "nummer": number,
            "nummer_si": number.removeprefix("ni_") if number.startswith("ni_") else None,
            "datum": meeting.date.isoformat(),
            "titel": meeting.name + note,
            # Numbers come as numbers in one place and as text in another.
            "status": 1 if meeting.index % 2 else "1",
            "is_draft": False,
            "fraktionssitzung": "0",
            "gremium_1": _committee(meeting),
            "beginn": _time(meeting.start),
            "ende": _time(meeting.end) if meeting.is_held else _UNKNOWN,
            "full_url": f"{_host(request)}/meeting?id={number}",
            "room": {
                "id": f"R{body.id}",
                "Bezeichnung": body.room,
                "Strasse": body.address,
                "PLZ": "",
                "Ort": "",
                "Telefon": "06131 5550100",
            },
        }

    def _item(self, request: Request, meeting: Meeting, item: Item) -> dict[str, Any]:
        of = item.paper
        number = str(of.id) if of else f"at_{item.id}"
        key = f"{_number(meeting)}|{number}|1"
        vote = item.vote
        told: dict[str, Any] = {
            "id": key,
            "nummer": _number(meeting),
            "vorlagennummer": number,
            "topart": "vl" if of else "at",
            "status": 1 if item.is_public else "2",
            "title": item.name,
            "topnummer": item.number,
            "abstimmungstext": f"Ja: {vote.yes}, Nein: {vote.no}, Enthaltungen: {vote.abstained}"
            if vote
            else item.result or "",
            "documents": [],
        }
        if of is not None:
            told["submission"] = {
                "id": number,
                "alias": of.reference,
                "name": of.title,
                "erstellungsdatum": f"{of.date.isoformat()} 08:00:00",
                "type": {"name": of.kind},
            }
            told["documents"] = [_document(request, each) for each in attachments(self.council, of)]
        elif (leak := shown_file(self.council, meeting, item)) is not None:
            told |= {"topart": "vl", "vorlagennummer": "1"}
            told["submission"] = {"id": "1", "alias": item.closed_reference, "name": item.result}
            told["documents"] = [_document(request, Attachment(leak, 0, f"{item.result}"))]
        return told

    async def _document(self, request: Request) -> Response:
        told = request.query_params
        text = told.get("submission_id") or told.get("submission_attachment_id") or ""
        number = int(text) if text.isascii() and text.isdigit() else 0
        body = content(self.council, number)
        if body is None:
            return not_found()
        return answer(request, body, "application/pdf", modified=self.council.today)

    def _json(self, request: Request, value: Any) -> Response:
        body = bytes(JSONResponse(value).body)
        return answer(request, body, "application/json", modified=self.council.today)


def _number(meeting: Meeting) -> str:
    """The meeting's number; with minutes it changes, as on the real server."""
    return f"{'ni_' if meeting.is_held else ''}{meeting.date.year}-{meeting.id}"


def _committee(meeting: Meeting) -> str:
    return f"{meeting.body.short}{meeting.body.id}"


def _time(time: dt.time) -> str:
    return f"{time:%H:%M}:00"


def _host(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"


def _document(request: Request, of: Attachment) -> dict[str, Any]:
    kind = _ATTACHMENT if of.number else _SUBMISSION
    owner = "submission_attachment_id" if of.number else "submission_id"
    query = urlencode({"document_type_id": kind, owner: of.id, "json": 1, "platform": "ris"})
    return {
        "documentUrl": f"{_host(request)}/documents.php?{query}",
        "documentName": f"{of.name}.{of.ending}",
        "documentPublicStatusId": "1",
        "documentExtension": of.ending,
    }
