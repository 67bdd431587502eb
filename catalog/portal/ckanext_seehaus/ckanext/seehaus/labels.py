"""What visitors read in place of the addresses of the EU's controlled terms."""

from typing import Final

_EU: Final = "http://publications.europa.eu/resource/authority/"
_GERMAN: Final = {
    "data-theme/AGRI": "Landwirtschaft, Fischerei, Forstwirtschaft und Nahrungsmittel",
    "data-theme/ECON": "Wirtschaft und Finanzen",
    "data-theme/EDUC": "Bildung, Kultur und Sport",
    "data-theme/ENER": "Energie",
    "data-theme/ENVI": "Umwelt",
    "data-theme/GOVE": "Regierung und öffentlicher Sektor",
    "data-theme/HEAL": "Gesundheit",
    "data-theme/INTR": "Internationale Themen",
    "data-theme/JUST": "Justiz, Rechtssystem und öffentliche Sicherheit",
    "data-theme/REGI": "Regionen und Städte",
    "data-theme/SOCI": "Bevölkerung und Gesellschaft",
    "data-theme/TECH": "Wissenschaft und Technologie",
    "data-theme/TRAN": "Verkehr",
    "frequency/ANNUAL": "jährlich",
    "frequency/DAILY": "täglich",
    "frequency/IRREG": "unregelmäßig",
    "frequency/MONTHLY": "monatlich",
    "frequency/WEEKLY": "wöchentlich",
    "language/DEU": "Deutsch",
    "language/ENG": "Englisch",
    "access-right/PUBLIC": "öffentlich",
}
_ENGLISH: Final = {
    "data-theme/AGRI": "Agriculture, fisheries, forestry and food",
    "data-theme/ECON": "Economy and finance",
    "data-theme/EDUC": "Education, culture and sport",
    "data-theme/ENER": "Energy",
    "data-theme/ENVI": "Environment",
    "data-theme/GOVE": "Government and public sector",
    "data-theme/HEAL": "Health",
    "data-theme/INTR": "International issues",
    "data-theme/JUST": "Justice, legal system and public safety",
    "data-theme/REGI": "Regions and cities",
    "data-theme/SOCI": "Population and society",
    "data-theme/TECH": "Science and technology",
    "data-theme/TRAN": "Transport",
    "frequency/ANNUAL": "annual",
    "frequency/DAILY": "daily",
    "frequency/IRREG": "irregular",
    "frequency/MONTHLY": "monthly",
    "frequency/WEEKLY": "weekly",
    "language/DEU": "German",
    "language/ENG": "English",
    "access-right/PUBLIC": "public",
}


def label(address: str, language: str) -> str:
    """The words for a term's address; the address itself where it is not one of these."""
    words = _GERMAN if language == "de" else _ENGLISH
    return words.get(address.removeprefix(_EU), address)
