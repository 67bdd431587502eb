"""Trier's council as ALLRIS net 4.1.7 (CC e-gov, Apache Wicket) serves it, below ``/public/``.

What a client has to do, in this order (as clients of the real server do it):

1. ``GET /public/si010?MM=10&YY=2026`` (month without leading zero). Sets the cookie ``JSESSIONID``;
   without ``MM``/``YY`` the month of "today". The page holds no meetings, only a placeholder and a
   script that names the address of the rows, with the page's number ``N`` (it counts up within a
   session, so it is read, never built)::

       Wicket.Ajax.ajax({"u":"./si010?N-1.0-&MM=10&YY=2026","c":"id2a"});

   In HTML the ``&`` may stand as ``&amp;``.
2. ``GET`` that address, relative to the page, with the cookie and the headers
   ``Wicket-Ajax: true``, ``Wicket-Ajax-BaseURL: si010?MM=10&YY=2026`` and
   ``X-Requested-With: XMLHttpRequest``. Answers ``text/xml``: ``<ajax-response>`` with the calendar
   table in CDATA. With the headers but without a living session the answer is
   ``<ajax-response><redirect><![CDATA[./si010?…]]></redirect>``, without the headers a 302 to the
   page: begin again at 1. The answer repeats neither month nor year (put them into
   ``Fetched.context``); the tooltip of a linked meeting has the full date, a ``tr.sameday`` has no
   day, an ``a`` without ``href`` is a meeting without a published agenda.
3. ``GET /public/to010?SILFDNR=1000264&refresh=false``: the agenda, needs no session. Without
   ``refresh=false`` it is a 302 to ``./noauth``.
4. ``GET /public/vo020?VOLFDNR=1001540&refresh=false``: the paper, needs no session.
   ``GET /public/to020?TOLFDNR=…&SILFDNR=…``: one item with resolution and vote.
   ``GET /public/gr020?GRLFDNR=1``: one committee or faction with its members. Their list,
   ``GET /public/gr010``, is an empty frame like the calendar; its rows are at ``gr010?N-1.0-``.
5. ``./wicket/resource/org.apache.wicket.Application/docNNN.pdf`` (``a.doclink``): a file, direct,
   with ETag and Last-Modified. An ``a.attlink``
   (``./vo020?N--anlagenHeaderPanel-attachmentsList-0-attachment-link&VOLFDNR=…&refresh=false``)
   answers the PDF only within the session that was given the page with that ``N``; otherwise a 302
   to the page.

Wicket pages carry ``Cache-Control: no-cache, no-store`` and no ETag, as on the real server. The
page's number in an attlink is the only thing on a ``vo020`` page that changes between two requests.

The fault ``expired_sessions`` ends sessions that a client still needs.
"""

import re
import secrets
from collections import OrderedDict
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ingestion.formats.kinds import sniff
from ingestion.sampleworld import allris4_pages as pages
from ingestion.sampleworld.agenda import item_place, items
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import attachments, paper
from ingestion.sampleworld.web import (
    ERROR_PAGE,
    NO_CACHE,
    FaultyHost,
    answer,
    front_routes,
    not_found,
)

_COOKIE: Final = "JSESSIONID"
_MAX_SESSIONS: Final = 200
_MAX_PAGES: Final = 200
_BASE: Final = "/public"
_ATTACHMENT: Final = re.compile(
    r"(?P<page>\d+)--anlagenHeaderPanel-attachmentsList-(?P<place>\d+)-attachment-link"
)
_ROWS: Final = re.compile(r"(?P<page>\d+)-1\.0-")


