"""From served rows to OParl 1.1 objects; pure.

What OParl has no field for stands in fields of our own, ``seehaus:<name>`` (docs/oparl.md lists
them), so that whoever reads this server loses nothing. Empty fields are left out.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from catalog.oparl.addresses import Addresses
from catalog.oparl.tables import KINDS, LISTS
from catalog.vocabulary import licence

TYPE: Final = "https://schema.oparl.org/1.1/"
VERSION: Final = "https://schema.oparl.org/1.1/"
EMBEDDED: Final[Mapping[str, frozenset[str]]] = {
    "person": frozenset({"membership"}),
    "meeting": frozenset(
        {
            "agendaItem",
            "location",
            "invitation",
            "resultsProtocol",
            "verbatimProtocol",
            "auxiliaryFile",
        }
    ),
    "agenda_item": frozenset({"resolutionFile", "auxiliaryFile"}),
    "paper": frozenset({"mainFile", "auxiliaryFile", "consultation"}),
}
"""Fields that embed objects which have a list of their own: what ``omit_internal`` leaves out.

A Body's terms stay: the schema requires them.
"""
ROLES: Final[Mapping[str, Mapping[str, str]]] = {
    "paper": {"main_file": "mainFile"},
    "meeting": {
        "invitation": "invitation",
        "results_protocol": "resultsProtocol",
        "verbatim_protocol": "verbatimProtocol",
    },
    "agenda_item": {"resolution_file": "resolutionFile"},
}
"""A file's role → the field that has room for one file of it; all others are auxiliary."""

_BERLIN: Final = ZoneInfo("Europe/Berlin")
# Titles of files may name persons, so they do not leave; what the file is says its role.
_FILE_NAMES: Final[Mapping[str | None, str]] = {
    "main_file": "Vorlage",
    "invitation": "Einladung",
    "results_protocol": "Ergebnisprotokoll",
    "verbatim_protocol": "Wortprotokoll",
    "resolution_file": "Beschluss",
    "collection": "Sammeldokument",
    "auxiliary_file": "Anlage",
}

Row = Mapping[str, Any]
Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Related:
    """What belongs into or beside the objects of a page, each under the id it belongs to.

    Attributes:
        children: (kind, kind of the owner) → id of the owner → rows, in their order.
        consultations: Agenda item → the id of its consultation.
        memberships: Organisation → ids of its memberships.
        locations: Location → row.
        texts: File → the text that passed the privacy gate.
    """

    children: Mapping[tuple[str, str], Mapping[str, Sequence[Row]]] = field(default_factory=dict)
    consultations: Mapping[str, str] = field(default_factory=dict)
    memberships: Mapping[str, Sequence[str]] = field(default_factory=dict)
    locations: Mapping[str, Row] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    def of(self, kind: str, owner: str, id_: str) -> Sequence[Row]:
        """The rows of ``kind`` that belong to an object."""
        return self.children.get((kind, owner), {}).get(id_, ())


