"""What all servers of the sample world share: conditional answers, faults, robots, front page."""

import asyncio
import datetime as dt
import hashlib
from email.utils import format_datetime
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ingestion.sampleworld.council import Council
from ingestion.sampleworld.faults import Fault, Faults
from ingestion.sampleworld.papers import MARK

NO_CACHE: Final = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
ERROR_PAGE: Final = (
    "<!DOCTYPE html><html lang='de'><head><title>Fehler</title></head><body>"
    "<h1>Es ist ein Fehler aufgetreten</h1><p>Der Vorgang konnte nicht ausgeführt werden. "
    "Bitte versuchen Sie es später erneut.</p>"
    f"<p>{MARK}</p></body></html>"
)


def answer(
    request: Request,
    body: bytes | str,
    media_type: str,
    *,
    modified: dt.date,
    headers: dict[str, str] | None = None,
) -> Response:
    """Answer with ETag and Last-Modified, or 304 where the client has these very bytes."""
    data = body.encode() if isinstance(body, str) else body
    tag = f'"{hashlib.sha256(data).hexdigest()[:24]}"'
    changed = dt.datetime(modified.year, modified.month, modified.day, 6, tzinfo=dt.UTC)
    stamps = {
        "ETag": tag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Cache-Control": "no-cache",
        **(headers or {}),
    }
    if _is_known(request, tag):
        return Response(status_code=304, headers=stamps)
    return Response(data, media_type=media_type, headers=stamps)


def _is_known(request: Request, tag: str) -> bool:
    # If-Modified-Since is left aside: a day is too coarse where a fault changes a page at once.
    known = request.headers.get("if-none-match", "")
    return tag in {each.strip().removeprefix("W/") for each in known.split(",")}


def not_found() -> Response:
    """The page of a path or object that does not exist."""
    page = (
        "<!DOCTYPE html><html lang='de'><head><title>Nicht gefunden</title></head><body>"
        f"<h1>Die angeforderte Seite wurde nicht gefunden.</h1><p>{MARK}</p></body></html>"
    )
    return HTMLResponse(page, status_code=404)


def front_routes(
    council: Council, system: str, entry: str, *, committees: str | None = None, base: str = "/"
) -> list[Route]:
    """``/`` (and ``base``) for humans, with links to the pages, and ``/robots.txt``."""
    more = f" <a href='{escape(committees)}'>Gremien</a>" if committees else ""

    async def front(_: Request) -> Response:
        name = escape(council.town.name)
        return HTMLResponse(
            "<!DOCTYPE html><html lang='de'><head><meta charset='utf-8'>"
            f"<title>Beispielwelt: {name}</title></head><body><main><h1>Beispielwelt: {name}</h1>"
            f"<p>{MARK}. Dieser Server stellt die Ratsinformationen von {name} nach, "
            f"wie sie {escape(system)} ausgibt. Alle Sitzungen, Vorlagen und Personen "
            "sind erfunden.</p>"
            f"<p><a href='{escape(entry)}'>Zum Sitzungskalender</a>{more}</p></main></body></html>"
        )

    fronts = [Route(path, front) for path in dict.fromkeys(("/", base))]
    return [*fronts, Route("/robots.txt", robots)]


async def robots(_: Request) -> Response:
    """Everything may be read."""
    return PlainTextResponse("User-agent: *\nAllow: /\n")


class FaultyHost:
    """Lets the faults of a whole host (outage, down, slow) befall an app.

    ``outage_paths`` are the beginnings of ``path?query`` that an outage hits.
    """

    def __init__(
        self, app: ASGIApp, faults: Faults, city: str, outage_paths: tuple[str, ...]
    ) -> None:
        """Wrap ``app``, which serves ``city``."""
        self._app = app
        self._faults, self._city, self._outage_paths = faults, city, outage_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, late or not at all where a fault says so."""
        if scope["type"] == "http" and await self._befallen(scope):
            refusal = Response(ERROR_PAGE, 503, {"Retry-After": "1"}, "text/html")
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _befallen(self, scope: Scope) -> bool:
        if self._faults.has(Fault.SLOW, self._city):
            await asyncio.sleep(self._faults.slow_seconds)
        if self._faults.has(Fault.DOWN, self._city):
            return True
        target = f"{scope['path']}?{scope['query_string'].decode('latin-1')}"
        hit = any(target.startswith(path) for path in self._outage_paths)
        return hit and self._faults.is_out(self._city, target)
