"""Data sets as DCAT-AP.de: 3.0, plus the few terms that the 2.0 conventions still ask for.

No blank nodes: every agent, period and checksum has an address below its data set, so that the
same data sets give the same file and a harvester sees stable identifiers.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, RDFS, SKOS, XSD, Namespace

from catalog import retiring
from catalog.assurance import Statement
from catalog.dataset import Agent, DataSet, Series, theme_uri
from catalog.distribution import Distribution
from catalog.vocabulary import (
    CONTRIBUTOR,
    FILE_TYPE,
    GERMAN,
    MEDIA_TYPE,
    MUNICIPALITY,
    PUBLIC,
    SHA256,
)

ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
# rdflib's own list of DCAT's terms ends with version 2.
DCAT_3: Final = Namespace("http://www.w3.org/ns/dcat#")
DCATAP: Final = Namespace("http://data.europa.eu/r5r/")
DCATDE: Final = Namespace("http://dcat-ap.de/def/dcatde/")
ELI: Final = Namespace("http://data.europa.eu/eli/ontology#")
DQV: Final = Namespace("http://www.w3.org/ns/dqv#")
OA: Final = Namespace("http://www.w3.org/ns/oa#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
_PREFIXES: Final = {
    "adms": ADMS,
    "dcat": DCAT,
    "dcatap": DCATAP,
    "dcatde": DCATDE,
    "dcterms": DCTERMS,
    "dqv": DQV,
    "eli": ELI,
    "foaf": FOAF,
    "oa": OA,
    "rdf": RDF,
    "rdfs": RDFS,
    "skos": SKOS,
    "spdx": SPDX,
    "vcard": VCARD,
    "xsd": XSD,
}
# The classes that the shapes ask for at the end of these properties. The terms are others', but a
# validator without their vocabularies at hand would not know what they are.
_RANGES: Final = {
    DCTERMS.language: DCTERMS.LinguisticSystem,
    DCTERMS.accessRights: DCTERMS.RightsStatement,
    DCTERMS.accrualPeriodicity: DCTERMS.Frequency,
    DCTERMS.license: DCTERMS.LicenseDocument,
    DCTERMS.format: DCTERMS.MediaTypeOrExtent,
    DCAT.mediaType: DCTERMS.MediaType,
    DCTERMS.conformsTo: DCTERMS.Standard,
    DCATAP.hvdCategory: SKOS.Concept,
    DCATAP.applicableLegislation: ELI.LegalResource,
    SPDX.algorithm: SPDX.ChecksumAlgorithm,
    DCAT.landingPage: FOAF.Document,
    FOAF.homepage: FOAF.Document,
    FOAF.page: FOAF.Document,
}

CROISSANT: Final = "croissant.jsonld"
"""The name below a data set's address under which its Croissant description lies."""
TITLE: Final = "Seehaus: offene Daten der Städte"
DESCRIPTION: Final = (
    "Ratsinformationen und Statistik der beteiligten Städte in einem gemeinsamen Schema, "
    "täglich mit den Quellen abgeglichen."
)


def new_graph() -> Graph:
    """An empty graph that knows our prefixes."""
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in _PREFIXES.items():
        graph.bind(prefix, namespace)
    return graph


def dataset_uri(base_url: str, name: str) -> URIRef:
    """The address of a data set, the same on every run."""
    return URIRef(f"{base_url.rstrip('/')}/dataset/{name}")


