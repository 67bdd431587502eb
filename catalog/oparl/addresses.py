"""Stable addresses: an object's is made from its harmonised id alone, and gives it back."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from catalog.oparl.tables import KINDS

PATH: Final = "/oparl/v1.1"
LONGEST: Final = 1_500
"""Characters of an id, and of a part of an address."""
# A server's id that reads well in an address; others (whole URLs, names) are written in Base64.
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_CITY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_CODED: Final = "~"


def key_of(server_id: str) -> str:
    """A server's id as the last part of an address."""
    if _PLAIN.fullmatch(server_id):
        return server_id
    return _CODED + encoded(server_id)


def object_id(city_id: str, key: str) -> str | None:
    """The harmonised id behind the last two parts of an address; None if there can be none."""
    if not _CITY.fullmatch(city_id) or len(key) > LONGEST:
        return None
    if not key.startswith(_CODED):
        return f"{city_id}:{key}" if _PLAIN.fullmatch(key) else None
    told = decoded(key.removeprefix(_CODED))
    # One object has one address.
    return f"{city_id}:{told}" if told is not None and key_of(told) == key else None


def encoded(text: str) -> str:
    """Text in URL-safe Base64 without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decoded(text: str) -> str | None:
    """The text behind ``encoded``; None if it is no such thing."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses below one base, e.g. ``https://daten.example/oparl/v1.1``."""

    base: str

    @property
    def system(self) -> str:
        """The System."""
        return f"{self.base}/system"

    @property
    def bodies(self) -> str:
        """The list of bodies."""
        return f"{self.base}/body"

    def body(self, city_id: str) -> str:
        """The city's Body."""
        return f"{self.base}/body/{city_id}"

    def of(self, kind: str, id_: str | None) -> str | None:
        """The object with a harmonised id; None for None."""
        if id_ is None:
            return None
        city_id, _, server_id = id_.partition(":")
        if kind == "body":
            return self.body(city_id)
        return f"{self.base}/{KINDS[kind].segment}/{city_id}/{key_of(server_id)}"
