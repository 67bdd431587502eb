"""What every system's parser speaks: an answer that was fetched, and the records read from it.

The names follow OParl 1.1 and SDMX in snake_case. A field that had to be interpreted (a date, a
time) keeps the server's own words beside it in a ``*_text`` field, so nothing is lost in the raw
layer and staging has only to rename and cast.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a server, as bytes.

    Attributes:
        url: The URL that answered, after redirects; never with a secret in it.
        kind: Which page or endpoint of the system this is, e.g. ``agenda``, ``paper``.
        status: The HTTP status.
        headers: The answer's headers, names in lower case.
        body: The bytes as sent, decompressed.
        retrieved_at: When, in UTC.
        context: What the request was about and the page may not repeat (month, meeting id).
        not_modified: True where the server (304) or our fetch table says nothing changed;
            ``body`` is then the stored answer.
        first_retrieved_at: When the stored answer came; None where these bytes are new.
    """

    url: str
    kind: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    retrieved_at: dt.datetime
    context: Mapping[str, str] = field(default_factory=dict)
    not_modified: bool = False
    first_retrieved_at: dt.datetime | None = None

    @property
    def sha256(self) -> str:
        """The hash under which the bytes are stored."""
        return hashlib.sha256(self.body).hexdigest()


class UnknownStructureError(ValueError):
    """The page is not what the parser knows; says where and what to do."""

    def __init__(self, url: str, what: str, mend: str) -> None:
        """Name the place (``url``), what was found there and the mend."""
        super().__init__(f"{url}: {what} → {mend}")
        self.url, self.what, self.mend = url, what, mend


class Record(BaseModel):
    """One object as one server tells it; ``id`` is the server's own, unique within its type."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    object_type: ClassVar[str]
    # Fields that say where in an answer it stood: another place is no change of what it says.
    placed_by: ClassVar[frozenset[str]] = frozenset()

    id: str
    url: str

    def content(self) -> dict[str, Any]:
        """The record's fields in declaration order, JSON-ready (dates as ISO strings)."""
        return self.model_dump(mode="json")

    @property
    def content_sha256(self) -> str:
        """Hash over what it says; equal content gives equal hashes on every machine."""
        said = {name: told for name, told in self.content().items() if name not in self.placed_by}
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


class Body(Record):
    """The corporation whose council this is; systems without one leave it to the city file."""

    object_type: ClassVar[str] = "body"
    name: str
    short_name: str | None = None
    ags: str | None = None
    ars: str | None = None
    website: str | None = None
    licence: str | None = None
    classification: str | None = None


class LegislativeTerm(Record):
    """A term of the council (Wahlperiode)."""

    object_type: ClassVar[str] = "legislative_term"
    name: str
    start_date: dt.date | None = None
    end_date: dt.date | None = None


class Organization(Record):
    """A committee, council or faction; ``parent_id`` is the organisation it is a part of."""

    object_type: ClassVar[str] = "organization"
    name: str
    short_name: str | None = None
    classification: str | None = None
    organization_type: str | None = None
    parent_id: str | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    website: str | None = None


class Person(Record):
    """Somebody who holds an office or a seat: names and offices only, never a way to reach them."""

    object_type: ClassVar[str] = "person"
    name: str
    family_name: str | None = None
    given_name: str | None = None
    form_of_address: str | None = None
    title: str | None = None
    affix: str | None = None
    faction: str | None = None
    status: str | None = None


class Membership(Record):
    """A person's seat in an organisation; the dates are as the server tells them."""

    object_type: ClassVar[str] = "membership"
    person_id: str | None = None
    person_name: str | None = None
    organization_id: str | None = None
    role: str | None = None
    has_voting_right: bool | None = None
    start_date: dt.date | None = None
    end_date: dt.date | None = None
    on_behalf_of: str | None = None


class Location(Record):
    """Where a meeting takes place or what a paper is about; degrees are WGS 84."""

    object_type: ClassVar[str] = "location"
    description: str | None = None
    room: str | None = None
    street_address: str | None = None
    postal_code: str | None = None
    locality: str | None = None
    sub_locality: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class Meeting(Record):
    """A meeting; ``start_at`` carries the offset of Europe/Berlin."""

    object_type: ClassVar[str] = "meeting"
    name: str
    reference: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    start_at: dt.datetime | None = None
    end_at: dt.datetime | None = None
    has_time: bool = True
    date_text: str | None = None
    time_text: str | None = None
    location: str | None = None
    location_id: str | None = None
    state: str | None = None
    is_cancelled: bool = False
    has_agenda: bool = False


class AgendaItem(Record):
    """One item of an agenda; ``position`` counts from 1 in the order of the page.

    ``is_supplement``: it came onto the agenda after the invitation (Nachtrag).
    """

    object_type: ClassVar[str] = "agenda_item"
    meeting_id: str
    position: int
    number: str | None = None
    name: str
    is_public: bool
    section: str | None = None
    result: str | None = None
    resolution_text: str | None = None
    vote_text: str | None = None
    paper_id: str | None = None
    paper_reference: str | None = None
    is_supplement: bool = False


