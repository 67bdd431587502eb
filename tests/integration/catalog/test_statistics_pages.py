"""The statistics' pages as a browser without scripts gets them."""

import csv
import datetime as dt
import io
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.testclient import TestClient

from catalog import statistics_pages
from indexes.app import SecurityHeaders, create_app
from orchestration.lake import Lake
from orchestration.statistics import Statistics
from orchestration.verdict import Judged, record
from quality.result import CheckResult
from tests import statistics_lake

pytestmark = pytest.mark.integration
FAILED = CheckResult(
    table="observation_current",
    rule="plausible",
    column="value",
    success=False,
    severity="error",
    observed="1",
    failing_rows=[{"city_id": "trier"}],
    rows_checked=1,
    message="",
)


def application(lake: Lake, folder: Path) -> Starlette:
    search = create_app(folder, statistics_path=statistics_pages.PATH)
    pages = statistics_pages.routes(Statistics(lake), portal_url="http://portal.example/")
    return Starlette(routes=[*pages, Mount("/", search)], middleware=[Middleware(SecurityHeaders)])


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return statistics_lake.lake_in(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def client(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with TestClient(application(lake, tmp_path_factory.mktemp("index"))) as client:
        yield client


def page_of(client: TestClient, path: str, status: int = 200) -> LexborHTMLParser:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:2000]
    assert answer.headers["content-type"].startswith("text/html")
    return LexborHTMLParser(answer.text)


def test_the_list_names_what_may_be_shown_with_its_span(client: TestClient) -> None:
    page = page_of(client, "/statistik")
    links = {one.attributes["href"]: one.text() for one in page.css(".indicators a")}
    assert links["/statistik/population"] == "Bevölkerung"
    assert "/statistik/rent" not in links
    assert "2008 bis 2024 · Regionaldatenbank" in page.css_first(".indicators").text()
    answer = client.get("/statistik?indicator=population", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/statistik/population")


def test_a_page_has_chart_table_source_licence_and_downloads(client: TestClient) -> None:
    page = page_of(client, "/statistik/population")
    drawings = page.css("figure svg")
    assert [one.attributes["role"] for one in drawings] == ["img", "img"]
    assert "Bruch der Grundlage: ab hier Zensus 2022, davor Zensus 2011" in page.css_first(
        "main"
    ).text(separator=" ")
    rows = {row.css_first("th").text(): row for row in page.css("tbody tr")}
    assert next(iter(rows)) == "31.12.2024"
    cells = [one.text() for one in rows["31.12.2015"].css("td")]
    missing = "keine Angabe: geheim oder unbekannt"
    assert cells == ["115.800", "174.800", "219.800", missing, "Zensus 2011"]
    assert "114.400 (vorläufig)" in rows["31.12.2024"].text()
    about = page.css_first(".about").text(separator=" ")
    assert "© Statistische Ämter des Bundes und der Länder" in about
    assert "unbekannt oder geheim" in about
    assert page.css_first("a[rel=license]").attributes["href"].endswith("/dl-de/by-2-0")
    links = [one.attributes["href"] for one in page.css(".about a")]
    assert "http://portal.example/dataset/trier-observation" in links
    (excel, plain) = (one for one in links if one and one.startswith("/statistik/population.csv"))
    assert client.get(excel).status_code == client.get(plain).status_code == 200
    assert page.css("script, style, [style], [onclick]") == []


def test_a_choice_is_kept_in_the_form_the_chart_and_the_download(client: TestClient) -> None:
    path = "/statistik/population?city=trier&city=mainz&breakdown=SEX%3AF&from=2020&to=2022"
    page = page_of(client, f"{path}&chart=bars")
    checked = [one.attributes["value"] for one in page.css("input[checked]")]
    assert checked == ["mainz", "trier"]
    chosen = [one.attributes["value"] for one in page.css(".choice option[selected]")]
    assert chosen == ["SEX:F", "bars"]
    assert page.css_first("#from").attributes["value"] == "2020"
    assert [one.text() for one in page.css("tbody th")] == [
        "31.12.2022",
        "31.12.2021",
        "31.12.2020",
    ]
    assert "weiblich" in page.css_first("#table-title").text()
    link = next(
        one.attributes["href"]
        for one in page.css(".about a")
        if "format=csv" in str(one.attributes["href"])
    )
    rows = list(csv.DictReader(io.StringIO(client.get(str(link)).text)))
    assert len(rows) == 6
    assert {row["dimensions"] for row in rows} == {"SEX:F"}


def test_the_page_speaks_english(client: TestClient) -> None:
    page = page_of(client, "/statistik/population?lang=en&city=trier")
    assert page.root is not None
    assert page.root.attributes["lang"] == "en"
    assert "no figure: confidential or unknown" in page.css_first("table").text()
    assert "111,400" in page.css_first("table").text()
    switch = page.css("nav a")[-1].attributes["href"]
    assert switch == "/statistik/population?city=trier&lang=de"


def test_a_spreadsheet_in_german_reads_the_file(client: TestClient) -> None:
    answer = client.get("/statistik/employees.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert answer.headers["content-disposition"] == 'attachment; filename="employees.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    by = {(row["Stadt"], row["Zeitraum bis"]): row for row in rows}
    assert by["Trier", "30.06.2023"]["Wert"] == "0,0"
    missing = by["Mainz", "30.06.2025"]
    assert missing["Wert"] == ""
    assert missing["Angabe der Quelle"] == "'-"
    assert missing["Anmerkung"] == "keine Angabe: nicht vorhanden oder nicht geliefert"
    assert missing["Lizenz"].startswith("Datenlizenz Deutschland")


def test_a_program_reads_all_breakdowns(client: TestClient) -> None:
    answer = client.get("/statistik/population.csv?format=csv&breakdown=all&city=mainz&from=2024")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["dimensions"], row["value"]) for row in rows] == [
        ("", "218400.0"),
        ("SEX:F", "109200.0"),
        ("SEX:M", "109200.0"),
    ]
    assert rows[0]["period_end_date"] == "2024-12-31"


def test_where_nothing_has_a_value_the_bars_say_why(client: TestClient) -> None:
    page = page_of(client, "/statistik/employees?from=2025")
    assert "keine Angabe: nicht vorhanden oder nicht geliefert" in page.css_first("svg").text()


def test_labels_are_escaped(client: TestClient) -> None:
    for path in ("/statistik", "/statistik/employees", "/statistik/employees?city=%3Cscript%3E"):
        answer = client.get(path)
        assert "<script" not in answer.text
        assert ("&lt;script&gt;" in answer.text) == (answer.status_code == 200)


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/statistik/populaton", 404, "Bevölkerung"),
        ("/statistik/rent", 404, "nicht weitergegeben"),
        ("/statistik/rent.csv", 404, "nicht weitergegeben"),
        ("/statistik/%3Cscript%3E", 404, "gibt es hier nicht"),
        ("/statistik/population?city=bonn", 422, "Koblenz, Ludwigshafen am Rhein, Mainz, Trier"),
        ("/statistik/population?breakdown=AGE%3A1", 422, "Gliederung"),
        ("/statistik/population?from=20", 422, "vier Ziffern"),
        ("/statistik/population?from=%C2%B2%C2%B20%C2%B2", 422, "vier Ziffern"),
        ("/statistik/population?from=2020&to=2010", 422, "tauschen"),
        ("/statistik/population?chart=pie", 422, "Linien oder Balken"),
        ("/statistik/population.csv?format=xls", 422, "excel oder csv"),
        ("/statistik/population?city=" + "a" * 5000, 422, "gibt es hier nicht"),
        ("/statistik?indicator=x%0d%0aSet-Cookie%3A1", 404, "gibt es hier nicht"),
    ],
)
def test_what_cannot_be_used_is_explained(
    path: str, status: int, said: str, client: TestClient
) -> None:
    page = page_of(client, path, status)
    assert said in page.css_first("main").text()
    assert page.css_first("[role=alert]") is not None
    assert "/statistik" in [one.attributes["href"] for one in page.css("main a")]


