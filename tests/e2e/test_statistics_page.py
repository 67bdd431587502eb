"""The statistics' pages in a real browser: usable, accessible, without a script."""

from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from catalog import statistics_pages
from indexes.app import SecurityHeaders, create_app
from orchestration.statistics import Statistics
from tests import statistics_lake
from tests.e2e.pages import assert_accessible, served

pytestmark = pytest.mark.browser

STATES = {
    "list": "/statistik",
    "lines": "/statistik/population",
    "bars": "/statistik/employees?chart=bars&lang=en",
    "districts": "/statistik/residents/stadtteile",
    "nothing": "/statistik/population?from=1850&to=1860",
    "refused": "/statistik/population?from=20",
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    lake = statistics_lake.lake_in(tmp_path_factory.mktemp("lake"))
    search = create_app(tmp_path_factory.mktemp("index"), statistics_path=statistics_pages.PATH)
    pages = statistics_pages.routes(Statistics(lake), portal_url="http://portal.example")
    app = Starlette(routes=[*pages, Mount("/", search)], middleware=[Middleware(SecurityHeaders)])
    with served(app) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_to_mend(scheme: str, state: str, browser: object, url: str) -> None:
    assert_accessible(browser, url + STATES[state], scheme)


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("state", ["list", "lines", "bars"])
def test_nothing_runs_over_the_edge(width: int, state: str, browser: object, url: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]
    page.goto(url + STATES[state])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if state != "list":
        shown = page.locator("figure svg:visible")
        assert shown.count() == 1
        assert shown.bounding_box()["width"] <= width
    page.close()


def test_the_map_and_the_table_of_districts_fit_every_screen(browser: object, url: str) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(url + STATES["districts"])
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator("svg.map").bounding_box()
        assert 200 < box["width"] <= width
        bars = [one.bounding_box()["width"] for one in page.locator("svg.amount path").all()]
        assert bars[:4] == sorted(bars[:4], reverse=True)
        assert bars[0] > bars[3] > 1
    page.close()


def test_a_journalist_compares_two_cities_with_the_keyboard_and_without_scripts(
    browser: object, url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("requestfailed", lambda request: refused.append(request.url))
    page.goto(f"{url}/")
    page.get_by_role("navigation").get_by_role("link", name="Statistik").click()
    page.get_by_label("Kennzahl").select_option("Bevölkerung")
    page.get_by_role("button", name="Anzeigen").press("Enter")
    page.wait_for_url("**/statistik/population*")
    page.get_by_role("checkbox", name="Koblenz").press("Space")
    page.get_by_role("checkbox", name="Ludwigshafen").press("Space")
    page.get_by_label("Von Jahr").fill("2012")
    page.get_by_label("Von Jahr").press("Enter")
    page.wait_for_url("**from=2012*")
    chart = page.get_by_role("img", name="Bevölkerung: Mainz, Trier")
    assert chart.count() == 1
    assert page.locator("thead th").all_inner_texts() == ["Zeitraum", "Mainz", "Trier", "Grundlage"]
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV für Tabellenkalkulation").click()
    assert download.value.suggested_filename == "population.csv"
    assert refused == []
    context.close()


def test_the_drawing_follows_light_and_dark(browser: object, url: str) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)  # type: ignore[attr-defined]
        page.goto(url + STATES["lines"])
        line = page.locator("figure svg.wide path.l-s0").first
        colours.add(line.evaluate("element => getComputedStyle(element).stroke"))
        page.close()
    assert colours == {"rgb(11, 92, 138)", "rgb(108, 184, 240)"}
