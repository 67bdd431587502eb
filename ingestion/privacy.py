"""The gate: what must not be fetched or kept, and what is taken out of texts before they are.

Nothing passes around it: ``ingestion.documents`` asks it for every file and every page. What it
takes out is never logged, only how often it was.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from ingestion.absence import PARENTS
from ingestion.city import City
from ingestion.personal_data import Kind, redact, redact_break
from ingestion.record import File, Record

DELETION_REQUEST: Final = "deletion_request"

# Raised whenever a rule changes: every document then passes the gate again.
RULES_VERSION: Final = 2

Tombstones = Mapping[tuple[str, str], str]
"""(object type, id) → reason."""


def is_held_back(record: Record, tombstones: Tombstones) -> bool:
    """Whether a deletion request covers a record, so that no crawl may bring it back.

    Args:
        record: What a crawl brought.
        tombstones: (object type, id) → reason, of everything that is gone.

    Returns:
        True for the object of a request, and for a file that hangs on one.
    """
    keys = [(record.object_type, record.id)]
    if isinstance(record, File):
        keys += [("document", record.id)]
        keys += [
            (of, parent)
            for column, of in PARENTS.items()
            if (parent := getattr(record, column)) is not None
        ]
    return any(tombstones.get(key) == DELETION_REQUEST for key in keys)


@dataclass(frozen=True, slots=True)
class Gated:
    """Page texts as they may be kept.

    Attributes:
        pages: The texts, markers in place of hits.
        hits: How many of each kind; never what.
    """

    pages: tuple[str, ...]
    hits: Mapping[Kind, int]

    @property
    def is_redacted(self) -> bool:
        """Whether anything was taken out."""
        return bool(self.hits)


@dataclass(frozen=True)
class Gate:
    """The privacy rules of one city.

    Attributes:
        public_domains: Mail domains of offices; addresses there are official and stay.
        tombstones: What is gone, read when the gate is made.
        non_public: Objects that the source calls non-public, as (object type, id).
    """

    public_domains: frozenset[str] = frozenset()
    tombstones: Tombstones = field(default_factory=dict)
    non_public: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, city: City) -> "Gate":
        """The gate of a city: its offices write from its website's domain."""
        host = urlsplit(str(city.website)).hostname or ""
        return cls(frozenset({host.lower().removeprefix("www.")} - {""}))

    def knowing(self, tombstones: Tombstones, non_public: Iterable[tuple[str, str]]) -> "Gate":
        """The same gate with what the lake knows.

        Args:
            tombstones: What is gone.
            non_public: What the source calls non-public.
        """
        return replace(self, tombstones=tombstones, non_public=frozenset(non_public))

    def admits(self, file: File) -> bool:
        """Whether a file may be fetched at all: public, on public things, no deletion request."""
        parents = {(of, getattr(file, column)) for column, of in PARENTS.items()}
        return (
            file.is_public
            and not parents & self.non_public
            and not is_held_back(file, self.tombstones)
        )

    def redact(self, pages: Sequence[str]) -> Gated:
        """Take personal data out of a document's pages.

        Args:
            pages: Normalised text per page.

        Returns:
            The pages in the same order and number.
        """
        hits: Counter[Kind] = Counter()
        texts: list[str] = []
        whole = list(pages)
        for number in range(len(whole) - 1):
            *both, cut = redact_break(*whole[number : number + 2])
            whole[number : number + 2] = both
            hits["iban"] += cut
        for page in whole:
            text, found = redact(page, self.public_domains)
            texts.append(text)
            hits += found
        return Gated(tuple(texts), dict(sorted((+hits).items())))
