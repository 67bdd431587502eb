"""The search page in a real browser: usable, accessible, without a script."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from indexes.app import create_app
from indexes.build import build
from indexes.embed import BuiltinE5
from indexes.passages import passages
from tests.e2e.pages import assert_accessible, served

pytestmark = pytest.mark.browser

STATES = {
    "start": "/",
    "hits": "/?q=Wo+entstehen+neue+Fahrradstra%C3%9Fen%3F",
    "english": "/?q=Wie+viele+Menschen+leben+in+Trier%3F&lang=en",
    "similar": "/?q=cycling",
    "none": "/?q=Radweg&city=koblenz&kind=meeting",
    "error": "/?q=%01",
}


@pytest.fixture(scope="module")
def corpus() -> ModuleType:
    path = Path(__file__).parents[1] / "unit" / "indexes" / "corpus.py"
    spec = importlib.util.spec_from_file_location("indexes_corpus", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def url(corpus: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("index")
    embedder = BuiltinE5(folder / "model")
    build(passages(corpus.tables()), folder, embedder)
    app = create_app(folder, portal_url="http://portal.example", embedder=embedder)
    with served(app) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_to_mend(scheme: str, state: str, browser: object, url: str) -> None:
    assert_accessible(browser, url + STATES[state], scheme)


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("state", ["start", "hits"])
def test_nothing_runs_over_the_edge(width: int, state: str, browser: object, url: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})  # type: ignore[attr-defined]
    page.goto(url + STATES[state])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_a_citizen_finds_a_paper_with_the_keyboard_and_without_scripts(
    browser: object, url: str
) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.on("requestfailed", lambda request: refused.append(request.url))
    page.goto(url)
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("element => element === document.activeElement")
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.get_by_label("Ihre Frage").fill("Wo entstehen neue Fahrradstraßen?")
    page.get_by_label("Stadt", exact=True).select_option("Mainz")
    page.get_by_label("Ihre Frage").press("Enter")
    page.wait_for_url("**/?q=*")
    first = page.locator(".hits li").first
    assert "Radverkehrskonzept" in first.get_by_role("heading").inner_text()
    assert first.locator("mark").count() > 0
    link = first.get_by_role("link", name="Dokument öffnen")
    assert link.get_attribute("href").startswith("https://ris.mainz.example/file/9101.pdf#page=")
    assert page.get_by_label("Stadt", exact=True).input_value() == "mainz"
    assert refused == []
    context.close()


def test_the_focus_is_seen(browser: object, url: str) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto(url)
    for selector in ("#q", "#city", "button", ".examples a"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px", selector
    page.close()
