"""From a council's data set to the search in the same documents; from others to nowhere."""

import importlib.util
from types import ModuleType

import pytest

from catalog.portal import install
from indexes.passages import KINDS

SEARCH = "https://suche.example.org/"


@pytest.fixture(scope="module")
def links() -> ModuleType:
    # The extension lives in CKAN's environment, not in ours; this module of it knows no CKAN.
    path = install.HERE / "ckanext_seehaus/ckanext/seehaus/search_link.py"
    spec = importlib.util.spec_from_file_location("search_link", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("owner", "name", "chosen"),
    [
        ("mainz", "mainz-paper", "?city=mainz&kind=paper"),
        ("bad-ems", "bad-ems-agenda-item", "?city=bad_ems&kind=agenda_item"),
        ("trier", "trier-document-page", "?city=trier"),
        ("seehaus", "alle-meeting", "?kind=meeting"),
        ("seehaus", "alle-person", ""),
    ],
)
def test_a_council_data_set_leads_to_its_documents(
    owner: str, name: str, chosen: str, links: ModuleType
) -> None:
    package = {"name": name, "organization": {"name": owner}}

    assert links.link(SEARCH, package) == f"{SEARCH}{chosen}"


@pytest.mark.parametrize(
    ("search", "package"),
    [
        (SEARCH, {"name": "mainz-statistic-observation", "organization": {"name": "mainz"}}),
        (SEARCH, {"name": "mainz-paper", "organization": None}),
        ("", {"name": "mainz-paper", "organization": {"name": "mainz"}}),
    ],
)
def test_others_lead_nowhere(search: str, package: dict[str, object], links: ModuleType) -> None:
    assert links.link(search, package) == ""


def test_the_search_knows_every_kind_that_is_linked(links: ModuleType) -> None:
    assert set(links.KINDS.values()) <= set(KINDS)
