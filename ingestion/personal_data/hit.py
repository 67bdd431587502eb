"""What the rules speak: kinds, markers, hits, and what is official and therefore stays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from ingestion.personal_data.holders import Holders

Kind = Literal[
    "email",
    "phone",
    "iban",
    "bank_account",
    "birth_date",
    "home_address",
    "person_name",
    "deleted_name",
    "identity_document",
    "tax_number",
    "social_insurance",
    "licence_plate",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

MARKERS: Final[Mapping[Kind, str]] = {
    "email": "[E-Mail entfernt]",
    "phone": "[Telefonnummer entfernt]",
    "iban": "[IBAN entfernt]",
    "bank_account": "[Bankverbindung entfernt]",
    "birth_date": "[Geburtsdatum entfernt]",
    "home_address": "[Anschrift entfernt]",
    "person_name": "[Name entfernt]",
    "deleted_name": "[Name gelöscht]",
    "identity_document": "[Ausweisnummer entfernt]",
    "tax_number": "[Steuernummer entfernt]",
    "social_insurance": "[Versicherungsnummer entfernt]",
    "licence_plate": "[Kennzeichen entfernt]",
}


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


@dataclass(frozen=True)
class Official:
    """What belongs to offices and stays.

    Attributes:
        domains: Mail domains, e.g. ``mainz.de``; what lies below them is official too.
        phones: Beginnings of numbers, digits with the country's code: ``49613112``.
        addresses: Street and number, e.g. ``Jockel-Fuchs-Platz 1``.
        ibans: Accounts, without blanks.
        holders: Who holds an office or a seat.
        shown: Whom the document at hand itself shows in a function or an office.
        public: Whom the city calls a public figure.
    """

    domains: frozenset[str] = frozenset()
    phones: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    ibans: frozenset[str] = frozenset()
    holders: Holders = field(default_factory=Holders)
    shown: Holders = field(default_factory=Holders)
    public: Holders = field(default_factory=Holders)


NOBODY: Final = Official()
