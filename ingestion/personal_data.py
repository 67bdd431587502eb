"""Personal data in German council texts, found by rules: no model, no guess, no value kept.

A hit becomes a marker such as ``[E-Mail entfernt]``. The rules prefer context (a person's name, a
word like "wohnhaft") over bare patterns: a council text is full of numbers, streets and dates which
are nobody's.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["email", "iban", "phone", "birth_date", "home_address"]

MARKERS: Final[Mapping[Kind, str]] = {
    "email": "[E-Mail entfernt]",
    "iban": "[IBAN entfernt]",
    "phone": "[Telefonnummer entfernt]",
    "birth_date": "[Geburtsdatum entfernt]",
    "home_address": "[Anschrift entfernt]",
}

_EMAIL: Final = re.compile(
    r"(?<![\w.+-])[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\])\s?((?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24})(?![\w-])"
)
_IBAN: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ \n]?[A-Z0-9]{1,4}){3,8}(?![A-Za-z0-9])"
)
# One that a page break cuts: its head near the end of a page, its rest near the top of the next.
_IBAN_HEAD: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{1,4}){0,7}(?![A-Za-z0-9])"
)
_IBAN_REST: Final = re.compile(
    r"(?<![A-Za-z0-9])[A-Z0-9]{1,4}(?: ?[A-Z0-9]{1,4}){0,7}(?![A-Za-z0-9])"
)
_NEAR_BREAK: Final = 400
_MAYBE_PHONE: Final = re.compile(r"\+\d|\b0\d|Tel|Fax|Mobil|Handy|nummer|Durchwahl|☎|☏")
# A German number with its prefix has at least ten digits as one writes it; papers have nine.
_DIALLED_DIGITS: Final = 10
_PHONE_WORD: Final = re.compile(
    r"(?:Tel(?:efon|efax)?\b|Fax\b|Mobil(?:funk|telefon)?\b|Handy\b|Rufnummer\b|Durchwahl\b|☎|☏)"
    r"[^\S\n]*(?:nummer|nr)?[.:]{0,2}[^\S\n]*\Z",
    re.IGNORECASE,
)
# A date is spelled by numbers or by the month's name.
_DAY: Final = (
    r"\d{1,2}\.\s?(?:\d{1,2}\.\s?|(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|"
    r"Oktober|November|Dezember|Jan\.?|Feb\.?|Mrz\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Okt\.?|"
    r"Nov\.?|Dez\.?)\s)(?:19|20)?\d{2}(?!\d)"
)
_BIRTH: Final = re.compile(
    r"(?:\bgeb(?:\.|oren(?:e[rn]?)?)|\bGeburtsdatum|\bGeb\.-Dat(?:um|\.)|\*)\s{0,2}:?\s{0,2}"
    rf"(?:am\s{{1,2}})?({_DAY})",
    re.IGNORECASE,
)
_STREET: Final = (
    r"(?<![\w.-])(?:[A-ZÄÖÜ][\wäöüß.-]{1,40}[^\S\n]){0,3}"
    r"(?:[A-ZÄÖÜ][\wäöüß-]{0,60}(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|ufer|damm|steig|"
    r"pfad|berg|graben|hof|chaussee|promenade|markt|wall|winkel|park)|"
    r"(?:Am|An|Im|In|Auf|Zum|Zur|Unter|Hinter|Vor)(?:[^\S\n](?:der|dem|den|des))?"
    r"(?:[^\S\n][A-ZÄÖÜ][\wäöüß-]{2,40}){1,2}|(?:Straße|Allee|Platz|Weg|Ring))"
)
_ADDRESS: Final = re.compile(
    rf"{_STREET}[^\S\n]\d{{1,4}}[^\S\n]?[a-z]?(?:\s?[-/]\s?\d{{1,4}}[a-z]?)?"
    r"(?P<town>,?\s{1,3}(?:D-)?\d{5}\s{1,2}[A-ZÄÖÜ][\wäöüß-]+(?:[^\S\n](?:am|an)\s(?:der\s)?[A-Z]\w+)?)?"
)
# What makes an address somebody's home. Within one line or the next, before the address.
_RESIDENT: Final = re.compile(
    r"\b(?:wohnhaft|wohnend|wohnt|Wohnsitz|Wohnanschrift|Privatanschrift|Privatadresse|"
    r"Anschrift(?:\sde[rs]\s\w+)?|Anwohner(?:in)?|Eheleute|Familie|Geburtsname|geborene?)\b[^.;]{0,80}\Z",
    re.IGNORECASE,
)
# After such a word even a street by an unusual name is one.
_LIVES: Final = re.compile(
    r"\b(?:wohnhaft|wohnend|wohnt|Wohnsitz|Wohnanschrift|Privatanschrift|Privatadresse)\b"
    r"(?:\s{1,3}(?:in|an|am|ist|der|dem|den)\b){0,3}\s{0,2}[:,]?\s{1,3}"
    r"((?:[A-ZÄÖÜ][\wäöüß.-]{1,40}\s){1,4}\d{1,4}(?:[^\S\n]?[a-z]\b)?"
    r"(?:,?\s{1,3}(?:D-)?\d{5}\s{1,2}[A-ZÄÖÜ][\wäöüß-]{1,40})?)"
)
_PERSON: Final = re.compile(
    r"\b(?:Herrn?|Frau|Hr\.|Fr\.|Eheleute|Familie)\s{1,2}(?:(?:Dr|Prof)\.\s)*"
    r"[A-ZÄÖÜ][\wäöüß-]+(?:\s[A-ZÄÖÜ][\wäöüß-]+){0,3}\s{0,2}[,\n(]?\s{0,2}\Z"
)
_BEFORE: Final = 140
_PASSES: Final = 8


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something personal stands; its text is not kept.

    Attributes:
        start: First character.
        end: Behind the last character.
        kind: What it is.
    """

    start: int
    end: int
    kind: Kind