class _Session:
    """What Wicket keeps per visitor: the pages it gave out, by their number."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, str] = OrderedDict()
        self._next = 0

    def add(self, key: str) -> int:
        number = self._next
        self._next += 1
        self._pages[number] = key
        if len(self._pages) > _MAX_PAGES:
            self._pages.popitem(last=False)
        return number

    def holds(self, number: int, key: str) -> bool:
        return self._pages.get(number) == key


class Allris4:
    """One council's ALLRIS net 4."""

    def __init__(self, council: Council) -> None:
        """Serve ``council`` below ``/public/``."""
        self.council = council
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._bound = 0

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        resource = f"{_BASE}/wicket/resource/org.apache.wicket.Application/doc{{number:int}}.pdf"
        routes = [
            Route(f"{_BASE}/si010", self._calendar),
            Route(f"{_BASE}/to010", self._agenda),
            Route(f"{_BASE}/to020", self._item),
            Route(f"{_BASE}/vo020", self._paper),
            Route(f"{_BASE}/gr010", self._committees),
            Route(f"{_BASE}/gr020", self._committee),
            Route(f"{_BASE}/kp020", self._person),
            Route(f"{_BASE}/noauth", _noauth),
            Route(resource, self._file),
            Route(f"{_BASE}/", _to_calendar),
            *front_routes(self.council, "ALLRIS net 4", f"{_BASE}/si010"),
        ]
        target = self.council.paper_id(self.council.target(Fault.OUTAGE))
        paths = (f"{_BASE}/vo020?VOLFDNR={target}",)
        return FaultyHost(Starlette(routes=routes), self.council.faults, self.council.city, paths)

    # -- calendar ----------------------------------------------------------------------------

    async def _calendar(self, request: Request) -> Response:
        today = self.council.today
        year, month = _number(request, "YY", today.year), _number(request, "MM", today.month)
        if not (1 <= month <= 12 and 1990 <= year <= 2100):  # noqa: PLR2004 - a real month
            return HTMLResponse(ERROR_PAGE, headers=NO_CACHE)
        query = f"MM={month}&YY={year}"
        called = _ROWS.match(request.url.query)
        if called is None:
            key, session = self._opened(request)
            number = session.add(f"si010?{query}")
            page = pages.calendar(self.council, number, query)
            return self._told(key, HTMLResponse(page, headers=NO_CACHE))
        refusal = self._refused(request, int(called["page"]), f"si010?{query}")
        return refusal or _xml(pages.calendar_rows(self.council, year, month))

    def _refused(self, request: Request, number: int, page: str) -> Response | None:
        """What whoever was not given the page just now gets in place of its rows."""
        if (ended := self._ended(request)) is not None:
            return ended
        if request.headers.get("wicket-ajax") != "true":
            return RedirectResponse(f"./{page}", 302)
        session = self._session(request)
        if session is None or not session.holds(number, page):
            return _xml(f"<ajax-response><redirect><![CDATA[./{page}]]></redirect></ajax-response>")
        return None

    # -- committees --------------------------------------------------------------------------

    async def _committees(self, request: Request) -> Response:
        called = _ROWS.match(request.url.query)
        if called is not None:
            refusal = self._refused(request, int(called["page"]), "gr010")
            return refusal or _xml(pages.committee_rows(self.council))
        key, session = self._opened(request)
        page = pages.committees(self.council, session.add("gr010"))
        return self._told(key, HTMLResponse(page, headers=NO_CACHE))

    async def _committee(self, request: Request) -> Response:
        page = pages.committee(self.council, _number(request, "GRLFDNR", 0))
        return HTMLResponse(page, headers=NO_CACHE) if page else RedirectResponse("./noauth", 302)

    async def _person(self, request: Request) -> Response:
        page = pages.person(self.council, _number(request, "KPLFDNR", 0))
        return HTMLResponse(page, headers=NO_CACHE) if page else RedirectResponse("./noauth", 302)

    # -- objects -----------------------------------------------------------------------------

    async def _agenda(self, request: Request) -> Response:
        meeting = self.council.meeting(_number(request, "SILFDNR", 0))
        if "refresh=false" not in request.url.query or meeting is None or not meeting.is_published:
            return RedirectResponse("./noauth", 302)
        page = pages.agenda(self.council, meeting)
        broken = self.council.faults.has(Fault.BROKEN_HTML, self.council.city)
        if broken and meeting.index == self.council.target(Fault.BROKEN_HTML):
            page = page[: page.index("<tr", page.index("<tbody")) + 25]
        return HTMLResponse(page, headers=NO_CACHE)

    async def _item(self, request: Request) -> Response:
        index, place = item_place(self.council, _number(request, "TOLFDNR", 0))
        if not 0 <= index < len(self.council.meetings):
            return RedirectResponse("./noauth", 302)
        meeting = self.council.meetings[index]
        listed = items(self.council, meeting)
        if place >= len(listed) or not listed[place].is_public:
            return RedirectResponse("./noauth", 302)
        return HTMLResponse(pages.item(meeting, listed[place]), headers=NO_CACHE)

    async def _paper(self, request: Request) -> Response:
        paper_id = _number(request, "VOLFDNR", 0)
        index = self.council.paper_index(paper_id)
        if index is None:
            return RedirectResponse("./noauth", 302)
        called = _ATTACHMENT.match(request.url.query)
        if called is not None:
            return self._attachment(request, index, int(called["page"]), int(called["place"]))
        if self.council.hits(Fault.HTML_200, index):
            return HTMLResponse(ERROR_PAGE, headers=NO_CACHE)
        key, session = self._opened(request)
        number = session.add(f"vo020?{paper_id}")
        page = pages.paper(self.council, paper(self.council, index), number)
        return self._told(key, HTMLResponse(page, headers=NO_CACHE))

    def _attachment(self, request: Request, index: int, number: int, place: int) -> Response:
        """The file behind an attlink, only for whom the page with that number was made."""
        paper_id = self.council.paper_id(index)
        if (ended := self._ended(request)) is not None:
            return ended
        session = self._session(request)
        if session is None or not session.holds(number, f"vo020?{paper_id}"):
            return RedirectResponse(f"./vo020?VOLFDNR={paper_id}&refresh=false", 302)
        extra = [
            each for each in attachments(self.council, paper(self.council, index)) if each.number
        ]
        body = content(self.council, extra[place].id) if place < len(extra) else None
        if body is None:
            return not_found()
        return Response(body, media_type=sniff(body), headers=NO_CACHE)

    async def _file(self, request: Request) -> Response:
        body = content(self.council, request.path_params["number"])
        if body is None:
            return not_found()
        return answer(request, body, sniff(body), modified=self.council.today)

    # -- sessions ----------------------------------------------------------------------------

    def _session(self, request: Request) -> _Session | None:
        return self._sessions.get(request.cookies.get(_COOKIE, ""))

    def _ended(self, request: Request) -> Response | None:
        """Where the fault is on: every third visitor who needs his session has lost it."""
        if not self.council.faults.has(Fault.EXPIRED_SESSIONS, self.council.city):
            return None
        self._bound += 1
        turn, rest = divmod(self._bound, 3)
        if rest:
            return None
        self._sessions.pop(request.cookies.get(_COOKIE, ""), None)
        refusals = (not_found(), HTMLResponse(ERROR_PAGE, 410), RedirectResponse("./noauth", 302))
        return refusals[turn % len(refusals)]

    def _opened(self, request: Request) -> tuple[str, _Session]:
        key = request.cookies.get(_COOKIE, "")
        if key not in self._sessions:
            key = secrets.token_hex(16).upper()
            self._sessions[key] = _Session()
            if len(self._sessions) > _MAX_SESSIONS:
                self._sessions.popitem(last=False)
        return key, self._sessions[key]

    def _told(self, key: str, response: Response) -> Response:
        response.set_cookie(_COOKIE, key, path=_BASE, httponly=True)
        return response


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else default  # noqa: PLR2004


def _xml(text: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>{text}'
    return Response(body, media_type="text/xml;charset=UTF-8", headers=NO_CACHE)


async def _noauth(_: Request) -> Response:
    return HTMLResponse(ERROR_PAGE, headers=NO_CACHE)


async def _to_calendar(_: Request) -> Response:
    return RedirectResponse("./si010", 302)
