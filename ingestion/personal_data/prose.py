"""Whole names in running text that no word beside them calls a citizen's.

A given name of the list and a family name behind it are a person's. Council papers name four kinds
of people: office holders and staff (told by the council's list, by functions and by attendance
lists), people of the past (told by the words of commemoration), those whom things are called after
(told by the noun behind or before), and everybody else, for whom the gate is there.
"""

import re
from collections.abc import Iterator
from typing import Final

from ingestion.personal_data.letters import CAPITAL, SMALL
from ingestion.personal_data.name_words import Name, is_noun, name_at

_WORD_START: Final = re.compile(rf"(?<![\w.\u2019'/-])[{CAPITAL}](?=[{SMALL}])")
# Months that are given names too: "Ende August Abriss".
_MONTHS: Final = frozenset({"April", "August", "Juni", "Juli", "Mai"})
_SENTENCE: Final = re.compile(
    r"(?<!\b[A-ZÄÖÜ]\.)(?<!\bDr\.)(?<!\bSt\.)(?<!\d\.)(?<=[.!?])\s+(?=[A-ZÄÖÜ])|\n\s*\n"
)
_SENTENCE_MOST: Final = 240
# Who has died, long ago, or is known to all: their names are history, works and signs.
_COMMEMORATED: Final = re.compile(
    r"\b1[0-8]\d\d\b|\((?:\*\s?|geb\.\s)?1\d{3}\s?(?:-|\u2013|bis)\s?(?:1|20)\d{2,3}\)|"
    r"\b(?:Ehrengr[aä]b|Grabst|Grabm[aä]l|Gedenk|Denkmal|Stolperstein|Nachlass|Werke?\svon|"
    r"Namensgeb|Namenspat|Ehrenbürger|Jahrhundert|Geburtshaus|Todestag|Geburtstag\sde[rs]|Biogra[fp]|Roman\b|Gedicht|"
    r"Komponist|Dichter|Schriftsteller|Maler(?:in|s)?\b|Bildhauer|Philosoph|Erfinder|Widerstandskämpfer|"
    r"Kurfürst|Erzbischof|Bischof|Papst|Kaiser|König|Herzog|Graf\b|Heilige|Reformator|Apostel|Evangelist|"
    r"Bundeskanzler|Reichs|Bundespräsident|Schauspiel|Oper\b|Sinfonie|Symphonie|Konzert|Gemälde|"
    r"(?:Sohn|Tochter|Kind)(?:es)?\sder\sStadt|Auflage\b|Hrsg\.|ISBN|[Vv]gl\.|Bd\.)|"
    r"\b(?:[Bb]enannt|[Bb]enennung|[Uu]mbenennung|[Ee]rinnert?\san|[Ee]rinnerung\san|[Ee]rmordet|[Dd]eportiert|"
    r"[Nn]amens\s(?:der|des)\s|[Gg]estorben|verstorbenen?)"
)
# What is called after somebody: the noun before or behind the name.
_HOUSE: Final = (
    r"(?:[\w-]*(?:[Ss]chule|[Kk]irche|[Kk]ita|[Kk]indergarten|[Kk]apelle|[Hh]aus|[Pp]latz|[Ss]traße|[Ss]tift|"
    r"[Ss]tiftung|[Gg]ymnasium|[Kk]linik|[Kk]rankenhaus|[Pp]farrei|[Gg]emeinde|[Hh]alle|[Vv]erlag|[Ff]onds|"
    r"[Pp]reis|[Hh]otel|[Gg]asthaus|[Ww]eingut|[Bb]rauerei|[Bb]äckerei|[Mm]etzgerei|[Aa]potheke|[Kk]anzlei|[Pp]raxis|"
    r"[Bb]üro|[Ss]tadion|[Aa]llee|[Ww]eg|[Uu]fer|[Pp]ark|[Bb]rücke|[Zz]entrum|[Mm]useum|[Tt]heater|[Ii]nstitut|"
    r"[Uu]niversität|[Hh]altestelle|[Ff]irma|[Bb]etrieb|[Gg]ärtnerei|[Ss]chreinerei|[Aa]rchitekten)|"
    r"St\.|Sankt|Sta\.|Santa|San|Fa\.)"
)
_CALLED_BEFORE: Final = re.compile(rf"(?<![\w-]){_HOUSE}\s[\"\u201e\u00bb\u201a]?\Z")
_CALLED_BEHIND: Final = re.compile(
    rf"[\"\u201c\u00ab\u2018]?(?:-|\s(?:und|&|u\.)\s(?:Partner|Söhne|Co\b|Sohn|Kollegen)|\s{_HOUSE}\b)"
)
# Who wrote, drew, led, or can be asked: a paper says so of its own makers.
_MAKER: Final = re.compile(
    r"(?:Redaktion|Text|Fotos?|Bild(?:er)?|Grafik|Layout|Gestaltung|Moderation|Leitung|Planung|Entwurf|"
    r"Bearbeit\w*|Auskunft|Kontakt|Ansprechpartner\w*|Protokoll|Schriftführ\w*|Vorsitz|Verantwortlich|Herausgeber\w*|"
    r"Autor(?:in|en|innen)?|Verfasser\w*|Referent\w*|Im\sAuftrag|I(?:n|\.)\s?(?:Vertretung|[AV]\.)|"
    r"i\.\s?[AV]\.|gez\.)\s?[:.,]?\s{0,3}(?:\n\s{0,3})?\Z",
    re.IGNORECASE,
)
_BEFORE: Final = 60


def whole_names(text: str) -> Iterator[Name]:
    """Every given name of the list with a family name behind it, whosever it is.

    Args:
        text: A page.

    Yields:
        The names in their order, apart.
    """
    done = 0
    for match in _WORD_START.finditer(text):
        if match.start() < done:
            continue
        name = name_at(text, match.start())
        if name is None or not name.is_whole or "\n" in name.text:
            continue
        done = name.end
        if name.text.partition(" ")[0] not in _MONTHS and not is_noun(name.text.split()[-1]):
            yield name


def is_maker(text: str, name: Name) -> bool:
    """Whether a name stands behind what its owner did for the paper: wrote, led, took minutes."""
    return _MAKER.search(text[max(0, name.start - _BEFORE) : name.start]) is not None


def is_explained(text: str, name: Name) -> bool:
    """Whether the words around a name say that it is of the past, a house's or a maker's."""
    return (
        is_maker(text, name)
        or _CALLED_BEHIND.match(text, name.end) is not None
        or _CALLED_BEFORE.search(text[max(0, name.start - _BEFORE) : name.start]) is not None
        or _COMMEMORATED.search(_sentence_around(text, name)) is not None
    )


def _sentence_around(text: str, name: Name) -> str:
    before = text[max(0, name.start - _SENTENCE_MOST) : name.start]
    after = text[name.end : name.end + _SENTENCE_MOST]
    return f"{_SENTENCE.split(before)[-1]} {_SENTENCE.split(after)[0]}"
