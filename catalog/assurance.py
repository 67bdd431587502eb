"""What is said of a data set's quality: which checks it went through and what it covers. Pure.

The statement changes only with the data or with a check's outcome, never by the mere passing of
another run: a data set that did not change must not be published again.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

_VOLUME: Final = "volume_"


@dataclass(frozen=True, slots=True)
class Rule:
    """One quality rule's outcome over a harmonised table.

    Attributes:
        is_hint: Its failing tells something, but stops nothing.
        held: The cities whose rows broke it, where that is known.
    """

    name: str
    is_hint: bool
    is_kept: bool
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The checks of one table.

    Attributes:
        since: The day of the first of the runs that all found the same.
    """

    since: dt.date
    rules: tuple[Rule, ...]

    def of(self, city_id: str | None) -> tuple[Rule, ...]:
        """The rules that say something about this city's rows; None: about all rows."""
        return tuple(rule for rule in self.rules if _concerns(rule, city_id))


def _concerns(rule: Rule, city_id: str | None) -> bool:
    return (
        city_id is None
        or not rule.name.startswith(_VOLUME)
        or rule.name.removeprefix(_VOLUME) == city_id
    )


@dataclass(frozen=True, slots=True)
class Statement:
    """The same in German and English."""

    german: str
    english: str


def statement(
    rows: pa.Table,
    temporal: tuple[dt.date, dt.date] | None,
    withheld: int,
    checked: Checked | None,
    city_id: str | None,
) -> Statement:
    """Say what was checked and what is covered.

    Args:
        rows: Shape (n, published columns).
        temporal: First and last day covered.
        withheld: Rows left out because their source is not open.
        checked: The checks of the table; None where it has none.
        city_id: Whose rows they are; None: those of all cities.
    """
    german, english = [], []
    if checked is not None and (rules := checked.of(city_id)):
        kept = [rule for rule in rules if rule.is_kept or _is_others(rule, city_id)]
        hints = [rule.name for rule in rules if rule not in kept]
        german.append(
            f"Nach jedem Abruf geprüft, Ergebnis unverändert seit {checked.since:%d.%m.%Y}: "
            f"{len(kept)} von {len(rules)} Prüfregeln eingehalten{_named(hints, 'auffällig')}."
        )
        english.append(
            f"Checked after every retrieval, same outcome since {checked.since.isoformat()}: "
            f"{len(kept)} of {len(rules)} rules kept{_named(hints, 'conspicuous')}."
        )
    full = sum(column.null_count == 0 for column in rows.columns)
    german.append(
        f"Umfang: {_count(rows.num_rows, 'Zeile', 'Zeilen')}, {full} von {rows.num_columns} "
        f"Spalten ohne Lücken{_until(temporal, '%d.%m.%Y', 'Zeitraum', 'bis')}."
    )
    english.append(
        f"Coverage: {_count(rows.num_rows, 'row', 'rows')}, {full} of {rows.num_columns} columns "
        f"without gaps{_until(temporal, '%Y-%m-%d', 'period', 'to')}."
    )
    if withheld:
        german.append(f"{withheld} Zeilen fehlen, weil ihre Quelle die Weitergabe nicht erlaubt.")
        english.append(f"{withheld} rows are missing: their source does not allow passing them on.")
    return Statement(" ".join(german), " ".join(english))


def _is_others(rule: Rule, city_id: str | None) -> bool:
    """Whether a rule was broken, but by the rows of other cities."""
    return city_id is not None and bool(rule.held) and city_id not in rule.held


def _named(rules: Iterable[str], word: str) -> str:
    names = ", ".join(sorted(rules))
    return f" ({word}: {names})" if names else ""


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _until(temporal: tuple[dt.date, dt.date] | None, day: str, word: str, to: str) -> str:
    if temporal is None:
        return ""
    start, end = temporal
    return f", {word} {start:{day}} {to} {end:{day}}"
