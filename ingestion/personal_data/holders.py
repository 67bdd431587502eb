"""Who holds an office or a seat: their names stand in public papers by law, and stay there."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

_TITLES: Final = re.compile(
    r"\b(?:Dr|Prof|Dipl|Ing|jur|med|phil|rer|nat|h|c|Herrn?|Frau)\b\.?(?:-\w{2,5}\.)?"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
_SHORTEST: Final = 2


def words_of(name: str) -> tuple[str, ...]:
    """A name's words in lower case, titles and forms of address left out, in their order."""
    plain = unicodedata.normalize("NFC", _TITLES.sub(" ", name))
    return tuple(word.casefold() for word in _WORD.findall(plain))


@dataclass(frozen=True)
class Holders:
    """The names of office holders, as the city's own council system tells them.

    Attributes:
        whole: Every name as a set of its words, so that the order does not matter.
        families: The family names alone.
    """

    whole: frozenset[frozenset[str]] = frozenset()
    families: frozenset[str] = frozenset()

    @classmethod
    def of(cls, people: Iterable[tuple[str, str | None]]) -> Self:
        """Read a list of people.

        Args:
            people: (name as shown, family name where the server tells it).
        """
        whole: set[frozenset[str]] = set()
        families: set[str] = set()
        for name, family in people:
            words = words_of(name.partition(",")[0] if family is None else name)
            told = words_of(family) if family else words_of(name.partition(",")[0])[-1:]
            if told:
                families.add(told[-1])
            every = frozenset(words_of(name) or words)
            if len(every) >= _SHORTEST:
                whole.add(every)
        return cls(frozenset(whole), frozenset(families))

    def knows(self, name: str) -> bool:
        """Whether a whole name is an office holder's; further given names may be left out."""
        words = frozenset(words_of(name))
        if len(words) < _SHORTEST:
            return False
        return words in self.whole or any(
            words < known or known < words for known in self.whole if words & known & self.families
        )

    def knows_family(self, name: str) -> bool:
        """Whether the last word of a name is an office holder's family name."""
        return bool(words := words_of(name)) and words[-1] in self.families
