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
    (
        "resolution",
        r"(?:gefasster\s+|gefaßter\s+)?(?:beschluss|beschluß)|beschlussfassung|beschlusstext",
    ),
    ("motion", r"antrag|antragstext|änderungsantrag"),
    (
        "facts",
        (
            r"(?:zusammenfassung\s+des\s+)?sachverhalts?|sachdarstellung|sachstand(?:sbericht)?"
            r"|sach-\s*und\s+rechtslage|anlass(?:\s+und\s+ziel)?|anlass des nachtrags"
            r"|problembeschreibung|ausgangslage"
        ),
    ),
    ("reasoning", r"begründung|erläuterung(?:en)?|lösung|stellungnahme der verwaltung"),
    ("alternatives", r"alternativen?|lösungsalternativen?"),
    (
        "financial_impact",
        (
            r"(?:finanzielle|haushaltsrechtliche|haushaltsmäßige)\s+(?:auswirkung(?:en)?|folgen)"
            r"|finanzierung|kosten|folgekosten|haushaltsmittel|finanzieller\s+aufwand"
            r"|deckungsvorschlag|auswirkungen auf den haushalt"
        ),
    ),
    (
        "climate_impact",
        (
            r"(?:auswirkungen auf (?:das|den) )?klima(?:relevanz|schutz|wirkung|check)?"
            r"|klimatische\s+auswirkungen"
        ),
    ),
    ("participation", r"(?:bürger|gremien|öffentlichkeits)?beteiligung(?:en)?"),
    ("questions", r"fragen|anfrage"),
    ("answer", r"antwort(?:en)?(?: zu frage \d{1,2})?|beantwortung"),
    ("vote", r"abstimmung(?:sergebnis)?|beratungsergebnis|ergebnis der abstimmung"),
    ("attachments", r"anlagen?(?:verzeichnis)?|verzeichnis der anlagen"),
    ("next_steps", r"weiteres vorgehen|weiteres verfahren|nächste schritte"),
)
# "Sachverhalt/Begründung": what stands first names the part. "… der Verwaltung": whose it is.
_JOINED: Final = rf"(?:\s*(?:/|und)\s*(?:{'|'.join(words for _, words in _HEADINGS)}))?"
_WHOSE: Final = (
    r"(?:\s+(?:der\s+verwaltung|der\s+gremien|de[rs]\s+(?:antrags|dringlichkeit)"
    r"|des\s+(?:\w+-?\s+und\s+)?\w{0,40}(?:ausschusses|rat(?:e)?s|beirat(?:e)?s)"
    r"|der\s+(?:\w{1,40}-)?fraktion(?=.{0,60}:$)(?:\s+[\w./\- ]{1,50})?))?"
)
_PATTERNS: Final = tuple(
    (
        kind,
        re.compile(
            rf"{_NUMBERING}(?P<heading>(?:{words}){_JOINED}{_WHOSE})\s*(?::\s*(?P<rest>.*))?",
            re.IGNORECASE,
        ),
    )
    for kind, words in _HEADINGS
)
# A sentence that introduces what follows: only with a colon at its end.
_BODY: Final = r"(?:Der|Die|Das)\s+(?:[\w.\-]{2,40},?\s+){1,5}?"
_LEADS: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    ("resolution", re.compile(rf"(?P<heading>{_BODY}fasst\s+folgenden\s+Beschluss)\s*:")),
    (
        "proposed_resolution",
        re.compile(
            rf"(?P<heading>{_BODY}(?:beschließt|(?:möge|wolle)\s+beschließen"
            r"|empfiehlt\s+de[mr]\s+[\w\-]{3,40}|schlägt\s+de[mr]\s+[\w\-]{3,40}\s+vor)"
            r"(?:,?\s+(?:wie\s+folgt|[Ff]olgendes))?(?:,?\s+zu\s+beschließen)?)\s*:"
        ),
    ),
    ("motion", re.compile(r"(?P<heading>Wir\s+beantragen(?:\s+daher)?)\s*:")),
    (
        "questions",
        re.compile(r"(?P<heading>Wir\s+fragen(?:\s+(?:daher|an|die\s+Verwaltung)){0,2})\s*:"),
    ),
)
_ITEM: Final = re.compile(
    r"(?P<heading>(?:(?:TOP|Tagesordnungspunkt|[Zz]u\s+Punkt|Zu\s+TOP)\s*\.?\s*(?:Ö|N)?\s*\d{1,3}"
    r"(?:\.\d{1,3})*\b|Punkt\s+\d{1,3}\s+der\s+Tagesordnung\b).{0,300})"
)
_VOTE: Final = re.compile(
    r"(?P<heading>Abstimmung(?:sergebnis)?|Beschlussergebnis)\s*:\s*(?P<rest>.+)"
    r"|(?P<result>Ergebnis)\s*:\s*(?P<said>(?:einstimmig|mehrheitlich|angenommen|abgelehnt"
    r"|beschlossen|vertagt|zugestimmt|zur\s+Kenntnis)\b.*)",
    re.IGNORECASE,
)
_LED: Final = frozenset({"proposed_resolution", "resolution", "motion", "questions"})
_LONGEST: Final = 80
_LONGEST_LEAD: Final = 160
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
        heading = _heading(line) or _lead(line, found[-1] if found else None)
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
        heading, rest = match["heading"] or match["result"], match["rest"] or match["said"]
        return "vote", heading, rest.strip()
    if len(line) > _LONGEST and ":" not in line[:_LONGEST]:
        return None
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(line)
        # A word in the middle of a sentence can start a line, but not in small letters.
        if match and match["heading"][0].isupper():
            return kind, match["heading"], (match["rest"] or "").strip()
    return None


def _lead(
    line: str, before: tuple[Kind, str, int, list[str]] | None
) -> tuple[Kind, str, str] | None:
    """A sentence as a heading; right under a heading it is the first sentence of that part."""
    line = line.strip()
    if not line.endswith(":") or len(line) > _LONGEST_LEAD:
        return None
    if before is not None and before[0] in _LED and not any(each.strip() for each in before[3]):
        return None
    for kind, pattern in _LEADS:
        if match := pattern.fullmatch(line):
            return kind, match["heading"], ""
    return None


def _section(kind: Kind, heading: str, page: int, lines: Sequence[str]) -> Section:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return Section(kind, heading, page, text, amount(text) if kind == "financial_impact" else None)
