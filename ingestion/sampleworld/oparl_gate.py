"""How faults change what an OParl server answers to a request (see ``oparl_faults``)."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ingestion.sampleworld.oparl_faults import OparlFault as F
from ingestion.sampleworld.oparl_twists import Twists
from ingestion.sampleworld.papers import MARK
from ingestion.sampleworld.web import ERROR_PAGE

NEW_BASE: Final = "/neu"
"""Where the server is after it has moved."""

_FIREWALL_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>Request blocked</title></head><body><h1>Request blocked</h1>"
    "<p>Die Anfrage wurde abgelehnt (Web Application Firewall). Vorgang 4711-0815.</p>"
    f"<p>{MARK}</p></body></html>"
)
_LIST: Final = re.compile(r"/oparl/body/\d+/(\w+)/?")
_NUMBERED: Final = re.compile(r"/oparl/(\w+)")
_ENCODED: Final = re.compile(rb"_(?:since|until)=[^&]*%(?:3A|2B)", re.IGNORECASE)
_FRACTION: Final = re.compile(rb"_(?:since|until)=[^&]*\d[.,]\d", re.IGNORECASE)
_FILTERS: Final = re.compile(rb"(?:^|&)(?:created|modified)_\w+=[^&]*")


class Gate:
    """Stands before an OParl app: answers in its place, or hands a changed request on."""

    def __init__(self, app: ASGIApp, twists: Twists) -> None:
        """Wrap ``app``; ``twists`` knows which faults are on."""
        self._app, self._twists = app, twists
        self._asked: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            scope = self._moved(dict(scope))
            if self._twists.has(F.SLOW_AND_STRICT) and _LIST.fullmatch(scope["path"]):
                await asyncio.sleep(self._twists.faults.slow_seconds)
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _moved(self, scope: Scope) -> Scope:
        """The request as the app knows it: paths and queries as they are without faults."""
        path = scope["path"]
        if self._twists.has(F.MOVED_AND_MEMBERS_ONLY) and path != "/robots.txt":
            is_new = path.startswith(f"{NEW_BASE}/")
            path = path.removeprefix(NEW_BASE) if is_new else f"/gone{path}"
        if self._twists.has(F.BROKEN_FILE_URLS):
            path = path.replace("/oparl/files/rim/", "/oparl/file/").removesuffix(".eml")
        if self._twists.has(F.ROBOTS_WILDCARD):
            path = path.removesuffix(".pdf")
        query = scope["query_string"]
        number = parse_qs(query.decode("latin-1")).get("id")
        if self._twists.has(F.CARELESS_FIELDS) and number and _NUMBERED.fullmatch(path):
            path = f"{path}/{number[0]}"
        if self._twists.has(F.RUBIN):
            query = _FILTERS.sub(b"", query).lstrip(b"&")
        return {**scope, "path": path, "raw_path": path.encode(), "query_string": query}

    def _refusal(self, scope: Scope) -> Response | None:
        for fault, answer in _ANSWERS.items():
            if self._twists.has(fault):
                refusal = answer(self, scope)
                if refusal is not None:
                    return refusal
        return None

    def firewall(self, scope: Scope) -> Response | None:
        """The firewall's page for whoever is no browser."""
        agent = dict(scope["headers"]).get(b"user-agent", b"")
        return None if b"Mozilla" in agent else HTMLResponse(_FIREWALL_PAGE)

    def strict(self, scope: Scope) -> Response | None:
        """No ``limit``, no filter, and a redirect before every list."""
        listed = _LIST.fullmatch(scope["path"])
        if listed is None:
            return None
        if b"limit=" in scope["query_string"]:
            return JSONResponse({"error": "limit"}, 400)
        if b"modified_since=" in scope["query_string"]:
            return HTMLResponse(ERROR_PAGE, 503)
        return None if scope["path"].endswith("/") else _with_slash(scope, keep_query=True)

    def spurious(self, scope: Scope) -> Response | None:
        """Every other request of a list fails."""
        if not _LIST.fullmatch(scope["path"]):
            return None
        self._asked[scope["path"]] += 1
        return HTMLResponse(ERROR_PAGE, 500) if self._asked[scope["path"]] % 2 else None

    def html_page(self, scope: Scope) -> Response | None:
        """The second page of persons is no JSON."""
        return HTMLResponse(ERROR_PAGE) if _is_page(scope, "person", "2") else None

    def raw_dates(self, scope: Scope) -> Response | None:
        """Only colon and plus as they are."""
        is_bad = _ENCODED.search(scope["query_string"])
        return JSONResponse({"error": "invalid date"}, 400) if is_bad else None

    def fractions(self, scope: Scope) -> Response | None:
        """Only whole seconds."""
        is_bad = _FRACTION.search(scope["query_string"])
        return JSONResponse({"error": "invalid date"}, 400) if is_bad else None

    def members_only(self, scope: Scope) -> Response | None:
        """Persons are for members."""
        is_person = re.fullmatch(r"/oparl/(?:body/1/person|person/\d+)", scope["path"])
        return JSONResponse({"error": "members only"}, 401) if is_person else None

    def rubin(self, scope: Scope) -> Response | None:
        """An Error object with status 200 in place of the last page of persons."""
        if not _is_page(scope, "person", "4"):
            return None
        kind = "https://schema.oparl.org/1.0/Error"
        return JSONResponse({"type": kind, "message": "Interner Fehler", "debug": ""})

    def robots(self, scope: Scope) -> Response | None:
        """A rule with both wildcards."""
        if scope["path"] != "/robots.txt":
            return None
        return PlainTextResponse("User-agent: *\nDisallow: /*.pdf$\n")

    def query_lost(self, scope: Scope) -> Response | None:
        """The list of memberships redirects, and its query is lost on the way."""
        if scope["path"] != "/oparl/body/1/membership" or not scope["query_string"]:
            return None
        return _with_slash(scope, keep_query=False)


def _is_page(scope: Scope, kind: str, number: str) -> bool:
    listed = _LIST.fullmatch(scope["path"])
    page = parse_qs(scope["query_string"].decode("latin-1")).get("page")
    return listed is not None and listed[1] == kind and page == [number]


def _with_slash(scope: Scope, *, keep_query: bool) -> Response:
    query = scope["query_string"].decode("latin-1") if keep_query else ""
    target = f"{scope['path']}/" + (f"?{query}" if query else "")
    return Response(status_code=301, headers={"Location": target})


_ANSWERS: Final[dict[F, Callable[[Gate, Scope], Response | None]]] = {
    F.FIREWALL: Gate.firewall,
    F.SLOW_AND_STRICT: Gate.strict,
    F.SPURIOUS_500: Gate.spurious,
    F.HTML_200: Gate.html_page,
    F.RAW_DATES: Gate.raw_dates,
    F.NO_MICROSECONDS: Gate.fractions,
    F.MOVED_AND_MEMBERS_ONLY: Gate.members_only,
    F.RUBIN: Gate.rubin,
    F.ROBOTS_WILDCARD: Gate.robots,
    F.FOREIGN_NEXT: Gate.query_lost,
}