def test_a_period_without_figures_says_what_to_do(client: TestClient) -> None:
    page = page_of(client, "/statistik/population?from=1850&to=1860")
    assert "Wählen Sie einen längeren Zeitraum" in page.css_first(".note").text()
    assert page.css("svg") == []


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/statistik", "/statistik/x", "/statistik/population.csv", "/"):
        headers = client.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_nothing_comes_from_elsewhere_and_the_search_leads_here(client: TestClient) -> None:
    page = page_of(client, "/statistik/population")
    loaded = [one.attributes["href"] for one in page.css("link")]
    loaded += [one.attributes["src"] for one in page.css("img")]
    assert len(loaded) >= 4
    for url in loaded:
        assert client.get(str(url)).status_code == 200, url
    search = LexborHTMLParser(client.get("/").text)
    assert search.css_first("nav a").attributes["href"] == "/statistik"


def test_nothing_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/statistik/population?city=geheim")
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "asyncio"))]
    assert ours == []


def test_a_city_that_a_check_holds_back_is_named_and_not_shown(tmp_path: Path) -> None:
    lake = statistics_lake.lake_in(tmp_path)
    record(lake, "run2", [Judged(FAILED, held=("trier",))])
    with TestClient(application(lake, tmp_path)) as client:
        page = page_of(client, "/statistik/population")
        assert "Trier" in page.css_first(".problem").text()
        assert [one.text() for one in page.css("thead th")] == [
            "Zeitraum",
            "Koblenz",
            "Ludwigshafen am Rhein",
            "Mainz",
            "Grundlage",
        ]
        assert "trier" not in client.get("/statistik/population.csv?format=csv").text
        record(lake, "run3", [Judged(FAILED, is_stopping=True)])
        assert page_of(client, "/statistik/population", 503).css_first("[role=alert]") is not None


