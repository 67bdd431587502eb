"""The portal's pages as people see them: accessible, within the screen, and silent about them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import rdflib
from playwright.sync_api import Browser
from rdflib.namespace import DCAT, RDF

from catalog.portal import PortalInfo
from tests.e2e.pages import assert_accessible, assert_nothing_to_mend

pytestmark = [pytest.mark.portal, pytest.mark.browser, pytest.mark.timeout(300)]

DCAT_3 = rdflib.Namespace("http://www.w3.org/ns/dcat#")
HYDRA = rdflib.Namespace("http://www.w3.org/ns/hydra/core#")
PAGE_OF_CATALOG = 100
"""So many data sets does one page of ``/catalog.jsonld`` hold."""
PAGES = {
    "start": "/",
    "search": "/dataset/?q=Seitenstadt",
    "nothing found": "/dataset/?q=xyzzynichtda",
    "login": "/user/login",
    "organizations": "/organization/",
    "organization": "/organization/seitenstadt",
    "groups": "/group/",
    "group": "/group/gove",
    "dataset": "/dataset/seitenstadt-paper",
    "resource": "/dataset/seitenstadt-paper/resource/{resource}",
    "series": "/series/probe-vorlagen",
    "about": "/about",
    "imprint": "/impressum",
    "privacy": "/datenschutz",
    "accessibility": "/barrierefreiheit",
    "ai": "/ki",
    "use": "/nutzung",
    "english": "/en/",
    "missing": "/dataset/there-is-none",
}


SERIES = {
    "name": "probe-vorlagen",
    "title": "Vorlagen: Reihe über die Städte",
    "title_en": "Papers: series over the cities",
    "notes": "Was dem Rat vorgelegt wird.",
    "notes_en": "What is put before the council.",
}


@pytest.fixture
def resource(portal: PortalInfo) -> str:
    """A city's papers with a table and a theme, and a data set with a long title."""
    token = {"Authorization": portal.token_file.read_text()}
    with httpx.Client(base_url=portal.url, headers=token, timeout=60, trust_env=False) as client:

        def call(name: str, /, **data: object) -> Any:
            said = client.post(f"/api/3/action/{name}", json=data)
            assert said.status_code == 200, said.text
            return said.json()["result"]

        if "seitenstadt" in call("organization_list"):
            return str(call("package_show", id="seitenstadt-paper")["resources"][0]["id"])
        call("organization_create", name="seitenstadt", title="Seitenstadt")
        if "gove" not in call("group_list"):
            call("group_create", name="gove", title="Regierung und öffentlicher Sektor")
        made = {
            "owner_org": "seitenstadt",
            "license_id": "dl-de/by-2-0",
            "notes": "Alle **Zeilen**.",
        }
        publisher = [{"name": "Seitenstadt", "url": "https://seitenstadt.example/"}]
        call(
            "package_create",
            name="seitenstadt-statistic",
            title="Beobachtungen der Seitenstadt nach Stadtteil, Geschlecht und Altersgruppe",
            publisher=publisher,
            **made,
        )
        call(
            "package_create",
            name="seitenstadt-paper",
            title="Vorlagen der Seitenstadt",
            groups=[{"name": "gove"}],
            publisher=publisher,
            series=[SERIES],
            temporal_coverage=[{"start": "2020-01-01", "end": "2025-12-31"}],
            **made,
        )
        named = {"name": "CSV", "format": "CSV", "description": "Eine Zeile je Vorlage."}
        table = call(
            "datastore_create",
            resource={"package_id": "seitenstadt-paper", **named},
            fields=[{"id": "paper_id", "type": "text"}, {"id": "cost_eur", "type": "numeric"}],
            primary_key=["paper_id"],
            records=[{"paper_id": "seitenstadt:1", "cost_eur": "12.50"}],
        )
        shown = call("resource_show", id=table["resource_id"])
        call("resource_create_default_resource_views", resource=shown, create_datastore_views=True)
        return str(shown["id"])


@pytest.mark.parametrize(
    "name",
    [
        name if name in {"start", "dataset"} else pytest.param(name, marks=pytest.mark.long)
        for name in PAGES
    ],
)
def test_a_page_is_accessible_and_within_the_screen(
    name: str, browser: Browser, portal: PortalInfo, resource: str
) -> None:
    url = portal.url + PAGES[name].format(resource=resource)

    # CKAN's style sheet is light only, and so are ours.
    assert_accessible(browser, url, "light")

    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(url)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_nothing_to_mend(page)
    page.close()


