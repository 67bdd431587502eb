"""The parts of council papers and minutes, found by their headings in several vendors' wording.

Sections are cut from page texts that passed the gate: nothing is in them that is not in the pages.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal[
    "agenda_item",
    "proposed_resolution",
    "resolution",
    "motion",
    "facts",
    "reasoning",
    "alternatives",
    "financial_impact",
    "climate_impact",
    "participation",
    "questions",
    "answer",
    "vote",
    "attachments",
    "next_steps",
]

# A heading is a short line of its own, maybe numbered, or a label before a colon.
_NUMBERING: Final = r"(?:(?:\d{1,2}|[IVX]{1,4}|[A-Za-z])[.)]\s*|\d{1,2}(?:\.\d{1,2}){1,3}\.?\s+)?"
_HEADINGS: Final[tuple[tuple[Kind, str], ...]] = (
    (
        "proposed_resolution",
        (
            r"(?:geänderter?\s+)?(?:beschluss|beschluß)(?:vorschlag|antrag|entwurf|empfehlung)"
            r"|vorschlag\s+zur\s+beschlussfassung"
        ),
    ),
    ("resolution", r"beschluss|beschluß|beschlussfassung|beschlusstext"),
    ("motion", r"antrag|antragstext|änderungsantrag"),
    (
        "facts",
        (
            r"sachverhalt|sachdarstellung|sach-\s*und\s+rechtslage|sachstand(?:sbericht)?|anlass"
            r"|anlass des nachtrags|problembeschreibung|ausgangslage"
        ),
    ),
    ("reasoning", r"begründung|erläuterung(?:en)?|lösung|stellungnahme der verwaltung"),
    ("alternatives", r"alternativen?|lösungsalternativen?"),
    (
        "financial_impact",
        (
            r"(?:finanzielle|haushaltsrechtliche|haushaltsmäßige)\s+(?:auswirkung(?:en)?|folgen)"
            r"|finanzierung|kosten(?:\s+und\s+finanzierung)?|haushaltsmittel"
            r"|auswirkungen auf den haushalt"
        ),
    ),
    ("climate_impact", r"(?:auswirkungen auf das )?klima(?:relevanz|schutz|wirkung|check)?"),
    ("participation", r"beteiligung(?:en)?|bürgerbeteiligung|gremienbeteiligung"),
    ("questions", r"fragen"),
    ("answer", r"antwort(?:en)?(?: der verwaltung)?"),
    ("vote", r"abstimmung(?:sergebnis)?|beratungsergebnis|ergebnis der abstimmung"),
    ("attachments", r"anlagen?(?:verzeichnis)?|verzeichnis der anlagen"),
    ("next_steps", r"weiteres vorgehen|weiteres verfahren"),
)
_PATTERNS: Final = tuple(
    (
        kind,
        re.compile(rf"{_NUMBERING}(?P<heading>(?:{words}))\s*(?::\s*(?P<rest>.*))?", re.IGNORECASE),
    )
    for kind, words in _HEADINGS
)
_ITEM: Final = re.compile(
    r"(?P<heading>(?:TOP|Tagesordnungspunkt|zu\s+Punkt|Zu\s+TOP)\s*\.?\s*(?:Ö|N)?\s*\d{1,3}"
    r"(?:\.\d{1,3})*\b.{0,300})"
)
_VOTE: Final = re.compile(
    r"(?P<heading>Abstimmung(?:sergebnis)?)\s*:\s*(?P<rest>.+)", re.IGNORECASE
)
_LONGEST: Final = 80
_MOST: Final = 2_000
_AMOUNT: Final = re.compile(
    r"(?<![\d.,])(?P<whole>\d{1,3}(?:\.\d{3})+|\d{1,9})(?:,(?P<cents>\d{2}|-|\u2013))?"
    r"\s*(?P<scale>(?:Mio|Mrd|Tsd)\.?|Millionen|Million|T)?\s*(?:€|Euro\b|EUR\b)"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a document.

    Attributes:
        kind: What it is, in English.
        heading: As the document words it.
        page: Where it begins, from 1.
        text: Without the heading; may run over pages.
        amount_eur: The one amount that a section on money names; None where it names several.
    """

    kind: Kind
    heading: str
    page: int
    text: str
    amount_eur: float | None = None


def sections(pages: Sequence[str]) -> list[Section]:
    """Cut a document at its headings.

    Args:
        pages: Redacted texts in order.

    Returns:
        The sections in order; what stands before the first heading is in none.
    """
    found: list[tuple[Kind, str, int, list[str]]] = []
    for page, line in _lines(pages):
        heading = _heading(line)
        if heading is not None and len(found) < _MOST:
            kind, words, rest = heading
            found.append((kind, words, page, [rest] if rest else []))
        elif found:
            found[-1][3].append(line)
    return [_section(*each) for each in found]


def amount(text: str) -> float | None:
    """The amount in euros, where a text names exactly one (it may say it twice)."""
    amounts = {
        round(value, 2) for match in _AMOUNT.finditer(text) if (value := _value(match)) is not None
    }
    return amounts.pop() if len(amounts) == 1 else None


def _value(match: re.Match[str]) -> float | None:
    if match["scale"]:
        return None  # "1,5 Mio. Euro" is rounded: no figure to reckon with
    cents = match["cents"] or "0"
    return int(match["whole"].replace(".", "")) + (int(cents) / 100 if cents.isdecimal() else 0)


def _lines(pages: Sequence[str]) -> Iterator[tuple[int, str]]:
    for number, page in enumerate(pages, start=1):
        for line in page.split("\n"):
            yield number, line


def _heading(line: str) -> tuple[Kind, str, str] | None:
    line = line.strip()
    if not line or not line[0].isalnum():
        return None
    if match := _ITEM.fullmatch(line):
        return "agenda_item", match["heading"].strip(), ""
    if match := _VOTE.fullmatch(line):
        return "vote", match["heading"], match["rest"].strip()
    if len(line) > _LONGEST and ":" not in line[:_LONGEST]:
        return None
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(line)
        # A word in the middle of a sentence can start a line, but not in small letters.
        if match and match["heading"][0].isupper():
            return kind, match["heading"], (match["rest"] or "").strip()
    return None


def _section(kind: Kind, heading: str, page: int, lines: Sequence[str]) -> Section:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Section(kind, heading, page, text, amount(text) if kind == "financial_impact" else None)
