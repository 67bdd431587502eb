"""Names of private persons, told by what stands around them; office holders stay."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from ingestion.personal_data.hit import Hit, Official
from ingestion.personal_data.holders import Holders
from ingestion.personal_data.letters import CAPITAL, SMALL
from ingestion.personal_data.name_words import (
    FUNCTION,
    SALUTATION,
    Name,
    has_office,
    is_company,
    name_at,
)
from ingestion.personal_data.prose import is_explained, is_maker, whole_names

_ROLE: Final = (
    r"(?:Petent|Bürger|Einwohner|Anwohner|Anlieger|Antragsteller|Einwender|Beschwerdeführer|"
    r"Eigentümer|Grundstückseigentümer|Miteigentümer|Bauherr|Mieter|Pächter|Kläger|Nachbar|"
    r"Angrenzer|Hinweisgeber|Einsprecher|Widerspruchsführer|Unterzeichner|Erbbauberechtigte|"
    r"Bewohner|Fragesteller|Zuhörer|Absender|Einsender|Verfügungsberechtigte|Käufer|Verkäufer|"
    r"Erwerber|Schuldner|Gläubiger|Halter|Nutzer|Leistungsempfänger|Hilfeempfänger|Patient|Schüler|"
    r"Besucher|Bewerber|Beschäftigte|Angestellte|Auszubildende|Arbeitnehmer|Landwirt|Fahrer|Fußgänger|"
    r"Radfahrer|Geschädigte|Verletzte|Betroffene|Beschuldigte|Zeuge|Zeugin|Angehörige|Kind|Mutter|Vater|"
    r"Sohn|Tochter|Witwe|Erblasser|Erbe|Erbin|Rentner|Kunde|Kundin|Unternehmer|Inhaber|"
    r"(?:Petitions|Einwendungs|Beschwerde|Widerspruchs|Antrags)führer|Einwendende|Zuwendungsempfänger)"
    r"(?:in|innen|s|n|en|r|es)?"
)
# What may stand between a role and the name: a number in a list, the form's colon.
_NUMBERED: Final = r"\s(?:Nr\.?\s?)?\d{1,4}\b"
_ROLE_NAME: Final = re.compile(
    rf"\b(?P<role>{_ROLE})\b(?:{_NUMBERED}|\s\([^)\n]{{1,25}}\))?(?P<colon>:)?,?\s{{1,2}}\(?"
    rf"(?P<verb>(?:ist|war|sind|heißt)\s)?(?P<salutation>{SALUTATION}\s{{1,2}})?"
)
_ROLE_IS: Final = re.compile(
    rf"\b{_ROLE}\s[^.;,:\n]{{1,60}}\s(?:ist|war|sind|waren)\s|\bzu\s?[Gg]unsten\s(?:von|der|des)\s|"
    r"\bzu\s?[Ll]asten\s(?:von|der|des)\s"
)
_PLURAL: Final = re.compile(r"(?:innen|ern)\Z")
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
_GIVEN_AND: Final = re.compile(rf"([{CAPITAL}][{SMALL}-]{{1,24}})\s(?:und|u\.|&)\s")
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
_PRESENT: Final = re.compile(
    r"(?m)^[^\S\n]{0,8}(?:Anwesen(?:d|heit)|Teilnehm|Entschuldigt|Es fehl|Stimmberechtigt|"
    r"Mitglieder|(?:Von der |Für die |Aus der )?Verwaltung\b|Schriftführ|Protokoll|Gäste|"
    r"Sachverständige|Vorsitz|Beratende)"
)
_BEGINS: Final = re.compile(r"\n\s*\n|Tagesordnung|\bTOP\s?\d|\beröffnet\b")
_ATTENDANCE_MOST: Final = 1_500
_CLOSING: Final = re.compile(
    r"(?:\b[Mm]it\s(?:\w{2,20}\s){1,3}(?:Grüßen|Gruß|Grüssen)|"
    r"\b(?:Freundliche|Viele|Beste|Herzliche|Liebe|Schöne|Sonnige)\s(?:Grüße|Grüsse)|"
    r"\bHochachtungsvoll|\bverbleiben?\s(?:ich|wir))[^\n]{0,40}\n|"
    r"(?m:^)[^\S\n]{0,8}(?:MfG|LG|VG)[,.!]?\s"
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
_ONE_PART: Final = frozenset({"Vorname", "Nachname", "Familienname", "Geburtsname"})
_TURNED: Final = re.compile(
    rf"[{CAPITAL}][{SMALL}-]{{1,24}},\s[{CAPITAL}][{SMALL}-]{{1,24}}(?=\s{{0,3}}(?:\n|\Z|,\s|;|\())"
)
_ONE_WORD: Final = re.compile(
    rf"[{CAPITAL}][{SMALL}]{{1,24}}(?:-[{CAPITAL}][{SMALL}]{{1,24}})?(?=\s{{0,3}}(?:\n|\Z))"
)
# A date of birth or a home behind a name.
_BORN_OR_LIVES: Final = re.compile(
    r"\s?[,(]?\s?(?:geb\.|geboren|\*\s?\d|wohnhaft|wohnt\b|wohnend|Geburtsdatum)"
)
_WORD_START: Final = re.compile(rf"(?<![\w.-])[{CAPITAL}](?=[{SMALL}.])")
_HOME: Final = re.compile(
    r"\s{0,2}[,|\n(]\s{0,2}[A-ZÄÖÜ][\wäöüß.-]{1,40}(?:\s[A-ZÄÖÜ]?[\wäöüß.-]{1,30}){0,3}\s\d{1,4}\s?[a-z]?"
    r",?\s{1,3}(?:D-)?\d{5}\s[A-ZÄÖÜ]"
)
_NEAR: Final = 160
# Where an entry of a list, a letter's head or a cell of a table begins.
_ITEM_START: Final = re.compile(r"(?:\A|\n|\|)[^\S\n]{0,8}(?:(?:Nr\.?\s?)?\d{1,4}[.):]\s{1,3})?\Z")
_ITEM: Final = 20
_TURNED_BORN: Final = re.compile(
    rf"([{CAPITAL}][{SMALL}-]{{1,24}},\s[{CAPITAL}][{SMALL}-]{{1,24}})\s?[,(]?\s?(?:geb\.|geboren|wohnhaft|\*)"
)
_LISTED_HOME: Final = re.compile(
    r"\s{0,2}[,|(]\s{0,2}[A-ZÄÖÜ][\wäöüß.-]{1,40}(?:\s[A-ZÄÖÜ]?[\wäöüß.-]{1,30}){0,2}\s\d{1,3}\s?[a-z]?"
    r"(?=\s{0,2}(?:[,|)\n]|\Z))"
)


# Between a name and the way to reach it.
_CONTACT_GAP: Final = re.compile(
    r"\s{0,2}[,(<\[|\n]?\s{0,2}"
    r"(?:(?:Tel|Telefon|Mobil|Handy|E-?Mail|Mail|mailto|erreichbar unter)\b[.:]{0,2}\s{0,2})?"
    r"[<\[(]?\s{0,2}\Z"
)
_EXPECTED_BEFORE: Final = re.compile(r"(?:\A|\n|:|\|)\s{0,3}\Z")


def shown_in(pages: Iterable[str]) -> Holders:
    """Who stands in a document with a function or an office: staff, experts, guests on duty."""
    found: list[tuple[str, str | None]] = []
    for text in pages:
        addressed = (
            name_at(text, match.end(), addressed=True) for match in _SALUTATION.finditer(text)
        )
        found.extend(
            (name.text, None)
            for name in chain(addressed, whole_names(text))
            if name is not None
            and name.is_whole
            and (has_office(text, name) or is_maker(text, name))
        )
    return Holders.of(found)


def person_names(text: str, official: Official) -> Iterator[Hit]:
    """Names that a role, a form, a signature or a home says to be a private person's."""
    yield from _private(text, _candidates(text, official.shown), official)


def names_before(text: str, contacts: Iterable[Hit], official: Official) -> Iterator[Hit]:
    """Names right before a private person's own phone number or mail address."""
    yield from _private(text, _before_contacts(text, contacts), official)


def _before_contacts(text: str, contacts: Iterable[Hit]) -> Iterator[tuple[Name, bool]]:
    for hit in contacts:
        begin = max(0, hit.start - _NEAR // 2)
        gap = _CONTACT_GAP.search(text, begin, hit.start)
        if gap is None:
            continue
        for match in _WORD_START.finditer(text, begin, gap.start()):
            expected = _EXPECTED_BEFORE.search(text[begin : match.start()]) is not None
            name = name_at(text, match.start(), expected=expected)
            if name is not None and name.end == gap.start():
                yield name, False
                break


def _private(text: str, names: Iterable[tuple[Name, bool]], official: Official) -> Iterator[Hit]:
    for name, is_told in names:
        if is_company(text, name) or has_office(text, name) or _holds(name, official, is_told):
            continue
        yield Hit(name.start, name.end, "person_name")


def _holds(name: Name, official: Official, is_told: bool) -> bool:  # noqa: FBT001
    """Whether an office holder is meant. A bare family name behind "Bürger" is the citizen's."""
    if name.is_whole:
        return official.holders.knows(name.text) or official.public.knows(name.text)
    return not is_told and official.holders.knows_family(name.text)


def _candidates(text: str, shown: Holders) -> Iterator[tuple[Name, bool]]:
    """Names, and whether the word right beside them says "private"."""
    yield from _by_role(text)
    yield from _couples(text)
    yield from _spoken_to(text, shown)
    yield from _signatures(text)
    yield from _labels(text)
    yield from _born_or_living(text)
    yield from _in_prose(text, shown)


def _by_role(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _ROLE_NAME.finditer(text):
        addressed = match["salutation"] is not None
        # In the plural, without a colon, a capitalised word behind the role is the sentence's.
        expected = bool(match["colon"]) or not _PLURAL.search(match["role"])
        if name := name_at(text, match.end(), addressed=addressed, expected=expected):
            yield name, True
            yield from ((more, True) for more in _joined(text, name))
        elif match["colon"] and (turned := _TURNED.match(text, match.end())):
            yield Name(turned.start(), turned.end(), turned[0], is_whole=True), True

    for match in _ROLE_IS.finditer(text):
        if name := name_at(text, match.end(), expected=True):
            yield name, True


def _joined(text: str, name: Name) -> Iterator[Name]:
    """Further names behind "und": "Max Muster und Erika Muster"."""
    if joint := _AND.match(text, name.end):
        at = joint.end()
        salutation = _SALUTATION.match(text, at)
        more = name_at(
            text,
            salutation.end() if salutation else at,
            addressed=bool(salutation),
            expected=True,
        )
        if more is not None:
            yield more


def _pair_at(text: str, at: int) -> Name | None:
    """Two given names with one family name: "Max und Erika Muster"."""
    pair = _GIVEN_AND.match(text, at)
    second = name_at(text, pair.end(), expected=True) if pair else None
    return Name(at, second.end, text[at : second.end], is_whole=True) if second else None


def _couples(text: str) -> Iterator[tuple[Name, bool]]:
    for match in _COUPLE.finditer(text):
        name = _pair_at(text, match.end()) or name_at(text, match.end(), addressed=True)
        if name is not None:
            yield name, True


def _spoken_to(text: str, shown: Holders) -> Iterator[tuple[Name, bool]]:
    """Herr or Frau where citizens speak, beside a word that calls them one, or without an office.

    A bare family name needs such a place or word: the town's staff is called so as well.
    """
    hours, present = _question_hours(text), _attendance(text)
    for match in _SALUTATION.finditer(text):
        name = name_at(text, match.end(), addressed=True)
        if name is None:
            continue
        before = _sentence_before(text, match.start())
        after = text[name.end : name.end + _NEAR].partition(".")[0]
        is_told = _NAME_ROLE.match(text, name.end) is not None
        if (
            is_told
            or _is_in(hours, match.start())
            or _CITIZEN.search(before)
            or _CITIZEN.search(after)
            or _HOME.match(text, name.end)
            # A whole name without a seat, a function or an office in the whole document.
            or (name.is_whole and not shown.knows(name.text) and not _is_in(present, match.start()))
        ):
            yield name, is_told


def _is_in(spans: Iterable[tuple[int, int]], at: int) -> bool:
    return any(start <= at < end for start, end in spans)


def _sentence_before(text: str, at: int) -> str:
    before = text[max(0, at - _NEAR) : at]
    return re.split(r"[.!?]\s(?=[A-ZÄÖÜ])|\n\s*\n", before)[-1]


def _attendance(text: str) -> list[tuple[int, int]]:
    """Where minutes list who was there: members, staff, guests on duty."""
    return [
        (match.start(), min(end.start() if end else len(text), match.end() + _ATTENDANCE_MOST))
        for match in _PRESENT.finditer(text)
        for end in [_BEGINS.search(text, match.end())]
    ]


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
            name = _pair_at(text, start) or name_at(text, start, expected=True)
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
        elif name := name_at(text, at, expected=match["label"] not in _ONE_PART):
            yield name, True
        elif match["label"] in _ONE_PART and (word := _ONE_WORD.match(text, at)):
            yield Name(word.start(), word.end(), word[0], is_whole=False), True


def _born_or_living(text: str) -> Iterator[tuple[Name, bool]]:
    """A name right before a date of birth or a home, with a form of address or without."""
    done = 0
    hours = _question_hours(text)
    for match in _WORD_START.finditer(text):
        if match.start() < done:
            continue
        salutation = _SALUTATION.match(text, match.start())
        at = salutation.end() if salutation else match.start()
        begins = _ITEM_START.search(text[max(0, at - _ITEM) : at]) is not None
        if begins and (turned := _TURNED_BORN.match(text, at)):
            yield Name(at, turned.end(1), turned[1], is_whole=True), True
            done = turned.end(1)
            continue
        name = name_at(text, at, addressed=bool(salutation), expected=begins)
        if name is None:
            continue
        if not salutation and begins and _LISTED_HOME.match(text, name.end):
            yield name, True
        done = name.end
        if (
            (_is_in(hours, at) and name.is_whole)
            or _BORN_OR_LIVES.match(text, name.end)
            or _HOME.match(text, name.end)
            or (not salutation and _NAME_ROLE.match(text, name.end))
        ):
            yield name, True


def _in_prose(text: str, shown: Holders) -> Iterator[tuple[Name, bool]]:
    """Whole names without a word beside them, but of nobody who was there by office."""
    present = _attendance(text)
    for name in whole_names(text):
        if not (shown.knows(name.text) or _is_in(present, name.start) or is_explained(text, name)):
            yield name, False


def mentions(text: str, names: Iterable[str], official: Official) -> Iterator[Hit]:
    """Further places of names that another page or line told to be private persons'.

    Args:
        text: A page.
        names: Whole names, as they were found.
        official: Who holds an office: "Frau Muster" stays where a councillor is called so.
    """
    every = set(names)
    families = {
        family
        for name in every
        if not official.holders.knows_family(family := name.rpartition(" ")[2])
    }
    whole = sorted((name for name in every if " " in name), key=len, reverse=True)
    patterns = [rf"(?<!\w)(?:{'|'.join(map(re.escape, whole))})(?!\w)"] if whole else []
    if families:
        some = "|".join(map(re.escape, sorted(families)))
        patterns.append(rf"(?:(?<=Herr )|(?<=Frau )|(?<=Herrn ))(?:{some})(?!\w)")
    for pattern in patterns:
        for match in re.finditer(pattern, text):
            name = Name(match.start(), match.end(), match[0], is_whole=" " in match[0])
            if not has_office(text, name):
                yield Hit(match.start(), match.end(), "person_name")