def test_before_the_first_run_the_pages_say_so(tmp_path: Path) -> None:
    from orchestration.settings import Settings

    empty = Lake.of(Settings(data=tmp_path, _env_file=None))
    with TestClient(application(empty, tmp_path)) as client:
        for path in ("/statistik", "/statistik/population", "/statistik/population.csv"):
            page = page_of(client, path, 503)
            assert "noch nicht geladen" in page.css_first("main").text()
            assert str(tmp_path) not in client.get(path).text


def test_places_below_a_city_are_no_figures_of_the_city(tmp_path: Path) -> None:
    rows = statistics_lake.tables()
    row = rows["observation_current"][0] | {"ars": "073150000000011", "value": 1.0}
    rows["observation_current"].append(row)
    lake = statistics_lake.lake_in(tmp_path)
    statistics_lake.write(lake, rows)
    figures = Statistics(lake).figures("population")
    assert len({(one.city_id, one.end, str(one.dimensions)) for one in figures}) == len(figures)
    assert min(one.end for one in figures) == dt.date(2008, 12, 31)


def test_a_derived_figure_says_how_it_is_computed_and_stops_at_a_break(client: TestClient) -> None:
    page = page_of(client, "/statistik/population_change")
    rows = {row.css_first("th").text(): row.css_first("td").text() for row in page.css("tbody tr")}
    assert rows["31.12.2023"] == "0,2"
    assert rows["31.12.2022"] == "keine Angabe: Bruch der Grundlage"
    about = page.css_first(".about").text(separator=" ")
    assert "100 * Zuwachs / Bestand" in about
    assert "T1: Bevölkerung nach Geschlecht" in about
    english = page_of(client, "/statistik/population_change?lang=en")
    assert "100 * growth / stock" in english.css_first(".about").text()


def test_two_sources_may_call_their_tables_the_same(tmp_path: Path) -> None:
    rows = statistics_lake.tables()
    for row in (*rows["statistic_table"], *rows["indicator"]):
        if row["table_code"]:
            row["table_code"] = "T"
    lake = statistics_lake.lake_in(tmp_path)
    statistics_lake.write(lake, rows)
    known = Statistics(lake).indicators()
    names = {id_: (one.source_name, one.is_open) for id_, one in known.items()}
    assert names["population"] == names["population_change"] == ("Regionaldatenbank", True)
    assert names["rent"] == ("Makler", False)


def test_an_indicator_of_districts_only_is_none_of_the_cities(tmp_path: Path) -> None:
    rows = statistics_lake.tables()
    for row in rows["observation_current"]:
        if row["indicator_id"] == "rent":
            row["ars"] += "-11"
    lake = statistics_lake.lake_in(tmp_path)
    statistics_lake.write(lake, rows)
    assert "rent" not in Statistics(lake).indicators()
    assert "population" in Statistics(lake).spans()


DISTRICTS = "/statistik/residents/stadtteile"


def test_districts_have_a_page_of_their_own_with_map_bars_source_and_licence(
    client: TestClient,
) -> None:
    overview = page_of(client, "/statistik")
    listed = {one.text(): one.attributes["href"] for one in overview.css(".indicators a")}
    assert listed["Bevölkerung der Stadtteile"] == DISTRICTS
    page = page_of(client, DISTRICTS)
    (drawing,) = page.css("figure svg")
    assert drawing.attributes["role"] == "img"
    assert "6 Süd: keine Angabe: geheim oder unbekannt" in drawing.css_first("desc").text()
    rows = [[cell.text() for cell in row.css("td, th")[:3]] for row in page.css("tbody tr")]
    assert rows == [
        ["1", "Mitte", "24.310"],
        ["2", "West", "21.125"],
        ["3", "Ost", "17.402"],
        ["4", f"Nord {statistics_lake.HOSTILE}", "6.875"],
        ["5", "Neu", "0"],
        ["6", "Süd", "keine Angabe: geheim oder unbekannt"],
        ["7", "Feyen", "nicht in der Quelle"],
    ]
    bars = [row.css_first("svg.amount path") for row in page.css("tbody tr")]
    lengths = [bar.attributes["d"].split("h")[1].split("v")[0] for bar in bars if bar]
    assert lengths == ["100.0", "86.9", "71.58", "28.28", "0.0"]
    said = page.css_first("main").text(separator=" ")
    assert "Ohne Umriss in der Quelle: West, Neu, Feyen" in said
    assert "Sie stehen nie in der Reihe der Stadt" in said
    assert "© Statistische Ämter des Bundes und der Länder" in page.css_first(".about").text()
    assert page.css_first("a[rel=license]") is not None
    assert page.css("script, style, [style], [onclick]") == []


