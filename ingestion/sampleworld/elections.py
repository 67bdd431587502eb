"""The result file of the Landtag's election of 2026, in the shape that is known of it.

The figures are invented, and say so in the title: the result itself has no open licence. The shape
is the office's, 225 columns below a header in row 3: keys of 13 digits, levels from the state
(``LD``) to the polling district (``SB``), each row as a whole and by kind of vote (``G``, ``U``,
``W``), and two blocks of 50 lists with a share beside each, in which every name stands twice.
"""

import datetime as dt
from collections.abc import Iterator
from functools import cache
from typing import Final

from ingestion.sampleworld.dice import Dice
from ingestion.sampleworld.workbook import type_of_cell, workbook

FILES: Final = "/fileadmin/wahlen.rlp.de/dokumente-wahlen/ltw/Ergebnisdateien/"
FILE: Final = "2026/LW_2026_Endergebnis_Stimmbezirksebene.xlsx"
TABLE: Final = "LW-RLP-2026"
DETERMINED_ON: Final = dt.date(2026, 4, 2)
"""The day on which the final result was determined."""
PARTIES: Final = (
    *("SPD", "CDU", "GRÜNE", "AfD", "FDP", "FREIE WÄHLER"),
    *("DIE LINKE", "Tierschutzpartei", "Volt", "ÖDP", "BSW", "PdH"),
)

_LISTS: Final = 50
_SHARES: Final = (26, 27, 11, 17, 3, 4, 6, 2, 2, 1, 1, 0)
_ROWS: Final = (
    # Key, polling district, level, name, voters in hundreds
    ("0000000000000", 0, "LD", "Rheinland-Pfalz", 20_000),
    ("1000000000000", 0, "BZ", "Bezirk 1", 6_000),
    ("0090000000000", 0, "WK", "Koblenz", 300),
    ("0091110000000", 0, "TK", "Koblenz, Teil des Wahlkreises", 300),
    ("0001110000000", 0, "KS", "Koblenz, kreisfreie Stadt", 520),
    ("0002110000000", 0, "KS", "Trier, kreisfreie Stadt", 500),
    ("0003140000000", 0, "KS", "Ludwigshafen am Rhein, kreisfreie Stadt", 610),
    ("0003150000000", 0, "KS", "Mainz, kreisfreie Stadt", 1_050),
    ("0002350000000", 0, "LK", "Beispielkreis", 780),
    ("0242350100000", 0, "VG", "Verbandsgemeinde Beispiel", 90),
    ("0242350100100", 0, "GD", "Beispieldorf", 6),
    ("0273150000011", 0, "ST", "Mainz, Beispielviertel", 80),
    ("0273150000011", 1101, "SB", "Mainz, Stimmbezirk 1101", 5),
)
_FIRST: Final[tuple[str, ...]] = (
    *("Identifikationsschlüssel", "Stimmbezirk", "Gebietsart", "Bezeichnung", "GUW"),
    *("Wahlberechtigte ohne Sperrvermerk", "Wahlberechtigte mit Sperrvermerk"),
    *("Wahlberechtigte nach § 15", "Wahlberechtigte", "Wahlscheine", "Wählende"),
    *("Wählende mit Wahlschein", "Wahlbeteiligung Prozent"),
)
_LAST: Final = ("Stand", "Zusammenlegung Ziel", "Zusammenlegung Grund", "Zusammenlegung Aufnahme")


@cache
def result() -> bytes:
    """The workbook."""
    return workbook(
        (
            ("Landtagswahl 2026: Endergebnis (Beispielwelt: erfundene Zahlen)",),
            (),
            header(),
            *_rows(),
        ),
        sheet="LW_2026_Stimmbezirke",
    )


def header() -> tuple[str, ...]:
    """The header of row 3."""
    return (*_FIRST, *_block("Wahlkreisstimmen"), *_block("Landesstimmen"), *_LAST)


def _block(votes: str) -> Iterator[str]:
    others = (f"Wahlvorschlag {number}" for number in range(len(PARTIES) + 1, _LISTS + 1))
    for name in (f"ungültige {votes}", f"gültige {votes}", *PARTIES, *others):
        yield name
        yield f"{name} Prozent"


def _rows() -> Iterator[tuple[type_of_cell, ...]]:
    for key, polling_district, level, name, hundreds in _ROWS:
        by_kind = [_counted(key, level, kind, hundreds * share) for kind, share in _KINDS.items()]
        whole = [sum(numbers) for numbers in zip(*by_kind, strict=True)]
        for kind, numbers in zip(("G", *_KINDS), (whole, *by_kind), strict=True):
            yield _row((key, polling_district, level, name, kind), numbers)


_KINDS: Final = {"U": 45, "W": 55}
"""Of a hundred votes those at the polling place and by post."""


def _counted(key: str, level: str, kind: str, voters: int) -> list[int]:
    """Voters, then the votes of the lists in both blocks; what is missing was no valid vote."""
    dice = Dice("landtag", key, level, kind)
    votes = [
        voters * share // 102 + dice.number(0, voters // 1_000)
        for _ in ("Wahlkreis", "Land")
        for share in _SHARES
    ]
    return [voters, *votes]


def _row(place: tuple[type_of_cell, ...], numbers: list[int]) -> tuple[type_of_cell, ...]:
    voters, *votes = numbers
    electorate = voters * 3 // 2
    blocks = (votes[: len(PARTIES)], votes[len(PARTIES) :])
    return (
        *(*place, electorate - voters // 2, voters // 2, 0, electorate, voters // 2, voters),
        *(voters // 2, round(100 * voters / electorate, 1)),
        *(cell for block in blocks for cell in _cells(voters, block)),
        *("02.04.2026", None, None, None),
    )


def _cells(voters: int, votes: list[int]) -> Iterator[type_of_cell]:
    """A block: invalid and valid votes, the parties; of lists that are not elected here nothing."""
    valid = sum(votes)
    for number, of in (
        (voters - valid, voters),
        (valid, voters),
        *((vote, valid) for vote in votes),
    ):
        yield number
        yield round(100 * number / of, 1)
    yield from [None] * 2 * (_LISTS - len(votes))
