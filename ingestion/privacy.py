"""The gate: what must not be fetched or kept, and what is taken out of texts before they are.

Nothing passes around it: ``ingestion.documents`` asks it for every file and every page. What it
takes out is never logged, only how often it was.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from ingestion.absence import PARENTS
from ingestion.city import City
from ingestion.personal_data import (
    MARKERS,
    NOBODY,
    DeletedNames,
    Hit,
    Holders,
    Kind,
    Official,
    apart,
    find_all,
    knowing,
    redact,
    redact_break,
    replaced,
)
from ingestion.privacy_policy import Privacy, Treatment
from ingestion.privacy_prints import Prints
from ingestion.record import AgendaItem, File, Membership, Record

DELETION_REQUEST: Final = "deletion_request"

# Raised whenever a rule changes: every document then passes the gate again.
RULES_VERSION: Final = 5

Decision = Literal["release", "reject", "redact"]

_CONTEXT: Final = 60
_SEAT_BEGAN: Final = re.compile(r"(.+)-\d{8}", re.ASCII)
# What goes with an object of a request, besides itself: column → object type.
_HANGS_ON: Final[Mapping[str, Mapping[str, str]]] = {
    "file": PARENTS,
    "consultation": {"paper_id": "paper"},
    # An item is called as the paper it deals with.
    "agenda_item": {"meeting_id": "meeting", "paper_id": "paper"},
    "vote": {"agenda_item_id": "agenda_item", "meeting_id": "meeting"},
    "membership": {"person_id": "person"},
    "document": {"file_id": "file"},
    "document_page": {"file_id": "file"},
    "document_section": {"file_id": "file"},
}

_CLOSED_ITEM: Final = dict.fromkeys(
    ("result", "resolution_text", "vote_text", "paper_id", "paper_reference")
)
_CLOSED_FILE: Final = {"name": "nichtöffentlich", "date": None}

Tombstones = Mapping[tuple[str, str], str]
"""(object type, id) → reason."""


def is_held_back(record: Record, tombstones: Tombstones) -> bool:
    """Whether a deletion request covers a record, so that no crawl may bring it back.

    Args:
        record: What a crawl brought.
        tombstones: (object type, id) → reason; at least those of deletion requests.

    Returns:
        True for the object of a request, and for what hangs on one: a paper's files,
        consultations and items of agendas, a meeting's items, a person's seats.
    """
    keys = [(record.object_type, record.id)]
    if isinstance(record, File):
        keys.append(("document", record.id))
    if isinstance(record, Membership) and (match := _SEAT_BEGAN.fullmatch(record.id)):
        # A request that was made before the source told when the seat began.
        keys.append(("membership", match[1]))
    keys += [
        (of, parent)
        for column, of in _HANGS_ON.get(record.object_type, {}).items()
        if (parent := getattr(record, column)) is not None
    ]
    return any(tombstones.get(key) == DELETION_REQUEST for key in keys)


def bare(record: Record) -> Record:
    """Take out of a record what must not be kept of a thing that is not public.

    Args:
        record: What a parser read.

    Returns:
        A closed item with its number, title and place only, as the source prints them: no result,
        resolution, vote or paper. Of a closed file only that it is there, so that one that was
        public before is hidden at once. Every other record as it is.
    """
    if isinstance(record, AgendaItem) and not record.is_public:
        return record.model_copy(update=_CLOSED_ITEM)
    if isinstance(record, File) and not record.is_public:
        return record.model_copy(update=_CLOSED_FILE)
    return record


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found on one page, without the value.

    Attributes:
        page: Counts from 1.
        kind: What it is.
        treatment: What the city's policy does with it.
        context: The words around it, everything personal in them masked.
    """

    page: int
    kind: Kind
    treatment: Treatment
    context: str


@dataclass(frozen=True, slots=True)
class Gated:
    """Page texts as they may be kept.

    Attributes:
        pages: The texts, markers in place of hits; none where the document is quarantined.
        hits: How many of each kind; never what.
        is_quarantined: Whether somebody must look before any of it is shown.
    """

    pages: tuple[str, ...]
    hits: Mapping[Kind, int]
    is_quarantined: bool = False

    @property
    def is_redacted(self) -> bool:
        """Whether anything was taken out."""
        return bool(self.hits)