def dataset_graph(dataset: DataSet, base_url: str) -> Graph:
    """Everything that is said about one data set.

    Args:
        dataset: The data set.
        base_url: Below it lie the data sets' addresses and their files.
    """
    graph, node = new_graph(), dataset_uri(base_url, dataset.name)

    def say(predicate: URIRef, *values: Any) -> None:
        for value in values:
            graph.add((node, predicate, value))

    say(RDF.type, DCAT.Dataset)
    say(DCTERMS.title, Literal(dataset.title, "de"), Literal(dataset.title_en, "en"))
    say(DCTERMS.description, Literal(dataset.notes, "de"), Literal(dataset.notes_en, "en"))
    say(FOAF.page, URIRef(f"{node}/{CROISSANT}"))
    say(DCTERMS.identifier, Literal(dataset.identifier))
    say(DCTERMS.publisher, _publisher(graph, node, dataset.publisher))
    for number, contact in enumerate(dataset.contacts, start=1):
        say(DCAT.contactPoint, _contact(graph, node, contact, number))
    say(DCAT.theme, *(URIRef(theme_uri(theme)) for theme in dataset.themes))
    say(DCAT.keyword, *(Literal(tag, "de") for tag in dataset.tags))
    say(DCTERMS.language, URIRef(GERMAN))
    say(DCTERMS.accessRights, URIRef(PUBLIC))
    say(DCTERMS.accrualPeriodicity, URIRef(dataset.frequency))
    say(DCATAP.availability, URIRef(dataset.availability))
    say(DCATDE.contributorID, URIRef(CONTRIBUTOR))
    say(DCATDE.politicalGeocodingLevelURI, URIRef(MUNICIPALITY))
    for place in dataset.places:
        uri = URIRef(place.uri)
        # 2.0 wants both, 3.0 only warns of the first.
        say(DCATDE.politicalGeocodingURI, uri)
        say(DCTERMS.spatial, uri)
        graph.add((uri, RDF.type, DCTERMS.Location))
        graph.add((uri, SKOS.prefLabel, Literal(place.name, "de")))
    say(DCTERMS.provenance, _provenance(graph, node, dataset.attribution))
    say(DCTERMS.references, *(URIRef(uri) for uri in dataset.references))
    say(DCATAP.hvdCategory, *(URIRef(uri) for uri in dataset.hvd_categories))
    say(DCATAP.applicableLegislation, *(URIRef(uri) for uri in dataset.legislation))
    say(DQV.hasQualityAnnotation, *_quality(graph, node, dataset.quality))
    if dataset.version_notes:
        say(ADMS.versionNotes, Literal(dataset.version_notes, "de"))
    if dataset.series:
        say(DCAT_3.inSeries, _series(graph, base_url, dataset.series))
    if dataset.landing_page:
        say(DCAT.landingPage, URIRef(dataset.landing_page))
    if dataset.modified:
        say(DCTERMS.modified, Literal(dataset.modified.isoformat(), datatype=XSD.dateTime))
    if dataset.temporal:
        say(DCTERMS.temporal, _period(graph, node, dataset))
    say(
        DCAT.distribution,
        *(_distribution(graph, node, dataset, file) for file in dataset.distributions),
    )
    return _typed(graph)


def places_of(graph: Graph) -> Iterator[str]:
    """The regional keys of the municipalities that a data set's graph covers."""
    return (str(uri) for uri in graph.objects(None, DCATDE.politicalGeocodingURI))


def retire(graph: Graph) -> None:
    """Say in a data set's graph that its city has left; once."""
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    never = URIRef(retiring.NEVER)
    if (node, DCTERMS.accrualPeriodicity, never) in graph:
        return
    (uri,) = graph.objects(node, DCATDE.politicalGeocodingURI)
    city, last = (
        str(graph.value(uri, SKOS.prefLabel)),
        str(graph.value(node, DCTERMS.modified) or ""),
    )
    said = {"de": retiring.notice(city, last), "en": retiring.notice_en(city, last)}
    for text in list(graph.objects(node, DCTERMS.description)):
        graph.remove((node, DCTERMS.description, text))
        language = text.language if isinstance(text, Literal) else None
        before = said["en" if language == "en" else "de"]
        graph.add((node, DCTERMS.description, Literal(f"{before}\n\n{text}", language)))
    graph.remove((None, RDF.type, DCTERMS.Frequency))
    graph.set((node, DCTERMS.accrualPeriodicity, never))
    _typed(graph)


