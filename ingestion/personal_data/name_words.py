"""What a name looks like, and the words around one that say whose it is.

No model: a name is a given name of a list (or an initial) and a family name, or whatever follows
a form of address. What it is worth, tests/unit/ingestion/test_privacy_passages.py measures.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from ingestion.personal_data.holders import Holders
from ingestion.personal_data.letters import CAPITAL, SMALL

# A word of a name; the lengths are bounded, so that no text makes the search slow.
_TOKEN: Final = re.compile(
    # "McDonald" and "DiCaprio" have a capital inside, "O'Brien" and "D'Angelo" a short first part.
    rf"(?:[{CAPITAL}]['\u2019])?[{CAPITAL}][{SMALL}]{{1,24}}(?:[{CAPITAL}][{SMALL}]{{1,24}})?"
    rf"(?:[-'\u2019][{CAPITAL}][{SMALL}]{{1,24}})?"
)
_GERMAN: Final = re.compile(r"[A-Za-zÄÖÜäöüß]+")
_BARRED: Final = str.maketrans("ıłŁđĐøØ", "ilLdDoO")
_INITIAL: Final = re.compile(rf"[{CAPITAL}]\.(?:-[{CAPITAL}]\.)?")
_PARTICLE: Final = re.compile(r"(?:von|van|vom|de|der|den|zu|zum|zur|al|el|ten|ter|di|da|bin)\s")
_TITLE: Final = re.compile(
    r"(?:Prof|Dr|Dipl)\.(?:\s?(?:Dr|med|jur|phil|rer|nat|h\.\s?c|-?\s?Ing|-?\s?Kfm)\.)?\s?"
)
_GIVEN_MOST: Final = 3
SALUTATION: Final = r"(?:Herrn?|Frau|Hr\.|Fr\.)"

# How German nouns end that are no names: offices, firms, houses, abstract things.
_NOUN: Final = re.compile(
    r"(?:ung|heit|keit|schaft|tion|tät|ismus|amt|amtes|verein|verband|gemeinde|haus|schule|werke?|"
    r"bau|bank|kasse|kirche|straße|platz|weg|allee|gasse|ring|gesellschaft|initiative|gruppe|"
    r"zentrum|energie|garten|stätte|halle|handel|betrieb|büro|praxis|apotheke|bäckerei|metzgerei|"
    r"gasthof|hotel|markt|park|stiftung|genossenschaft|partei|fraktion|beirat|ausschuss|planung|"
    r"plan|gebiet|viertel|siedlung|stadt|kreis|land|dorf|antrag|anlage|nummer|gesetz|ordnung|"
    r"mittel|kosten|wehr|polizei|museum|theater|bibliothek|bücherei|institut|universität|verwaltung|"
    r"jahr|tag|woche|monat|zeit|schutz|dienst|stelle|raum|fläche|punkt|bericht|beschluss)\Z",
    re.IGNORECASE,
)
_NAMES_A_HOUSE: Final = re.compile(r"(?:Kita|Hotel|Café|Cafe|Hof|Villa|Firma|Kinder|Kind|Rad)\Z")
_COMPANY: Final = re.compile(
    r"\b(?:GmbH|gGmbH|mbH|AG|KG|OHG|GbR|UG|e\.\s?V\.|eG|SE|AöR|Stiftung|Verein|Verband|Büro|"
    r"Bank|Sparkasse|Institut|Gesellschaft|Gymnasium|Schule|Straße|Platz|Haus|Halle|Klinik|"
    r"Preis|Kirche|Brücke|Architekten|Ingenieure|Partner|Wohnbau|Stadtwerke)\b"
)
FUNCTION: Final = (
    r"(?:\w{0,20}[Bb]ürgermeister(?:in|s)?|OB|\w{0,20}[Bb]eigeordnete[rnms]?|Vorst(?:and|ändin)s?|Dezernent(?:in|en)?|"
    r"(?:Stadt|Rats|Ausschuss|Stadtrats|Ortsbeirats|Kreistags|Fraktions|Beirats|Gremien)[Mm]itglied"
    r"(?:s|es)?|Mitglied|RM|Stadtrat(?:s|es)?|Stadtr(?:ä|a)t(?:in)?|Ortsvorsteher(?:in|s)?|"
    r"(?:Amts|Abteilungs|Sachgebiets|Fachbereichs|Projekt|Schul|Bereichs|Fachdienst|Werk|Büro|"
    r"Dezernats|Sitzungs|Referats|Kita)"
    r"[Ll]eit(?:er(?:in|s)?|ung)|Leiter(?:in|s)?|Sachbearbeit(?:er(?:in|s)?|ung)|Ansprechpartner(?:in)?|"
    r"(?:Schrift|Protokoll|Geschäfts)führ(?:er(?:in|s)?|ung)|(?:stellv\w{0,12}\.?\s)?Vorsitz(?:ende[rnms]?)?|"
    r"(?:\w{1,20}[Ss]precher)(?:in|s)?|Kämmerer(?:in|s)?|Referent(?:in|en)?|"
    r"(?:\w{1,20}[Bb]eauftragte)[rnms]?|(?:Berichterstatt|Gutacht|Verfass)er(?:in|s)?|Minister(?:in|s)?|"
    r"(?:Staats|Regierungs)\w{3,20}|Landr(?:at|ätin)|Präsident(?:in|en)?|Direktor(?:in|s)?|MdL|MdB|"
    r"(?:Kurat|Rekt|Moderat|Dirigent|Intendant|Dekan|Dozent|Künstl|Train)(?:or|er)?(?:in|en|s)?|"
    r"(?:Stadt|Kreis)?[Bb]randinspekteur(?:in|s)?|(?:Wehr|Zug)[Ff]ührer(?:in|s)?|Wehrleiter(?:in|s)?|"
    r"Beirat|Architekt(?:in|en)?|Planer(?:in|s)?|Rechtsanw(?:alt|ältin)|Notar(?:in)?|Pfarrer(?:in)?|"
    r"Bearbeit(?:er(?:in)?|ung)|Zeichen|Fraktion|Verwaltung|Schiedsperson|Schöffe|Schöffin|"
    r"Prof(?:essor(?:in)?)?|(?:Stadt|Ober|Bau|Verwaltungs|Bran)\w{2,20}(?:rat|rätin|inspektor(?:in)?|"
    r"amtmann|amtfrau|direktor(?:in)?|meister(?:in)?))"
)
_PARTY: Final = (
    r"(?:SPD|CDU|CSU|FDP|AfD|ÖDP|GRÜNE[N]?|Grünen?|Bündnis\s?90|B(?:ü|Ü)NDNIS|DIE\sLINKE|Die\sLinke|"
    r"LINKE|FWG|FW|Freie\sWähler|UBT|UBM|Volt|VOLT|PARTEI|Die\sPARTEI|BIZ|BSW|WGS|parteilos|fraktionslos)"
)
_OFFICE: Final = (
    r"(?:\w{0,30}(?:[Aa]mt(?:es|s)?|verwaltung|büro|dezernat|fraktion|referat|behörde|ministerium|"
    r"gesellschaft|wehr|polizei|werke|verband)\b|Amt\b|Fachbereich|Dezernat|Abteilung|Büro|Firma|Fa\.|"
    r"Fraktion|Ingenieurbüro|Stadt\b|Kreis\b|Polizei|Feuerwehr|Universität|Hochschule|IHK|Land\b|LBM|"
    r"Bauamt|Struktur-)"
)
_IS_FUNCTION: Final = re.compile(
    rf"\b{FUNCTION}(?:\s?\([^)\n]{{1,30}}\))?[,:]?\s{{1,2}}(?:(?:ist|war|sind)\s)?(?:{SALUTATION}\s)?"
    r"(?:(?:Dr|Prof|Dipl)\.[\w.-]{0,8}\s?){0,2}\Z"
)
_HAS_FUNCTION: Final = re.compile(
    rf"\s?[,(/\u2013-]?\s{{0,2}}(?:\(?{_PARTY}\b|(?:als\s|der\s|die\s|den\s|neue[rn]?\s|dem\s)?{FUNCTION}\b|"
    rf"(?:vom|von\sder|von\sdem|des|der|beim|bei\sder|aus\sdem|für\sdie|für\sdas|von)?\s?"
    rf"(?:\w{{3,20}}\s)?{_OFFICE})"
)
# "Die Leiterin der Volkshochschule, Frau ...": the function governs what stands in apposition.
_IN_APPOSITION: Final = re.compile(
    rf"\b{FUNCTION}\s[^,.;:\n]{{1,60}},\s(?:{SALUTATION}\s)?(?:(?:Dr|Prof|Dipl)\.[\w.-]{{0,8}}\s?){{0,2}}\Z"
)
# A title of office in place of the name: "Herr Polizeidirektor ...".
_TITLE_OF_OFFICE: Final = re.compile(
    r"[A-ZÄÖÜ]?\w{0,30}(?:direktor|rat|rätin|meister|leiter|inspektor|kommissar|präsident|minister|"
    r"sprecher|pfarrer|professor|architekt|dezernent|beauftragte|amtmann|amtfrau|vorsteher|referent|"
    r"geordnete|vorsitzende|mitglied)(?:in|innen|s|en|r|n)?\b",
    re.IGNORECASE,
)
_BEFORE: Final = 80
_AFTER: Final = 70
_LINE: Final = 60


@cache
def given_names() -> frozenset[str]:
    """Given names that are common in German towns."""
    return _words("given_names.txt")


@cache
def no_names() -> frozenset[str]:
    """Capitalised words which stand behind a form of address or a role and begin no name."""
    return _words("no_names.txt")


def _is_given(word: str) -> bool:
    """Whether a word is on the list, as it stands or without the accents that German has not."""
    if word in given_names():
        return True
    return not _GERMAN.fullmatch(word) and _without_accents(word) in _plain_given_names()


@cache
def _plain_given_names() -> frozenset[str]:
    return frozenset(map(_without_accents, given_names()))


def _without_accents(word: str) -> str:
    apart = unicodedata.normalize("NFKD", word.translate(_BARRED))
    return "".join(char for char in apart if not unicodedata.combining(char)).casefold()


def _words(file: str) -> frozenset[str]:
    text = (files("ingestion.personal_data") / file).read_text("utf-8")
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Name:
    """A name in a text.

    Attributes:
        start: First character, behind titles.
        end: Behind the family name.
        text: The words themselves; lives only as long as the page is read.
        is_whole: Whether a given name (or an initial) stands in it.
    """

    start: int
    end: int
    text: str
    is_whole: bool


def name_at(text: str, at: int, *, addressed: bool = False, expected: bool = False) -> Name | None:
    """The name that begins at a place.

    Args:
        text: A page.
        at: Where the name, or a title before it, begins.
        addressed: A form of address stands before it: any capitalised word may be a name.
        expected: The place is one for a name (behind a role, on a signature's line): two
            capitalised words that are no nouns are one, though the first is on no list.

    Returns:
        The name; None where there is none.
    """
    while title := _TITLE.match(text, at):
        at = title.end()
    start, place = at, at
    given = 0
    while given < _GIVEN_MOST and (found := _given(text, place)):
        given += 1
        place = found
    if not given and not addressed:
        return _expected(text, start) if expected else None
    family = _family(text, place)
    if family is None:
        return _only_given(text, start, place, given) if addressed else None
    if not given and text[family : family + 1] == " ":
        # A given name that is on no list, and the family name behind it.
        family = _unlisted_family(text, family) or family
        given = int(" " in text[place:family].strip())
    return Name(start, family, text[start:family], bool(given))


def _expected(text: str, at: int) -> Name | None:
    """Two or three capitalised words, none of them a noun that is no name."""
    first = _TOKEN.match(text, at)
    if first is None or text[first.end() : first.end() + 1] != " " or is_noun(first[0]):
        return None
    end = _family(text, first.end() + 1)
    if end is None or is_noun(text[first.end() + 1 : end]):
        return None
    following = _unlisted_family(text, end) if text[end : end + 1] == " " else None
    if following is not None:
        # "Max Muster Straße": with a noun behind them, the words before it are its name.
        if is_noun(text[end + 1 : following]):
            return None
        end = following
    return Name(at, end, text[at:end], is_whole=True)


def is_noun(word: str) -> bool:
    """Whether a capitalised word is an office's, a firm's or a thing's rather than a name."""
    return (
        word in no_names()
        or _NOUN.search(word) is not None
        or _NAMES_A_HOUSE.match(word) is not None
        or _COMPANY.search(word) is not None
    )


def _only_given(text: str, start: int, place: int, given: int) -> Name | None:
    """A family name that is a given name too ("Herr Peter"), it stands alone."""
    if not given:
        return None
    end = len(text[:place].rstrip())
    return Name(start, end, text[start:end], given > 1)


def _given(text: str, at: int) -> int | None:
    """Behind a given name or an initial and the blank after it."""
    if initial := _INITIAL.match(text, at):
        end = initial.end()
        return end + 1 if text[end : end + 1] == " " else end
    token = _TOKEN.match(text, at)
    if token is None or not all(map(_is_given, token[0].split("-"))):
        return None
    end = token.end()
    is_followed = text[end : end + 1] in {" ", "\n"} and _begins_name(text, end + 1)
    return end + 1 if is_followed else None


def _begins_name(text: str, at: int) -> bool:
    token = _TOKEN.match(text, at) or _INITIAL.match(text, at) or _PARTICLE.match(text, at)
    return token is not None and token[0] not in no_names()


def _family(text: str, at: int) -> int | None:
    for _ in range(2):
        if particle := _PARTICLE.match(text, at):
            at = particle.end()
    token = _TOKEN.match(text, at)
    if token is None or token[0] in no_names() or _is_word_on(text, token.end()):
        return None
    return token.end()


def _unlisted_family(text: str, at: int) -> int | None:
    token = _TOKEN.match(text, at + 1)
    if token is None or token[0] in no_names() or _is_word_on(text, token.end()):
        return None
    return token.end()


def _is_word_on(text: str, end: int) -> bool:
    """Whether a match stops inside a word ("StadtAG", "Müller1")."""
    return text[end : end + 1].isalnum()


def is_company(text: str, name: Name) -> bool:
    """Whether what looks like a name is a firm's, a street's or a house's."""
    rest = text[name.end : name.end + _LINE].partition("\n")[0].partition(",")[0]
    return bool(_COMPANY.search(name.text) or _COMPANY.match(rest.lstrip(" &")) or rest[:2] == "-S")


def has_office(text: str, name: Name) -> bool:
    """Whether a function or an office stands right before or behind a name."""
    before = text[max(0, name.start - _BEFORE) : name.start]
    after = text[name.end : name.end + _AFTER].partition("\n")[0]
    return bool(
        _IS_FUNCTION.search(before)
        or _IN_APPOSITION.search(before)
        or _TITLE_OF_OFFICE.match(name.text)
        or _HAS_FUNCTION.match(after)
    )


def is_private_line(before: str, holders: Holders) -> bool:
    """Whether the line before an address is nothing but a private person's name.

    Args:
        before: What stands before the address, its line break at the end.
        holders: Who holds an office: an address behind their name is a home too.
    """
    del holders
    line = before.rstrip(" ,\n").rpartition("\n")[2].rpartition(":")[2].strip()
    if len(line) > _LINE:
        return False
    name = name_at(line, 0, expected=True)
    return name is not None and name.end == len(line) and not is_company(line, name)
