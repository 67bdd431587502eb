"""The search as a web application: one page that works without JavaScript, and a JSON API.

Nothing here writes a log line: a question tells about who asks it. Whoever serves the application
must keep the server's access log off for the same reason (the question is part of the URL).
"""

import dataclasses
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from indexes.app.headers import SecurityHeaders
from indexes.app.texts import TEXTS, date_text, number_text
from indexes.embed import Embedder
from indexes.errors import IndexesError
from indexes.passages import KINDS
from indexes.query import MAX_QUERY, QueryError
from indexes.search import MAX_HITS, Index, SearchResult

_HERE: Final = Path(__file__).parent
_HITS: Final = 10
Handler = Callable[[Request], Awaitable[Response]]


class _Service:
    """The index behind the pages, opened with the first question."""

    def __init__(
        self, folder: Path, portal_url: str, embedder: Embedder | Callable[[], Embedder] | None
    ) -> None:
        self.portal_url = portal_url.rstrip("/")
        self._index = Index(folder, embedder, portal_url=self.portal_url)

    def index(self) -> Index:
        self._index.refresh()
        return self._index

    def cities(self) -> dict[str, str]:
        """The cities to filter by; none while there is no index."""
        try:
            return dict(self.index().cities)
        except IndexesError:
            return {}

    def search(self, params: QueryParams) -> SearchResult:
        wanted = params.get("k") or str(_HITS)
        if not wanted.isascii() or not wanted.isdigit() or not 1 <= int(wanted[:6]) <= MAX_HITS:
            raise QueryError("k", f"k: {wanted[:20]} → a number from 1 to {MAX_HITS}")
        kinds = [one for one in params.getlist("kind") if one]
        if unknown := [one for one in kinds if one not in KINDS]:
            raise QueryError("kind", f"kind: {unknown[0][:20]} → one of {', '.join(KINDS)}")
        index = self.index()
        cities = [one for one in params.getlist("city") if one]
        if unknown := [one for one in cities if one not in index.cities]:
            known = ", ".join(index.cities)
            raise QueryError("city", f"city: {unknown[0][:40]} → one of {known}")
        return index.search(params.get("q", ""), k=int(wanted), cities=cities, kinds=kinds)


def create_app(
    folder: Path,
    *,
    portal_url: str = "",
    embedder: Embedder | Callable[[], Embedder] | None = None,
    sample_data: bool = False,
    statistics_path: str = "",
    oparl_path: str = "",
) -> Starlette:
    """The search application; it can be mounted below any path.

    Args:
        folder: The index folder; it may still be empty, the page then says so.
        portal_url: The CKAN portal that the page and its hits link to; empty for none.
        embedder: The model or what opens it, called once with the first question; by default the
            built-in one.
        sample_data: Whether the council data are invented; the page then says so.
        statistics_path: Where the same server has the statistics' pages; empty for nowhere.
        oparl_path: Where the same server has the OParl service; empty for nowhere.

    Returns:
        ``/`` (page; ``?q=&city=&kind=&lang=``), ``/api/search`` (``?q=&city=&kind=&k=``),
        ``/api/openapi.json``, ``/healthz`` and ``/static``.
    """
    service = _Service(folder, portal_url, embedder)
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["sample_data"] = sample_data
    environment.globals["statistics_path"] = statistics_path
    environment.globals["oparl_path"] = oparl_path
    page = _Page(service, environment)
    return Starlette(
        routes=[
            Route("/", page.show),
            Route("/api/search", _api(service)),
            Route("/api/openapi.json", _openapi),
            Route("/healthz", _health(service)),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )


class _Page:
    """The page, from its states to HTML."""

    def __init__(self, service: _Service, environment: Environment) -> None:
        self._service, self._environment = service, environment

    async def show(self, request: Request) -> Response:
        """Answer ``GET /``."""
        return await run_in_threadpool(self._show, request)

    def _show(self, request: Request) -> Response:
        params = request.query_params
        lang = "en" if params.get("lang") == "en" else "de"
        texts = TEXTS[lang]
        query = params.get("q", "")
        result, error, status = None, "", 200
        if "q" in params and query.strip():
            try:
                result = self._service.search(params)
            except QueryError as problem:
                error, status = texts["errors"].get(problem.code, texts["errors"]["other"]), 400
            except IndexesError:
                error, status = texts["errors"]["no_index"], 503
        html = self._environment.get_template("search.html").render(
            t=texts,
            lang=lang,
            base=request.scope.get("root_path", ""),
            query=query[:MAX_QUERY],
            max_query=MAX_QUERY,
            cities=self._service.cities(),
            kinds=[kind for kind in KINDS if kind in texts["kinds"]],
            chosen_city=params.get("city", ""),
            chosen_kind=params.get("kind", ""),
            result=result,
            error=error,
            portal_url=self._service.portal_url,
            switch=_switched(params, lang),
            date_text=lambda day: date_text(day, lang),
            number_text=lambda hit: number_text(
                hit.value, hit.value_decimals, hit.value_unit, lang
            ),
            # snippet() escapes everything but its own <mark>.
            marked=lambda hit: Markup(hit.snippet_html),  # noqa: S704
            example=lambda text: urlencode({"q": text} | ({"lang": "en"} if lang == "en" else {})),
        )
        return HTMLResponse(html, status, headers={"Content-Language": lang})


def _switched(params: QueryParams, lang: str) -> str:
    """The query string of the same page in the other language."""
    rest = [
        (key, value[:MAX_QUERY])
        for key, value in params.multi_items()
        if key in {"q", "city", "kind"} and value
    ]
    return urlencode([*rest, ("lang", "de" if lang == "en" else "en")])


def _api(service: _Service) -> Handler:
    async def search(request: Request) -> Response:
        try:
            result = await run_in_threadpool(service.search, request.query_params)
        except QueryError as error:
            return JSONResponse({"error": error.code, "message": str(error)}, 400)
        except IndexesError as error:
            # The message names a folder of this machine: not for the outside.
            return JSONResponse({"error": _code(error), "message": "no index to search"}, 503)
        content = dataclasses.asdict(result)
        return PlainTextResponse(
            json.dumps(content, ensure_ascii=False, default=str), media_type="application/json"
        )

    return search


def _code(error: IndexesError) -> str:
    return "mismatch" if type(error).__name__ == "MismatchError" else "no_index"


def _health(service: _Service) -> Handler:
    async def health(_: Request) -> Response:
        try:
            manifest = await run_in_threadpool(lambda: service.index().manifest)
        except IndexesError as error:
            return JSONResponse({"status": "no index", "error": _code(error)}, 503)
        return JSONResponse(
            {
                "status": "ok",
                "version": manifest["version"],
                "passages": manifest["passages"],
                "built_at": manifest["built_at"],
            }
        )

    return health


async def _openapi(request: Request) -> Response:
    path = _HERE / "openapi.json"
    described = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    described["servers"] = [{"url": request.scope.get("root_path", "") or "/"}]
    return JSONResponse(described)
