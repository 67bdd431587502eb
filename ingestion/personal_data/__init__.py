"""Personal data in German council texts, found by rules: no model, no guess, no value kept.

A hit becomes a marker such as ``[E-Mail entfernt]``. The rules prefer context (a person's name, a
word like "wohnhaft", a check digit) over bare patterns: a council text is full of numbers, streets
and dates which are nobody's. Every pattern is bounded, so a page takes time in its length only.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ingestion.personal_data.address import home_addresses, homes_behind
from ingestion.personal_data.bank import accounts, ibans, redact_break
from ingestion.personal_data.contact import emails, phones
from ingestion.personal_data.deleted import DeletedNames
from ingestion.personal_data.hit import KINDS, MARKERS, NOBODY, Hit, Kind, Official
from ingestion.personal_data.holders import Holders
from ingestion.personal_data.identity import (
    birth_dates,
    identity_documents,
    licence_plates,
    social_insurance,
    tax_numbers,
)
from ingestion.personal_data.names import mentions, names_before, person_names, shown_in

__all__ = [
    "KINDS",
    "MARKERS",
    "NOBODY",
    "DeletedNames",
    "Hit",
    "Holders",
    "Kind",
    "Official",
    "apart",
    "find",
    "find_all",
    "knowing",
    "redact",
    "redact_break",
    "replaced",
]

_RULES: Final[tuple[Callable[[str, Official], Iterator[Hit]], ...]] = (
    emails,
    ibans,
    accounts,
    phones,
    birth_dates,
    home_addresses,
    person_names,
    identity_documents,
    tax_numbers,
    social_insurance,
    licence_plates,
)
_CONTACTS: Final = frozenset({"email", "phone"})
_PASSES: Final = 8


def find(text: str, official: Official = NOBODY) -> list[Hit]:
    """Everything personal in a text, in its order, without overlaps.

    Args:
        text: A page.
        official: What belongs to offices and stays.

    Returns:
        The hits; where two overlap, the one that starts first, then the longer one.
    """
    hits = apart(hit for rule in _RULES for hit in rule(text, official))
    contacts = [hit for hit in hits if hit.kind in _CONTACTS]
    names = [hit for hit in hits if hit.kind == "person_name"]
    names += names_before(text, contacts, official)
    return apart([*hits, *names, *homes_behind(text, names, official)])


def knowing(pages: Iterable[str], official: Official) -> Official:
    """What is official in one document: it shows some people in an office itself."""
    return replace(official, shown=shown_in(pages))


def find_all(pages: Sequence[str], official: Official = NOBODY) -> list[list[Hit]]:
    """Everything personal in a document: a name that one place tells is found on every page.

    Args:
        pages: The document's pages.
        official: What belongs to offices and stays.

    Returns:
        The hits of each page, in order and apart.
    """
    official = knowing(pages, official)
    found = [find(page, official) for page in pages]
    names = {
        " ".join(page[hit.start : hit.end].split())
        for page, hits in zip(pages, found, strict=True)
        for hit in hits
        if hit.kind == "person_name"
    }
    if not names:
        return found
    return [
        apart([*hits, *mentions(page, names, official)])
        for page, hits in zip(pages, found, strict=True)
    ]


def apart(found: Iterable[Hit]) -> list[Hit]:
    """Hits in the text's order, without overlaps: the first, then the longer one wins."""
    hits: list[Hit] = []
    for hit in sorted(found, key=lambda each: (each.start, -each.end)):
        if not hits or hit.start >= hits[-1].end:
            hits.append(hit)
    return hits


def replaced(text: str, hits: Iterable[Hit]) -> str:
    """The text with a marker in place of each hit; the hits are in order and apart."""
    pieces: list[str] = []
    at = 0
    for hit in hits:
        pieces += [text[at : hit.start], MARKERS[hit.kind]]
        at = hit.end
    return "".join([*pieces, text[at:]])


def redact(
    text: str, official: Official = NOBODY, kept: Collection[Kind] = ()
) -> tuple[str, Counter[Kind]]:
    """The text with a marker in place of each hit, and how many there were of each kind.

    Args:
        text: A page.
        official: What belongs to offices and stays.
        kept: Kinds that stay where they are.

    Returns:
        A text in which nothing (but the kept kinds) is found any more, and counts, never values.
    """
    counts: Counter[Kind] = Counter()
    # A marker is a word boundary where there was none, so a second look may find more.
    for _ in range(_PASSES):
        hits = [hit for hit in find(text, official) if hit.kind not in kept]
        if not hits:
            break
        counts.update(hit.kind for hit in hits)
        text = replaced(text, hits)
    return text, counts