class Vote(Record):
    """How a public item was voted on; ``id`` is the item's. Counts are null where not told."""

    object_type: ClassVar[str] = "vote"
    agenda_item_id: str
    meeting_id: str | None = None
    yes_count: int | None = None
    no_count: int | None = None
    abstention_count: int | None = None
    is_unanimous: bool | None = None
    result: str | None = None
    vote_text: str | None = None


class Paper(Record):
    """A paper (Vorlage, Antrag, Anfrage)."""

    object_type: ClassVar[str] = "paper"
    name: str
    reference: str | None = None
    paper_type: str | None = None
    date: dt.date | None = None
    date_text: str | None = None
    is_public: bool = True
    state: str | None = None
    originator: str | None = None
    under_direction_of: str | None = None
    main_text: str | None = None


class Consultation(Record):
    """One step of a paper's way through the committees."""

    object_type: ClassVar[str] = "consultation"
    paper_id: str
    meeting_id: str | None = None
    agenda_item_id: str | None = None
    agenda_item_number: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    date: dt.date | None = None
    date_text: str | None = None
    role: str | None = None
    is_authoritative: bool | None = None
    state: str | None = None
    result: str | None = None


class File(Record):
    """A document that a page links; ``url`` is where its bytes are (OParl: accessUrl).

    ``is_public`` is false where it hangs on a non-public item: it is never fetched.
    """

    object_type: ClassVar[str] = "file"
    name: str
    paper_id: str | None = None
    meeting_id: str | None = None
    agenda_item_id: str | None = None
    role: str | None = None
    mime_type: str | None = None
    web_url: str | None = None
    date: dt.date | None = None
    is_public: bool = True


class Tombstone(Record):
    """The server said that an object is gone; ``id`` is ``<object_type>:<server id>``."""

    object_type: ClassVar[str] = "tombstone"
    deleted_object_type: str
    deleted_id: str
    reason: str
    deleted_at: dt.datetime | None = None


class Observation(Record):
    """One cell of a statistics table, the sign kept; values in the source's own unit.

    ``id`` is the hash of table, region, dimensions, value variable, time and vintage. ``url`` is
    the table's public page, never a request. ``dimensions`` is canonical JSON, e.g.
    ``{"GES": "GESM"}``, a total left out.
    """

    object_type: ClassVar[str] = "observation"
    placed_by: ClassVar[frozenset[str]] = frozenset({"row_no", "layout"})
    table_code: str
    statistic_code: str
    statistic_label: str
    region_code: str
    region_label: str
    variable_code: str
    variable_label: str
    unit: str | None
    dimensions: str
    dimension_labels: str
    time_code: str
    time: dt.date
    time_text: str
    value_raw: str
    value: float | None
    sign: str | None
    quality: str | None = None
    row_no: int
    layout: str
    vintage: dt.date


class Place(Record):
    """An administrative unit, or a district of a city, as a source tells it for one day.

    ``id`` is ``<ars>@<valid_on>``: each snapshot of a directory is a row of its own. ``ars`` has as
    many digits as the level needs: 2 ``state``, 3 ``government_region``, 4 ``region``,
    5 ``district``, 9 ``association``, 12 ``municipality``. A ``city_district`` has no official key:
    there ``ars`` is the city's, a hyphen and the city's own key (``073150000000-11``) and
    ``parent_ars`` the city's. ``ags`` is null where a level has none. Degrees are WGS 84.
    ``population_basis`` is a census as the seed ``bases`` names it (``census-2011``).
    ``geometry`` is GeoJSON.
    """

    object_type: ClassVar[str] = "place"
    ars: str
    ags: str | None = None
    name: str
    level: str
    parent_ars: str | None = None
    kind_code: str | None = None
    kind: str | None = None
    area_km2: float | None = None
    area_on: dt.date | None = None
    population: int | None = None
    population_on: dt.date | None = None
    population_basis: str | None = None
    postal_code: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    valid_on: dt.date
    geometry: str | None = None


class RejectedRow(Record):
    """A source row that was not loaded, with the reason; ``row`` is the row as JSON."""

    object_type: ClassVar[str] = "rejected_row"
    source: str
    row_no: int
    reason: str
    row: str


OBJECT_TYPES: Final[dict[str, type[Record]]] = {
    model.object_type: model
    for model in (
        Body,
        LegislativeTerm,
        Organization,
        Person,
        Membership,
        Location,
        Meeting,
        AgendaItem,
        Vote,
        Paper,
        Consultation,
        File,
        Tombstone,
        Observation,
        Place,
        RejectedRow,
    )
}