@dataclass(frozen=True)
class Gate:
    """The privacy rules of one city.

    Attributes:
        official: What belongs to offices and stays.
        policy: What the city file says.
        tombstones: What is gone, read when the gate is made.
        non_public: Objects that the source calls non-public, as (object type, id).
        decisions: What reviewers said: (file id, SHA-256 of its bytes) → decision.
        deleted: Names that are taken out everywhere.
        prints: What deletion requests cover, known again under another id.
    """

    official: Official = NOBODY
    policy: Privacy = field(default_factory=Privacy)
    tombstones: Tombstones = field(default_factory=dict)
    non_public: Container[tuple[str, str]] = frozenset()
    decisions: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    deleted: DeletedNames = field(default_factory=DeletedNames)
    prints: Prints = field(default_factory=Prints)

    @classmethod
    def of(cls, city: City) -> "Gate":
        """The gate of a city: its offices write from its website's domain."""
        return cls(city.privacy.official(str(city.website)), city.privacy)

    def knowing(
        self,
        tombstones: Tombstones,
        non_public: Container[tuple[str, str]],
        review: "Known | None" = None,
    ) -> "Gate":
        """The same gate with what the lake knows.

        Args:
            tombstones: What is gone; at least what deletion requests cover.
            non_public: What the source calls non-public.
            review: Office holders, reviewers' decisions and deleted names.
        """
        told = review or Known()
        return replace(
            self,
            tombstones=tombstones,
            non_public=non_public,
            official=replace(self.official, holders=told.holders),
            decisions=told.decisions,
            deleted=told.deleted,
            prints=told.prints,
        )

    def admits(self, file: File) -> bool:
        """Whether a file may be fetched at all: public, on public things, no deletion request."""
        parents = ((of, getattr(file, column)) for column, of in PARENTS.items())
        return (
            file.is_public
            and not any(parent in self.non_public for parent in parents)
            and not is_held_back(file, self.tombstones)
        )

    def stamp(self, file_id: str, sha256: str | None) -> str:
        """What besides the rules' version decides a file's text: policy, deleted names, decision.

        Empty by default; where it changes, the document passes the gate again.
        """
        decision = self.decisions.get((file_id, sha256 or ""))
        parts = {"policy": self.policy.stamp, "names": self.deleted.stamp, "review": decision}
        return "".join(f", {name} {part}" for name, part in parts.items() if part)

    def redact(self, pages: Sequence[str], decision: Decision | None = None) -> Gated:
        """Take personal data out of a document's pages.

        Args:
            pages: Normalised text per page.
            decision: What a reviewer said of these bytes: ``release`` keeps what would stop the
                document, ``redact`` takes that out too, ``reject`` keeps all of it away.

        Returns:
            The pages in the same order and number; none where the document is quarantined.
        """
        stopping = self.policy.kinds("quarantine")
        kept = self.policy.kinds("keep") | (stopping if decision == "release" else frozenset())
        found, whole = self._found(pages)
        counts = Counter(hit.kind for hits in found for hit in hits if hit.kind not in kept)
        if decision == "reject" or (decision is None and counts.keys() & stopping):
            return Gated((), _sorted(counts), is_quarantined=True)
        official = knowing(whole, self.official)
        texts: list[str] = []
        hits: Counter[Kind] = Counter(_breaks(pages, whole))
        for page, on_page in zip(whole, found, strict=True):
            out = [hit for hit in on_page if hit.kind not in kept]
            hits.update(hit.kind for hit in out)
            text, more = redact(replaced(page, out), official, kept)
            texts.append(text)
            hits += more
        return Gated(tuple(texts), _sorted(hits))

    def findings(self, pages: Sequence[str]) -> Iterator[Finding]:
        """What a reviewer is shown: kind, page and masked context, never the value."""
        found, whole = self._found(pages)
        for number, (page, hits) in enumerate(zip(whole, found, strict=True), start=1):
            for at, hit in enumerate(hits):
                yield Finding(
                    number, hit.kind, self.policy.treatment(hit.kind), _masked(page, hits, at)
                )

    def _found(self, pages: Sequence[str]) -> tuple[list[list[Hit]], list[str]]:
        """Hits per page, names found on one page looked for on all; and the pages themselves."""
        whole = list(pages)
        for number in range(len(whole) - 1):
            *both, _ = redact_break(*whole[number : number + 2], official=self.official)
            whole[number : number + 2] = both
        found = find_all(whole, self.official)
        if self.deleted.digests:
            found = [
                apart([*self.deleted.find(page), *hits])
                for page, hits in zip(whole, found, strict=True)
            ]
        return found, whole


@dataclass(frozen=True)
class Known:
    """What the lake adds to a city's rules.

    Attributes:
        holders: Who holds an office or a seat.
        decisions: What reviewers said.
        deleted: Names that are taken out everywhere.
        prints: What deletion requests cover, known again under another id.
    """

    holders: Holders = field(default_factory=Holders)
    decisions: Mapping[tuple[str, str], Decision] = field(default_factory=dict)
    deleted: DeletedNames = field(default_factory=DeletedNames)
    prints: Prints = field(default_factory=Prints)


def _breaks(pages: Sequence[str], whole: Sequence[str]) -> dict[Kind, int]:
    """IBANs that a page break cut: each left a marker on both pages."""
    marker = MARKERS["iban"]
    more = sum(page.count(marker) for page in whole) - sum(page.count(marker) for page in pages)
    return {"iban": more // 2}


def _sorted(counts: Counter[Kind]) -> dict[Kind, int]:
    return dict(sorted((+counts).items()))


def _masked(page: str, hits: Sequence[Hit], at: int) -> str:
    """The words around one hit; it and its neighbours as markers."""
    hit = hits[at]
    start, end = max(0, hit.start - _CONTEXT), min(len(page), hit.end + _CONTEXT)
    near = [each for each in hits if each.start < end and each.end > start]
    start = min(start, near[0].start)
    end = max(end, near[-1].end)
    shifted = [Hit(each.start - start, each.end - start, each.kind) for each in near]
    return " ".join(replaced(page[start:end], shifted).split())
