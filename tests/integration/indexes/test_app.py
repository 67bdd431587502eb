import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest
from selectolax.lexbor import LexborHTMLParser
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from indexes.app import create_app
from indexes.build import build
from indexes.passages import passages

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def folder(corpus: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = corpus.rows()
    made["paper"][0]["name"] = "Radverkehr <b>Neustadt</b>"
    folder = tmp_path_factory.mktemp("index")
    build(passages(corpus.tables(made)), folder, corpus.CountingEmbedder())
    return folder


@pytest.fixture(scope="module")
def client(corpus: ModuleType, folder: Path) -> Iterator[TestClient]:
    app = create_app(folder, portal_url="http://portal.example", embedder=corpus.CountingEmbedder)
    with TestClient(app) as client:
        yield client


def test_the_start_page_has_a_form_examples_and_the_ai_notice(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    page = LexborHTMLParser(answer.text)
    assert page.root.attributes["lang"] == "de"
    options = [one.attributes["value"] for one in page.css("#city option")]
    assert options == ["", "koblenz", "ludwigshafen", "mainz", "trier"]
    assert "KI-Sprachmodell" in page.css_first("footer").text()
    assert len(page.css(".examples a")) >= 4
    assert page.css("script") == []


def test_a_question_gives_hits_with_links(client: TestClient) -> None:
    answer = client.get("/", params={"q": "Fahrradstraße Lindenstraße", "city": "mainz"})
    page = LexborHTMLParser(answer.text)
    first = page.css_first(".hits li")
    links = [one.attributes["href"] for one in first.css(".links a")]
    assert links == [
        "https://ris.mainz.example/file/9101.pdf#page=1",
        "https://ris.mainz.example/paper/101",
        "http://portal.example/dataset/mainz-paper",
    ]
    assert "Fahrradstraße" in {one.text() for one in first.css("mark")}
    assert first.css_first("time").attributes["datetime"] == "2026-08-01"
    assert page.css_first("#city option[selected]").attributes["value"] == "mainz"
    assert page.css_first("#q").attributes["value"] == "Fahrradstraße Lindenstraße"


def test_titles_and_queries_are_escaped(client: TestClient) -> None:
    hostile = '"><script>alert(1)</script>'
    answer = client.get("/", params={"q": f"Neustadt Radverkehr {hostile}", "city": "mainz"})
    assert "<script" not in answer.text
    assert "Radverkehr &lt;b&gt;Neustadt&lt;/b&gt;" in answer.text
    value = LexborHTMLParser(answer.text).css_first("#q").attributes["value"]
    assert value == f"Neustadt Radverkehr {hostile}"


def test_the_page_speaks_english(client: TestClient) -> None:
    answer = client.get("/", params={"q": "Bevölkerung Trier", "lang": "en", "kind": "statistic"})
    page = LexborHTMLParser(answer.text)
    assert page.root.attributes["lang"] == "en"
    assert "101,001 persons" in page.css_first(".number").text()
    assert "lang=de" in page.css("nav a")[-1].attributes["href"]
    assert page.css_first("input[name=lang]").attributes["value"] == "en"


def test_no_hits_says_what_to_do(client: TestClient) -> None:
    answer = client.get("/", params={"q": "Radweg", "city": "mainz", "kind": "meeting"})
    assert answer.status_code == 200
    assert "Keine Treffer" in answer.text


@pytest.mark.parametrize(
    ("params", "code", "said"),
    [
        ({"q": "a" * 501}, "too_long", "höchstens 500 Zeichen"),
        ({"q": "\x01abc"}, "control", "Steuerzeichen"),
        ({"q": "???"}, "empty", "mindestens ein Wort"),
        ({"q": "Rad", "city": "<b>"}, "city", "Diese Stadt gibt es hier nicht"),
        ({"q": "Rad", "kind": "x"}, "kind", "Diese Art gibt es hier nicht"),
        ({"q": "Rad", "k": "1e9"}, "k", "Diese Suche ist nicht möglich"),
        ({"q": "Rad", "k": "²"}, "k", "Diese Suche ist nicht möglich"),
    ],
)
def test_bad_input_is_explained(
    params: dict[str, str], code: str, said: str, client: TestClient
) -> None:
    page = client.get("/", params=params)
    assert page.status_code == 400
    assert said in page.text
    answer = client.get("/api/search", params=params)
    assert (answer.status_code, answer.json()["error"]) == (400, code)


def test_an_empty_question_shows_the_start_page(client: TestClient) -> None:
    assert client.get("/?q=&city=").status_code == 200
    assert client.get("/api/search?q=").status_code == 400


def test_the_api_answers_as_described(client: TestClient) -> None:
    described = client.get("/api/openapi.json").json()
    schema = {"$ref": "#/components/schemas/SearchResult", "components": described["components"]}
    answer = client.get(
        "/api/search", params={"q": "Radverkehr", "k": "3", "city": ["mainz", "trier"]}
    )
    assert answer.headers["content-type"].startswith("application/json")
    jsonschema.validate(answer.json(), schema)
    hits = answer.json()["hits"]
    assert len(hits) == 3
    assert {hit["city_id"] for hit in hits} <= {"mainz", "trier"}
    assert hits[0]["date"] == "2026-08-01"


def test_every_answer_carries_the_security_headers(client: TestClient) -> None:
    for path in ("/", "/?q=Rad", "/api/search?q=", "/healthz", "/static/search.css", "/nothing"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'")
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
    assert client.get("/?q=Rad").headers["cache-control"] == "no-store"


def test_nothing_comes_from_elsewhere(client: TestClient) -> None:
    page = LexborHTMLParser(client.get("/").text)
    loaded = [one.attributes["href"] for one in page.css("link")]
    loaded += [one.attributes["src"] for one in page.css("img")]
    assert loaded
    for url in loaded:
        assert url is not None
        assert url.startswith("/static/")
        assert client.get(url).status_code == 200


def test_no_question_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.get("/api/search", params={"q": "Geheimfrage"})
    client.get("/", params={"q": "Geheimfrage\x01"})
    ours = [one for one in caplog.records if not one.name.startswith("httpx")]
    assert "Geheimfrage" not in " ".join(one.getMessage() for one in ours)


def test_health_tells_the_version(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"


def test_without_an_index_it_says_so(tmp_path: Path, corpus: ModuleType) -> None:
    embedders: list[int] = []

    def opened() -> object:
        embedders.append(1)
        return corpus.CountingEmbedder()

    client = TestClient(create_app(tmp_path, embedder=opened))  # type: ignore[arg-type]
    assert client.get("/").status_code == 200
    page = client.get("/?q=Radweg")
    assert page.status_code == 503
    assert "noch keinen Suchindex" in page.text
    answer = client.get("/api/search?q=Radweg")
    assert (answer.status_code, answer.json()["error"]) == (503, "no_index")
    assert str(tmp_path) not in answer.text
    assert client.get("/healthz").status_code == 503
    assert embedders == []
    build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    assert client.get("/api/search?q=Radweg").status_code == 200
    client.get("/api/search?q=Radweg")
    assert embedders == [1]


def test_an_index_of_another_model_is_not_searched(tmp_path: Path, corpus: ModuleType) -> None:
    build(passages(corpus.tables()), tmp_path, corpus.CountingEmbedder())
    path = tmp_path / "current" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model": "another"}))
    answer = TestClient(create_app(tmp_path, embedder=corpus.CountingEmbedder())).get(
        "/api/search?q=Radweg"
    )
    assert (answer.status_code, answer.json()["error"]) == (503, "mismatch")


def test_it_works_below_a_path(folder: Path, corpus: ModuleType) -> None:
    inner = create_app(folder, embedder=corpus.CountingEmbedder())
    client = TestClient(Starlette(routes=[Mount("/suche", inner)]))
    page = LexborHTMLParser(client.get("/suche/?q=Radverkehr").text)
    assert page.css_first("form").attributes["action"] == "/suche/"
    assert client.get(str(page.css_first("link").attributes["href"])).status_code == 200
    assert client.get("/suche/api/openapi.json").json()["servers"] == [{"url": "/suche"}]


@pytest.mark.parametrize("page", [None, "https://www.mainz.example/suche"])
def test_a_pilot_report_says_what_it_is_and_leads_to_its_data_set(
    corpus: ModuleType, tmp_path: Path, page: str | None
) -> None:
    made = corpus.rows()
    made["pilot_report"] = [{**corpus.PILOT, "web_url": page}]
    build(passages(corpus.tables(made)), tmp_path, corpus.CountingEmbedder())
    app = create_app(tmp_path, portal_url="http://portal.example", embedder=corpus.CountingEmbedder)
    wanted = {"q": "Wie viele Arbeitstage?", "kind": "pilot_report"}
    with TestClient(app) as client:
        shown = LexborHTMLParser(client.get("/", params=wanted).text)
        told = client.get("/api/search", params=wanted).json()
    (hit,) = shown.css(".hits li article")
    assert [one.text() for one in hit.css(".over span")] == ["Pilotbericht", "Mainz"]
    facts = [one.text() for one in hit.css(".facts > span")]
    assert facts == ["30. Juni 2026", "Hauptamt, Ratsbüro", "Aufwand"]
    data_set = "http://portal.example/dataset/alle-pilot-report"
    assert hit.css_first("h3 a").attributes["href"] == (page or data_set)
    links = [one.attributes["href"] for one in hit.css(".links a")]
    assert links == ([page] if page else []) + [data_set]
    assert (hit.css_first(".links a").text().startswith("Seite des Pilotprojekts")) is bool(page)
    assert shown.css_first("#kind option[selected]").text() == "Pilotberichte"
    (one,) = told["hits"]
    assert (one["kind"], one["section"]) == ("pilot_report", "Aufwand")
    assert one["pilot_report_id"] == "mainz:suche"
