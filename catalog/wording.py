"""The German sentences of titles and descriptions."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from catalog.dictionary import Table
from catalog.statistics import Used
from catalog.vocabulary import Licence

# German sets a dash between title and place; ruff takes it for a mistyped hyphen.
DASH: Final = "\N{EN DASH}"

CSV: Final = (
    "UTF-8, Komma als Trennzeichen, Dezimalpunkt, Datum nach ISO 8601, Zeitpunkte in UTC. "
    "Die Texte stehen unverändert darin; beginnt einer mit =, +, - oder @, kann eine "
    "Tabellenkalkulation ihn als Formel lesen: dort bitte als Text einlesen."
)
PARQUET: Final = "Dieselben Zeilen mit festen Datentypen, für Auswertungen (zstd)."
EXCEL: Final = (
    "Für deutsche Tabellenkalkulationen: Strichpunkt als Trennzeichen, Dezimalkomma, deutsche "
    "Spaltentitel und Datumsangaben, Zeitpunkte in UTC. Texten, die wie eine Formel beginnen, ist "
    "ein Apostroph vorangestellt. Für Programme bitte die andere CSV-Datei verwenden."
)
JSON_LINES: Final = "Dieselben Zeilen als ein JSON-Objekt je Zeile (UTF-8), für Programme."
GEOJSON: Final = "Die Zeilen mit Ortsangabe für Karten und GIS (RFC 7946, WGS 84)."
DATAPACKAGE: Final = (
    "Beschreibung der CSV-Datei mit Spalten, Typen, Einheiten und Lizenz (Frictionless Data "
    "Package); bitte in denselben Ordner wie die CSV-Datei laden."
)
SAMPLE: Final = (
    "**Beispieldaten, frei erfunden.** Sie zeigen nur, wie der Datensatz aussehen wird; "
    "kein Text, kein Betrag und kein Beschluss darin ist echt."
)
SAMPLE_EN: Final = (
    "**Sample data, freely invented.** They only show what the data set will look like; no text, "
    "no amount and no decision in it is real."
)
_COUNCIL_TAGS: Final = ("Kommunalpolitik", "Ratsinformation", "Stadtrat")
_TAGS: Final[Mapping[str, tuple[str, ...]]] = {
    "body": (*_COUNCIL_TAGS, "Kommunen"),
    "legislative_term": (*_COUNCIL_TAGS, "Wahlperioden"),
    "organization": (*_COUNCIL_TAGS, "Gremien"),
    "person": (*_COUNCIL_TAGS, "Mandatsträger"),
    "membership": (*_COUNCIL_TAGS, "Mandatsträger", "Gremien"),
    "location": (*_COUNCIL_TAGS, "Sitzungsorte"),
    "meeting": (*_COUNCIL_TAGS, "Sitzungen"),
    "agenda_item": (*_COUNCIL_TAGS, "Tagesordnung"),
    "vote": (*_COUNCIL_TAGS, "Abstimmungen"),
    "paper": (*_COUNCIL_TAGS, "Vorlagen"),
    "consultation": (*_COUNCIL_TAGS, "Beratungsfolge", "Vorlagen"),
    "file": (*_COUNCIL_TAGS, "Dokumente"),
    "document_page": (*_COUNCIL_TAGS, "Dokumente", "Volltext"),
    "document_section": (*_COUNCIL_TAGS, "Dokumente", "Beschlussvorschläge"),
    "tombstone": (*_COUNCIL_TAGS, "Löschungen"),
    "pilot_report": ("Kommunen", "Pilotprojekte", "Digitalisierung", "Erfahrungsberichte"),
    "vocabulary_term": ("Kommunalpolitik", "Vokabulare"),
    "observation": ("Kommunalstatistik", "Zeitreihen"),
    "derived_observation": ("Kommunalstatistik", "Kennzahlen"),
    "vintage_difference": ("Kommunalstatistik", "Revisionen"),
    "indicator": ("Kommunalstatistik", "Kennzahlen"),
    "city": ("Kommunen", "Stammdaten"),
    "place": ("Kommunen", "Gemeindeschlüssel"),
    "place_version": ("Kommunen", "Gemeindeschlüssel", "Gebietsstand"),
}


def listed(names: Sequence[str]) -> str:
    """``Mainz, Koblenz und Trier``."""
    *head, last = names
    return f"{', '.join(head)} und {last}" if head else last


def title(table: str, whom: str | None) -> str:
    """The table's title and whom it covers, where that is not plain from the title."""
    return f"{table} {DASH} {whom}" if whom else table


def tags(table: str, cities: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Keywords: what it is, and the cities."""
    return (*_TAGS.get(table, ()), *(str(city["name"]) for city in cities))


def attribution(
    table: str, cities: Sequence[Mapping[str, Any]], used: Used | None, *, is_sample: bool
) -> str:
    """Who must be named when the data is passed on, and that it was changed."""
    if is_sample:
        return "Seehaus, frei erfundene Beispieldaten"
    changed = "; Daten geändert (harmonisiert)"
    if used is not None and used.sources:
        whom = "; ".join(dict.fromkeys(str(row["attribution"]) for row in used.sources))
        changed = "" if "verändert" in whom else changed
    elif table == "place":
        whom = "Statistisches Bundesamt, Gemeindeverzeichnis (dl-de/by-2-0)"
    elif table == "vocabulary_term":
        return "Datenquelle: Seehaus, offene Daten der Städte"
    else:
        each = (f"{city['publisher_name']} ({city['licence_id']})" for city in cities)
        whom = "; ".join(dict.fromkeys(each))
    return f"Datenquelle: {whom}{changed}"


def notes(
    table: Table,
    cities: Sequence[Mapping[str, Any]],
    named: str,
    licence: Licence,
    *,
    is_sample: bool,
) -> str:
    """The description in Markdown: what it is, where it comes from, how fresh it is."""
    parts = [SAMPLE] if is_sample else []
    parts.append(table.description_de)
    parts.append(f"Erfasst: {listed([str(city['name']) for city in cities])}.")
    parts.append(f"{named}. Lizenz: [{licence.title}]({licence.url}).")
    parts.append(
        "Der Datensatz wird nach jedem Abruf der Quelle abgeglichen und nur geändert, wenn sich "
        "dort etwas geändert hat. Spalten, Einheiten und Typen erklärt das Datenlexikon der "
        "CSV-Datei."
    )
    return "\n\n".join(parts)


def notes_en(
    table: Table,
    cities: Sequence[Mapping[str, Any]],
    named: str,
    licence: Licence,
    *,
    is_sample: bool,
) -> str:
    """The same in English; the attribution stays in the words that its licence asks for."""
    parts = [SAMPLE_EN] if is_sample else []
    parts.append(table.description)
    parts.append(f"Covers: {', '.join(str(city['name']) for city in cities)}.")
    parts.append(f"{named}. Licence: [{licence.title}]({licence.url}).")
    parts.append(
        "The data set is compared with its source after every retrieval and changes only when "
        "something changed there. The CSV file's data dictionary explains columns, units "
        "and types."
    )
    return "\n\n".join(parts)
