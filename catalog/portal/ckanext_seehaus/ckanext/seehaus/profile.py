"""DCAT-AP.de: what ckanext-dcat says of a data set, and the terms that Germany adds.

3.0, plus the few terms that the 2.0 conventions still ask for: the same that the static
catalogue says. No agent is a blank node, so a harvester sees stable identifiers.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.dcat.profiles import EuropeanDCATAP3Profile
from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS

DCAT = Namespace("http://www.w3.org/ns/dcat#")
DCATAP = Namespace("http://data.europa.eu/r5r/")
DCATDE = Namespace("http://dcat-ap.de/def/dcatde/")
DQV = Namespace("http://www.w3.org/ns/dqv#")
OA = Namespace("http://www.w3.org/ns/oa#")
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
# Fields of ours that are a term each, and what is at its other end.
_TERMS = (
    ("contributor_id", DCATDE.contributorID, None),
    ("political_geocoding_level_uri", DCATDE.politicalGeocodingLevelURI, None),
    ("political_geocoding_uri", DCATDE.politicalGeocodingURI, None),
    ("references", DCTERMS.references, None),
    ("availability", DCATAP.availability, None),
    ("hvd_category", DCATAP.hvdCategory, SKOS.Concept),
)


class SeehausProfile(EuropeanDCATAP3Profile):
    """Data sets of Seehaus as DCAT-AP.de; one that others made keeps what DCAT-AP 3 says."""

    def graph_from_dataset(self, dataset_dict: dict[str, Any], dataset_ref: URIRef) -> None:
        """Add everything that is said about one data set."""
        super().graph_from_dataset(_prepared(dataset_dict, dataset_ref), dataset_ref)
        for prefix, namespace in (("dcatde", DCATDE), ("dqv", DQV), ("oa", OA)):
            self.g.bind(prefix, namespace)
        for field, predicate, kind in _TERMS:
            for uri in _listed(dataset_dict.get(field)):
                self.g.add((dataset_ref, predicate, URIRef(uri)))
                if kind:
                    self.g.add((URIRef(uri), RDF.type, kind))
        for node in _quality(self.g, dataset_dict, dataset_ref):
            self.g.add((dataset_ref, DQV.hasQualityAnnotation, node))
        for series in dataset_dict.get("series") or ():
            base = str(dataset_ref).rsplit("/dataset/", 1)[0]
            self.g.add((dataset_ref, DCAT.inSeries, series_node(self.g, base, series)))
        if text := dataset_dict.get("license_attribution"):
            for file in self.g.objects(dataset_ref, DCAT.distribution):
                self.g.add((file, DCATDE.licenseAttributionByText, Literal(text, lang="de")))
        for contact in self.g.objects(dataset_ref, DCAT.contactPoint):
            self.g.add((contact, RDF.type, VCARD.Organization))


def _prepared(dataset: Mapping[str, Any], ref: URIRef) -> dict[str, Any]:
    """The package with languages, with addresses for its agents and with EU terms of its files."""
    said = dict(dataset)
    for field in ("title", "notes"):
        if dataset.get(f"{field}_en"):
            said[f"{field}_translated"] = {"de": dataset[field], "en": dataset[f"{field}_en"]}
    said["tags_translated"] = {"de": [tag["name"] for tag in dataset.get("tags") or ()]}
    for field in ("publisher", "contact"):
        said[field] = [
            {**agent, "uri": agent.get("uri") or f"{ref}#{field}-{number}"}
            for number, agent in enumerate(dataset.get(field) or (), start=1)
        ]
    said["resources"] = [_file(one) for one in dataset.get("resources") or ()]
    return said


def _file(resource: Mapping[str, Any]) -> dict[str, Any]:
    """A file with the EU's term of its format; one without such terms stays as it is."""
    if not resource.get("file_type"):
        return dict(resource)
    return {
        **resource,
        "format": resource["file_type"],
        "mimetype": resource.get("media_type") or "",
    }


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return [str(value)] if value else []


def _quality(graph: Graph, dataset: Mapping[str, Any], ref: URIRef) -> Iterator[URIRef]:
    for lang, field in (("de", "quality"), ("en", "quality_en")):
        if text := dataset.get(field):
            node, body = URIRef(f"{ref}#quality-{lang}"), URIRef(f"{ref}#quality-{lang}-text")
            graph.add((node, RDF.type, DQV.QualityAnnotation))
            graph.add((node, OA.motivatedBy, DQV.qualityAssessment))
            graph.add((node, OA.hasBody, body))
            graph.add((body, RDF.type, OA.TextualBody))
            graph.add((body, RDF.value, Literal(text, lang=lang)))
            yield node


def series_node(graph: Graph, base: str, series: Mapping[str, str]) -> URIRef:
    """Say what a series is; its address lies below ``base``, the portal's."""
    node = URIRef(f"{base}/series/{series['name']}")
    graph.add((node, RDF.type, DCAT.DatasetSeries))
    for predicate, field in ((DCTERMS.title, "title"), (DCTERMS.description, "notes")):
        graph.add((node, predicate, Literal(series[field], lang="de")))
        graph.add((node, predicate, Literal(series[f"{field}_en"], lang="en")))
    return node
