"""Names of private persons, told by what stands around them; office holders stay."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ingestion.personal_data.hit import Hit, Official
from ingestion.personal_data.name_words import (
    FUNCTION,
    SALUTATION,
    Name,
    has_office,
    is_company,
    name_at,
)

_ROLE: Final = (
    r"(?:Petent|Bürger|Einwohner|Anwohner|Anlieger|Antragsteller|Einwender|Beschwerdeführer|"
    r"Eigentümer|Grundstückseigentümer|Miteigentümer|Bauherr|Mieter|Pächter|Kläger|Nachbar|"
    r"Angrenzer|Hinweisgeber|Einsprecher|Widerspruchsführer|Unterzeichner|Erbbauberechtigte|"
    r"Bewohner|Fragesteller|Zuhörer|Absender|Einsender|Verfügungsberechtigte|Käufer|Verkäufer|"
    r"Erwerber|Schuldner|Gläubiger|Halter|Nutzer|Leistungsempfänger|Hilfeempfänger|Patient|Schüler)"
    r"(?:in|innen|s|n|en|r)?"
)
_ROLE_NAME: Final = re.compile(
    rf"\b{_ROLE}\b(?:\s\([^)\n]{{1,25}}\))?(?P<colon>:)?,?\s{{1,2}}"
    rf"(?:(?:ist|war|sind|heißt)\s)?(?P<salutation>{SALUTATION}\s{{1,2}})?"
)
_NAME_ROLE: Final = re.compile(
    rf"\s?[,(]?\s?(?:als\s|ist\s|ein(?:e)?\s|der\s|die\s|auch\s){{0,3}}{_ROLE}\b"
)
_COUPLE: Final = re.compile(
    r"\b(?:Eheleuten?|Ehepaare?s?|Familie|Geschwister[n]?|Erbengemeinschaft)\s{1,2}"
    rf"(?:{SALUTATION}\s)?"
)
_SALUTATION: Final = re.compile(rf"(?<![\w.]){SALUTATION}\s{{1,2}}")
# A given name and "und" before another: "Max und Erika Muster".
_AND: Final = re.compile(r"\s(?:und|u\.|&)\s")
_GIVEN_AND: Final = re.compile(r"([A-ZÄÖÜ][a-zäöüß-]{1,24})\s(?:und|u\.|&)\s")
_CITIZEN: Final = re.compile(
    rf"\b(?:{_ROLE}|wohnhaft|wohnt|Publikum|Zuschauer(?:in)?|Bürgerschaft|Petition|"
    r"Einwohnerschaft|Eingabe|Widerspruch|Einwendung|privat|Privatperson|Nutzungsberechtigte\w?)\b"
)
_QUESTIONS: Final = re.compile(
    r"(?:Einwohner|Bürger|Bürgerinnen- und Bürger)-?(?:innen)?frage(?:stunde|zeit)|"
    r"Fragen (?:der|von) (?:Einwohner|Bürger)\w*"
)
_NEXT_ITEM: Final = re.compile(
    r"\n\s{0,4}(?:TOP|Punkt|Tagesordnungspunkt)?\s?\d{1,2}[.):]?\s+[A-ZÄÖÜ]"
)
_QUESTIONS_MOST: Final = 6_000
_CLOSING: Final = re.compile(
    r"(?:[Mm]it\s(?:freundlichen|besten|herzlichen|vielen|bürgerlichen)\s(?:Grüßen|Gruß|Grüssen)|"
    r"Mit\sfreundlichem\sGruß|(?:Freundliche|Viele|Beste|Herzliche)\sGrüße|Hochachtungsvoll|MfG)"
    r"[,.!]?\s{0,3}\n"
)
_ON_BEHALF: Final = re.compile(
    r"\b(?:Im\sAuftrag|In\sVertretung|i\.\s?[AV]\.|Der\sOberbürgermeister|Die\sOberbürgermeisterin|"
    r"Für\sdie\s(?:\w{1,20}[- ])?Fraktion|Fraktion|Stadtverwaltung)\b"
)
_SIGNED: Final = re.compile(r"\s{0,6}(?:gez\.|\(?gezeichnet\)?|gez)?\s{0,3}(?:(?:Ihre?|Eure?)\s)?")
_WITH_FAMILY: Final = re.compile(r"\s(?:und|u\.|mit)\s(?:Familie|Mann|Frau|Kinder)[ )]{0,2}")
_LABEL: Final = re.compile(
    r"(?m)^[^\S\n]{0,8}(?P<label>Name,\sVorname|Vorname,\sName|Vor-\sund\s(?:Nach|Zu)name|"
    r"Vor-\sund\sFamilienname|Vorname|Nachname|Familienname|Geburtsname|Name|Absender(?:in)?|"
    r"Eingereicht\svon|Verfasst\svon|Von)[^\S\n]?:[^\S\n]{1,4}(?:Herrn?\s|Frau\s)?"
)
_TURNED: Final = re.compile(
    r"[A-ZÄÖÜ][a-zäöüß-]{1,24},\s[A-ZÄÖÜ][a-zäöüß-]{1,24}(?=\s{0,3}(?:\n|\Z|,\s|;|\())"
)
_ONE_WORD: Final = re.compile(
    r"[A-ZÄÖÜ][a-zäöüß]{1,24}(?:-[A-ZÄÖÜ][a-zäöüß]{1,24})?(?=\s{0,3}(?:\n|\Z))"
)
# A date of birth or a home behind a name.
_BORN_OR_LIVES: Final = re.compile(
    r"\s?[,(]?\s?(?:geb\.|geboren|\*\s?\d|wohnhaft|wohnt\b|wohnend|Geburtsdatum)"
)
_WORD_START: Final = re.compile(r"(?<![\w.-])[A-ZÄÖÜ](?=[a-zäöü.])")
_HOME: Final = re.compile(
    r"\s{0,2}[,\n(]\s{0,2}[A-ZÄÖÜ][\wäöüß.-]{1,40}(?:\s[A-ZÄÖÜ]?[\wäöüß.-]{1,30}){0,3}\s\d{1,4}\s?[a-z]?"
    r",?\s{1,3}(?:D-)?\d{5}\s[A-ZÄÖÜ]"
)
_NEAR: Final = 160


def person_names(text: str, official: Official) -> Iterator[Hit]:
    """Names that a role, a form, a signature or a home says to be a private person's."""
    for name, is_told in _candidates(text):
        if is_company(text, name) or has_office(text, name) or _holds(name, official, is_told):
            continue
        yield Hit(name.start, name.end, "person_name")


