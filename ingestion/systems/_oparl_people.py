"""OParl's body, its terms, organisations, persons and places as our records.

Of a person only name and offices are read: phone, e-mail, addresses, gender and what was written
about a life never become a field here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ingestion.record import (
    Body,
    LegislativeTerm,
    Location,
    Membership,
    Organization,
    Person,
    Record,
    RejectedRow,
    Tombstone,
)
from ingestion.systems._oparl_json import Node

UNNAMED: Final = "(ohne Titel)"
PEOPLE: Final = frozenset(
    {"body", "legislative_term", "organization", "person", "membership", "location"}
)
"""The kinds that ``people`` reads."""
OURS: Final = "seehaus:"
"""What our own OParl service has in fields with this prefix, one lakehouse reads of another."""

_AGS_DIGITS: Final = 8
_MOST_EAST, _MOST_NORTH = 180.0, 90.0


def people(node: Node, kind: str, id_: str) -> Iterator[Record]:
    """The records of an object of one of the kinds ``PEOPLE``.

    Args:
        node: The object; it is not deleted.
        kind: Which of them.
        id_: Its id.

    Yields:
        The object, and the terms, memberships, persons and places that are embedded in it. A
        place that is a person's address gives nothing.
    """
    if kind == "body":
        yield from _body(node, id_)
    elif kind == "legislative_term":
        yield from _term(node, id_)
    elif kind == "organization":
        yield from _organization(node, id_)
    elif kind == "person":
        yield from _person(node, id_)
    elif kind == "membership":
        yield from _membership(node, id_)
    else:
        yield from _location(node, id_)


def rejected(node: Node, kind: str, reason: str) -> RejectedRow:
    """What could not be read; only its field names, for it may hold personal data."""
    keys = json.dumps(node.keys)
    return RejectedRow(
        id=f"{kind}:{node.base}", url=node.base, source="oparl", row_no=0, reason=reason, row=keys
    )


def tombstone(node: Node, kind: str, id_: str) -> Tombstone:
    """The server's word that an object is gone."""
    return Tombstone(
        id=f"{kind}:{id_}",
        url=id_,
        deleted_object_type=kind,
        deleted_id=id_,
        reason="deleted",
        deleted_at=node.moment("modified")[0],
    )


def places(node: Node) -> Iterator[Record]:
    """The places that are embedded in a body, an organisation, a meeting or a paper."""
    for place in node.nodes("location"):
        if place.id is None or place.is_mere_link:
            continue  # a text without an id stays with its meeting; a mere link is asked for
        if place.is_deleted:
            yield tombstone(place, "location", place.id)
        else:
            yield from _location(place, place.id)


def place_name(node: Node) -> str | None:
    """The first embedded place in one line."""
    for place in node.nodes("location"):
        town = " ".join(filter(None, (place.text("postalCode"), place.text("locality"))))
        parts = [place.text("room"), place.text("streetAddress"), town]
        described = place.text("description") or ", ".join(filter(None, parts))
        if described:
            return described
    return None


def is_private(place: Node) -> bool:
    """Whether a place is some person's address."""
    return bool(place.urls("persons") or place.nodes("persons"))


def ags(text: str | None) -> str | None:
    """A municipality key with its eight digits; servers drop the leading or add trailing zeros."""
    digits = re.sub(r"\D", "", text or "")
    if len(digits) == _AGS_DIGITS - 1:
        digits = f"0{digits}"
    if len(digits) > _AGS_DIGITS and not digits[_AGS_DIGITS:].strip("0"):
        digits = digits[:_AGS_DIGITS]
    return digits or None


def _body(node: Node, id_: str) -> Iterator[Record]:
    yield Body(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or node.text("shortName") or UNNAMED,
        short_name=node.text("shortName"),
        ags=ags(node.text("ags")),
        ars=re.sub(r"\D", "", node.text("rgs") or "") or None,
        website=_website(node),
        licence=node.text("license"),
        classification=node.text("classification"),
    )
    for number, term in enumerate(node.nodes("legislativeTerm"), start=1):
        term_id = term.id or f"{id_}#legislativeTerm-{number}"
        if term.is_deleted:
            yield tombstone(term, "legislative_term", term_id)
        elif not term.is_mere_link:
            yield from _term(term, term_id)
    yield from places(node)


