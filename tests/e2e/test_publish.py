"""Publishing to a real CKAN: the same scenarios as with the fake, and what only CKAN can show."""

import secrets
from pathlib import Path
from typing import Any

import pytest
import rdflib
import requests

from catalog.portal import PortalInfo
from catalog.vocabulary import CONTRIBUTOR
from tests.integration.catalog import scenarios
from tests.integration.catalog.publishing import once
from tests.shapes import results, with_vocabularies
from tests.unit.catalog import world

pytestmark = pytest.mark.portal

DCT = rdflib.Namespace("http://purl.org/dc/terms/")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCATDE = rdflib.Namespace("http://dcat-ap.de/def/dcatde/")


@pytest.fixture
def token(portal: PortalInfo) -> str:
    return Path(portal.token_file).read_text("utf-8").strip()


@pytest.fixture
def suffix() -> str:
    """The tests share one portal: each has names of its own."""
    return secrets.token_hex(4)


@pytest.mark.parametrize(
    "scenario",
    [
        scenarios.create_then_nothing,
        scenarios.one_row_changes,
        scenarios.state_lost,
        scenarios.foreign_rows,
        scenarios.blocked_stays,
        scenarios.a_city_leaves,
        scenarios.away_in_the_middle,
        scenarios.lost_answers,
    ],
    ids=lambda one: one.__name__,
)
def test_scenario(scenario, portal: PortalInfo, token: str, suffix: str, tmp_path: Path) -> None:
    scenario(portal.url, token, tmp_path / "state", suffix)


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        pytest.param(8, "before", marks=pytest.mark.long),
        (8, "after"),
        pytest.param(9, "before", marks=pytest.mark.long),
        (9, "after"),
        pytest.param(10, "after", marks=pytest.mark.long),
    ],
)
def test_killed_while_changing(
    number: int, moment: str, portal: PortalInfo, token: str, suffix: str, tmp_path: Path
) -> None:
    sent = scenarios.killed_at(portal.url, token, tmp_path / "state", suffix, number, moment)
    assert sent >= number


@pytest.mark.parametrize(
    "number", [8, *(pytest.param(number, marks=pytest.mark.long) for number in (9, 10, 11)), 12]
)
def test_killed_while_creating(
    number: int, portal: PortalInfo, token: str, suffix: str, tmp_path: Path
) -> None:
    scenarios.first_run_killed_at(portal.url, token, tmp_path / "state", suffix, number)


@pytest.mark.long
def test_killed_ten_times_at_random_moments_readers_never_see_a_half(
    portal: PortalInfo, token: str, suffix: str, tmp_path: Path
) -> None:
    seed = secrets.randbelow(10_000)
    scenarios.killed_under_readers(
        portal.url, token, tmp_path / "state", suffix, kills=10, seed=seed
    )


def test_what_a_visitor_gets(portal: PortalInfo, token: str, suffix: str, tmp_path: Path) -> None:
    """Without a token: page, data dictionary, table view, download, DCAT."""
    result = once(portal.url, token, tmp_path, suffix, world.tables())
    assert result.problems == []
    name = f"mainz-observation-{suffix}"
    api = f"{portal.url}/api/3/action"
    package = requests.get(f"{api}/package_show", {"id": name}, timeout=30).json()["result"]
    assert package["license_title"].startswith("Datenlizenz Deutschland")
    assert package["license_url"] == "http://dcat-ap.de/def/licenses/dl-by-de/2.0"
    assert [group["title"] for group in package["groups"]] == ["Bevölkerung und Gesellschaft"]
    csv = package["resources"][0]
    views = requests.get(f"{api}/resource_view_list", {"id": csv["id"]}, timeout=30).json()
    assert [view["view_type"] for view in views["result"]] == ["seehaus_chart", "datatables_view"]
    found = requests.get(
        f"{api}/datastore_search",
        {"resource_id": csv["id"], "sort": "period_start_date"},
        timeout=30,
    ).json()["result"]
    fields = {field["id"]: field for field in found["fields"]}
    assert fields["value"]["info"]["label"] == "Wert"
    info = requests.get(f"{api}/datastore_info", {"id": csv["id"]}, timeout=30).json()["result"]
    indexed = {one["id"] for one in info["fields"] if one["schema"]["is_index"]}
    assert {"city_id", "indicator_id", "period_start_date"} <= indexed
    assert fields["value"]["info"]["unit"] == "Personen"
    assert fields["value"]["info"]["notes"] == "Was value ist. Einheit: Personen."
    english = {"en": "What value is. Unit: Personen."}
    assert fields["value"]["info"]["notes_translated"] == english
    assert [row["value"] for row in found["records"]] == [102020.0, None, 102022.0]
    page = requests.get(result.urls[name], timeout=30)
    assert page.status_code == 200
    assert "Tabelle observation" in page.text
    turtle = requests.get(f"{result.urls[name]}.ttl", timeout=30).text
    assert "http://data.europa.eu/bna/c_e1da4e07" in turtle
    assert "politicalGeocoding/regionalKey/073150000000" in turtle


def test_what_a_harvester_gets(
    portal: PortalInfo, token: str, suffix: str, tmp_path: Path, samples: Path
) -> None:
    """The portal's own RDF keeps the official shapes, as the static catalogue does."""
    result = once(portal.url, token, tmp_path, suffix, world.tables())
    graph = rdflib.Graph()
    for url in result.urls.values():
        graph.parse(data=requests.get(f"{url}.ttl", timeout=30).text, format="turtle")
    node = rdflib.URIRef(result.urls[f"mainz-observation-{suffix}"])
    assert set(graph.objects(node, DCATDE.contributorID)) == {rdflib.URIRef(CONTRIBUTOR)}
    assert {title.language for title in graph.objects(node, DCT.title)} == {"de", "en"}
    (series,) = graph.objects(node, DCAT.inSeries)
    assert (series, rdflib.RDF.type, DCAT.DatasetSeries) in graph
    told = requests.get(series, headers={"Accept": "text/turtle"}, timeout=30).text
    alone = rdflib.Graph().parse(data=told, format="turtle")
    # The portal holds other tests' data sets of this series too.
    assert node in set(alone.objects(series, DCAT.seriesMember))
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v3.0").glob("*.ttl"))
    assert results(with_vocabularies(alone, samples), shapes) == {}
    _is_croissant(requests.get(f"{node}/croissant.jsonld", timeout=30).json())

    with_vocabularies(graph, samples)
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v3.0").glob("*.ttl"))
    assert results(graph, shapes) == {
        ("Warning", "politicalGeocodingURI"): len(result.urls),
    }
    shapes = sorted((samples / "dcat-ap-de" / "shapes_v2.0").glob("*.ttl"))
    missed = {path for severity, path in results(graph, shapes) if severity == "Violation"}
    # The same as of the static catalogue: 3.0 is followed where the two contradict each other.
    assert missed <= {"byteSize", "inScheme", "None"}


def _is_croissant(told: dict[str, Any]) -> None:
    """What the validator of Croissant asks for: a type of every field, and the one true key."""
    assert told["conformsTo"]["@value"] == "http://mlcommons.org/croissant/1.0"
    assert told["citeAs"]
    assert told["version"]
    (records,) = [told["recordSet"]] if isinstance(told["recordSet"], dict) else told["recordSet"]
    types = {field["@id"].rpartition("/")[2]: field.get("dataType") for field in records["field"]}
    assert None not in types.values()
    assert types["period_start_date"].endswith("Date")
    assert records["key"]["@id"].endswith("/observation_id")
