"""The series of one table's data sets over the cities: the address that the DCAT gives it.

People get a page, programs the same as RDF, by the address' ending or by what they accept.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ckan.plugins import toolkit
from ckanext.dcat import utils
from ckanext.seehaus.profile import DCAT, series_node
from flask import Blueprint, Response
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, XSD

_NAME: Final = re.compile(r"[a-z0-9-]{1,100}")
_PAGE: Final = 1_000
# A field of CKAN's Solr schema that takes whole words: fields of ours with parts are not indexed.
_FIELD: Final = "vocab_seehaus_series"

blueprint = Blueprint("seehaus_series", __name__)


def indexed(pkg_dict: Mapping[str, Any]) -> dict[str, list[str]]:
    """What Solr is told of a data set about to be indexed: the names of its series."""
    package = json.loads(pkg_dict.get("validated_data_dict") or "{}")
    names = [str(one["name"]) for one in package.get("series") or () if one.get("name")]
    return {_FIELD: names} if names else {}


def members(name: str) -> list[dict[str, Any]]:
    """The public data sets that say they belong to this series, by the names of their cities."""
    found: list[dict[str, Any]] = []
    start = 0
    while True:
        query = {"fq": f'{_FIELD}:"{name}"', "rows": _PAGE, "start": start, "sort": "name asc"}
        page = toolkit.get_action("package_search")({}, query)["results"]
        found += page
        start += len(page)
        if len(page) < _PAGE:
            break
    return sorted(found, key=_city)


def _city(package: Mapping[str, Any]) -> str:
    owner = package.get("organization") or {}
    return str(owner.get("title") or owner.get("name") or package["name"])


def described(name: str, packages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """What the members say of their series: ``title``, ``notes`` and the same in English."""
    return next(dict(each) for one in packages for each in one["series"] if each["name"] == name)


def graph(name: str, packages: list[dict[str, Any]]) -> Graph:
    """The series as RDF: what it is, what it covers, and which data sets are in it.

    The data sets are named only: each one's own address says the rest.
    """
    made, base = Graph(), utils.catalog_uri().rstrip("/")
    made.bind("dcat", DCAT)
    made.bind("dcterms", DCTERMS)
    node = series_node(made, base, described(name, packages))
    for one in packages:
        member = URIRef(utils.dataset_uri(one))
        made.add((node, DCAT.seriesMember, member))
        made.add((member, DCAT.inSeries, node))
        made.add((member, DCTERMS.title, Literal(one["title"], lang="de")))
        for place in one.get("spatial_coverage") or ():
            if place.get("uri"):
                made.add((node, DCTERMS.spatial, URIRef(place["uri"])))
                made.add((URIRef(place["uri"]), RDF.type, DCTERMS.Location))
    rhythms = {str(one["frequency"]) for one in packages if one.get("frequency")}
    if len(rhythms) == 1:
        made.add((node, DCTERMS.accrualPeriodicity, URIRef(min(rhythms))))
        made.add((URIRef(min(rhythms)), RDF.type, DCTERMS.Frequency))
    if changed := [str(one["modified"]) for one in packages if one.get("modified")]:
        made.add((node, DCTERMS.modified, Literal(max(changed), datatype=XSD.dateTime)))
    if span := covered(packages):
        _period(made, node, span)
    return made


def covered(packages: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """First and last day of all of them; None where none says it."""
    spans = [span for one in packages for span in one.get("temporal_coverage") or ()]
    starts = [str(span["start"]) for span in spans if span.get("start")]
    ends = [str(span["end"]) for span in spans if span.get("end")]
    return (min(starts), max(ends)) if starts and ends else None


def _period(made: Graph, node: URIRef, span: tuple[str, str]) -> None:
    period = URIRef(f"{node}#period")
    made.add((node, DCTERMS.temporal, period))
    made.add((period, RDF.type, DCTERMS.PeriodOfTime))
    for predicate, day in zip((DCAT.startDate, DCAT.endDate), span, strict=True):
        made.add((period, predicate, Literal(day, datatype=XSD.date)))


@blueprint.route("/series/<name>")
@blueprint.route("/series/<name>.<kind>", endpoint="rdf")
def show(name: str, kind: str | None = None) -> Response | str:
    """The series, as a page or as RDF."""
    packages = members(name) if _NAME.fullmatch(name) else []
    if not packages or kind not in {None, *utils.CONTENT_TYPES}:
        toolkit.abort(404)
    kind = kind or utils.check_access_header()
    if kind is not None:
        text = graph(name, packages).serialize(format=utils.url_to_rdflib_format(kind))
        return Response(text, mimetype=utils.CONTENT_TYPES[kind], headers={"Vary": "Accept"})
    told = {"series": described(name, packages), "packages": packages, "span": covered(packages)}
    answer = Response(toolkit.render("seehaus/series.html", told))
    answer.headers["Vary"] = "Accept"
    return answer
