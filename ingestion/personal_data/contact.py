"""Ways to reach somebody: mail addresses and phone numbers."""

import re
from collections.abc import Iterator
from typing import Final

from ingestion.personal_data.hit import Hit, Official

# As it stands in a letter, or written out against harvesters: "max (at) web (dot) de".
_AT: Final = r"(?:\s?@\s?|\s?[(\[{]\s?(?:at|ät|AT)\s?[)\]}]\s?|\s(?:at|ät|AT)\s)"
_DOT: Final = r"(?:\.|\s?[(\[{]\s?(?:dot|punkt|Punkt)\s?[)\]}]\s?|\s(?:dot|punkt|Punkt)\s)"
_EMAIL: Final = re.compile(
    rf"(?<![\w.+-])[\w.+-]{{1,64}}{_AT}((?:[\w-]{{1,63}}{_DOT}){{1,5}}[A-Za-z]{{2,24}})(?![\w-])"
)
_MAYBE_EMAIL: Final = re.compile(r"@|[(\[{\s](?:at|ät|AT)[)\]}\s]")
_WRITTEN_DOT: Final = re.compile(r"\s?[(\[{]?\s?(?:dot|punkt)\s?[)\]}]?\s?", re.IGNORECASE)
_MAYBE_PHONE: Final = re.compile(r"\+\d|\b0\d|Tel|Fax|Mobil|Handy|nummer|Durchwahl|☎|☏")
# A German number with its prefix has at least ten digits as one writes it; papers have nine.
_DIALLED_DIGITS: Final = 10
_PHONE_WORD: Final = re.compile(
    r"(?:Tel(?:efon|efax)?\b|Fax\b|Mobil(?:funk|telefon)?\b|Handy\b|Rufnummer\b|Durchwahl\b|☎|☏)"
    r"[^\S\n]*(?:nummer|nr)?[.:]{0,2}[^\S\n]*\Z",
    re.IGNORECASE,
)
# phonenumbers' TOLL_FREE, PREMIUM_RATE, SHARED_COST and UAN: firms' and offices', nobody's own.
_SERVICE: Final = frozenset({3, 4, 5, 9})
_REFERENCE: Final = re.compile(
    r"(?:Drucksache|Vorlage|Antrag|Anfrage|Beschluss|Aktenzeichen|Az\.?|Nr\.?|Nummer|Konto|"
    r"Haushaltsstelle|Produkt|Flurstück|Auftrag|Kennziffer|ID)\s*[-:]?\s*\S{0,12}\Z",
    re.IGNORECASE,
)


def emails(text: str, official: Official) -> Iterator[Hit]:
    """Mail addresses that are no office's."""
    if not _MAYBE_EMAIL.search(text):
        return
    for match in _EMAIL.finditer(text):
        domain = _WRITTEN_DOT.sub(".", match[1].lower()) if " " in match[1] else match[1].lower()
        domain = re.sub(r"[(\[{]\.?|[)\]}]", "", domain)
        if not any(domain == own or domain.endswith(f".{own}") for own in official.domains):
            yield Hit(match.start(), match.end(), "email")


def phones(text: str, official: Official) -> Iterator[Hit]:
    """Phone numbers that are no office's: told by a word, or written as one dials them."""
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
        if phonenumbers.number_type(match.number) in _SERVICE:
            continue
        number = f"{match.number.country_code}{match.number.national_number}"
        if (told or dialled) and not number.startswith(official.phones or ("-",)):
            yield Hit(match.start, match.end, "phone")
