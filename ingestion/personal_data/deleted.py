"""Names that somebody asked to be taken out everywhere, known by their hashes only."""

import hashlib
import html
import re
import unicodedata
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

# Other alphabets' capitals count too: what is no lower-case letter may begin a name.
_WORD: Final = re.compile(
    r"\b(?:(?![a-zäöüß])(?:[^\W\d_]|[\u0300-\u036f])+|(?:von|van|de|der|zu|al|el)\b)"
)
# What may stand between two words of one name: blanks, a line break, the comma of "Muster, Max",
# a hyphen, an apostrophe; behind an initial a full stop.
_GAP: Final = re.compile(r"['\u2019-]|,?\s{1,3}")
_GAP_OF_INITIAL: Final = re.compile(r"\.?\s{0,3}-?")
_COMBINING: Final = re.compile(r"[\u0300-\u036f]")
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
FEWEST_WORDS: Final = 2
# Where binary formats show what they are.
_LOOKED_AT: Final = 1_024


def digest(name: str, salt: str) -> str:
    """The hash under which a name is kept.

    Neither the order of its words matters, nor case, blanks, hyphens, accents, or whether an
    umlaut is written out.

    Args:
        name: As somebody wrote it; titles are left out.
        salt: The city's own, so that no list of hashes made elsewhere fits.
    """
    return _digest(parts_of(name), salt)


def parts_of(name: str) -> list[str]:
    """The words of a name, those that a hyphen or an apostrophe joins one by one."""
    return [part for word in words_of(name) for part in re.split(r"['\u2019-]", word)]


def _plain(word: str) -> str:
    whole = unicodedata.normalize("NFC", word).casefold().translate(_UMLAUTS)
    return _COMBINING.sub("", unicodedata.normalize("NFD", whole))


def _digest(words: Iterable[str], salt: str) -> str:
    plain = " ".join(sorted(_plain(word) for word in words))
    return hashlib.blake2b(plain.encode(), key=bytes.fromhex(salt), digest_size=16).hexdigest()


def _is_one_name(text: str, one: re.Match[str], other: re.Match[str]) -> bool:
    gap = _GAP_OF_INITIAL if one.end() - one.start() == 1 else _GAP
    return gap.fullmatch(text, one.end(), other.start()) is not None


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
        """Where the names stand: every run of as many name-like words is hashed and looked up.

        A run may have one word more inside, a further given name or its initial.
        """
        if not self.digests:
            return
        words = list(_WORD.finditer(text))
        most = max(self.digests) + 1
        for at in range(len(words)):
            run = words[at : at + 1]
            for one, other in pairwise(words[at : at + most]):
                if not _is_one_name(text, one, other):
                    break
                run.append(other)
                if self._is_deleted([word[0] for word in run]):
                    yield Hit(run[0].start(), other.end(), "deleted_name")

    def _is_deleted(self, words: list[str]) -> bool:
        number = len(words)
        if self._holds(words):
            return True
        return number - 1 in self.digests and any(
            self._holds([*words[:inner], *words[inner + 1 :]]) for inner in range(1, number - 1)
        )

    def _holds(self, words: list[str]) -> bool:
        return len(words) in self.digests and (
            _digest(words, self.salt) in self.digests[len(words)]
        )

    def are_in(self, body: bytes) -> bool:
        """Whether one of the names stands in the text of an answer, e.g. in a page's HTML."""
        if not self.digests or b"\0" in body[:_LOOKED_AT]:
            return False
        text = html.unescape(body.decode("utf-8", "replace"))
        return next(self.find(text), None) is not None

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
