"""OParl 1.1 over HTTP: the System, a Body per city, its lists and every object.

Everything is read from what was published behind the checks, in one snapshot per request. Whether
a client's copy still holds is told by its tag alone, before anything is read (``tags``).
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from catalog.oparl.addresses import Addresses, object_id
from catalog.oparl.objects import TYPE, Object, Objects, Row, filled
from catalog.oparl.query import ListQuery, QueryError, is_internal_omitted, list_query
from catalog.oparl.reading import READS, Snapshot
from catalog.oparl.served import MovedError, Served, Tables
from catalog.oparl.tables import BY_SEGMENT, LISTS, OParlError
from catalog.oparl.tags import is_known, tag

_LONGEST_QUERY: Final = 4_000
_OF_ORGANIZATION: Final[Mapping[str, str]] = {
    "meeting": "meeting",
    "consultation": "consultation",
}
_HEADERS: Final = {
    # Shared caches may keep every answer, and ask with its tag whether it still holds: what was
    # withdrawn must not be handed out from a copy, not even for a minute.
    "Cache-Control": "public, no-cache",
    # Whoever asked: a kept answer may serve a page of another site next.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
_VARY: Final = {"Vary": "Accept-Encoding"}
_COMPRESSED_FROM: Final = 500
_NOT_THERE: Final = (
    "Unter dieser Adresse gibt es kein Objekt → bei {system} beginnen und Links folgen"
)


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    """An answer that says what is wrong with a request."""

    def __init__(self, status: int, message: str, debug: str) -> None:
        super().__init__(message)
        self.status, self.message, self.debug = status, message, debug


def create_app(tables: Tables, *, public_url: str = "", website: str = "") -> Starlette:
    """The service; it can be mounted below any path.

    Args:
        tables: Where the served tables are; read anew with every request.
        public_url: The address at which the service is reached from outside, which every id begins
            with; empty: that of the request, for trials.
        website: A page for people; empty: the root of the server.

    Returns:
        ``/system``, ``/body`` (list), ``/body/<city>``, ``/body/<city>/<list>``,
        ``/<type>/<city>/<key>`` and ``/organization/<city>/<key>/{meeting,consultation}``.
    """
    service = _Service(tables, public_url.rstrip("/"), website)
    return Starlette(
        routes=[
            Route("/", service.entrance),
            Route("/system", service.answer(service.system)),
            Route("/body", service.answer(service.bodies)),
            Route("/body/{city}", service.answer(service.body)),
            Route("/body/{city}/{name}", service.answer(service.list_of_body)),
            Route("/organization/{city}/{key}/{name}", service.answer(service.of_organization)),
            Route("/{segment}/{city}/{key}", service.answer(service.thing)),
        ],
        exception_handlers={HTTPException: service.not_routed, Exception: service.failed},
        middleware=[
            # A page of 175 kB takes less than a millisecond, and a quarter less than by level 1.
            Middleware(GZipMiddleware, minimum_size=_COMPRESSED_FROM, compresslevel=6),
        ],
    )


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer says, and when that last changed."""

    content: Object
    modified_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that can be answered, and what its answer depends on.

    Attributes:
        address: What is asked for, whole and always written the same.
        kinds: Whose rows the answer is made of.
        city_id: Whose rows alone; None: those of all cities.
        make: Makes the answer.
    """

    address: str
    kinds: frozenset[str]
    city_id: str | None
    make: Callable[[], _Told]


_Ask = Callable[[Request, Snapshot, Objects], _Asked]


class _Service:
    """From a request to an answer."""

    def __init__(self, tables: Tables, public_url: str, website: str) -> None:
        self._served, self._public_url, self._website = Served(tables), public_url, website

    def _addresses(self, request: Request) -> Addresses:
        # Starlette's own base_url leaves out the path below which an application is mounted.
        mounted = str(request.scope.get("root_path", "")).rstrip("/")
        asked = str(request.url.replace(path=mounted, query="", fragment=""))
        return Addresses(self._public_url or asked)

    async def entrance(self, request: Request) -> Response:
        """Lead to the System."""
        return RedirectResponse(self._addresses(request).system, 307, headers=_HEADERS)

    def answer(self, ask: _Ask) -> Callable[[Request], Response]:
        """Make an answer in one snapshot; what cannot be answered says what to do."""

        def handler(request: Request) -> Response:
            try:
                _check_length(request)
                is_brief = is_internal_omitted(request.query_params)
                objects = Objects(self._addresses(request), omit_internal=is_brief)
                while True:
                    try:
                        of = Snapshot(self._served)
                        return self._answered(request, ask(request, of, objects), of)
                    except MovedError:
                        continue
            except _Refused as refused:
                return _refusal(refused.status, refused.message, refused.debug)
            except QueryError as error:
                return _refusal(400, str(error), error.mend)
            except OParlError as error:
                message = "Noch sind keine Ratsinformationen veröffentlicht → später wiederkommen"
                return _refusal(503, message, str(error))

        return handler

    def _answered(self, request: Request, asked: _Asked, of: Snapshot) -> Response:
        """The answer, or that the client has it."""
        # The tag comes first: it may be older than what is read after it, never newer.
        state = of.state(asked.kinds, asked.city_id)
        if "file" in asked.kinds:
            state.append(of.text_state())
        now = tag(asked.address, self._website, *state)
        headers = _HEADERS | {"ETag": now}
        known = request.headers.get("if-none-match", "")
        if is_known(now, known):
            return Response(status_code=304, headers=headers | _VARY)
        told = asked.make()
        if known.strip() == "*":  # any answer is known, so there must be one
            return Response(status_code=304, headers=headers | _VARY)
        if told.modified_at is not None:
            changed = told.modified_at.astimezone(dt.UTC)
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        body = orjson.dumps(told.content)
        if len(body) < _COMPRESSED_FROM:  # else it is said where it is compressed
            headers |= _VARY
        return Response(body, media_type="application/json", headers=headers)

    def system(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """The System."""

        def make() -> _Told:
            bodies = of.bodies()
            root = objects.at.base.removesuffix(str(request.scope.get("root_path", "")))
            told = objects.system(bodies, website=self._website or f"{root}/")
            return _Told(told, max((row["modified_at"] for row in bodies), default=None))

        return _Asked(objects.at.system, READS["body"], None, make)

    def bodies(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """The list of bodies."""
        return self._list(request, of, objects, "body", {}, objects.at.bodies)

    def body(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """The Body of a city."""
        return self._object(self._body(request, of, objects), "body", of, objects)

    def list_of_body(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """One list of a city."""
        name = request.path_params["name"]
        if name not in LISTS:
            raise _Refused(
                404,
                f"Diese Liste gibt es nicht → eine von {', '.join(LISTS)}",
                f"no such list: one of {', '.join(LISTS)}",
            )
        city_id = self._body(request, of, objects)["city_id"]
        path = f"{objects.at.body(city_id)}/{name}"
        return self._list(request, of, objects, LISTS[name], {"city_id": city_id}, path)

    def of_organization(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """Meetings or consultations of an organisation."""
        kind = _OF_ORGANIZATION.get(request.path_params["name"])
        row = self._found(request, of, objects, "organization")
        if kind is None or row["is_deleted"]:
            raise self._nothing(objects)
        path = f"{objects.at.of('organization', row['id'])}/{request.path_params['name']}"
        where = {"city_id": row["city_id"], "organization_id": row["id"]}
        return self._list(request, of, objects, kind, where, path)

    def thing(self, request: Request, of: Snapshot, objects: Objects) -> _Asked:
        """Any object; a deleted one is told with status 200."""
        asked = BY_SEGMENT.get(request.path_params["segment"])
        if asked is None or asked.kind == "body":
            raise self._nothing(objects)
        return self._object(self._found(request, of, objects, asked.kind), asked.kind, of, objects)

    def _object(self, row: Row, kind: str, of: Snapshot, objects: Objects) -> _Asked:
        def make() -> _Told:
            related = of.related(kind, [row], is_brief=objects.omit_internal)
            return _Told(objects.make(kind, row, related), row["modified_at"])

        brief = ListQuery(omit_internal=objects.omit_internal)
        address = brief.url(str(objects.at.of(kind, row["id"])))
        return _Asked(address, READS[kind], row["city_id"], make)

    def _nothing(self, objects: Objects) -> _Refused:
        message = _NOT_THERE.format(system=objects.at.system)
        return _Refused(404, message, f"no such object: begin at {objects.at.system}")

    def _body(self, request: Request, of: Snapshot, objects: Objects) -> Row:
        city_id = request.path_params["city"]
        # A city may have had another body before.
        rows = [row for row in of.bodies() if row["city_id"] == city_id]
        if not rows:
            raise self._nothing(objects)
        return min(rows, key=lambda row: bool(row["is_deleted"]))

    def _found(self, request: Request, of: Snapshot, objects: Objects, kind: str) -> Row:
        id_ = object_id(request.path_params["city"], request.path_params["key"])
        row = of.one(kind, id_) if id_ is not None else None
        if row is None:
            raise self._nothing(objects)
        return row

    def _list(
        self,
        request: Request,
        of: Snapshot,
        objects: Objects,
        kind: str,
        where: Mapping[str, str],
        path: str,
    ) -> _Asked:
        query = list_query(request.query_params)

        def make() -> _Told:
            page = of.page(kind, query, where)
            related = of.related(kind, page.rows, is_brief=query.omit_internal)
            content = {
                "data": [objects.make(kind, row, related) for row in page.rows],
                "pagination": {"totalElements": page.total, "elementsPerPage": query.limit},
                "links": _links(query, path, page.last),
            }
            return _Told(content, page.modified_at)

        return _Asked(query.url(path), READS[kind], where.get("city_id"), make)

    async def not_routed(self, request: Request, error: Exception) -> Response:
        """A path or method that we do not have."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        if status == 405 and request.method == "OPTIONS":  # noqa: PLR2004
            return Response(status_code=204, headers=_HEADERS | _PREFLIGHT)
        if status == 405:  # noqa: PLR2004 - HTTP's own number
            return _refusal(status, "Hier kann nur gelesen werden → GET verwenden", "use GET")
        system = self._addresses(request).system
        return _refusal(404, _NOT_THERE.format(system=system), f"no such path: begin at {system}")

    async def failed(self, _: Request, __: Exception) -> Response:
        """A fault of ours; what it was is no business of the outside."""
        message = "Der Dienst ist gestört → später noch einmal versuchen"
        return _refusal(500, message, "internal error: try again later")


def _check_length(request: Request) -> None:
    if len(request.url.query) > _LONGEST_QUERY:
        raise _Refused(
            414,
            f"Die Anfrage ist zu lang → höchstens {_LONGEST_QUERY} Zeichen",
            f"query: at most {_LONGEST_QUERY} characters",
        )


def _links(query: ListQuery, path: str, last: str) -> dict[str, str]:
    links = {"first": query.url(path, ""), "self": query.url(path)}
    return filled(links | {"next": query.url(path, last) if last else ""})


def _refusal(status: int, message: str, debug: str) -> Response:
    """OParl's object for errors."""
    content = {"type": f"{TYPE}Error", "message": message, "debug": debug}
    headers = _HEADERS | {"Cache-Control": "no-store"}
    return Response(orjson.dumps(content), status, media_type="application/json", headers=headers)
