"""SessionNet 5.4.7 bi, layout 6, PHP: Mainz and Koblenz (below ``/``).

Pages: ``si0040.php?__cjahr=2026&__cmonat=9`` (a month), ``si0056.php``/``si0057.php?__ksinr=``
(agenda), ``si0050.php?__ksinr=`` (the meeting's data), ``vo0050.php?__kvonr=`` (paper),
``vo0053.php?__kvonr=`` (its way), ``gr0040.php`` (committees), ``kp0040.php?__kgrnr=`` (members),
``pe0051.php?__kpenr=`` (person), ``getfile.php?id=&type=do`` (file). The first request must bring
a cookie: without one every page is a 302 to itself that sets ``PHPSESSID``.

Traps, as on the real servers: the number in a table's id varies, two blanks in some ``<a  href``,
``Nachtrag`` inside the item's badge, PDF links in the footer that are no documents, a closed item
that links its document by mistake, a cancelled meeting that says so only in words.
"""

import re
from html import escape
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ingestion.formats.kinds import sniff
from ingestion.sampleworld import sessionnet_old, sessionnet_pages
from ingestion.sampleworld.bodies import Meeting
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.papers import Paper, paper
from ingestion.sampleworld.people import people_of
from ingestion.sampleworld.sessionnet_people import FORMER
from ingestion.sampleworld.web import ERROR_PAGE, FaultyHost, answer, front_routes, not_found

_COOKIE: Final = "PHPSESSID"
_HTML: Final = "text/html; charset=utf-8"
_CHARSET: Final = re.compile(r'charset="?utf-8"?', re.IGNORECASE)


class SessionNet:
    """One council's SessionNet; ``pages`` writes the HTML of the layout."""

    def __init__(
        self, council: Council, *, is_old: bool, base: str = "/", ending: str = "php"
    ) -> None:
        """Serve ``council`` below ``base``; ``ending`` "asp": ISO-8859-1, told by meta only."""
        self.council, self.base = council, base
        self.pages = sessionnet_old if is_old else sessionnet_pages
        self.ending = ending
        self.people = people_of(council)

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        agenda = ("to0040",) if self.pages is sessionnet_old else ("si0057", "si0056")
        routes = [
            *(Route(f"{self.base}{name}.{self.ending}", self._agenda) for name in agenda),
            *(
                Route(f"{self.base}{name}.{self.ending}", page)
                for name, page in (
                    ("si0040", self._calendar),
                    ("si0050", self._meeting),
                    ("vo0050", self._paper),
                    ("vo0053", self._way),
                    ("gr0040", self._committees),
                    ("kp0040", self._members),
                    ("pe0051", self._person),
                    ("getfile", self._file),
                )
            ),
            *front_routes(
                self.council,
                "SessionNet",
                f"{self.base}si0040.{self.ending}",
                committees=f"{self.base}gr0040.{self.ending}",
                base=self.base,
            ),
        ]
        target = self.council.paper_id(self.council.target(Fault.OUTAGE))
        paths = (f"{self.base}vo0050.{self.ending}?__kvonr={target}",)
        return FaultyHost(Starlette(routes=routes), self.council.faults, self.council.city, paths)

    # -- pages -------------------------------------------------------------------------------

    async def _calendar(self, request: Request) -> Response:
        today = self.council.today
        year = _number(request, "__cjahr", today.year)
        month = _number(request, "__cmonat", today.month)
        if not (1 <= month <= 12 and 1990 <= year <= 2100):  # noqa: PLR2004 - a real month
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, self.pages.calendar(self.council, year, month))

    async def _agenda(self, request: Request) -> Response:
        meeting = self._asked_meeting(request)
        if meeting is None:
            return HTMLResponse(ERROR_PAGE)
        if not meeting.is_published:
            return RedirectResponse(f"si0050.{self.ending}?__ksinr={meeting.id}", 302)
        page = self.pages.agenda(self.council, meeting)
        broken = self.council.faults.has(Fault.BROKEN_HTML, self.council.city)
        if broken and meeting.index == self.council.target(Fault.BROKEN_HTML):
            page = page[: page.index("<tr", page.index("<tbody")) + 25]
        return self._page(request, page)

    async def _meeting(self, request: Request) -> Response:
        meeting = self._asked_meeting(request)
        if meeting is None:
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, self.pages.meeting(self.council, meeting))

    async def _paper(self, request: Request) -> Response:
        of = self._asked_paper(request)
        if of is None or self.council.hits(Fault.HTML_200, of.index):
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, self.pages.paper(self.council, of))

    async def _way(self, request: Request) -> Response:
        of = self._asked_paper(request)
        if of is None:
            return HTMLResponse(ERROR_PAGE)
        return self._page(request, self.pages.way(self.council, of))

    async def _committees(self, request: Request) -> Response:
        return self._page(request, self.pages.PEOPLE.committees(self.council, self.people))

    async def _members(self, request: Request) -> Response:
        number = _number(request, "__kgrnr", 0)
        names = {body.id: body.name for body in self.council.bodies}
        names |= {faction.id: faction.name for faction in self.people.factions}
        name = names.get(number)
        if name is None:
            return HTMLResponse(ERROR_PAGE)
        seats = self.people.of_body(number) or self.people.of_faction(number)
        former = [seat for seat in self.people.former if seat.body and seat.body.id == number]
        is_former = _number(request, "__cwpnr", 0) == FORMER
        page = self.pages.PEOPLE.members(
            self.council, number, name, seats, former, is_former=is_former
        )
        return self._page(request, page)

    async def _person(self, request: Request) -> Response:
        person = self.people.person(_number(request, "__kpenr", 0))
        if person is None:
            return HTMLResponse(ERROR_PAGE)
        former = [seat for seat in self.people.former if seat.person.id == person.id]
        seats = [*former, *self.people.of_person(person.id)]
        return self._page(request, self.pages.PEOPLE.person(self.council, person, seats))

    async def _file(self, request: Request) -> Response:
        body = content(self.council, _number(request, "id", 0))
        if body is None:
            return not_found()
        name = f"{_number(request, 'id', 0)}.pdf"
        return answer(
            request,
            body,
            sniff(body),
            modified=self.council.today,
            headers={"Content-Disposition": f'inline; filename="{escape(name)}"'},
        )

    # -- helpers -----------------------------------------------------------------------------

    def _page(self, request: Request, html: str) -> Response:
        if _COOKIE not in request.cookies:
            again = RedirectResponse(str(request.url.path) + "?" + request.url.query, 302)
            again.set_cookie(_COOKIE, "beispielwelt", path="/", httponly=True)
            return again
        if self.ending == "php":
            return answer(request, html, _HTML, modified=self.council.today)
        old = _CHARSET.sub("charset=ISO-8859-1", html).replace(".php", f".{self.ending}")
        data = old.encode("cp1252", "xmlcharrefreplace")
        bare = {"Content-Type": "text/html"}
        return answer(request, data, "", modified=self.council.today, headers=bare)

    def _asked_meeting(self, request: Request) -> Meeting | None:
        return self.council.meeting(_number(request, "__ksinr", 0))

    def _asked_paper(self, request: Request) -> Paper | None:
        index = self.council.paper_index(_number(request, "__kvonr", 0))
        return None if index is None else paper(self.council, index)


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else default  # noqa: PLR2004