def test_titles_in_the_sidebar_stay_within_it(
    browser: Browser, portal: PortalInfo, resource: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{portal.url}/dataset/seitenstadt-statistic")

    wide = page.locator(".secondary").evaluate(
        "side => [...side.querySelectorAll('h1, h2')]"
        ".filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
    )

    assert page.locator(".secondary h1, .secondary h2").count() > 0
    assert wide == []
    page.close()


@pytest.mark.parametrize("path", ["/dataset/seitenstadt-paper", PAGES["resource"]])
def test_on_a_narrow_screen_the_content_comes_before_the_side_bar(
    path: str, browser: Browser, portal: PortalInfo, resource: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(portal.url + path.format(resource=resource))

    tops = {
        name: page.locator(name).first.evaluate("one => one.getBoundingClientRect().top")
        for name in ("h1", "[role=main]", ".secondary")
    }

    assert tops["h1"] < tops["[role=main]"] or "resource" not in path
    assert max(tops["h1"], tops["[role=main]"]) < tops[".secondary"]
    page.close()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_a_series_answers_people_and_programs(portal: PortalInfo, resource: str) -> None:
    address = f"{portal.url}/series/{SERIES['name']}"
    member = rdflib.URIRef(f"{portal.url}/dataset/seitenstadt-paper")
    with httpx.Client(timeout=60, trust_env=False) as stranger:
        page = stranger.get(address, headers={"Accept": "text/html"})
        english = stranger.get(f"{portal.url}/en/series/{SERIES['name']}").text
        negotiated = stranger.get(address, headers={"Accept": "text/turtle"})
        others = {kind: stranger.get(f"{address}.{kind}") for kind in ("ttl", "jsonld", "rdf")}
        shown = stranger.get(str(member)).text
        wrong = [
            stranger.get(f"{portal.url}/series/{name}").status_code
            for name in ("there-is-none", 'x" OR "a', "probe-vorlagen.pdf")
        ]

    assert SERIES["title"] in page.text
    assert SERIES["title_en"] in english
    assert "Seitenstadt" in page.text
    assert "/series/probe-vorlagen" in shown
    assert wrong == [404, 404, 404]
    assert negotiated.headers["Content-Type"].startswith("text/turtle")
    graphs = [
        rdflib.Graph().parse(data=said.text, format=kind)
        for said, kind in [
            (negotiated, "turtle"),
            (others["ttl"], "turtle"),
            (others["jsonld"], "json-ld"),
            (others["rdf"], "xml"),
        ]
    ]
    (node,) = graphs[0].subjects(RDF.type, DCAT_3.DatasetSeries)
    assert node == rdflib.URIRef(address)
    assert list(graphs[0].objects(node, DCAT_3.seriesMember)) == [member]
    assert str(graphs[0].value(rdflib.URIRef(f"{node}#period"), DCAT.endDate)) == "2025-12-31"
    assert [set(graph) for graph in graphs[1:]] == [set(graphs[0])] * 3


def test_uses_are_counted_and_nothing_about_who_used(portal: PortalInfo, resource: str) -> None:
    reader = {"User-Agent": "Neugierig/7.7", "X-Forwarded-For": "203.0.113.77"}
    with httpx.Client(base_url=portal.url, trust_env=False, timeout=60) as client:
        before = _counts(client)
        for headers in (reader, {"User-Agent": "Suchbot/1.0"}):
            assert client.get("/dataset/seitenstadt-paper", headers=headers).status_code == 200
        client.get("/dataset/seitenstadt-paper.ttl", headers=reader)
        query = {"resource_id": resource}
        client.get("/api/3/action/datastore_search", params=query, headers=reader)
        client.get(f"/datastore/dump/{resource}", headers=reader)
        after = _counts(client)
        shown = client.get("/dataset/seitenstadt-paper", headers=reader).text

    assert {kind: after[kind] - before.get(kind, 0) for kind in after} == {
        "view": 1,
        "api": 2,
        "download": 1,
    }
    assert "Letzte 30 Tage" in shown
    stored = _dump(portal)
    assert "seitenstadt-paper" in stored
    logs = "".join(path.read_text("utf-8", "replace") for path in _logs(portal))
    for trace in ("Neugierig", "203.0.113.77"):
        assert trace not in stored
        assert trace not in logs


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_another_portal_harvests_every_data_set_page_by_page(
    portal: PortalInfo, resource: str
) -> None:
    published = _filled(portal, PAGE_OF_CATALOG + 2)
    with httpx.Client(base_url=portal.url, timeout=60, trust_env=False) as stranger:
        pages = list(_harvested(stranger))

    found = [
        str(subject).rpartition("/dataset/")[2]
        for page in pages
        for subject in page.subjects(RDF.type, DCAT.Dataset)
    ]
    ids = {one["id"]: one["name"] for one in _all_packages(portal)}
    assert len(pages) > 1
    assert len(found) == len(set(found))
    assert {ids.get(one, one) for one in found} == published


@pytest.mark.long
def test_links_to_other_pages_of_hits_have_names(
    browser: Browser, portal: PortalInfo, resource: str
) -> None:
    _filled(portal, 25)

    assert_accessible(browser, f"{portal.url}/dataset/?page=2", "light")

    page = browser.new_page()
    page.goto(f"{portal.url}/dataset/")
    page.get_by_role("link", name="Nächste Seite").click()
    page.wait_for_url("**page=2*")
    assert page.get_by_role("link", name="Vorige Seite").count() == 1
    page.close()


def _filled(portal: PortalInfo, count: int) -> set[str]:
    """Names of all data sets, after so many were made that there are at least ``count``."""
    token = {"Authorization": portal.token_file.read_text()}
    made = {"owner_org": "seitenstadt", "license_id": "dl-de/by-2-0", "notes": "Zeilen."}
    publisher = [{"name": "Seitenstadt", "url": "https://seitenstadt.example/"}]
    with httpx.Client(base_url=portal.url, headers=token, timeout=60, trust_env=False) as client:
        names = set(client.get("/api/3/action/package_list").json()["result"])
        for number in range(len(names), count):
            named = {"name": f"seitenstadt-mehr-{number}", "title": f"Mehr {number}"}
            said = client.post(
                "/api/3/action/package_create", json={**named, **made, "publisher": publisher}
            )
            assert said.status_code == 200, said.text
            names.add(named["name"])
    return names


def _harvested(client: httpx.Client) -> Iterator[rdflib.Graph]:
    """The pages of the catalogue, as a harvester follows them."""
    path: str | None = "/catalog.jsonld"
    while path is not None:
        said = client.get(path)
        assert said.status_code == 200, said.text
        graph = rdflib.Graph().parse(data=said.text, format="json-ld")
        yield graph
        # Both are names of the vocabulary, an older and the newer one.
        following = [*graph.objects(None, HYDRA.nextPage), *graph.objects(None, HYDRA.next)]
        path = str(following[0]) if following else None


def _all_packages(portal: PortalInfo) -> list[dict[str, Any]]:
    query = {"rows": 1000, "fl": "id,name"}
    said = httpx.get(
        f"{portal.url}/api/3/action/package_search", params=query, timeout=60, trust_env=False
    )
    found: list[dict[str, Any]] = said.json()["result"]["results"]
    return found


def _counts(client: httpx.Client) -> dict[str, int]:
    """Uses of the papers by kind, as the portal publishes them."""
    head, *lines = client.get("/nutzung.csv").text.splitlines()
    assert head == "day,dataset,kind,count"
    found: dict[str, int] = {}
    for _, dataset, kind, count in (line.split(",") for line in lines):
        if dataset == "seitenstadt-paper":
            found[kind] = found.get(kind, 0) + int(count)
    return found


def _dump(portal: PortalInfo) -> str:
    """Everything that CKAN's database holds."""
    from catalog.portal import postgres
    from catalog.portal.install import Venv
    from catalog.portal.ports import Ports
    from catalog.portal.secret import load_or_make

    secrets = load_or_make(portal.secrets_file)
    port = Ports(portal.folder / "ports.json").get("postgres")
    assert port is not None
    cluster = postgres.Postgres(portal.folder, Venv(portal.folder / "venv").packages, secrets)
    return subprocess.run(
        [*cluster.tool("pg_dump", port), postgres.MAIN],
        env=cluster.psql_env(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def _logs(portal: PortalInfo) -> list[Path]:
    return list((portal.folder / "log").glob("*.log"))
