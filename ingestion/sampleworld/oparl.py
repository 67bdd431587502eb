"""OParl 1.1 of an invented municipality, below ``/oparl/``; the system object is ``/oparl/system``.

Lists answer ``data``/``pagination``/``links`` with ``limit`` (at most 100), ``page`` and the four
filters ``created_since``, ``created_until``, ``modified_since``, ``modified_until``, which stay in
the links. A withdrawn file is in a list only when ``modified_since`` is given, as a ``deleted``
object; its bytes answer 410.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ingestion.formats.kinds import sniff
from ingestion.sampleworld.council import Council
from ingestion.sampleworld.documents import content
from ingestion.sampleworld.faults import Fault
from ingestion.sampleworld.oparl_faults import OparlFault
from ingestion.sampleworld.oparl_gate import Gate
from ingestion.sampleworld.oparl_objects import Objects
from ingestion.sampleworld.oparl_twists import Twists
from ingestion.sampleworld.people import people_of
from ingestion.sampleworld.web import ERROR_PAGE, FaultyHost, answer, front_routes, not_found

_JSON: Final = "application/json"
_PAGE: Final = 25
_MAX_PAGE: Final = 100
_SINCE: Final = ("created_since", "modified_since")
_FILTERS: Final = ("created_since", "created_until", "modified_since", "modified_until")


class OParl:
    """One council's OParl server."""

    def __init__(self, council: Council) -> None:
        """Serve ``council`` below ``/oparl/``."""
        self.council = council
        self._people = people_of(council)
        self._twists = Twists(council.faults, council.city)

    def app(self) -> FaultyHost:
        """The server as an ASGI app."""
        routes = [
            Route("/oparl/system", self._system),
            Route("/oparl/bodies", self._list_of("bodies")),
            *(Route(f"/oparl/body/1/{kind}", self._list_of(kind)) for kind in Objects.LISTS),
            # Where a redirect leads to (see ``oparl_gate``).
            *(Route(f"/oparl/body/1/{kind}/", self._list_of(kind)) for kind in Objects.LISTS),
            Route("/oparl/file/{number:int}/data", self._data),
            Route("/oparl/{kind}/{number:int}", self._object),
            *front_routes(self.council, "OParl 1.1", "/oparl/system"),
            Route("/oparl/{unknown:path}", self._unknown),
        ]
        target = self.council.paper_id(self.council.target(Fault.OUTAGE))
        paths = (f"/oparl/paper/{target}?",)
        app = Gate(Starlette(routes=routes), self._twists)
        return FaultyHost(app, self.council.faults, self.council.city, paths)

    def _objects(self, request: Request) -> Objects:
        root = f"{request.url.scheme}://{request.url.netloc}"
        return Objects(self.council, root, self._people)

    async def _system(self, request: Request) -> Response:
        return self._json(request, self._twists.thing(self._objects(request).system()))

    async def _unknown(self, request: Request) -> Response:
        if self._twists.has(OparlFault.RUBIN):
            return await self._system(request)
        return not_found()

    async def _object(self, request: Request) -> Response:
        kind, number = request.path_params["kind"], request.path_params["number"]
        if self._is_error_page(kind, number):
            return Response(ERROR_PAGE, media_type="text/html")
        last = self.council.paper_id(self.council.paper_count - 1)
        found = self._objects(request).find(kind, number)
        if found is None or self._twists.is_gone(kind, number, last):
            text = "Das angeforderte Objekt gibt es nicht."
            return JSONResponse({"error": text}, status_code=404)
        return self._json(request, self._twists.thing(found))

    def _is_error_page(self, kind: str, number: int) -> bool:
        index = self.council.paper_index(number)
        return kind == "paper" and index is not None and self.council.hits(Fault.HTML_200, index)

    async def _data(self, request: Request) -> Response:
        number = request.path_params["number"]
        body = content(self.council, number)
        if body is not None:
            is_lying = self._twists.has(OparlFault.LYING_CONTENT_TYPE)
            media_type = "text/html" if is_lying else sniff(body)
            return answer(request, body, media_type, modified=self.council.today)
        is_gone = self._objects(request).withdrawn(number) is not None
        return Response(ERROR_PAGE, 410, media_type="text/html") if is_gone else not_found()

    def _list_of(self, kind: str) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            return self._list(request, kind)

        return handle

    def _list(self, request: Request, kind: str) -> Response:
        objects = self._objects(request)
        try:
            limits = {
                name: _moment(request.query_params[name])
                for name in _FILTERS
                if name in request.query_params
            }
        except ValueError as error:
            return JSONResponse({"error": str(error)}, status_code=400)
        deleted = "modified_since" in limits
        # A day to spare: the limit is a moment in any zone.
        since = min(
            (limits[name].date() - dt.timedelta(days=1) for name in _SINCE if name in limits),
            default=None,
        )
        found: Sequence[int] = objects.numbers(kind, with_deleted=deleted, since=since)
        if limits:
            found = [number for number in found if _within(objects.listed(kind, number), limits)]
        if limits and not found and self._twists.has(OparlFault.EMPTY_IS_404):
            return JSONResponse({"code": 802, "error": "Keine Daten gefunden."}, 404)
        found = self._twists.listed(kind, found)
        size = min(_MAX_PAGE, _positive(request, "limit", _PAGE))
        if self._twists.has(OparlFault.BARE_LIST):
            size = max(1, len(found))
        pages = max(1, -(-len(found) // size))
        page = _positive(request, "page", 1)
        chosen = found[(page - 1) * size : page * size]
        shown = {
            "data": [self._twists.on_list(kind, objects.listed(kind, number)) for number in chosen],
            "pagination": {
                "totalElements": len(found),
                "elementsPerPage": size,
                "currentPage": page,
                "totalPages": pages,
            },
            "links": _links(request, page, pages),
        }
        root = f"{request.url.scheme}://{request.url.netloc}"
        return self._json(request, self._twists.page(kind, shown, dict(request.query_params), root))

    def _json(self, request: Request, value: Any) -> Response:
        body = self._twists.body(bytes(JSONResponse(value).body))
        return answer(request, body, _JSON, modified=self.council.today)


def _links(request: Request, page: int, pages: int) -> dict[str, str]:
    kept = {name: value for name, value in request.query_params.items() if name != "page"}
    base = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"

    def link(number: int) -> str:
        return f"{base}?{urlencode({**kept, 'page': number})}"

    links = {"first": link(1), "self": link(page), "last": link(pages)}
    if page > 1:
        links["prev"] = link(page - 1)
    if page < pages:
        links["next"] = link(page + 1)
    return links


def _positive(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    is_number = text.isascii() and text.isdigit() and 0 < len(text) < 8  # noqa: PLR2004
    return max(1, int(text)) if is_number else default


def _moment(text: str) -> dt.datetime:
    # An unencoded "+" in a query arrives as a blank.
    moment = dt.datetime.fromisoformat(text.replace(" ", "+"))
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _within(thing: dict[str, Any], limits: dict[str, dt.datetime]) -> bool:
    for name, limit in limits.items():
        field, _, side = name.partition("_")
        value = dt.datetime.fromisoformat(thing[field])
        if (side == "since" and value < limit) or (side == "until" and value > limit):
            return False
    return True
