"""A council as ALLRIS 3 (CC e-gov, the ``.asp`` edition) serves it, below ``/bi/``.

ISO-8859-1, which only the page's ``meta`` says; papers and items carry their texts as whole HTML
documents within the page; attachments lie under ``___tmp/`` and a folder that changes with every
answer. Not part of the default world: see ``server.NEIGHBOURS``.
"""

import secrets
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ingestion.sampleworld import allris3_pages as pages
from ingestion.sampleworld.agenda import item_place, items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import paper
from ingestion.sampleworld.people import people_of
from ingestion.sampleworld.web import ERROR_PAGE, FaultyHost, answer, front_routes, not_found

_BASE: Final = "/bi"
_MAX_DIGITS: Final = 12


class Allris3:
    """One council's ALLRIS 3."""

    def __init__(self, council: Council) -> None:
        """Serve ``council`` below ``/bi/``."""
        self.council = council
        self.people = people_of(council)

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        routes = [
            Route(f"{_BASE}/allris.net.asp", self._start),
            Route(f"{_BASE}/si010_e.asp", self._calendar),
            Route(f"{_BASE}/si010.asp", _refused),
            Route(f"{_BASE}/to010.asp", self._agenda),
            Route(f"{_BASE}/to020.asp", self._item),
            Route(f"{_BASE}/vo020.asp", self._paper),
            Route(f"{_BASE}/au010.asp", self._committees),
            Route(f"{_BASE}/fr010.asp", self._factions),
            Route(f"{_BASE}/au020.asp", self._committee),
            Route(f"{_BASE}/fr020.asp", self._faction),
            Route(f"{_BASE}/do027.asp", self._document),
            Route(f"{_BASE}/___tmp/{{token}}/{{number:int}}.{{ending}}", self._attachment),
            *front_routes(self.council, "ALLRIS 3", f"{_BASE}/allris.net.asp"),
        ]
        target = self.council.paper_id(self.council.target(Fault.OUTAGE))
        paths = (f"{_BASE}/vo020.asp?VOLFDNR={target}",)
        return FaultyHost(Starlette(routes=routes), self.council.faults, self.council.city, paths)

    async def _start(self, request: Request) -> Response:
        return self._page(request, pages.start(self.council))

    async def _calendar(self, request: Request) -> Response:
        year, month = _number(request, "YY"), _number(request, "MM")
        return self._page(request, pages.calendar(self.council, year, month))

    async def _agenda(self, request: Request) -> Response:
        meeting = self.council.meeting(_number(request, "SILFDNR"))
        if meeting is None or not meeting.is_published:
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, pages.agenda(self.council, meeting))

    async def _item(self, request: Request) -> Response:
        index, place = item_place(self.council, _number(request, "TOLFDNR"))
        if not 0 <= index < len(self.council.meetings):
            return HTMLResponse(ERROR_PAGE)
        meeting = self.council.meetings[index]
        listed = items(self.council, meeting)
        if place >= len(listed) or not listed[place].is_public:
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, pages.item(meeting, listed[place]))

    async def _paper(self, request: Request) -> Response:
        index = self.council.paper_index(_number(request, "VOLFDNR"))
        if index is None or self.council.hits(Fault.HTML_200, index):
            return HTMLResponse(ERROR_PAGE)
        folder = secrets.token_urlsafe(12)
        return self._page(request, pages.paper(self.council, paper(self.council, index), folder))

    async def _committees(self, request: Request) -> Response:
        rows = [("au020", "AULFDNR", each.id, each.name) for each in self.council.bodies]
        return self._page(request, pages.committees("au010", rows))

    async def _factions(self, request: Request) -> Response:
        rows = [("fr020", "FRLFDNR", each.id, each.name) for each in self.people.factions]
        return self._page(request, pages.committees("fr010", rows))

    async def _committee(self, request: Request) -> Response:
        number = _number(request, "AULFDNR")
        body = next((each for each in self.council.bodies if each.id == number), None)
        if body is None:
            return HTMLResponse(ERROR_PAGE)
        seats = self.people.of_body(number)
        return self._page(request, pages.committee("au020", number, body.name, seats))

    async def _faction(self, request: Request) -> Response:
        number = _number(request, "FRLFDNR")
        faction = next((each for each in self.people.factions if each.id == number), None)
        if faction is None:
            return HTMLResponse(ERROR_PAGE)
        seats = self.people.of_faction(number)
        return self._page(request, pages.committee("fr020", number, faction.name, seats))

    async def _document(self, request: Request) -> Response:
        return self._bytes(request, _number(request, "DOLFDNR"))

    async def _attachment(self, request: Request) -> Response:
        return self._bytes(request, request.path_params["number"])

    def _bytes(self, request: Request, number: int) -> Response:
        body = content(self.council, number)
        if body is None:
            return not_found()
        return answer(request, body, "application/pdf", modified=self.council.today)

    def _page(self, request: Request, text: str) -> Response:
        body = text.encode("iso-8859-1", "xmlcharrefreplace")
        told = answer(request, body, "text/html", modified=self.council.today)
        # The character set is in the page only, as on the real server.
        told.headers["content-type"] = "text/html"
        return told


async def _refused(_: Request) -> Response:
    return HTMLResponse("Zugriff verweigert (Programm si010.asp).<br>")


def _number(request: Request, name: str) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _MAX_DIGITS else 0