def _typed(graph: Graph) -> Graph:
    for predicate, kind in _RANGES.items():
        for term in list(graph.objects(None, predicate)):
            graph.add((term, RDF.type, kind))
    return graph


def _publisher(graph: Graph, dataset: URIRef, agent: Agent) -> URIRef:
    node = URIRef(f"{dataset}#publisher")
    graph.add((node, RDF.type, FOAF.Agent))
    graph.add((node, FOAF.name, Literal(agent.name, "de")))
    graph.add((node, FOAF.homepage, URIRef(agent.url)))
    if agent.email:
        graph.add((node, FOAF.mbox, URIRef(f"mailto:{agent.email}")))
    return node


def _contact(graph: Graph, dataset: URIRef, agent: Agent, number: int) -> URIRef:
    node = URIRef(f"{dataset}#contact-{number}")
    graph.add((node, RDF.type, VCARD.Organization))
    # The shapes know no subclasses, they ask for the kind itself.
    graph.add((node, RDF.type, VCARD.Kind))
    graph.add((node, VCARD.fn, Literal(agent.name)))
    graph.add((node, VCARD.hasURL, URIRef(agent.url)))
    if agent.email:
        graph.add((node, VCARD.hasEmail, URIRef(f"mailto:{agent.email}")))
    return node


def _provenance(graph: Graph, dataset: URIRef, text: str) -> URIRef:
    node = URIRef(f"{dataset}#provenance")
    graph.add((node, RDF.type, DCTERMS.ProvenanceStatement))
    graph.add((node, RDFS.label, Literal(text, "de")))
    return node


def _quality(graph: Graph, dataset: URIRef, said: Statement) -> Iterator[URIRef]:
    for lang, text in (("de", said.german), ("en", said.english)):
        node, body = URIRef(f"{dataset}#quality-{lang}"), URIRef(f"{dataset}#quality-{lang}-text")
        graph.add((node, RDF.type, DQV.QualityAnnotation))
        graph.add((node, OA.motivatedBy, DQV.qualityAssessment))
        graph.add((node, OA.hasBody, body))
        graph.add((body, RDF.type, OA.TextualBody))
        graph.add((body, RDF.value, Literal(text, lang)))
        yield node


def _series(graph: Graph, base_url: str, series: Series) -> URIRef:
    node = URIRef(f"{base_url.rstrip('/')}/series/{series.name}")
    graph.add((node, RDF.type, DCAT_3.DatasetSeries))
    for predicate, german, english in (
        (DCTERMS.title, series.title, series.title_en),
        (DCTERMS.description, series.notes, series.notes_en),
    ):
        graph.add((node, predicate, Literal(german, "de")))
        graph.add((node, predicate, Literal(english, "en")))
    return node


def _period(graph: Graph, dataset: URIRef, described: DataSet) -> URIRef:
    assert described.temporal is not None
    start, end = described.temporal
    node = URIRef(f"{dataset}#period")
    graph.add((node, RDF.type, DCTERMS.PeriodOfTime))
    graph.add((node, DCAT.startDate, Literal(start.isoformat(), datatype=XSD.date)))
    graph.add((node, DCAT.endDate, Literal(end.isoformat(), datatype=XSD.date)))
    return node


