"""Numbers by which a state knows somebody: most carry a check digit, which must be right."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final

from ingestion.personal_data.hit import Hit, Official

# A date is spelled by numbers or by the month's name.
_DAY: Final = (
    r"\d{1,2}\.\s?(?:\d{1,2}\.\s?|(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|"
    r"Oktober|November|Dezember|Jan\.?|Feb\.?|Mrz\.?|Apr\.?|Jun\.?|Jul\.?|Aug\.?|Sept?\.?|Okt\.?|"
    r"Nov\.?|Dez\.?)\s)(?:19|20)?\d{2}(?!\d)"
)
_BIRTH: Final = re.compile(
    r"(?:\bgeb(?:\.|oren(?:e[rn]?)?)|\bGeburts(?:datum|tag)|\bGeb\.-(?:Dat(?:um|\.)|am)|\*)"
    rf"(?:\sde[rs]\s\w{{2,30}})?\s{{0,2}}:?\s{{0,2}}(?:am\s{{1,2}})?({_DAY}|(?:19|20)\d\d-\d\d-\d\d(?!\d))",
    re.IGNORECASE,
)
# The word behind the date: "wurde am 8. Juli 1933 in Trier geboren".
_BORN_ON: Final = re.compile(rf"\bam\s{{1,2}}({_DAY})\s(?:in\s[^\s.;]{{2,30}}\s)?geboren\b")
_PASS_WORD: Final = re.compile(
    r"(?:Personalausweis|Reisepass|Ausweis|Pass|Aufenthaltstitel)(?:es|s)?[-\s]{0,2}"
    r"(?:nummer|Nr|Serien(?:nummer|-Nr))?[.:]{0,2}\s{0,2}(?:lautet\s)?"
    r"([CFGHJKLMNPRTVWXYZ][CFGHJKLMNPRTVWXYZ0-9]{7}\d[0-9]?)(?![A-Z0-9])",
    re.IGNORECASE,
)
_PASS_LENGTH: Final = 9
_TAX_WORD: Final = re.compile(
    r"(?:Steuer|IdNr|Identifikations|TIN\b|St\.?-?ID)[^\n]{0,40}\Z", re.IGNORECASE
)
_TAX_ID: Final = re.compile(r"(?<![\d./-])[1-9]\d(?: ?\d{3}){3}(?![\d/]|[.,]\d)")
# A number that somebody mistyped is theirs all the same.
_TAX_ID_WORD: Final = re.compile(
    r"\b(?:Steuer-?\s?(?:ID|IdNr\.?|Ident(?:ifikations)?-?(?:nummer|nr\.?))|(?<!USt-)IdNr\.?)"
    r"(?:\s(?:lautet|ist|war))?[:.]?\s{0,2}\Z",
    re.IGNORECASE,
)
_TAX_GROUPED: Final = re.compile(r"\d\d \d{3} \d{3} \d{3}")
_TAX_NUMBER: Final = re.compile(
    r"\b(?:Steuer(?:nummer|-?\s?Nr\.?|-?\s?Nummer|nr\.?)|St\.?[\s-]?Nr\.?)(?:\s(?:lautet|ist|war))?[:.]?\s{0,2}"
    # As it stands on the notice (2/3/5 or 3/3/5, 3/4/4 digits), or ELSTER's thirteen in one.
    r"(\d{2,3}\s?[/ ]\s?\d{3,4}\s?[/ ]\s?\d{4,5}|\d{10,11}|\d{13})(?!\d)"
)
_INSURANCE: Final = re.compile(r"(?<![A-Za-z0-9])\d{2}( ?)\d{6}\1[A-Z]\1\d{3}(?![A-Za-z0-9])")
# A number that somebody mistyped is theirs all the same.
_INSURANCE_WORD: Final = re.compile(
    r"(?:versicherungs(?:nummer|-?nr)|\bSV-?(?:Nummer|Nr)|\bRV-?(?:Nummer|Nr))[^\n]{0,40}\Z",
    re.IGNORECASE,
)
_INSURANCE_WEIGHTS: Final = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
_PLATE: Final = re.compile(
    r"(?<![\w-])[A-ZÄÖÜ]{1,3}[- ][A-Z]{1,2}[ -]?[1-9]\d{0,3}[EH]?(?![\w/-]|[.,]\d)"
)
_PLATE_WORD: Final = re.compile(
    r"(?:Kennzeichen|Kfz|Pkw|Lkw|Fahrzeug|Wagen|Halter|Motorrad|Wohnmobil|Falschpark|parkt|Auto\b)"
    r"[^\n]{0,60}\Z",
    re.IGNORECASE,
)
# Right before it, such a word says that it is a thing's or a paper's.
_THING_WORD: Final = re.compile(
    r"\b(?:\w{0,20}(?:stelle|typ|modell|plan|blatt|zeichnung|nummer)|Modell|Typ|Plan|Blatt)\s\Z",
    re.IGNORECASE,
)
_BEFORE: Final = 80


def birth_dates(text: str, official: Official) -> Iterator[Hit]:
    """Dates behind "geb.", "geboren", "Geburtsdatum" or a star."""
    del official
    for match in chain(_BIRTH.finditer(text), _BORN_ON.finditer(text)):
        yield Hit(match.start(1), match.end(1), "birth_date")


def identity_documents(text: str, official: Official) -> Iterator[Hit]:
    """Serial numbers of identity cards and passports, behind a word that says so."""
    del official
    for match in _PASS_WORD.finditer(text):
        number = match[1].upper()
        has_digit = any(char.isdigit() for char in number)
        is_checked = len(number) == _PASS_LENGTH or _pass_digit(number[:-1]) == number[-1]
        if has_digit and is_checked:
            yield Hit(match.start(1), match.end(1), "identity_document")


def _pass_digit(serial: str) -> str:
    """ICAO 9303: weights 7, 3, 1; letters count from A = 10."""
    weights = (7, 3, 1)
    total = sum(int(char, 36) * weights[at % 3] for at, char in enumerate(serial))
    return str(total % 10)


def tax_numbers(text: str, official: Official) -> Iterator[Hit]:
    """Tax ids (ISO 7064, MOD 11,10) and, behind their word, tax numbers."""
    del official
    for match in _TAX_ID.finditer(text):
        digits = match[0].replace(" ", "")
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        told = _TAX_WORD.search(before)
        if _TAX_ID_WORD.search(before) or (
            (told or _TAX_GROUPED.fullmatch(match[0])) and is_tax_id(digits)
        ):
            yield Hit(match.start(), match.end(), "tax_number")
    for match in _TAX_NUMBER.finditer(text):
        yield Hit(match.start(1), match.end(1), "tax_number")


def is_tax_id(digits: str) -> bool:
    """Whether eleven digits are a tax id: one digit of the first ten repeats, the last checks.

    Source:
        Bundeszentralamt für Steuern, Steuerliches Info-Center, IdNr: Aufbau.
    """
    most = Counter(digits[:10]).most_common(2)
    if most[0][1] not in {2, 3} or most[1][1] > 1:
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def social_insurance(text: str, official: Official) -> Iterator[Hit]:
    """Pension insurance numbers whose check digit is right, or with the word before them."""
    del official
    for match in _INSURANCE.finditer(text):
        told = _INSURANCE_WORD.search(text[max(0, match.start() - _BEFORE) : match.start()])
        if told or is_insurance_number(match[0].replace(" ", "")):
            yield Hit(match.start(), match.end(), "social_insurance")


def is_insurance_number(number: str) -> bool:
    """Whether area, birthday, initial, serial and check digit fit.

    Source:
        § 2 VKVV: the letter counts as two digits, each product by its cross sum, modulo 10.
    """
    day, month = int(number[2:4]), int(number[4:6])
    if not (1 <= day <= 81 and 1 <= month <= 12):  # noqa: PLR2004 - a day may be moved by 50
        return False
    digits = f"{number[:8]}{ord(number[8]) - 64:02}{number[9:11]}"
    products = (int(d) * w for d, w in zip(digits, _INSURANCE_WEIGHTS, strict=True))
    return sum(p // 10 + p % 10 for p in products) % 10 == int(number[11])


def licence_plates(text: str, official: Official) -> Iterator[Hit]:
    """Number plates near a word of cars; elsewhere the same pattern is a paper's number."""
    del official
    for match in _PLATE.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()]
        if _PLATE_WORD.search(before) and not _THING_WORD.search(before):
            yield Hit(match.start(), match.end(), "licence_plate")
