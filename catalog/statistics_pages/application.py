"""The pages below ``/statistik``: one list, one page per indicator, one download.

They work without a script; every state has an address. What may not be passed on, and what a check
holds back, is not shown here either.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from catalog.charts import Language
from catalog.figures import Figure, FiguresError, Indicator, breakdowns, nearest, unit_text
from catalog.statistics_pages.download import for_programs, for_spreadsheet
from catalog.statistics_pages.selection import SelectionError, language, selection
from catalog.statistics_pages.texts import TEXTS
from catalog.statistics_pages.view import chart_part, table_part
from catalog.vocabulary import THEMES

_HERE: Final = Path(__file__).parent
_PARAMETERS: Final = frozenset({"city", "breakdown", "from", "to", "chart", "indicator"})
_LONGEST, _MOST = 100, 20
_UNUSABLE, _NOT_READY = 422, 503
PATH: Final = "/statistik"
Handler = Callable[[Request], Awaitable[Response]]


class FiguresSource(Protocol):
    """Where the figures come from; every call may raise ``FiguresError``."""

    def indicators(self) -> dict[str, Indicator]:
        """All that have figures, by id, in the order in which they are listed."""

    def cities(self) -> dict[str, str]:
        """Id to name."""

    def figures(self, indicator_id: str) -> list[Figure]:
        """The current figures of whole cities."""

    def spans(self) -> dict[str, dict[str, Any]]:
        """Per indicator ``first``, ``last`` (days) and ``figures`` (how many)."""

    def held(self) -> frozenset[str]:
        """Cities that are held back."""


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    """A page that says what is wrong with a request."""

    def __init__(self, status: int, code: str, **told: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.told = status, code, told


def routes(
    source: FiguresSource, *, portal_url: str = "", search_path: str = "/"
) -> list[BaseRoute]:
    """The pages as routes, to be put before those of the search in one application.

    Args:
        source: The figures; read anew with every request.
        portal_url: The CKAN portal that the pages link to; empty for none.
        search_path: Where the search page is; its style sheet is used here too.

    Returns:
        ``/statistik`` (``?indicator=&lang=``), ``/statistik/<id>``
        (``?city=&breakdown=&from=&to=&chart=&lang=``), ``/statistik/<id>.csv`` (the same,
        ``breakdown=all`` and ``format``) and ``/statistik/static``.
    """
    pages = _Pages(source, portal_url.rstrip("/"), search_path)
    return [
        Mount(f"{PATH}/static", StaticFiles(directory=_HERE / "static")),
        Route(PATH, pages.answer(pages.overview)),
        Route(f"{PATH}/{{indicator}}.csv", pages.answer(pages.download)),
        Route(f"{PATH}/{{indicator}}", pages.answer(pages.indicator)),
    ]


class _Pages:
    """The pages, from a request to an answer."""

    def __init__(self, source: FiguresSource, portal_url: str, search_path: str) -> None:
        self._source, self._portal, self._search = source, portal_url, search_path
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def answer(self, make: Callable[[Request, Language], Response]) -> Handler:
        """Run a page aside of the event loop; what it refuses becomes a page that says so."""

        def made(request: Request) -> Response:
            lang = language(request.query_params)
            try:
                return make(request, lang)
            except _Refused as refused:
                return self._refusal(request, lang, refused)
            except SelectionError as error:
                told = {"known": ", ".join(error.known)}
                return self._refusal(request, lang, _Refused(_UNUSABLE, error.code, **told))
            except FiguresError:
                # The message names a folder of this machine: not for the outside.
                return self._refusal(request, lang, _Refused(_NOT_READY, "not_ready"))

        async def handler(request: Request) -> Response:
            return await run_in_threadpool(made, request)

        return handler

    def overview(self, request: Request, lang: Language) -> Response:
        """The list of indicators; with ``?indicator=`` the way to its page."""
        chosen = request.query_params.get("indicator", "")
        if chosen:
            known = self._known(chosen, lang)
            rest = "?lang=en" if lang == "en" else ""
            return RedirectResponse(f"{_base(request)}{PATH}/{known.id}{rest}", 303)
        self._source.held()
        spans = self._source.spans()
        themes: dict[str, list[dict[str, Any]]] = {}
        for one in self._open().values():
            theme = THEMES.get(one.theme, "")
            themes.setdefault(theme, []).append({"indicator": one, "span": spans[one.id]})
        return self._page(
            request, lang, "overview.html", themes=dict(sorted(themes.items())), status=200
        )

    def indicator(self, request: Request, lang: Language) -> Response:
        """The page of one indicator."""
        one, cities, figures, held = self._asked(request, lang)
        offered = breakdowns(figures, lang)
        chosen = selection(request.query_params, cities, list(offered))
        shown = chosen.of(figures)
        named = {city: cities[city] for city in chosen.cities}
        return self._page(
            request,
            lang,
            "indicator.html",
            status=200,
            one=one,
            unit=unit_text(one.unit, lang),
            definition=one.definition(lang),
            chosen=chosen,
            cities=cities,
            breakdowns=offered,
            chart=chart_part(one, shown, named, chosen),
            table=table_part(one, shown, named, lang),
            sources=sorted({figure.source_url for figure in shown}),
            datasets={
                name: f"{self._portal}/dataset/{city}-observation-current"
                for city, name in named.items()
                if self._portal
            },
            held=[self._source.cities()[city] for city in held],
        )

    def download(self, request: Request, lang: Language) -> Response:
        """The chosen figures as CSV."""
        one, cities, figures, _ = self._asked(request, lang)
        wanted = request.query_params.get("format") or "excel"
        if wanted not in {"excel", "csv"}:
            raise _Refused(_UNUSABLE, "format")
        offered = breakdowns(figures, lang)
        params = request.query_params
        if every := params.get("breakdown") == "all":
            params = QueryParams([pair for pair in params.multi_items() if pair[0] != "breakdown"])
        chosen = selection(params, cities, list(offered))
        rows = chosen.of(figures, every_breakdown=every)
        write = for_programs if wanted == "csv" else for_spreadsheet
        return Response(
            write(one, rows),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{one.id}.csv"'},
        )

    def _asked(
        self, request: Request, lang: Language
    ) -> tuple[Indicator, dict[str, str], list[Figure], list[str]]:
        """The indicator of the address, the cities that are shown, their figures, those held."""
        one = self._known(str(request.path_params["indicator"]), lang)
        held = self._source.held()
        figures = [each for each in self._source.figures(one.id) if each.city_id not in held]
        have = {each.city_id for each in figures}
        cities = {city: name for city, name in self._source.cities().items() if city in have}
        return one, cities, figures, sorted(held)

    def _open(self) -> dict[str, Indicator]:
        return {key: one for key, one in self._source.indicators().items() if one.is_open}

    def _known(self, indicator_id: str, lang: Language) -> Indicator:
        known = self._source.indicators()
        if indicator_id not in known:
            raise _Refused(404, "unknown", near=nearest(indicator_id, self._open(), lang))
        if not known[indicator_id].is_open:
            raise _Refused(404, "not_open")
        return known[indicator_id]

    def _refusal(self, request: Request, lang: Language, refused: _Refused) -> Response:
        said = str(TEXTS[lang]["errors"][refused.code])
        return self._page(
            request,
            lang,
            "refusal.html",
            status=refused.status,
            message=said.format(known=refused.told.get("known", "")),
            near=refused.told.get("near", []),
            reset=request.url.path.removesuffix(".csv") if refused.status == _UNUSABLE else "",
        )

    def _page(
        self, request: Request, lang: Language, template: str, *, status: int, **parts: Any
    ) -> Response:
        html = self._environment.get_template(template).render(
            t=TEXTS[lang],
            lang=lang,
            base=_base(request),
            path=PATH,
            here=request.url.path,
            switched=_query(request, "de" if lang == "en" else "en"),
            search_path=self._search,
            portal_url=self._portal,
            indicators={} if status == _NOT_READY else self._open(),
            **parts,
        )
        return HTMLResponse(html, status, headers={"Content-Language": lang})


def _base(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _query(request: Request, lang: Language) -> str:
    """The query string of the same page in another language."""
    kept = [
        (name, value[:_LONGEST])
        for name, value in request.query_params.multi_items()
        if name in _PARAMETERS and value
    ]
    return urlencode([*kept[:_MOST], ("lang", lang)])