def _distribution(graph: Graph, dataset: URIRef, described: DataSet, file: Distribution) -> URIRef:
    node = URIRef(f"{dataset}#{file.key}")
    checksum = URIRef(f"{dataset}#{file.key}-checksum")
    url = URIRef(f"{dataset}/{file.file_name}")

    def say(predicate: URIRef, *values: Any) -> None:
        for value in values:
            graph.add((node, predicate, value))

    say(RDF.type, DCAT.Distribution)
    say(DCTERMS.title, Literal(file.name, "de"))
    say(DCTERMS.description, Literal(file.description, "de"))
    say(DCAT.accessURL, url)
    say(DCAT.downloadURL, url)
    say(DCTERMS.format, URIRef(FILE_TYPE + file.file_type))
    if file.is_registered:
        say(DCAT.mediaType, URIRef(MEDIA_TYPE + file.media_type))
    if file.conforms_to:
        say(DCTERMS.conformsTo, URIRef(file.conforms_to))
    say(DCAT.byteSize, Literal(len(file.body), datatype=XSD.nonNegativeInteger))
    say(DCTERMS.license, URIRef(described.licence.uri))
    if described.licence.asks_for_attribution:
        say(DCATDE.licenseAttributionByText, Literal(described.attribution, "de"))
    say(DCTERMS.language, URIRef(GERMAN))
    say(DCATAP.availability, URIRef(described.availability))
    say(DCATAP.applicableLegislation, *(URIRef(uri) for uri in described.legislation))
    if described.modified:
        say(DCTERMS.modified, Literal(described.modified.isoformat(), datatype=XSD.dateTime))
    say(SPDX.checksum, checksum)
    graph.add((checksum, RDF.type, SPDX.Checksum))
    graph.add((checksum, SPDX.algorithm, URIRef(SHA256)))
    graph.add((checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)))
    return node


def catalogue_graph(graphs: Iterable[Graph], base_url: str, publisher: Agent) -> Graph:
    """The catalogue over the data sets' graphs."""
    graph, node = new_graph(), URIRef(f"{base_url.rstrip('/')}/catalog")
    for one in graphs:
        graph += one
    sets = sorted(graph.subjects(RDF.type, DCAT.Dataset), key=str)
    graph.add((node, RDF.type, DCAT.Catalog))
    graph.add((node, DCTERMS.title, Literal(TITLE, "de")))
    graph.add((node, DCTERMS.description, Literal(DESCRIPTION, "de")))
    graph.add((node, DCTERMS.publisher, _publisher(graph, node, publisher)))
    graph.add((node, DCTERMS.language, URIRef(GERMAN)))
    graph.add((node, FOAF.homepage, URIRef(f"{base_url.rstrip('/')}/")))
    for dataset in sets:
        graph.add((node, DCAT.dataset, dataset))
    changed = sorted(graph.objects(None, DCTERMS.modified), key=str)
    if changed:
        graph.add((node, DCTERMS.modified, changed[-1]))
    return _typed(graph)


def series_graphs(catalogue: Graph) -> Iterator[tuple[str, Graph]]:
    """Each series of a catalogue by name: what it is, and which data sets are in it.

    The data sets are named only: each one's own address says the rest.
    """
    for node in sorted(catalogue.subjects(RDF.type, DCAT_3.DatasetSeries), key=str):
        graph = new_graph()
        for triple in catalogue.triples((node, None, None)):
            graph.add(triple)
        for member in catalogue.subjects(DCAT_3.inSeries, node):
            graph.add((node, DCAT_3.seriesMember, member))
            graph.add((member, DCAT_3.inSeries, node))
            for title in catalogue.objects(member, DCTERMS.title):
                graph.add((member, DCTERMS.title, title))
        yield str(node).rpartition("/")[2], graph


def turtle(graph: Graph) -> bytes:
    """The graph as Turtle; the same graph gives the same bytes."""
    return graph.serialize(format="turtle", encoding="utf-8")


def json_ld(graph: Graph) -> bytes:
    """The graph as JSON-LD with our prefixes; the same graph gives the same bytes."""
    context = {prefix: str(namespace) for prefix, namespace in _PREFIXES.items()}
    text = graph.serialize(format="json-ld", context=context)
    return (json.dumps(_sorted(json.loads(text)), ensure_ascii=False, indent=1) + "\n").encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return sorted((_sorted(one) for one in value), key=json.dumps)
    return value
