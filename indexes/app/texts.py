"""What the page says, in German and English."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from indexes.passages import UNITS_DE

_MONTHS: Final = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
}

TEXTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "de": {
        "title": "Ratssuche",
        "site": "Seehaus Ratssuche",
        "lead": (
            "Was beraten und beschließen die Räte von Mainz, Trier, Koblenz und Ludwigshafen? "
            "Fragen Sie in eigenen Worten."
        ),
        "skip": "Zum Inhalt springen",
        "query_label": "Ihre Frage oder Stichwörter",
        "sample": "Beispieldaten: Ratsdaten und Pilotberichte in dieser Suche sind frei erfunden. "
        "Die Statistiken sind echt.",
        "query_hint": "Zum Beispiel ein Thema, eine Straße oder ein Aktenzeichen wie 0815/2026.",
        "city_label": "Stadt",
        "all_cities": "Alle Städte",
        "kind_label": "Art",
        "all_kinds": "Alles",
        "kinds": {
            "paper": "Vorlagen",
            "agenda_item": "Tagesordnung",
            "meeting": "Sitzungsunterlagen",
            "pilot_report": "Pilotberichte",
            "statistic": "Statistik",
        },
        "kind_names": {
            "paper": "Vorlage",
            "agenda_item": "Tagesordnungspunkt",
            "meeting": "Sitzungsunterlage",
            "pilot_report": "Pilotbericht",
            "statistic": "Statistik",
        },
        "submit": "Suchen",
        "switch": "English",
        "switch_lang": "en",
        "statistics": "Statistik",
        "portal": "Zum Datenportal",
        "api": "Schnittstelle (JSON)",
        "oparl": "Ratsdaten (OParl 1.1)",
        "results": "Ergebnisse",
        "count_one": "ein Treffer",
        "count_many": "die besten {n}, die passendsten zuerst",
        "only_similar": (
            "Kein Text enthält Ihre Wörter. Diese Texte sind ihnen der Bedeutung nach am "
            "ähnlichsten."
        ),
        "none_title": "Keine Treffer",
        "none": (
            "Zu dieser Auswahl gibt es keinen Text. Suchen Sie in allen Städten und allen Arten."
        ),
        "error_title": "Das hat nicht geklappt",
        "errors": {
            "empty": "Bitte geben Sie mindestens ein Wort ein.",
            "too_long": "Bitte fragen Sie kürzer: höchstens 500 Zeichen.",
            "control": "Ihre Eingabe enthält Steuerzeichen. Bitte tippen Sie sie neu ein.",
            "city": "Diese Stadt gibt es hier nicht. Bitte wählen Sie eine aus der Liste.",
            "kind": "Diese Art gibt es hier nicht. Bitte wählen Sie eine aus der Liste.",
            "no_index": (
                "Die Suche ist gerade nicht bereit: Es gibt noch keinen Suchindex, oder er passt "
                "nicht zu diesem Programm. Bitte versuchen Sie es später noch einmal."
            ),
            "other": "Diese Suche ist nicht möglich. Bitte prüfen Sie Ihre Eingabe.",
        },
        "examples_title": "Probieren Sie es aus",
        "examples": [
            "Wo entstehen neue Radwege?",
            "Sanierung von Schulen und Turnhallen",
            "Was kostet der Ausbau der Kindertagesstätten?",
            "Klimaschutz und Wärmeplanung",
            "Wie viele Menschen leben in Trier?",
        ],
        "ai_title": "Hinweis zu künstlicher Intelligenz",
        "ai": (
            "Diese Suche nutzt ein KI-Sprachmodell zum Vergleichen von Texten: Es ordnet "
            "vorhandene Texte nach Ähnlichkeit zu Ihrer Frage und schreibt selbst keine. "
            "Die Reihenfolge kann falsch sein; maßgeblich ist immer das Original der Stadt."
        ),
        "privacy": "Ihre Suchanfragen werden nicht gespeichert.",
        "page": "Seite",
        "file_link": "Dokument öffnen",
        "source_link": "Im Ratsinformationssystem",
        "statistic_link": "Bei der Quelle",
        "pilot_link": "Seite des Pilotprojekts",
        "dataset_link": "Datensatz im Portal",
        "about": "zu",
        "as_of": "Stand",
        "no_number": "kein Wert veröffentlicht",
    },
    "en": {
        "title": "Council search",
        "site": "Seehaus council search",
        "lead": (
            "What do the councils of Mainz, Trier, Koblenz and Ludwigshafen discuss and decide? "
            "Ask in your own words; the papers themselves are in German."
        ),
        "skip": "Skip to content",
        "query_label": "Your question or keywords",
        "sample": "Sample data: council data and pilot reports in this search are invented. "
        "The statistics are real.",
        "query_hint": "For example a topic, a street or a reference such as 0815/2026.",
        "city_label": "City",
        "all_cities": "All cities",
        "kind_label": "Kind",
        "all_kinds": "Everything",
        "kinds": {
            "paper": "Papers",
            "agenda_item": "Agenda items",
            "meeting": "Meeting documents",
            "pilot_report": "Pilot reports",
            "statistic": "Statistics",
        },
        "kind_names": {
            "paper": "Paper",
            "agenda_item": "Agenda item",
            "meeting": "Meeting document",
            "pilot_report": "Pilot report",
            "statistic": "Statistic",
        },
        "submit": "Search",
        "switch": "Deutsch",
        "switch_lang": "de",
        "statistics": "Statistics",
        "portal": "Open data portal",
        "api": "API (JSON)",
        "oparl": "Council data (OParl 1.1)",
        "results": "Results",
        "count_one": "one hit",
        "count_many": "the best {n}, closest first",
        "only_similar": "No text has your words. These texts are the closest in meaning.",
        "none_title": "No hits",
        "none": "There is no text for this selection. Search all cities and all kinds.",
        "error_title": "That did not work",
        "errors": {
            "empty": "Please enter at least one word.",
            "too_long": "Please ask in at most 500 characters.",
            "control": "Your input has control characters. Please type it again.",
            "city": "There is no such city here. Please choose one from the list.",
            "kind": "There is no such kind here. Please choose one from the list.",
            "no_index": (
                "The search is not ready: there is no index yet, or it does not fit this program. "
                "Please try again later."
            ),
            "other": "This search is not possible. Please check your input.",
        },
        "examples_title": "Try it",
        "examples": [
            "Wo entstehen neue Radwege?",
            "Sanierung von Schulen und Turnhallen",
            "Klimaschutz und Wärmeplanung",
            "How many people live in Trier?",
        ],
        "ai_title": "About artificial intelligence",
        "ai": (
            "This search uses an AI language model to compare texts: it orders existing texts by "
            "likeness to your question and writes none itself. The order can be wrong; what counts "
            "is always the city's original."
        ),
        "privacy": "Your queries are not stored.",
        "page": "Page",
        "file_link": "Open the document",
        "source_link": "In the council's system",
        "statistic_link": "At the source",
        "pilot_link": "Page of the pilot",
        "dataset_link": "Data set in the portal",
        "about": "for",
        "as_of": "As of",
        "no_number": "no value published",
    },
}


def date_text(day: dt.date, lang: str) -> str:
    """A date as people write it: ``3. März 2026``, ``3 March 2026``."""
    month = _MONTHS[lang].split()[day.month - 1]
    return f"{day.day}{'.' if lang == 'de' else ''} {month} {day.year}"


def number_text(value: float | None, decimals: int | None, unit: str | None, lang: str) -> str:
    """A statistic's number as people write it; says so where there is none."""
    if value is None:
        return str(TEXTS[lang]["no_number"])
    shown = f"{value:,.{decimals or 0}f}"
    if lang == "de":
        shown = shown.translate(str.maketrans(",.", ".,"))
    named = UNITS_DE.get(unit or "", unit) if lang == "de" else unit
    return f"{shown} {named}" if named else shown