def test_an_older_period_has_the_districts_of_then(client: TestClient) -> None:
    page = page_of(client, f"{DISTRICTS}?city=trier&period=2023-12-31&lang=en")
    names = [row.css_first("th").text() for row in page.css("tbody tr")]
    assert names[:4] == ["Mitte", "West", "Ost", "Alt"]
    assert "the area of the circles is the value" in page.css_first("desc").text()


def test_the_files_of_districts_name_them(client: TestClient) -> None:
    page = page_of(client, f"{DISTRICTS}?period=2023-12-31")
    links = [one.attributes["href"] for one in page.css(".about a")]
    (excel, plain) = (one for one in links if one and one.startswith(f"{DISTRICTS}.csv"))
    answer = client.get(excel)
    assert 'filename="residents-trier-stadtteile.csv"' in answer.headers["content-disposition"]
    german = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert list(german[0])[:3] == ["Stadt", "Stadtteil", "Regionalschlüssel"]
    rows = list(csv.DictReader(io.StringIO(client.get(plain).text)))
    assert len(rows) == len(german) == 13  # every period
    assert {row["ars"].partition("-")[0] for row in rows} == {"072110000000"}
    assert all("-" in row["ars"] and row["name"] for row in rows)
    one = client.get(f"{DISTRICTS}.csv?format=csv&period=2024-12-31").text
    assert len(list(csv.DictReader(io.StringIO(one)))) == 6


def test_what_only_districts_have_leads_to_their_page(client: TestClient) -> None:
    for kind in ("", ".csv"):
        path = f"/statistik/residents{kind}?lang=en"
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"] == f"{DISTRICTS}{kind}?lang=en"


def test_an_indicator_of_both_keeps_them_apart(lake: Lake, client: TestClient) -> None:
    rows = statistics_lake.tables()["observation_current"]
    both = [row | {"indicator_id": "population"} for row in rows if row["ars"].count("-")]
    statistics_lake.write(lake, {"observation_current": [*rows, *both]})
    try:
        page = page_of(client, "/statistik/population")
        below = page_of(client, "/statistik/population/stadtteile")
        file = client.get("/statistik/population.csv?format=csv").text
    finally:
        statistics_lake.write(lake, {"observation_current": rows})
    assert "24.310" not in page.css_first("main").text()
    links = [one.attributes["href"] for one in page.css("main a")]
    assert "/statistik/population/stadtteile?city=trier" in links
    assert "-11" not in file
    assert "111.400" not in below.css_first("main").text()
    assert [one.attributes["href"] for one in below.css(".note a")] == ["/statistik/population"]


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("residents/stadtteile?city=mainz", 422, "Bitte wählen Sie aus: Trier"),
        ("residents/stadtteile?period=2020", 422, "Diesen Zeitraum gibt es hier nicht"),
        ("residents/stadtteile.csv?breakdown=SEX%3AF", 422, "Gliederung"),
        ("population/stadtteile", 404, "keine Zahlen von Stadtteilen"),
    ],
)
def test_what_cannot_be_used_of_districts_is_explained(
    query: str, status: int, said: str, client: TestClient
) -> None:
    page = page_of(client, f"/statistik/{query}", status)
    assert said in page.css_first("[role=alert]").text()


def test_districts_of_a_city_whose_places_are_held_back_are_not_shown(
    lake: Lake, client: TestClient
) -> None:
    failed = replace(FAILED, table="place")
    record(lake, "run2", [Judged(failed, held=("trier",))])
    try:
        assert "Prüfung" in page_of(client, DISTRICTS, 503).css_first("[role=alert]").text()
        assert client.get(f"{DISTRICTS}.csv").status_code == 503
        assert "Trier" in page_of(client, "/statistik/population").css_first("thead").text()
    finally:
        record(lake, "run3", [Judged(replace(failed, success=True))])
