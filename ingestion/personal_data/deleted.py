"""Names that somebody asked to be taken out everywhere, known by their hashes only."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeVar

from pydantic import BaseModel

from ingestion.personal_data.hit import Hit
from ingestion.personal_data.holders import words_of

_R = TypeVar("_R", bound=BaseModel)

NO_WORDS: Final = ("id", "sha256", "url")
"""How the names of fields end that hold no words: ids and addresses stay as they are."""

_WORD: Final = re.compile(
    r"[A-ZÄÖÜ][^\W\d_]*(?:['\u2019-][^\W\d_]+)*|(?:von|van|de|der|zu|al|el)\b"
)
# Blank, line break or the comma of "Muster, Max" between two words of one name.
_GAP: Final = re.compile(r",?\s{1,3}")
FEWEST_WORDS: Final = 2


def digest(name: str, salt: str) -> str:
    """The hash under which a name is kept; the order of its words does not matter.

    Args:
        name: As somebody wrote it; titles are left out.
        salt: The city's own, so that no list of hashes made elsewhere fits.
    """
    return _digest(words_of(name), salt)


def _digest(words: Iterable[str], salt: str) -> str:
    plain = " ".join(sorted(words))
    return hashlib.blake2b(plain.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


@dataclass(frozen=True)
class DeletedNames:
    """The names of one city's requests.

    Attributes:
        salt: 32 hex digits.
        digests: Number of words → hashes of names with as many.
    """

    salt: str = ""
    digests: Mapping[int, frozenset[str]] = field(default_factory=dict)

    @property
    def stamp(self) -> str:
        """A short hash of the list; empty without names."""
        if not self.digests:
            return ""
        every = sorted(one for some in self.digests.values() for one in some)
        return hashlib.sha256("".join(every).encode()).hexdigest()[:8]

    def find(self, text: str) -> Iterator[Hit]:
        """Where the names stand: every run of as many name-like words is hashed and looked up."""
        if not self.digests:
            return
        words = list(_WORD.finditer(text))
        for at, first in enumerate(words):
            for number, digests in self.digests.items():
                run = words[at : at + number]
                if len(run) == number and self._is_run(text, run):
                    found = [word[0].casefold() for word in run]
                    if _digest(found, self.salt) in digests:
                        yield Hit(first.start(), run[-1].end(), "deleted_name")

    @staticmethod
    def _is_run(text: str, run: list[re.Match[str]]) -> bool:
        return all(_GAP.fullmatch(text, one.end(), other.start()) for one, other in pairwise(run))

    def without(self, text: str) -> tuple[str, int]:
        """A text with a marker in place of each of the names, and how many there were."""
        from ingestion.personal_data import apart, replaced  # noqa: PLC0415 - it imports us

        hits = apart(self.find(text))
        return replaced(text, hits), len(hits)

    def without_in(self, record: _R) -> _R:
        """A record with the names taken out of its words; ids and addresses stay as they are."""
        if not self.digests:
            return record
        found = {
            name: self.without(value)
            for name, value in record
            if isinstance(value, str) and not name.endswith(NO_WORDS)
        }
        changed = {name: text for name, (text, hits) in found.items() if hits}
        return record.model_copy(update=changed) if changed else record
