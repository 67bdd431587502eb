"""What a city file says about personal data: what becomes of each kind, and what is official."""

import json
import re
from hashlib import sha256
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    StringConstraints,
)

from ingestion.personal_data import Holders, Kind, Official

Treatment = Literal["redact", "quarantine", "keep"]

_DOMAIN: Final = r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,6}[A-Za-z]{2,24}$"
_COUNTRY: Final = "49"
# A prefix of the whole country would let every number pass.
_PREFIX_DIGITS: Final = 6


def _prefix(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if number.startswith("+"):
        whole = digits
    elif digits.startswith("00"):
        whole = digits[2:]
    elif digits.startswith("0"):
        whole = _COUNTRY + digits[1:]
    else:
        raise ValueError("lacks its area code; write it as one dials it, e.g. 06131 12")
    if len(whole) < _PREFIX_DIGITS:
        raise ValueError("is too short and lets private numbers pass; add the office's own digits")
    return number


def _iban(text: str) -> str:
    from schwifty import IBAN  # noqa: PLC0415 - reads its bank registry when imported

    if not IBAN(text, allow_invalid=True).is_valid:
        raise ValueError("is no IBAN; check its digits")
    return text


def _address(text: str) -> str:
    if not re.search(r"\d", text):
        raise ValueError("has no house number; write street and number")
    return text


def _whole(text: str) -> str:
    # One word alone would let every citizen pass who is called so.
    if len(text.split()) < 2:  # noqa: PLR2004
        raise ValueError("is no whole name; write given and family name")
    return text


Domain = Annotated[str, StringConstraints(pattern=_DOMAIN), AfterValidator(str.lower)]
Phone = Annotated[
    str,
    StringConstraints(pattern=r"^\+?[\d /()-]{4,24}$", strip_whitespace=True),
    AfterValidator(_prefix),
]
Whole = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=80),
    AfterValidator(_whole),
]
Iban = Annotated[str, StringConstraints(max_length=42), AfterValidator(_iban)]
Address = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=100),
    AfterValidator(_address),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Findings(_Strict):
    """What becomes of each kind of finding. A number of the state's stops the whole document."""

    email: Treatment = "redact"
    phone: Treatment = "redact"
    iban: Treatment = "redact"
    bank_account: Treatment = "redact"
    birth_date: Treatment = "redact"
    home_address: Treatment = "redact"
    identity_document: Treatment = "quarantine"
    tax_number: Treatment = "quarantine"
    social_insurance: Treatment = "quarantine"
    licence_plate: Treatment = "redact"


class Privacy(_Strict):
    """The section ``privacy`` of a city file; without it everything has its safe default.

    Attributes:
        findings: What becomes of each kind.
        citizen_names: The same for names of private persons: minutes name citizens by the city's
            own custom.
        mail_domains: Mail domains of offices besides the website's own.
        phones: Beginnings of offices' phone numbers, as one dials them.
        addresses: Offices' addresses, street and number.
        ibans: Offices' bank accounts.
        public_names: Public figures whose names stay: the town's history, its artists.
        review: Who looks at quarantined documents.
    """

    findings: Findings = Findings()
    citizen_names: Treatment = "redact"
    mail_domains: tuple[Domain, ...] = ()
    phones: tuple[Phone, ...] = ()
    addresses: tuple[Address, ...] = ()
    ibans: tuple[Iban, ...] = ()
    public_names: tuple[Whole, ...] = ()
    review: EmailStr | None = None

    def treatment(self, kind: Kind) -> Treatment:
        """What becomes of a kind; a name under a deletion request is always taken out."""
        if kind == "deleted_name":
            return "redact"
        if kind == "person_name":
            return self.citizen_names
        chosen: Treatment = getattr(self.findings, kind)
        return chosen

    def kinds(self, treatment: Treatment) -> frozenset[Kind]:
        """The kinds that are treated so."""
        every: tuple[Kind, ...] = ("person_name", *Findings.model_fields)  # type: ignore[arg-type]
        return frozenset(kind for kind in every if self.treatment(kind) == treatment)

    def official(self, website: str) -> Official:
        """What belongs to offices, before the lake adds who holds one.

        Args:
            website: The city's; its host is the offices' mail domain.
        """
        host = (urlsplit(website).hostname or "").lower().removeprefix("www.")
        return Official(
            domains=frozenset({host, *self.mail_domains} - {""}),
            phones=tuple(_dialled(phone) for phone in self.phones),
            addresses=frozenset(" ".join(each.split()) for each in self.addresses),
            ibans=frozenset(re.sub(r"\s", "", iban) for iban in self.ibans),
            holders=Holders(),
            public=Holders.of((name, None) for name in self.public_names),
        )

    @property
    def stamp(self) -> str:
        """A short hash of what decides texts; empty where the section says nothing."""
        said = self.model_dump(mode="json", exclude={"review"})
        if said == Privacy().model_dump(mode="json", exclude={"review"}):
            return ""
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:8]


def _dialled(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    if phone.startswith("+"):
        return digits
    return digits[2:] if digits.startswith("00") else _COUNTRY + digits[1:]
