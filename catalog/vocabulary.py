"""The controlled terms that our data sets use: themes, licences, EU and DCAT-AP.de addresses."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_EU: Final = "http://publications.europa.eu/resource/authority"
THEME: Final = f"{_EU}/data-theme/"
FREQUENCY: Final = f"{_EU}/frequency/"
FILE_TYPE: Final = f"{_EU}/file-type/"
AVAILABILITY: Final = f"{_EU}/planned-availability/"
GERMAN: Final = f"{_EU}/language/DEU"
GERMANY: Final = f"{_EU}/country/DEU"
PUBLIC: Final = f"{_EU}/access-right/PUBLIC"
MEDIA_TYPE: Final = "https://www.iana.org/assignments/media-types/"
SHA256: Final = "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"
HVD_REGULATION: Final = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
REGIONAL_KEY: Final = "http://dcat-ap.de/def/politicalGeocoding/regionalKey/"
MUNICIPALITY: Final = "http://dcat-ap.de/def/politicalGeocoding/Level/municipality"
CONTRIBUTOR: Final = "http://dcat-ap.de/def/contributors/openGovernmentDataPortalRheinlandPfalz"

THEMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "agri": "Landwirtschaft, Fischerei, Forstwirtschaft und Nahrungsmittel",
        "econ": "Wirtschaft und Finanzen",
        "educ": "Bildung, Kultur und Sport",
        "ener": "Energie",
        "envi": "Umwelt",
        "gove": "Regierung und öffentlicher Sektor",
        "heal": "Gesundheit",
        "intr": "Internationale Themen",
        "just": "Justiz, Rechtssystem und öffentliche Sicherheit",
        "regi": "Regionen und Städte",
        "soci": "Bevölkerung und Gesellschaft",
        "tech": "Wissenschaft und Technologie",
        "tran": "Verkehr",
    }
)


@dataclass(frozen=True, slots=True)
class Licence:
    """An open licence.

    Attributes:
        id: As in city files and source rows, and CKAN's ``license_id``.
        uri: The term of DCAT-AP.de's licence list; its last part is understood as an id too.
        asks_for_attribution: Whether whoever passes the data on must name the source.
    """

    id: str
    title: str
    url: str
    uri: str
    asks_for_attribution: bool


_D: Final = "\N{EN DASH}"
_LICENCES: Final = "http://dcat-ap.de/def/licenses/"
LICENCES: Final[Mapping[str, Licence]] = MappingProxyType(
    {
        licence.id: licence
        for licence in (
            Licence(
                "dl-de/by-2-0",
                f"Datenlizenz Deutschland {_D} Namensnennung {_D} Version 2.0",
                "https://www.govdata.de/dl-de/by-2-0",
                f"{_LICENCES}dl-by-de/2.0",
                asks_for_attribution=True,
            ),
            Licence(
                "dl-de/zero-2-0",
                f"Datenlizenz Deutschland {_D} Zero {_D} Version 2.0",
                "https://www.govdata.de/dl-de/zero-2-0",
                f"{_LICENCES}dl-zero-de/2.0",
                asks_for_attribution=False,
            ),
            Licence(
                "cc-by/4.0",
                f"Creative Commons Namensnennung {_D} 4.0 International",
                "https://creativecommons.org/licenses/by/4.0/",
                f"{_LICENCES}cc-by/4.0",
                asks_for_attribution=True,
            ),
            Licence(
                "cc-zero",
                "Creative Commons CC Zero 1.0",
                "https://creativecommons.org/publicdomain/zero/1.0/",
                f"{_LICENCES}cc-zero",
                asks_for_attribution=False,
            ),
        )
    }
)


def licence(name: str | None) -> Licence | None:
    """The licence of an id, ours (``dl-de/by-2-0``) or DCAT-AP.de's (``dl-by-de/2.0``)."""
    for one in LICENCES.values():
        if name in {one.id, one.uri, one.uri.removeprefix(_LICENCES)}:
            return one
    return None
