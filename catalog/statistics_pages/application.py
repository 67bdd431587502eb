"""The pages below ``/statistik``: a list, a page per indicator and of its districts, downloads.

They work without a script; every state has an address. What may not be passed on, and what a check
holds back, is not shown here either.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol, cast
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from catalog.charts import Language
from catalog.districts import District, periods
from catalog.figures import Figure, FiguresError, Indicator, breakdowns, nearest, unit_text
from catalog.figures.selection import SelectionError, language, selection
from catalog.figures.texts import TEXTS
from catalog.figures.view import chart_part, signs_of, table_part, vintages_of
from catalog.statistics_pages.districts import (
    city_of,
    district_selection,
    map_part,
    ranked_in,
    rows_of,
)
from catalog.statistics_pages.download import for_programs, for_spreadsheet
from catalog.vocabulary import THEMES

_HERE: Final = Path(__file__).parent
_PARAMETERS: Final = frozenset({"city", "breakdown", "from", "to", "chart", "indicator", "period"})
_LONGEST, _MOST = 100, 20
_UNUSABLE, _NOT_READY = 422, 503
PATH: Final = "/statistik"
BELOW: Final = "stadtteile"
Handler = Callable[[Request], Awaitable[Response]]


class FiguresSource(Protocol):
    """Where the figures come from; every call may raise ``FiguresError``."""

    def indicators(self, *, districts: bool = False) -> dict[str, Indicator]:
        """All that have figures, or also those that only districts have, in the order listed."""

    def cities(self) -> dict[str, str]:
        """Id to name."""

    def districts(self) -> dict[str, District]:
        """The districts of all cities, by key."""

    def figures(self, indicator_id: str, *, districts: bool = False) -> list[Figure]:
        """The current figures of whole cities, or of their districts."""

    def spans(self, *, districts: bool = False) -> dict[str, dict[str, Any]]:
        """Per indicator ``first``, ``last`` (days), ``cities`` and ``figures`` (how many)."""

    def held(self, *, districts: bool = False) -> frozenset[str]:
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
        ``breakdown=all`` and ``format``), ``/statistik/<id>/stadtteile``
        (``?city=&breakdown=&period=&lang=``) with its ``.csv``, and ``/statistik/static``.
    """
    pages = _Pages(source, portal_url.rstrip("/"), search_path)
    return [
        Mount(f"{PATH}/static", StaticFiles(directory=_HERE / "static")),
        Route(PATH, pages.answer(pages.overview)),
        Route(f"{PATH}/{{indicator}}/{BELOW}.csv", pages.answer(pages.districts_download)),
        Route(f"{PATH}/{{indicator}}/{BELOW}", pages.answer(pages.districts)),
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
            known = self._known(request, chosen, lang)
            rest = "?lang=en" if lang == "en" else ""
            return RedirectResponse(f"{_base(request)}{PATH}/{known.id}{rest}", 303)
        self._source.held()
        spans, below = self._source.spans(), self._source.spans(districts=True)
        names = self._source.cities()
        themes: dict[str, list[dict[str, Any]]] = {}
        for one in self._open(request).values():
            span = spans.get(one.id) or below[one.id]
            districts = {city: names[city] for city in below.get(one.id, {}).get("cities", ())}
            told = {"indicator": one, "span": span, "districts": districts}
            theme = THEMES.get(one.theme, "")
            themes.setdefault(theme, []).append(told | {"is_below": one.id not in spans})
        return self._page(
            request, lang, "overview.html", themes=dict(sorted(themes.items())), status=200
        )

    def indicator(self, request: Request, lang: Language) -> Response:
        """The page of one indicator; of one that only districts have, the way to theirs."""
        one, cities, figures, held = self._asked(request, lang)
        below = self._source.spans(districts=True).get(one.id)
        if below and one.id not in self._source.spans():
            return _below(request, one)
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
            datasets=self._datasets(named),
            held=[self._source.cities()[city] for city in held],
            below={city: self._source.cities()[city] for city in below["cities"]} if below else {},
        )

    def download(self, request: Request, lang: Language) -> Response:
        """The chosen figures as CSV."""
        one, cities, figures, _ = self._asked(request, lang)
        if not figures and one.id not in self._source.spans():
            return _below(request, one, ".csv")
        offered = breakdowns(figures, lang)
        params = request.query_params
        if every := params.get("breakdown") == "all":
            params = QueryParams([pair for pair in params.multi_items() if pair[0] != "breakdown"])
        chosen = selection(params, cities, list(offered))
        rows = chosen.of(figures, every_breakdown=every)
        return self._file(request, one, rows, one.id)

    def districts(self, request: Request, lang: Language) -> Response:
        """The districts of one city beside each other, for one period."""
        one, cities, figures, held = self._asked(request, lang, districts=True)
        absent = str(TEXTS[lang]["no_row"])
        city, of_city = self._city_of(request, one, cities, figures)
        offered, days = breakdowns(of_city, lang), periods(of_city, lang)
        chosen = district_selection(request.query_params, city, list(offered), list(days))
        shown = chosen.of(of_city)
        found = ranked_in(city, self._source.districts(), shown) if shown else []
        return self._page(
            request,
            lang,
            "districts.html",
            status=200,
            one=one,
            unit=unit_text(one.unit, lang),
            definition=one.definition(lang),
            chosen=chosen,
            cities=cities,
            breakdowns=offered,
            periods=days,
            map=map_part(one, cities[city], found, lang, absent) if found else None,
            rows=rows_of(one, found, lang, absent),
            vintages=vintages_of(shown, lang),
            signs=signs_of(one, shown, lang),
            sources=sorted({figure.source_url for figure in shown}),
            datasets=self._datasets({city: cities[city]}),
            held=[self._source.cities()[city] for city in held],
            has_city=one.id in self._source.spans(),
        )

    def districts_download(self, request: Request, lang: Language) -> Response:
        """The figures of a city's districts as CSV: of every period where none is chosen."""
        one, cities, figures, _ = self._asked(request, lang, districts=True)
        city, of_city = self._city_of(request, one, cities, figures)
        offered, days = list(breakdowns(of_city, lang)), list(periods(of_city, lang))
        chosen = district_selection(request.query_params, city, offered, ["", *days])
        names = {ars: each.name for ars, each in self._source.districts().items()}
        return self._file(request, one, chosen.of(of_city), f"{one.id}-{city}-{BELOW}", names)

    def _city_of(
        self, request: Request, one: Indicator, cities: dict[str, str], figures: list[Figure]
    ) -> tuple[str, list[Figure]]:
        """The city whose districts are asked for, and their figures."""
        if not cities:
            is_held = one.id in self._source.spans(districts=True)
            raise _Refused(_NOT_READY, "not_ready") if is_held else _Refused(404, "no_districts")
        city = city_of(request.query_params, cities)
        return city, [figure for figure in figures if figure.city_id == city]

    def _file(
        self,
        request: Request,
        one: Indicator,
        rows: list[Figure],
        name: str,
        districts: dict[str, str] | None = None,
    ) -> Response:
        wanted = request.query_params.get("format") or "excel"
        if wanted not in {"excel", "csv"}:
            raise _Refused(_UNUSABLE, "format")
        write = for_programs if wanted == "csv" else for_spreadsheet
        return Response(
            write(one, rows, districts),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    def _asked(
        self, request: Request, lang: Language, *, districts: bool = False
    ) -> tuple[Indicator, dict[str, str], list[Figure], list[str]]:
        """The indicator of the address, the cities that are shown, their figures, those held."""
        one = self._known(request, str(request.path_params["indicator"]), lang)
        held = self._source.held(districts=districts)
        found = self._source.figures(one.id, districts=districts)
        figures = [each for each in found if each.city_id not in held]
        have = {each.city_id for each in figures}
        cities = {city: name for city, name in self._source.cities().items() if city in have}
        return one, cities, figures, sorted(held)

    def _all(self, request: Request) -> dict[str, Indicator]:
        """Those of cities and those that only districts have; read once per request."""
        known = getattr(request.state, "indicators", None)
        if known is None:
            known = request.state.indicators = self._source.indicators(districts=True)
        return cast("dict[str, Indicator]", known)

    def _open(self, request: Request) -> dict[str, Indicator]:
        return {key: one for key, one in self._all(request).items() if one.is_open}

    def _datasets(self, cities: dict[str, str]) -> dict[str, str]:
        """The data sets in the portal, name of the city to address."""
        if not self._portal:
            return {}
        at = f"{self._portal}/dataset"
        # A data set's name has hyphens where the city's id has underscores.
        return {name: f"{at}/{city.replace('_', '-')}-observation" for city, name in cities.items()}

    def _known(self, request: Request, indicator_id: str, lang: Language) -> Indicator:
        known = self._all(request)
        if indicator_id not in known:
            raise _Refused(404, "unknown", near=nearest(indicator_id, self._open(request), lang))
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
            below_path=BELOW,
            here=request.url.path,
            switched=_query(request, "de" if lang == "en" else "en"),
            search_path=self._search,
            portal_url=self._portal,
            indicators={} if status == _NOT_READY else self._open(request),
            **parts,
        )
        return HTMLResponse(html, status, headers={"Content-Language": lang})


def _base(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _below(request: Request, one: Indicator, kind: str = "") -> Response:
    """The way to the districts' page or file, with the same query."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"{_base(request)}{PATH}/{one.id}/{BELOW}{kind}{query}", 303)


def _query(request: Request, lang: Language) -> str:
    """The query string of the same page in another language."""
    kept = [
        (name, value[:_LONGEST])
        for name, value in request.query_params.multi_items()
        if name in _PARAMETERS and value
    ]
    return urlencode([*kept[:_MOST], ("lang", lang)])
