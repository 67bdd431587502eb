"""The text of a new city file, and the JSON schema that helps editors while it is filled in."""

import json
from pathlib import Path
from typing import Any, Final

from ingestion.city import CityFile, CityFileError, check_text

_NUTS3_UNKNOWN: Final = "DE000"
_TEMPLATE: Final = """\
# {name}: one file is the whole city. Its name is the city's id everywhere.
# `seehaus city check` tells what is wrong in it, with line and mend.
name: {name}
ags: "{ags}" # Amtlicher Gemeindeschlüssel, eight digits, in quotes
ars: "{ars}" # Regionalschlüssel, twelve digits: the AGS with the association's four digits in it
nuts3: {nuts3} # of the district, see Eurostat's correspondence tables
# wikidata: Q1720
website: {website}
publisher:
  name: {publisher}
  url: {website}
  email: {email}
licence: {licence} # or dl-de/zero-2-0, cc-by/4.0, cc-zero: the city's word is needed

# The council information system. Leave the block out if there is none (yet).
council:
  system: {system} # oparl, sessionnet, allris4, allris3, sdnet or rubin
  url: {url} # oparl: the System object; else the folder of the pages, ending in /
  since: 2024-01-01 # older meetings are not asked for
  requests_per_second: 1 # per server; be polite
  # Where robots.txt forbids the crawl but the city allows it, state its word:
  # permission:
  #   granted_by: Amt, Name der Stelle
  #   granted_on: 2026-01-31
  #   reference: Aktenzeichen oder Datum der E-Mail

# Statistics: every table of the network's list (ingestion/sources) is asked for by the keys above.
# statistics:
#   without: [41312-01-01-4] # tables of that list that are not wanted
#   sources: # the city's own ones, see docs/sources/statistics.md

# How many rows a good run brings at least. Too few stops the publication; the last good one stays.
expect:
  meeting: {{min: 1}}
  paper: {{min: 1}}

# Datenschutz: Ohne diesen Block gelten die sicheren Vorgaben (docs/privacy.md).
# privacy:
#   citizen_names: redact # Namen von Privatpersonen: redact, quarantine oder keep
#   findings:
#     birth_date: quarantine # je Fundart: redact, quarantine oder keep
#   mail_domains: [stadtwerke.example.org] # amtliche Adressen außer denen der Website
#   phones: ["06131 12"] # Anfang amtlicher Rufnummern, wie man sie wählt
#   addresses: [Rathausplatz 1] # amtliche Anschriften
#   ibans: ["DE02 1203 0000 0000 2020 51"] # amtliche Konten
#   public_names: [Anna Seghers] # Personen der Zeitgeschichte, deren Namen stehen bleiben
#   review: datenschutz@example.org # wer zurückgehaltene Dokumente prüft
"""


def template(  # noqa: PLR0913 - one keyword per field
    name: str,
    ags: str,
    *,
    system: str = "oparl",
    url: str = "https://ris.example.org/oparl/system",
    website: str = "https://www.example.org/",
    ars: str | None = None,
    nuts3: str = _NUTS3_UNKNOWN,
    publisher: str | None = None,
    email: str = "opendata@example.org",
    licence: str = "dl-de/by-2-0",
) -> str:
    """A valid city file with comments, to be completed.

    Args:
        name: The city's name.
        ags: Its eight-digit key.
        system: Kind of council information system.
        url: Where that is.
        website: The city's own pages.
        ars: Its twelve-digit key; None: that of a town without municipal association.
        nuts3: NUTS 3 code of its district.
        publisher: Who answers for the data; None: "Stadt <name>".
        email: The publisher's address.
        licence: Under which the city's data may be passed on.

    Returns:
        YAML text; ``check`` finds nothing wrong in it.

    Raises:
        CityFileError: If one of the values cannot stand in a city file; says which and why.
    """
    text = _TEMPLATE.format(
        name=_quoted(name),
        ags=ags,
        ars=ars or f"{ags[:5]}0000{ags[5:]}",
        nuts3=nuts3,
        website=website,
        publisher=_quoted(publisher or f"Stadt {name}"),
        email=email,
        licence=licence,
        system=system,
        url=url,
    )
    problems = check_text(text, Path("new.yml"))
    if problems:
        raise CityFileError(problems)
    return text


def _quoted(text: str) -> str:
    """A name as YAML text; JSON's strings are YAML's, and plain names stay without quotes."""
    is_plain = all(character.isalpha() or character in " .()" for character in text)
    return text if is_plain and text[:1].isalpha() else json.dumps(text, ensure_ascii=False)


def city_schema() -> dict[str, Any]:
    """The JSON schema of a city file, as YAML editors read it."""
    schema = CityFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema
