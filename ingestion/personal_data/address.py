"""Where somebody lives: an address is personal where words around it make it a home."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from ingestion.personal_data.hit import Hit, Official
from ingestion.personal_data.name_words import is_private_line

_STREET: Final = (
    r"(?<![\w.-])(?:[A-ZÄÖÜ][\wäöüß.-]{1,40}[^\S\n]){0,3}"
    r"(?:[A-ZÄÖÜ][\wäöüß-]{0,60}(?:straße|strasse|str\.|weg|allee|platz|gasse|ring|ufer|damm|steig|"
    r"pfad|berg|graben|hof|chaussee|promenade|markt|wall|winkel|park|stieg|stiege|eck|feld|felde|hang|bogen|"
    r"zeile|brücke|tal|rain|siedlung|höhe|wiesen?|kamp|hain|bach|acker|äcker|garten|gärten|tor|born|brunnen|"
    r"quelle|schneise|terrasse|staffel|kai|hecke|grund|gasse|gässchen|stein|au|aue|heide|wald|see|blick|leite)|"
    r"(?:Am|An|Im|In|Auf|Zum|Zur|Unter|Hinter|Vor)(?:[^\S\n](?:der|dem|den|des))?"
    r"(?:[^\S\n][A-ZÄÖÜ][\wäöüß-]{2,40}){1,2}|(?:Straße|Allee|Platz|Weg|Ring))"
)
_ADDRESS: Final = re.compile(
    rf"{_STREET}[^\S\n]\d{{1,4}}(?:[^\S\n]?[a-z]\b)?(?:\s?[-/]\s?\d{{1,4}}[a-z]?)?"
    r"(?P<town>,?\s{1,3}(?:D-)?\d{5}\s{1,2}[A-ZÄÖÜ][\wäöüß-]+(?:[^\S\n](?:am|an)\s(?:der\s)?[A-Z]\w+)?)?"
)
# What makes an address somebody's home. Within one line or the next, before the address.
_RESIDENT: Final = re.compile(
    r"\b(?:wohnhaft|wohnend|wohnt|Wohnsitz|Wohnanschrift|Privatanschrift|Privatadresse|"
    r"(?:unser|mein)e?[mnrs]?\s(?:Haus|Wohnhaus|Grundstück|Wohnung|Garten|Einfahrt)e?s?|"
    r"Anschrift(?:\sde[rs]\s\w+)?|(?:An|Be)wohner(?:in|s)?|Adresse|lebt|lebend|gemeldet|whg\.|wohnh\.|Zuhause|zuhause|Eheleute|Ehepaar|Familie|Geburtsname|geborene?)\b"
    r"[^.;]{0,80}\Z",
    re.IGNORECASE,
)
# After such a word even a street by an unusual name is one.
_LIVES: Final = re.compile(
    r"\b(?:wohnhaft|wohnend|wohnt|lebt|Wohnsitz|Wohnanschrift|Privatanschrift|Privatadresse)\b"
    r"(?:\s{1,3}(?:in|an|am|ist|der|dem|den)\b){0,3}\s{0,2}[:,]?\s{1,3}"
    r"((?:[A-ZÄÖÜ][\wäöüß.-]{1,40}\s){1,4}\d{1,4}(?:[^\S\n]?[a-z]\b)?"
    r"(?:,?\s{1,3}(?:D-)?\d{5}\s{1,2}[A-ZÄÖÜ][\wäöüß-]{1,40})?)"
)
_PERSON: Final = re.compile(
    r"\b(?:Herrn?|Frau|Hr\.|Fr\.|Eheleute|Familie)\s{1,2}(?:(?:Dr|Prof)\.\s)*"
    r"[A-ZÄÖÜ][\wäöüß-]+(?:\s[A-ZÄÖÜ][\wäöüß-]+){0,3}\s{0,2}[,\n(]?\s{0,2}\Z"
)
# Behind the address: "in der Rosenstraße 5 wohnt".
_LIVES_THERE: Final = re.compile(
    r"[,)]?\s(?:wohnt|wohnen|wohnhafte?[rns]?|wohnende?[rns]?|lebt|lebende?[rns]?|gemeldete?[rns]?)\b"
)
_BEFORE: Final = 140


def home_addresses(text: str, official: Official) -> Iterator[Hit]:
    """Addresses behind "wohnhaft" and its like, or right behind a private person's name."""
    for match in _ADDRESS.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        # With PLZ and town, a name before it is enough; a bare street needs "wohnhaft".
        told = (
            _RESIDENT.search(before)
            or _LIVES_THERE.match(text, match.end())
            or (
                match["town"]
                and (_PERSON.search(before) or is_private_line(before, official.holders))
            )
        )
        if told and not _is_official(match[0], official):
            yield Hit(match.start(), match.end(), "home_address")
    for match in _LIVES.finditer(text):
        if not _is_official(match[1], official):
            yield Hit(match.start(1), match.end(1), "home_address")


_BEHIND_NAME: Final = re.compile(
    r"(?:\s{0,2}[,|(\n]\s{0,2}|\s)(?:(?:aus|in|im|vom|von|am)\s)?(?:(?:der|dem)\s)?"
)


def homes_behind(text: str, names: Iterable[Hit], official: Official) -> Iterator[Hit]:
    """Addresses right behind what was found to be a private person's name."""
    for name in names:
        gap = _BEHIND_NAME.match(text, name.end)
        match = _ADDRESS.match(text, gap.end()) if gap else None
        if match and not _is_official(match[0], official):
            yield Hit(match.start(), match.end(), "home_address")


def _is_official(address: str, official: Official) -> bool:
    return any(own in " ".join(address.split()) for own in official.addresses)