def _term(node: Node, id_: str) -> Iterator[Record]:
    yield LegislativeTerm(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or UNNAMED,
        start_date=node.day("startDate"),
        end_date=node.day("endDate"),
    )


def _organization(node: Node, id_: str) -> Iterator[Record]:
    yield Organization(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or node.text("shortName") or UNNAMED,
        short_name=node.text("shortName"),
        classification=node.text("classification"),
        organization_type=node.text("organizationType"),
        parent_id=node.url("subOrganizationOf"),
        start_date=node.day("startDate"),
        end_date=node.day("endDate"),
        website=_website(node),
    )
    yield from places(node)
    yield from _memberships(node, organization_id=id_)


def _person(node: Node, id_: str) -> Iterator[Record]:
    given, family = node.text("givenName"), node.text("familyName")
    whole = " ".join(filter(None, (node.words("title"), given, family)))
    yield Person(
        id=id_,
        url=node.url("web") or id_,
        name=node.text("name") or whole or UNNAMED,
        family_name=family,
        given_name=given,
        # One vendor misspells the field.
        form_of_address=node.text("formOfAddress") or node.text("formOfAdress"),
        title=node.words("title"),
        affix=node.text("affix"),
        faction=node.text(f"{OURS}faction"),
        status=node.words("status"),
    )
    yield from _memberships(node, person_id=id_)


def _memberships(node: Node, **about: str | None) -> Iterator[Record]:
    for seat in node.nodes("membership"):
        if seat.id is None:
            yield rejected(seat, "membership", "no id that is a URL")
        elif seat.is_deleted:
            yield tombstone(seat, "membership", seat.id)
        elif not seat.is_mere_link:
            yield from _membership(seat, seat.id, **about)


def _membership(
    node: Node,
    id_: str,
    *,
    person_id: str | None = None,
    organization_id: str | None = None,
) -> Iterator[Record]:
    # Only the seat's own words: it must read the same within a person and on a list of its own.
    persons = node.nodes("person")
    yield Membership(
        id=id_,
        url=node.url("web") or id_,
        person_id=node.url("person") or person_id,
        person_name=persons[0].text("name") if persons else None,
        organization_id=node.url("organization") or organization_id,
        role=node.text("role"),
        has_voting_right=node.flag("votingRight"),
        start_date=node.day("startDate"),
        end_date=node.day("endDate"),
        on_behalf_of=node.url("onBehalfOf") or node.text(f"{OURS}onBehalfOf"),
    )


def _location(node: Node, id_: str) -> Iterator[Record]:
    if is_private(node):
        return  # where somebody lives is nobody's business, whatever list it stands on
    latitude, longitude = _degrees(node.raw("geojson"))
    yield Location(
        id=id_,
        url=node.url("web") or id_,
        description=node.text("description"),
        room=node.text("room"),
        street_address=node.text("streetAddress"),
        postal_code=node.text("postalCode"),
        locality=node.text("locality"),
        sub_locality=node.text("subLocality"),
        latitude=latitude,
        longitude=longitude,
    )


def _degrees(geojson: Any) -> tuple[float | None, float | None]:
    """Latitude and longitude of a GeoJSON point; both None for null, other shapes and nonsense."""
    shape = geojson
    if isinstance(shape, Mapping) and isinstance(shape.get("geometry"), Mapping):
        shape = shape["geometry"]
    if not isinstance(shape, Mapping) or shape.get("type") != "Point":
        return None, None
    where = shape.get("coordinates")
    if not isinstance(where, list) or len(where) < 2:  # noqa: PLR2004 - east and north
        return None, None
    east, north = _within(where[0], _MOST_EAST), _within(where[1], _MOST_NORTH)
    return (None, None) if east is None or north is None else (north, east)


def _within(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -most <= value <= most else None


def _website(node: Node) -> str | None:
    """The web page, where it is a URL of its own; servers write ``N/A`` and bare names too."""
    text = node.text("website") or ""
    return node.url("website") if re.match(r"https?://", text, re.IGNORECASE) else None
