"""Charts of the statistics on the portal: made by the publication, drawn by CKAN."""

import datetime as dt
import secrets
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page

from catalog.portal import PortalInfo
from tests.e2e.pages import assert_nothing_to_mend
from tests.integration.catalog.publishing import once
from tests.unit.catalog import world

pytestmark = [pytest.mark.portal, pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
def chart(portal: PortalInfo, tmp_path: Path) -> str:
    """The address of the chart over all cities, published for this test."""
    suffix, token = secrets.token_hex(4), portal.token_file.read_text().strip()
    tables = world.tables()
    rows = tables["observation"].to_pylist()
    (newest,) = (row for row in rows if row["observation_id"] == "mainz-2022")
    # Neither an older vintage nor a district is the city's figure.
    older = {"observation_id": "mainz-older", "vintage_date": dt.date(2025, 3, 1), "value": 1.0}
    district = {"observation_id": "mainz-district", "ars": f"{newest['ars']}-011", "value": 2.0}
    tables["observation"] = world.table(
        "observation", [{**newest, **older}, *rows, {**newest, **district}]
    )
    assert once(portal.url, token, tmp_path, suffix, tables).problems == []
    name = f"alle-observation-{suffix}"
    api = f"{portal.url}/api/3/action"
    package = requests.get(f"{api}/package_show", {"id": name}, timeout=30).json()["result"]
    id_ = package["resources"][0]["id"]
    views = requests.get(f"{api}/resource_view_list", {"id": id_}, timeout=30).json()["result"]
    assert [view["view_type"] for view in views] == ["seehaus_chart", "datatables_view"]
    return f"{portal.url}/dataset/{name}/resource/{id_}"


def shown(browser: Browser, url: str, width: int) -> tuple[Page, list[str]]:
    """The page, and the addresses that it loads from elsewhere."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    here = url.partition("/dataset/")[0]
    return page, [one for one in asked if not one.startswith((here, "data:"))]


@pytest.mark.parametrize(("width", "size"), [(1280, "wide"), (390, "narrow")])
def test_lines_with_their_break_and_the_missing_value(
    width: int, size: str, browser: Browser, chart: str
) -> None:
    page, elsewhere = shown(browser, chart, width)

    view = page.locator(".seehaus-chart")
    drawing: Any = view.locator(f"svg.{size}")
    assert drawing.is_visible()
    assert view.locator("svg.chart >> visible=true").count() == 1
    said = drawing.locator("desc").first.text_content()
    assert "Bruch der Grundlage: ab hier Zensus 2022, davor Zensus 2011" in said
    assert "Mainz 31.12.2021: keine Angabe: geheim oder unbekannt" in said
    rows = view.locator("tbody tr").all_inner_texts()
    assert [row.split("\t")[0] for row in rows] == ["31.12.2022", "31.12.2021", "31.12.2020"]
    assert rows[0].split("\t")[1:] == ["102.022", "102.022", "102.022", "Zensus 2022"]
    assert rows[1].split("\t")[1] == "keine Angabe: geheim oder unbekannt"
    about = view.locator(".seehaus-about").inner_text()
    for words in ("Statistische Ämter", "12411-01-01-4", "nur vereinheitlicht"):
        assert words in about
    # A policy that forbids inline styles, scripts and other hosts takes nothing from it.
    assert view.locator("[style], style, script, img, iframe").count() == 0
    assert elsewhere == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert_nothing_to_mend(page)
    page.close()


def test_what_is_chosen_is_shown_and_what_cannot_be_is_said(browser: Browser, chart: str) -> None:
    page, _ = shown(browser, chart, 1280)
    page.get_by_role("checkbox", name="Trier").uncheck()
    page.get_by_role("combobox", name="Darstellung").select_option("bars")
    page.get_by_role("button", name="Anzeigen").last.click()
    page.wait_for_url("**chart=bars*")

    view = page.locator(".seehaus-chart")
    assert view.locator("thead th").all_inner_texts() == [
        "Zeitraum",
        "Mainz",
        "Neu Stadt",
        "Grundlage",
    ]
    assert "Balkendiagramm" in str(view.locator("svg desc").first.text_content())
    csv = requests.get(
        str(view.get_by_role("link", name="CSV").evaluate("a => a.href")), timeout=30
    )
    cities = {line.split(",")[2] for line in csv.content.decode("utf-8-sig").splitlines()[1:]}
    assert cities == {"mainz", "neu_stadt"}

    page.goto(chart.partition("/resource/")[0])
    page.get_by_role("link", name="Zahlen als Diagramm ansehen").click()
    page.wait_for_url(chart)
    page.goto(chart.replace("/dataset/", "/en/dataset/"))
    assert page.locator(".seehaus-chart h2").inner_text() == "Inhabitants"
    for query in ("city=atlantis", "indicator=there-is-none", "breakdown=SEX:X", "chart=pie"):
        page.goto(f"{chart}?{query}")
        assert page.locator(".seehaus-chart .alert-warning").count() == 1, query
    page.close()
