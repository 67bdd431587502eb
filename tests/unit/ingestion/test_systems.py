"""The register of systems, and reading a saved answer with any of them."""

import json

import pytest

from ingestion.record import UnknownStructureError
from ingestion.systems import SYSTEMS, load, parse_saved

PAPER = json.dumps({"id": "https://r.example/paper/1", "reference": "1/26", "name": "V"}).encode()


@pytest.mark.parametrize("kind", SYSTEMS)
def test_every_system_keeps_the_contract(kind):
    module = load(kind)
    assert module.PAGES
    assert all(isinstance(page, str) for page in module.PAGES)
    assert callable(module.fetch)
    assert callable(module.parse)
    assert module.page_kind("file:x", b"nothing that anybody knows") is None
    assert module.page_kind("file:x", b"") is None


def test_an_unknown_system_names_those_there_are():
    with pytest.raises(
        ValueError, match="write one of sessionnet, allris4, allris3, sdnet, rubin, oparl"
    ):
        load("../../etc")


def test_the_kind_of_page_is_found_by_what_it_says():
    (record,) = parse_saved("oparl", PAPER, name="paper.json")
    assert (record.object_type, record.reference) == ("paper", "1/26")


def test_the_kind_of_page_may_be_named():
    body = json.dumps({"id": "https://r.example/1", "name": "Rat"}).encode()
    (record,) = parse_saved("oparl", body, page="organization")
    assert record.object_type == "organization"


def test_links_are_resolved_against_the_url():
    body = json.dumps({"id": "/paper/1", "type": "Paper", "name": "V"}).encode()
    (record,) = parse_saved("oparl", body, url="https://r.example/oparl/paper/1")
    assert record.id == "https://r.example/paper/1"


def test_an_unknown_kind_of_page_names_those_there_are():
    with pytest.raises(ValueError, match=r"page 'x': unknown to oparl → write one of system, body"):
        parse_saved("oparl", PAPER, page="x")


@pytest.mark.parametrize("kind", SYSTEMS)
def test_what_no_parser_knows_is_told_with_the_kinds_there_are(kind):
    with pytest.raises(UnknownStructureError) as caught:
        parse_saved(kind, b"nothing that anybody knows", name="x.txt")
    assert caught.value.url == "file:x.txt"
    assert ", ".join(load(kind).PAGES) in caught.value.mend
