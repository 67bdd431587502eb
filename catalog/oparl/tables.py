"""What goes out as OParl: columns of the harmonised tables, and what an object's change changes.

Every column here must be one that may leave (``catalog.dictionary``); ``check_leaving`` says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from catalog.dictionary import Dictionary

SCHEMA: Final = "published"
"""The lake's schema of what is served."""
STAMPS: Final = ("created_at", "modified_at", "is_deleted")
"""What a served row has besides its id, its city and its columns."""


class OParlError(RuntimeError):
    """The council data cannot be served or published; names the place and the mend."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One kind of object.

    Attributes:
        kind: The harmonised table; its key is ``<kind>_id``.
        segment: The kind's name in addresses, and OParl's type in camel case.
        columns: What is served of it, besides id and city.
        city_columns: Columns of the table ``city`` that are served with it.
        inside: Column that names an object → that object's kind: its ``modified`` moves with this
            one, because this one is embedded there or named in a list.
        around: The reverse: kind → its column that names this one.
    """

    kind: str
    segment: str
    columns: tuple[str, ...]
    city_columns: tuple[str, ...] = ()
    inside: Mapping[str, str] = field(default_factory=dict)
    around: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The column of the id."""
        return f"{self.kind}_id"

    @property
    def type(self) -> str:
        """OParl's type, e.g. ``AgendaItem``."""
        return self.segment[0].upper() + self.segment[1:]

    @property
    def table(self) -> str:
        """The served table; no raw or harmonised one has such a name."""
        return f"{SCHEMA}.published_{self.kind}"


# In the order in which changes spread: what is embedded comes before what it is embedded in.
_ALL: Final = (
    Outgoing(
        "legislative_term",
        "legislativeTerm",
        ("name", "start_date", "end_date", "source_url"),
        inside={"body_id": "body"},
    ),
    Outgoing(
        "location",
        "location",
        (
            "description",
            "room",
            "street_address",
            "postal_code",
            "locality",
            "sub_locality",
            "latitude",
            "longitude",
            "source_url",
        ),
        around={"meeting": "location_id"},
    ),
    Outgoing(
        "file",
        "file",
        ("role", "access_url", "mime_type", "size_bytes", "sha256", "source_url"),
        inside={"paper_id": "paper", "meeting_id": "meeting", "agenda_item_id": "agenda_item"},
    ),
    Outgoing(
        "consultation",
        "consultation",
        (
            "meeting_id",
            "organization_id",
            "organization_name",
            "consultation_date",
            "role",
            "is_authoritative",
            "state",
            "result",
            "source_url",
        ),
        inside={"paper_id": "paper", "agenda_item_id": "agenda_item"},
    ),
    Outgoing(
        "membership",
        "membership",
        (
            "role",
            "has_voting_right",
            "on_behalf_of",
            "start_date",
            "end_date",
            "source_url",
        ),
        inside={"person_id": "person", "organization_id": "organization"},
    ),
    Outgoing(
        "agenda_item",
        "agendaItem",
        (
            "position",
            "number",
            "name",
            "is_public",
            "is_supplement",
            "result",
            "resolution_text",
            "vote_text",
            "paper_id",
            "paper_reference",
            "source_url",
        ),
        inside={"meeting_id": "meeting"},
    ),
    Outgoing(
        "organization",
        "organization",
        (
            "name",
            "short_name",
            "classification",
            "organization_type",
            "parent_id",
            "start_date",
            "end_date",
            "website_url",
            "source_url",
        ),
    ),
    Outgoing(
        "person",
        "person",
        (
            "name",
            "family_name",
            "given_name",
            "form_of_address",
            "title",
            "affix",
            "faction",
            "status",
            "source_url",
        ),
    ),
    Outgoing(
        "meeting",
        "meeting",
        (
            "organization_id",
            "organization_name",
            "name",
            "reference",
            "start_at",
            "end_at",
            "location",
            "location_id",
            "state",
            "is_cancelled",
            "source_url",
        ),
    ),
    Outgoing(
        "paper",
        "paper",
        (
            "reference",
            "name",
            "paper_type",
            "paper_date",
            "state",
            "originator",
            "under_direction_of",
            "source_url",
        ),
    ),
    Outgoing(
        "body",
        "body",
        (
            "name",
            "short_name",
            "classification",
            "ags",
            "ars",
            "licence_id",
            "website_url",
            "source_url",
        ),
        city_columns=("publisher_name", "publisher_email", "wikidata_id", "is_sample"),
    ),
)
KINDS: Final[Mapping[str, Outgoing]] = MappingProxyType({one.kind: one for one in _ALL})
"""All kinds by name, in the order in which changes spread."""
BY_SEGMENT: Final[Mapping[str, Outgoing]] = MappingProxyType({one.segment: one for one in _ALL})
LISTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "organization": "organization",
        "person": "person",
        "meeting": "meeting",
        "paper": "paper",
        "agendaItem": "agenda_item",
        "consultation": "consultation",
        "file": "file",
        "locationList": "location",
        "legislativeTermList": "legislative_term",
        "membership": "membership",
    }
)
"""The fields of a Body that are lists, and whose objects are in them."""


def columns(of: Outgoing) -> tuple[str, ...]:
    """The served columns of a kind besides id, city and stamps; a file's text has its hash."""
    text = ("text_sha256",) if of.kind == "file" else ()
    return (*of.columns, *of.inside, *of.city_columns, *text)


def check_leaving(dictionary: Dictionary) -> None:
    """See that nothing is served which may not leave.

    Raises:
        OParlError: A column is not published, or holds personal data.
    """
    wanted = [(one.kind, (one.key, "city_id", *one.columns, *one.inside)) for one in _ALL]
    wanted += [("city", one.city_columns) for one in _ALL]
    wanted += [("document_page", ("file_id", "text", "content_sha256"))]
    for table, names in wanted:
        leaving = {column.name for column in dictionary[table].published}
        if kept := sorted(set(names) - leaving):
            raise OParlError(
                f"{table}.{kept[0]}: does not leave → take it out of catalog/oparl/tables.py, or "
                f"publish it in transforms/harmonised/{table}.yml"
            )
