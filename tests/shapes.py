"""The official SHACL shapes of DCAT-AP.de over a graph of ours."""

from collections import Counter
from pathlib import Path

import pyshacl
from rdflib import Graph, Namespace, URIRef
from rdflib.namespace import RDF, SKOS

EU = "http://publications.europa.eu/resource/authority"
LEVEL = "http://dcat-ap.de/def/politicalGeocoding/Level"
SH = Namespace("http://www.w3.org/ns/shacl#")


def with_vocabularies(graph: Graph, samples: Path) -> Graph:
    """The data and what the terms in it are: the shapes look for both in one graph."""
    for scheme in (
        "data-theme",
        "frequency",
        "file-type",
        "planned-availability",
        "language",
        "access-right",
    ):
        for term in set(graph.objects()):
            if str(term).startswith(f"{EU}/{scheme}/"):
                graph.add((term, SKOS.inScheme, URIRef(f"{EU}/{scheme}")))
    graph.add((URIRef(f"{LEVEL}/municipality"), SKOS.inScheme, URIRef(LEVEL)))
    for name in ("dcat-ap-de-contributors.rdf", "dcat-ap-de-licenses-open.rdf"):
        graph.parse(samples / "dcat-ap-de" / "vocab" / name)
    return graph


def results(graph: Graph, shapes: list[Path]) -> Counter[tuple[str, str]]:
    """How often each property got a violation or a warning."""
    shapes_graph = Graph()
    for path in shapes:
        shapes_graph.parse(path)
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes_graph, do_owl_imports=False)
    assert isinstance(report, Graph)
    found: Counter[tuple[str, str]] = Counter()
    for result in report.subjects(RDF.type, SH.ValidationResult):
        severity = str(report.value(result, SH.resultSeverity)).rsplit("#", 1)[-1]
        path = str(report.value(result, SH.resultPath))
        found[severity, path.rsplit("/", 1)[-1].rsplit("#", 1)[-1]] += 1
    return found
