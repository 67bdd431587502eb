"""What visitors read in place of the addresses of the EU's controlled terms."""

from typing import Final

_EU: Final = "http://publications.europa.eu/resource/authority/"
_HVD: Final = "http://data.europa.eu/bna/"
_HVD_REGULATION: Final = "http://data.europa.eu/eli/reg_impl/2023/138/oj"
_MUNICIPALITY: Final = "http://dcat-ap.de/def/politicalGeocoding/Level/municipality"
_CONTRIBUTOR: Final = "http://dcat-ap.de/def/contributors/openGovernmentDataPortalRheinlandPfalz"
_HVD_CATEGORIES: Final = {
    "c_164e0bf5": ("Meteorologie", "Meteorological"),
    "c_a9135398": ("Unternehmen und Eigentum an ihnen", "Companies and company ownership"),
    "c_ac64a52d": ("Georaum", "Geospatial"),
    "c_b79e35eb": ("Mobilität", "Mobility"),
    "c_dd313021": ("Erdbeobachtung und Umwelt", "Earth observation and environment"),
    "c_e1da4e07": ("Statistik", "Statistics"),
}
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
    "frequency/NEVER": "wird nicht mehr aktualisiert",
    "planned-availability/AVAILABLE": "verfügbar",
    "planned-availability/EXPERIMENTAL": "zur Erprobung",
    "planned-availability/STABLE": "dauerhaft verfügbar",
    "planned-availability/TEMPORARY": "vorübergehend verfügbar",
    **{f"{_HVD}{code}": german for code, (german, _) in _HVD_CATEGORIES.items()},
    _HVD_REGULATION: "Durchführungsverordnung (EU) 2023/138",
    _MUNICIPALITY: "Gemeinde",
    _CONTRIBUTOR: "Open-Government-Data-Portal Rheinland-Pfalz",
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
    "frequency/NEVER": "no longer updated",
    "planned-availability/AVAILABLE": "available",
    "planned-availability/EXPERIMENTAL": "experimental",
    "planned-availability/STABLE": "stable",
    "planned-availability/TEMPORARY": "temporary",
    **{f"{_HVD}{code}": english for code, (_, english) in _HVD_CATEGORIES.items()},
    _HVD_REGULATION: "Implementing Regulation (EU) 2023/138",
    _MUNICIPALITY: "Municipality",
    _CONTRIBUTOR: "Open Government Data Portal of Rhineland-Palatinate",
}
# Addresses whose last parts are their words; of the others nobody would read them.
_SPEAKING: Final = (
    f"{_EU}file-type/",
    "https://www.iana.org/assignments/media-types/",
    "https://musterdatenkatalog.de/def/musterdatensatz/",
    "http://dcat-ap.de/def/politicalGeocoding/regionalKey/",
    "http://spdx.org/rdf/terms#checksumAlgorithm_",
)


def label(address: str, language: str) -> str:
    """The words for a term's address; the address itself where it is not one of these."""
    words = _GERMAN if language == "de" else _ENGLISH
    if (found := words.get(address.removeprefix(_EU))) is not None:
        return found
    for beginning in _SPEAKING:
        if address.startswith(beginning) and len(address) > len(beginning):
            return address.removeprefix(beginning)
    return address


def theme(name: str, title: str, language: str) -> str:
    """A theme's title in the visitor's language; themes that are not the EU's have one title."""
    return title if language == "de" else _ENGLISH.get(f"data-theme/{name.upper()}", title)
