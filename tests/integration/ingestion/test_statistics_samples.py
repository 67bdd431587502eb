"""The network's list of tables against the recorded answers and the recorded vocabulary."""

import json
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, SKOS

from ingestion.record import Observation
from ingestion.statistics import load_sources
from ingestion.systems import parse_saved
from tests.integration.ingestion.test_genesis_samples import TABLES

pytestmark = pytest.mark.integration

SOURCE = load_sources()["regionalstatistik"]
KNOWN = {table.code: table for table in SOURCE.tables}


@pytest.mark.parametrize("name", TABLES)
def test_everything_in_a_recorded_table_is_known(samples: Path, name: str) -> None:
    body = (samples / "genesis" / name).read_bytes()
    found = [
        each
        for each in parse_saved("genesis", body, name=Path(name).name)
        if isinstance(each, Observation)
    ]
    (code,) = {each.table_code for each in found}
    units = {each.variable: each.source_units for each in KNOWN[code].indicators}
    assert {each.variable_code for each in found} == set(units)
    assert not [each.unit for each in found if each.unit not in units[each.variable_code]]
    members = {
        (dimension.variable, member.code)
        for dimension in SOURCE.dimensions
        for member in dimension.members
    }
    used = {pair for each in found for pair in json.loads(each.dimensions).items()}
    assert used <= members
    signs = {sign.sign for sign in SOURCE.signs}
    assert {each.sign for each in found} | {each.quality for each in found} <= signs | {None}


def test_a_table_is_called_recorded_where_its_answer_is(samples: Path) -> None:
    recorded = {path.name.partition("_")[0] for path in (samples / "genesis").glob("*.zip")}
    told = {code for code, table in KNOWN.items() if table.seen == "recorded"}
    assert told == recorded


def test_the_subjects_are_covered() -> None:
    # The first five digits are the statistic, the same in all databases of the family.
    subjects = {
        "12411": "population and age",
        "12711": "migration",
        "13111": "employment",
        "13211": "unemployment",
        "31231": "housing",
        "33111": "land use",
        "32121": "waste",
        "21111": "education",
        "73111": "income tax",
        "52411": "insolvencies",
        "45412": "tourism",
        "14111": "elections",
        "71231": "finances",
    }
    assert {subject[:5] for subject in KNOWN} >= set(subjects)
    assert len(KNOWN) >= 15


def test_the_terms_of_the_musterdatenkatalog_exist(samples: Path) -> None:
    graph = rdflib.Graph().parse(samples / "musterdatenkatalog" / "musterdatenkatalog_v4.rdf")
    terms = {str(term) for term in graph.subjects(RDF.type, SKOS.Concept)}
    used = {str(table.mdk_uri) for table in KNOWN.values() if table.mdk_uri is not None}
    assert used
    assert used <= terms