@dataclass(frozen=True, slots=True)
class Objects:
    """Makes objects whose addresses lie below one base."""

    at: Addresses
    omit_internal: bool = False

    def make(self, kind: str, row: Row, related: Related) -> Object:
        """One object; of a deleted one nothing but that it is gone.

        Args:
            kind: As in ``catalog.oparl.tables``.
            row: Its served row.
            related: What belongs into it; what is not there is left out.
        """
        made = self._frame(kind, row)
        if row["is_deleted"]:
            return made | {"deleted": True}
        told = _MAKERS[kind](self, row, related)
        if self.omit_internal:
            told = {
                name: value
                for name, value in told.items()
                if name not in EMBEDDED.get(kind, frozenset())
            }
        return made | filled(told) | filled({"web": _web(row["source_url"])})

    def system(self, bodies: Sequence[Row], *, website: str) -> Object:
        """The System.

        Args:
            bodies: The served rows of the bodies, deleted ones included.
            website: The page for people on this server.
        """
        is_sample = any(row["is_sample"] for row in bodies if not row["is_deleted"])
        name = "Seehaus: Ratsinformationen der beteiligten Städte"
        created = min((row["created_at"] for row in bodies), default=None)
        modified = max((row["modified_at"] for row in bodies), default=None)
        return filled(
            {
                "id": self.at.system,
                "type": f"{TYPE}System",
                "oparlVersion": VERSION,
                "body": self.at.bodies,
                "name": f"{name} (erfundene Beispieldaten)" if is_sample else name,
                "website": website,
                "created": _stamp(created),
                "modified": _stamp(modified),
                "web": website,
            }
        )

    def _frame(self, kind: str, row: Row) -> Object:
        return {
            "id": self.at.of(kind, row["id"]),
            "type": TYPE + KINDS[kind].type,
            "created": _stamp(row["created_at"]),
            "modified": _stamp(row["modified_at"]),
        }

    def _many(self, kind: str, rows: Iterable[Row], related: Related) -> list[Object]:
        return [self.make(kind, row, related) for row in rows]

    def body(self, row: Row, related: Related) -> Object:
        """A city's council; the address of every list, and its terms."""
        city_id = row["city_id"]
        here = self.at.body(city_id)
        open_licence = licence(row["licence_id"])
        wikidata = row["wikidata_id"]
        terms = related.of("legislative_term", "body", row["id"])
        told: Object = {
            "system": self.at.system,
            "name": row["name"],
            "shortName": row["short_name"],
            "classification": row["classification"],
            "ags": row["ags"],
            "rgs": row["ars"],
            "website": _web(row["website_url"]),
            "license": open_licence.url if open_licence else None,
            "oparlSince": _stamp(row["created_at"]),
            "contactName": row["publisher_name"],
            "contactEmail": row["publisher_email"],
            "equivalent": [f"https://www.wikidata.org/entity/{wikidata}"] if wikidata else None,
            "keyword": ["erfundene Beispieldaten"] if row["is_sample"] else None,
            **{name: f"{here}/{name}" for name in LISTS},
        }
        return told | {"legislativeTerm": self._many("legislative_term", terms, related)}

    def legislative_term(self, row: Row, _: Related) -> Object:
        """A term."""
        return {
            "body": self.at.body(row["city_id"]),
            "name": row["name"],
            "startDate": _day(row["start_date"]),
            "endDate": _day(row["end_date"]),
        }

    def organization(self, row: Row, related: Related) -> Object:
        """A committee, council or faction, with the ids of its seats."""
        here = self.at.of("organization", row["id"])
        return {
            "body": self.at.body(row["city_id"]),
            "name": row["name"],
            "shortName": row["short_name"],
            "classification": row["classification"],
            "organizationType": row["organization_type"],
            "subOrganizationOf": self.at.of("organization", row["parent_id"]),
            "membership": [
                self.at.of("membership", id_) for id_ in related.memberships.get(row["id"], ())
            ],
            "meeting": f"{here}/meeting",
            "consultation": f"{here}/consultation",
            "startDate": _day(row["start_date"]),
            "endDate": _day(row["end_date"]),
            "website": _web(row["website_url"]),
        }

    def person(self, row: Row, related: Related) -> Object:
        """Who holds an office: name and offices, never a way to reach somebody."""
        seats = related.of("membership", "person", row["id"])
        return {
            "body": self.at.body(row["city_id"]),
            "name": row["name"],
            "familyName": row["family_name"],
            "givenName": row["given_name"],
            "formOfAddress": row["form_of_address"],
            "title": _words(row["title"]),
            "affix": row["affix"],
            "status": _words(row["status"]),
            "membership": self._many("membership", seats, related),
            "seehaus:faction": row["faction"],
        }

    def membership(self, row: Row, _: Related) -> Object:
        """A seat."""
        return {
            "person": self.at.of("person", row["person_id"]),
            "organization": self.at.of("organization", row["organization_id"]),
            "role": row["role"],
            "votingRight": row["has_voting_right"],
            "startDate": _day(row["start_date"]),
            "endDate": _day(row["end_date"]),
            "seehaus:onBehalfOf": row["on_behalf_of"],
        }

    def location(self, row: Row, _: Related) -> Object:
        """Where meetings take place."""
        east, north = row["longitude"], row["latitude"]
        shape = None
        if east is not None and north is not None:
            point = {"type": "Point", "coordinates": [east, north]}
            shape = {"type": "Feature", "properties": {}, "geometry": point}
        return {
            "description": row["description"],
            "room": row["room"],
            "streetAddress": row["street_address"],
            "postalCode": row["postal_code"],
            "locality": row["locality"],
            "subLocality": row["sub_locality"],
            "geojson": shape,
        }

    def meeting(self, row: Row, related: Related) -> Object:
        """A meeting with its agenda, place and files."""
        place = related.locations.get(row["location_id"])
        items = related.of("agenda_item", "meeting", row["id"])
        # What hangs on an item stands there.
        files = [
            file
            for file in related.of("file", "meeting", row["id"])
            if file["agenda_item_id"] is None
        ]
        organization = self.at.of("organization", row["organization_id"])
        return {
            "name": row["name"],
            "meetingState": row["state"],
            "cancelled": row["is_cancelled"],
            "start": _moment(row["start_at"]),
            "end": _moment(row["end_at"]),
            "location": self.make("location", place, related) if place else None,
            "organization": [organization] if organization else None,
            "agendaItem": self._many("agenda_item", items, related),
            **self._files("meeting", files, related),
            "seehaus:reference": row["reference"],
            "seehaus:organizationName": row["organization_name"],
            "seehaus:location": row["location"],
        }

    def agenda_item(self, row: Row, related: Related) -> Object:
        """An item; of a non-public one what the source itself shows."""
        files = related.of("file", "agenda_item", row["id"]) if row["is_public"] else ()
        return {
            "meeting": self.at.of("meeting", row["meeting_id"]),
            "order": row["position"],
            "number": row["number"],
            "name": row["name"],
            "public": row["is_public"],
            "consultation": self.at.of("consultation", related.consultations.get(row["id"])),
            "result": row["result"],
            "resolutionText": row["resolution_text"],
            **self._files("agenda_item", files, related),
            "seehaus:voteText": row["vote_text"],
            "seehaus:supplement": row["is_supplement"] or None,
            "seehaus:paper": self.at.of("paper", row["paper_id"]),
            "seehaus:paperReference": row["paper_reference"],
        }

    def paper(self, row: Row, related: Related) -> Object:
        """A paper with its files and its way through the committees."""
        steps = related.of("consultation", "paper", row["id"])
        return {
            "body": self.at.body(row["city_id"]),
            "name": row["name"],
            "reference": row["reference"],
            "date": _day(row["paper_date"]),
            "paperType": row["paper_type"],
            **self._files("paper", related.of("file", "paper", row["id"]), related),
            "consultation": self._many("consultation", steps, related),
            "seehaus:state": row["state"],
            "seehaus:originator": row["originator"],
            "seehaus:underDirectionOf": row["under_direction_of"],
        }

    def consultation(self, row: Row, _: Related) -> Object:
        """A step of a paper."""
        organization = self.at.of("organization", row["organization_id"])
        return {
            "paper": self.at.of("paper", row["paper_id"]),
            "agendaItem": self.at.of("agenda_item", row["agenda_item_id"]),
            "meeting": self.at.of("meeting", row["meeting_id"]),
            "organization": [organization] if organization else None,
            "authoritative": row["is_authoritative"],
            "role": row["role"],
            "seehaus:organizationName": row["organization_name"],
            "seehaus:date": _day(row["consultation_date"]),
            "seehaus:state": row["state"],
            "seehaus:result": row["result"],
        }

    def file(self, row: Row, related: Related) -> Object:
        """A file; its bytes are the city's, its text is what the privacy gate let through."""
        owners = {
            name: [address] if (address := self.at.of(kind, row[f"{kind}_id"])) else None
            for name, kind in (
                ("paper", "paper"),
                ("meeting", "meeting"),
                ("agendaItem", "agenda_item"),
            )
        }
        return {
            "name": _FILE_NAMES.get(row["role"], "Datei"),
            "mimeType": row["mime_type"],
            "size": row["size_bytes"],
            "accessUrl": row["access_url"],
            "text": related.texts.get(row["id"]),
            **owners,
            "seehaus:role": row["role"],
            "seehaus:sha256": row["sha256"],
        }

    def _files(self, owner: str, files: Iterable[Row], related: Related) -> Object:
        """The owner's fields of files; the first of a role takes its place."""
        told: Object = {}
        others: list[Object] = []
        for row in files:
            made = self.make("file", row, related)
            place = ROLES[owner].get(row["role"])
            if place is None or place in told:
                others.append(made)
            else:
                told[place] = made
        return told | {"auxiliaryFile": others}


_MAKERS: Final = {kind: getattr(Objects, kind) for kind in KINDS}


def filled(told: Mapping[str, Any]) -> Object:
    """Without empty fields, but for the one list that the schema requires."""
    return {
        name: value
        for name, value in told.items()
        if value not in (None, "", []) or name == "legislativeTerm"
    }


@lru_cache(4_096)
def _stamp(moment: dt.datetime | None) -> str | None:
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds") if moment else None


def _moment(moment: dt.datetime | None) -> str | None:
    """As the city's clock shows it."""
    return moment.astimezone(_BERLIN).isoformat(timespec="seconds") if moment else None


def _day(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None


def _words(text: str | None) -> list[str] | None:
    return text.split("; ") if text else None


def _web(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) else None