def find(text: str, public_domains: Collection[str] = ()) -> list[Hit]:
    """Everything personal in a text, in its order, without overlaps.

    Args:
        text: A page.
        public_domains: Mail domains of offices, e.g. ``mainz.de``: their addresses are official.

    Returns:
        The hits; where two overlap, the one that starts first, then the longer one.
    """
    hits: list[Hit] = []
    rules: tuple[Callable[[str], Iterator[Hit]], ...] = (
        lambda page: _emails(page, public_domains),
        _ibans,
        _phones,
        _birth_dates,
        _home_addresses,
    )
    found = [hit for rule in rules for hit in rule(text)]
    for hit in sorted(found, key=lambda each: (each.start, -each.end)):
        if not hits or hit.start >= hits[-1].end:
            hits.append(hit)
    return hits


def redact(text: str, public_domains: Collection[str] = ()) -> tuple[str, Counter[Kind]]:
    """The text with a marker in place of each hit, and how many there were of each kind.

    Args:
        text: A page.
        public_domains: Mail domains of offices.

    Returns:
        A text in which nothing is found any more, and counts, never values.
    """
    counts: Counter[Kind] = Counter()
    # A marker is a word boundary where there was none, so a second look may find more.
    for _ in range(_PASSES):
        hits = find(text, public_domains)
        if not hits:
            break
        counts.update(hit.kind for hit in hits)
        pieces: list[str] = []
        at = 0
        for hit in hits:
            pieces += [text[at : hit.start], MARKERS[hit.kind]]
            at = hit.end
        text = "".join([*pieces, text[at:]])
    return text, counts


def _emails(text: str, public_domains: Collection[str]) -> Iterator[Hit]:
    for match in _EMAIL.finditer(text):
        domain = match[1].lower()
        if not any(domain == own or domain.endswith(f".{own}") for own in public_domains):
            yield Hit(match.start(), match.end(), "email")


def _ibans(text: str) -> Iterator[Hit]:
    candidates = list(_IBAN.finditer(text))
    if not candidates:
        return
    from schwifty import IBAN  # noqa: PLC0415 - reads its bank registry when imported

    for match in candidates:
        # The pattern may run into the next word: the longest prefix that is an IBAN counts.
        for candidate in _prefixes(match[0]):
            if IBAN(candidate, allow_invalid=True).is_valid:
                yield Hit(match.start(), match.start() + len(candidate), "iban")
                break


def _prefixes(words: str) -> Iterator[str]:
    """The words, then without the last one, and so on; what parts them stays."""
    yield words
    for gap in reversed(list(re.finditer(r"\s", words))):
        yield words[: gap.start()]


def redact_break(page: str, following: str) -> tuple[str, str, int]:
    """Take out an IBAN that begins on one page and ends on the next.

    Args:
        page: A page.
        following: The next one.

    Returns:
        Both, with markers in place of the two parts, and how many were found (0 or 1).
    """
    tail = max(0, len(page) - _NEAR_BREAK)
    heads = list(_IBAN_HEAD.finditer(page, tail))
    if not heads:
        return page, following, 0
    from schwifty import IBAN  # noqa: PLC0415 - reads its bank registry when imported

    marker = MARKERS["iban"]
    for head in reversed(heads):
        for rest in _IBAN_REST.finditer(following, 0, _NEAR_BREAK):
            for part in _prefixes(rest[0]):
                if IBAN(f"{head[0]} {part}", allow_invalid=True).is_valid:
                    end = rest.start() + len(part)
                    return (
                        page[: head.start()] + marker + page[head.end() :],
                        following[: rest.start()] + marker + following[end:],
                        1,
                    )
    return page, following, 0


def _phones(text: str) -> Iterator[Hit]:
    if not _MAYBE_PHONE.search(text):
        return
    import phonenumbers  # noqa: PLC0415 - its tables take a quarter of a second

    matcher = phonenumbers.PhoneNumberMatcher(text, "DE", leniency=phonenumbers.Leniency.VALID)
    for match in matcher:
        raw = match.raw_string
        told = _PHONE_WORD.search(text[max(0, match.start - 40) : match.start]) is not None
        # "0815/2023" is a paper, "1.250.000" an amount: without a word before it, a number must
        # be written as one dials it, with its prefix and more than a paper's nine digits.
        digits = sum(char.isdigit() for char in raw)
        dialled = raw.startswith(("+", "00")) or (
            raw.lstrip("(").startswith("0")
            and digits >= _DIALLED_DIGITS
            and not _REFERENCE.search(text[max(0, match.start - 60) : match.start])
        )
        if told or dialled:
            yield Hit(match.start, match.end, "phone")


_REFERENCE: Final = re.compile(
    r"(?:Drucksache|Vorlage|Antrag|Anfrage|Beschluss|Aktenzeichen|Az\.?|Nr\.?|Nummer|Konto|"
    r"Haushaltsstelle|Produkt|Flurstück|Auftrag|Kennziffer|ID)\s*[-:]?\s*\S{0,12}\Z",
    re.IGNORECASE,
)


def _birth_dates(text: str) -> Iterator[Hit]:
    for match in _BIRTH.finditer(text):
        yield Hit(match.start(1), match.end(1), "birth_date")


def _home_addresses(text: str) -> Iterator[Hit]:
    for match in _ADDRESS.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        # With PLZ and town, a name before it is enough; a bare street needs "wohnhaft".
        if _RESIDENT.search(before) or (match["town"] and _PERSON.search(before)):
            yield Hit(match.start(), match.end(), "home_address")
    for match in _LIVES.finditer(text):
        yield Hit(match.start(1), match.end(1), "home_address")
