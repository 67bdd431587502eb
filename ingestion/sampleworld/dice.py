"""Chance that is the same on every machine, and numbers and dates as German offices write them."""

import datetime as dt
import hashlib
import random
from collections.abc import Sequence
from typing import Final, TypeVar

T = TypeVar("T")

MONTHS: Final = (
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
)
WEEKDAYS: Final = (
    "Montag",
    "Dienstag",
    "Mittwoch",
    "Donnerstag",
    "Freitag",
    "Samstag",
    "Sonntag",
)


class Dice:
    """A stream of chance that belongs to a key: equal keys throw equal numbers, always."""

    def __init__(self, *key: object) -> None:
        """Bind the stream to ``key``, e.g. seed, city and the paper's number."""
        text = "\x1f".join(map(str, key)).encode()
        seed = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
        self._random = random.Random(seed)  # noqa: S311 - a world to play with, no secret

    def pick(self, of: Sequence[T]) -> T:
        """One of a non-empty sequence."""
        return of[int(self._random.random() * len(of))]

    def some(self, of: Sequence[T], count: int) -> list[T]:
        """``count`` different ones (or all there are), in the sequence's own order."""
        chosen = sorted(self._random.sample(range(len(of)), min(count, len(of))))
        return [of[index] for index in chosen]

    def chance(self, share: float) -> bool:
        """True in ``share`` (0 to 1) of the throws."""
        return self._random.random() < share

    def number(self, low: int, high: int, step: int = 1) -> int:
        """A whole number from ``low`` to ``high``, both possible, in steps of ``step``."""
        return low + step * int(self._random.random() * ((high - low) // step + 1))


class Count(str):
    """A number as offices write it; in a sentence it chooses the word that agrees with it.

    ``{wochen} {wochen:Woche/Wochen}`` becomes ``1 Woche`` or ``3 Wochen``.
    """

    __slots__ = ()

    def __format__(self, words: str) -> str:
        """The number itself, or of ``one/several`` the word that belongs to it."""
        if not words:
            return str(self)
        one, _, several = words.partition("/")
        return one if self == "1" else several


def count(number: int) -> Count:
    """``12500`` → ``12.500``."""
    return Count(f"{number:,}".replace(",", "."))


def euro(amount: int) -> str:
    """``1250000`` → ``1.250.000 Euro``."""
    return f"{count(amount)} Euro"


def day(date: dt.date) -> str:
    """``03.09.2026``."""
    return f"{date:%d.%m.%Y}"


def long_day(date: dt.date) -> str:
    """``3. September 2026``."""
    return f"{date.day}. {MONTHS[date.month - 1]} {date.year}"


def month(date: dt.date) -> str:
    """``September 2026``."""
    return f"{MONTHS[date.month - 1]} {date.year}"


def add_months(date: dt.date, months: int) -> dt.date:
    """The first day of the month that lies ``months`` after (or before) the date's month."""
    index = date.year * 12 + date.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)