def _holds(name: Name, official: Official, is_told: bool) -> bool:  # noqa: FBT001
    """Whether an office holder is meant. A bare family name behind "Bürger" is the citizen's."""
    if name.is_whole:
        return official.holders.knows(name.text)
    return not is_told and official.holders.knows_family(name.text)


def _candidates(text: str) -> Iterator[tuple[Name, bool]]:
    """Names, and whether the word right beside them says "private"."""
    yield from _by_role(text)
    yield from _couples(text)
    yield from _spoken_to(text)
    yield from _signatures(text)
    yield from _labels(text)
    yield from _born_or_living(text)


def _by_role(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _ROLE_NAME.finditer(text):
        addressed = match["salutation"] is not None
        if name := name_at(text, match.end(), addressed=addressed):
            yield name, True
            yield from ((more, True) for more in _joined(text, name))
        elif match["colon"] and (turned := _TURNED.match(text, match.end())):
            yield Name(turned.start(), turned.end(), turned[0], is_whole=True), True


def _joined(text: str, name: Name) -> Iterator[Name]:
    """Further names behind "und": "Max Muster und Erika Muster"."""
    if joint := _AND.match(text, name.end):
        at = joint.end()
        salutation = _SALUTATION.match(text, at)
        more = name_at(text, salutation.end() if salutation else at, addressed=bool(salutation))
        if more is not None:
            yield more


def _couples(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _COUPLE.finditer(text):
        at = match.end()
        name = name_at(text, at, addressed=True)
        if pair := _GIVEN_AND.match(text, at):
            second = name_at(text, pair.end(), addressed=True)
            if second is not None:
                whole = text[at : second.end]
                yield Name(at, second.end, whole, is_whole=True), True
                continue
        if name is not None:
            yield name, True


def _spoken_to(text: str) -> Iterator[tuple[Name, bool]]:
    """Herr or Frau where citizens speak, or beside a word that calls them one."""
    hours = _question_hours(text)
    for match in _SALUTATION.finditer(text):
        name = name_at(text, match.end(), addressed=True)
        if name is None:
            continue
        before = _sentence_before(text, match.start())
        after = text[name.end : name.end + _NEAR].partition(".")[0]
        is_told = _NAME_ROLE.match(text, name.end) is not None
        if (
            is_told
            or any(start <= match.start() < end for start, end in hours)
            or _CITIZEN.search(before)
            or _CITIZEN.search(after)
            or _HOME.match(text, name.end)
        ):
            yield name, is_told


def _sentence_before(text: str, at: int) -> str:
    before = text[max(0, at - _NEAR) : at]
    return re.split(r"[.!?]\s(?=[A-ZÄÖÜ])|\n\s*\n", before)[-1]


def _question_hours(text: str) -> list[tuple[int, int]]:
    """Where citizens ask: from the heading to the next item, or a page's length."""
    spans = []
    for match in _QUESTIONS.finditer(text):
        following = _NEXT_ITEM.search(text, match.end(), match.end() + _QUESTIONS_MOST)
        end = following.start() if following else match.end() + _QUESTIONS_MOST
        spans.append((match.start(), end))
    return spans


def _signatures(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _CLOSING.finditer(text):
        lines_at = match.end()
        rest = text[lines_at : lines_at + _NEAR]
        if _ON_BEHALF.search(rest):
            continue
        for _ in range(2):
            signed = _SIGNED.match(text, lines_at)
            start = signed.end() if signed else lines_at
            name = name_at(text, start)
            line_end = text.find("\n", start)
            line_end = len(text) if line_end < 0 else line_end
            rest = text[name.end : line_end] if name else ""
            if name is not None and (not rest.strip(" )") or _WITH_FAMILY.fullmatch(rest)):
                if not _is_function_line(text, line_end):
                    yield name, False
                lines_at = line_end + 1
            else:
                break


_FUNCTION_LINE: Final = re.compile(
    rf"\s{{0,6}}\(?(?:{FUNCTION}|\w{{0,30}}(?:amt|dezernat|fraktion|verein))\b"
)


def _is_function_line(text: str, at: int) -> bool:
    """Whether the line under a signature says what the person does for an office or a club."""
    return _FUNCTION_LINE.match(text, at) is not None


def _labels(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _LABEL.finditer(text):
        at = match.end()
        if turned := _TURNED.match(text, at):
            yield Name(turned.start(), turned.end(), turned[0], is_whole=True), True
        elif name := name_at(text, at):
            yield name, True
        elif match["label"] in {"Vorname", "Nachname", "Familienname", "Geburtsname"} and (
            word := _ONE_WORD.match(text, at)
        ):
            yield Name(word.start(), word.end(), word[0], is_whole=False), True


def _born_or_living(text: str) -> Iterator[tuple[Name, bool]]:
    """A name right before a date of birth or a home, with a form of address or without."""
    done = 0
    for match in _WORD_START.finditer(text):
        if match.start() < done:
            continue
        salutation = _SALUTATION.match(text, match.start())
        at = salutation.end() if salutation else match.start()
        name = name_at(text, at, addressed=bool(salutation))
        if name is None:
            continue
        done = name.end
        if (
            _BORN_OR_LIVES.match(text, name.end)
            or _HOME.match(text, name.end)
            or (not salutation and _NAME_ROLE.match(text, name.end))
        ):
            yield name, True


def mentions(text: str, names: Iterable[str], official: Official) -> Iterator[Hit]:
    """Further places of names that another page or line told to be private persons'.

    Args:
        text: A page.
        names: Whole names, as they were found.
        official: Who holds an office: "Frau Muster" stays where a councillor is called so.
    """
    whole = sorted({name for name in names if " " in name}, key=len, reverse=True)
    if not whole:
        return
    families = {
        family
        for name in whole
        if not official.holders.knows_family(family := name.rpartition(" ")[2])
    }
    patterns = [rf"(?<!\w)(?:{'|'.join(map(re.escape, whole))})(?!\w)"]
    if families:
        some = "|".join(map(re.escape, sorted(families)))
        patterns.append(rf"(?:(?<=Herr )|(?<=Frau )|(?<=Herrn ))(?:{some})(?!\w)")
    for pattern in patterns:
        for match in re.finditer(pattern, text):
            name = Name(match.start(), match.end(), match[0], is_whole=" " in match[0])
            if not has_office(text, name):
                yield Hit(match.start(), match.end(), "person_name")
