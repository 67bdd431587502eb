"""Bank accounts: IBANs by their check digits, old account numbers beside a bank code."""

import re
from collections.abc import Iterator
from typing import Final

from ingestion.personal_data.hit import MARKERS, NOBODY, Hit, Official

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
# A bank code alone is a bank's, an account number alone may be one of the books: both together.
_BANK_CODE: Final = re.compile(r"\b(?:BLZ|Bankleitzahl)[.:]?\s{0,2}(\d{3} ?\d{3} ?\d{2})(?!\d)")
_ACCOUNT: Final = re.compile(
    r"\b(?:Konto(?:nummer|-Nr\.?|nr\.?)?|Kto\.?(?:-?Nr\.?)?)[.:]?\s{0,2}(\d(?:[ ]?\d){3,9})(?!\d)"
)
_APART: Final = 80
# A BIC names a bank; behind somebody's account it goes with it.
_BIC: Final = re.compile(
    r"[\s,;(]{1,4}(?:BIC|SWIFT)[.:]?\s{0,2}([A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)\b"
)


def ibans(text: str, official: Official) -> Iterator[Hit]:
    """IBANs with right check digits, and a BIC right behind one."""
    candidates = list(_IBAN.finditer(text))
    if not candidates:
        return
    from schwifty import IBAN  # noqa: PLC0415 - reads its bank registry when imported

    for match in candidates:
        # The pattern may run into the next word: the longest prefix that is an IBAN counts.
        for candidate in _prefixes(match[0]):
            if IBAN(candidate, allow_invalid=True).is_valid:
                end = match.start() + len(candidate)
                if re.sub(r"\s", "", candidate) not in official.ibans:
                    yield Hit(match.start(), end, "iban")
                    yield from _bic_behind(text, end)
                break


def accounts(text: str, official: Official) -> Iterator[Hit]:
    """An account number with a bank code near it, both."""
    del official
    codes = list(_BANK_CODE.finditer(text))
    for code in codes:
        around = (max(0, code.start() - _APART), code.end() + _APART)
        for account in _ACCOUNT.finditer(text, *around):
            yield Hit(account.start(1), account.end(1), "bank_account")
            yield Hit(code.start(1), code.end(1), "bank_account")


def _bic_behind(text: str, end: int) -> Iterator[Hit]:
    if bic := _BIC.match(text, end):
        yield Hit(bic.start(1), bic.end(1), "bank_account")


def _prefixes(words: str) -> Iterator[str]:
    """The words, then without the last one, and so on; what parts them stays."""
    yield words
    for gap in reversed(list(re.finditer(r"\s", words))):
        yield words[: gap.start()]


def redact_break(page: str, following: str, *, official: Official = NOBODY) -> tuple[str, str, int]:
    """Take out an IBAN that begins on one page and ends on the next.

    Args:
        page: A page.
        following: The next one.
        official: Accounts of offices stay.

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
                whole = f"{head[0]} {part}"
                if not IBAN(whole, allow_invalid=True).is_valid:
                    continue
                if whole.replace(" ", "") in official.ibans:
                    return page, following, 0
                end = rest.start() + len(part)
                return (
                    page[: head.start()] + marker + page[head.end() :],
                    following[: rest.start()] + marker + following[end:],
                    1,
                )
    return page, following, 0
