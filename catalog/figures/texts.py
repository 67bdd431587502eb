"""What the pages say, in German and English."""

from collections.abc import Mapping
from typing import Any, Final

TEXTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "de": {
        "site": "Seehaus Statistik",
        "title": "Die Städte in Zahlen",
        "lead": (
            "Jede Zahl mit ihrer Einheit, ihrer Quelle, ihrem Stand und ihrem Vorbehalt. "
            "Wählen Sie eine Kennzahl und vergleichen Sie die Städte."
        ),
        "skip": "Zum Inhalt springen",
        "search": "Ratssuche",
        "portal": "Zum Datenportal",
        "switch": "English",
        "switch_lang": "en",
        "all": "Alle Kennzahlen",
        "choose": "Kennzahl",
        "show": "Anzeigen",
        "other": "Andere Kennzahl",
        "cities": "Städte",
        "breakdown": "Gliederung",
        "from": "Von Jahr",
        "to": "Bis Jahr",
        "chart": "Darstellung",
        "lines": "Linien über die Zeit",
        "bars": "Neueste als Balken",
        "chart_title": "Diagramm",
        "table_title": "Tabelle",
        "data": "Daten, Quelle, Lizenz, wie berechnet",
        "city": "Stadt",
        "period": "Zeitraum",
        "value": "Wert",
        "note": "Anmerkung",
        "basis": "Grundlage",
        "vintage": "Datenstand",
        "no_row": "nicht in der Quelle",
        "source": "Quelle",
        "table": "Tabelle der Quelle",
        "at_source": "bei der Quelle ansehen",
        "licence": "Lizenz",
        "definition": "Was gezählt wird",
        "computed": "Wie berechnet",
        "as_published": (
            "Die Werte sind die der Quelle, nur vereinheitlicht (Schlüssel, Einheit, Zeitraum). "
            "Nichts ist geschätzt oder aufgefüllt."
        ),
        "signs": "Zeichen der Quelle",
        "breaks": "Brüche der Grundlage",
        "break_note": (
            "Werte links und rechts eines Bruchs beruhen auf verschiedenen Grundlagen. Ihr "
            "Unterschied ist keine Entwicklung; die Linie ist deshalb unterbrochen."
        ),
        "gap_note": (
            "Ein Kreuz an der Achse steht für einen Zeitraum ohne Angabe, ein hohler Punkt für "
            "einen Wert unter Vorbehalt."
        ),
        "newest": "Gezeigt werden die {n} neuesten Zeiträume; alle stehen in der Tabelle.",
        "download": "Herunterladen",
        "excel": "CSV für Tabellenkalkulation (Semikolon, Dezimalkomma)",
        "csv": "CSV für Programme (Komma, Dezimalpunkt)",
        "dataset": "Datensatz im Portal: {city}",
        "held": "Zurückgehalten",
        "held_note": (
            "Die Zahlen dieser Städte haben eine Prüfung nicht bestanden und werden nicht "
            "gezeigt, bis das geklärt ist: {cities}."
        ),
        "nothing": "Zu dieser Auswahl gibt es keine Zahlen.",
        "nothing_mend": "Wählen Sie einen längeren Zeitraum, mehr Städte oder „Insgesamt“.",
        "figures": "{n} Werte",
        "span": "{first} bis {last}",
        "span_one": "{first}",
        "districts": "Stadtteile",
        "districts_of": "Stadtteile von {city}",
        "districts_lead": "Für diese Kennzahl gibt es auch Zahlen der Stadtteile:",
        "districts_apart": (
            "Die Zahlen der Stadtteile sind für sich zu lesen. Sie stehen nie in der Reihe der "
            "Stadt und werden nicht zu ihr addiert: Quelle und Zählweise können andere sein."
        ),
        "to_cities": "Die ganzen Städte im Vergleich",
        "map": "Karte",
        "map_note": (
            "Die Fläche eines Kreises ist der Wert; die Nummern stehen in der Tabelle. Ein Kreuz "
            "steht für einen Stadtteil ohne Angabe. Größter Kreis: {largest} ({unit})."
        ),
        "map_empty": "Ein Kreuz steht für einen Stadtteil ohne Angabe.",
        "map_today": "Die Umrisse sind die neuesten bekannten, auch bei älteren Zahlen.",
        "map_without": "Ohne Umriss in der Quelle: {names}.",
        "no_map": "Zu diesen Stadtteilen liegen keine Umrisse vor; eine Karte gibt es daher nicht.",
        "number": "Nr.",
        "district": "Stadtteil",
        "total": "Insgesamt",
        "error_title": "Das hat nicht geklappt",
        "back": "Zur Übersicht der Kennzahlen",
        "reset": "Auswahl zurücksetzen",
        "errors": {
            "city": "Diese Stadt gibt es hier nicht. Bitte wählen Sie aus: {known}.",
            "many": "Bitte wählen Sie höchstens acht Städte: mehr sind nicht zu unterscheiden.",
            "breakdown": (
                "Diese Gliederung gibt es zu dieser Kennzahl nicht. Bitte wählen Sie eine aus der "
                "Liste."
            ),
            "year": "Ein Jahr hat vier Ziffern, zum Beispiel 2015. Bitte geben Sie es so ein.",
            "order": (
                "Das erste Jahr liegt nach dem letzten. Bitte tauschen Sie „Von Jahr“ und „Bis "
                "Jahr“."
            ),
            "chart": "Diese Darstellung gibt es nicht. Bitte wählen Sie Linien oder Balken.",
            "period": "Diesen Zeitraum gibt es hier nicht. Bitte wählen Sie einen aus der Liste.",
            "no_districts": "Zu dieser Kennzahl gibt es keine Zahlen von Stadtteilen.",
            "format": "Dieses Format gibt es nicht. Bitte wählen Sie excel oder csv.",
            "unknown": "Diese Kennzahl gibt es hier nicht.",
            "near": "Meinten Sie:",
            "not_open": (
                "Diese Zahlen dürfen nach den Bedingungen ihrer Quelle nicht weitergegeben "
                "werden. Sie stehen nur bei der Quelle selbst."
            ),
            "not_ready": (
                "Die Zahlen sind gerade nicht bereit: Sie sind noch nicht geladen, oder eine "
                "Prüfung hält sie zurück. Bitte versuchen Sie es später noch einmal."
            ),
        },
    },
    "en": {
        "site": "Seehaus statistics",
        "title": "The cities in figures",
        "lead": (
            "Every number with its unit, its source, its vintage and its doubt. Choose an "
            "indicator and compare the cities."
        ),
        "skip": "Skip to content",
        "search": "Council search",
        "portal": "Open data portal",
        "switch": "Deutsch",
        "switch_lang": "de",
        "all": "All indicators",
        "choose": "Indicator",
        "show": "Show",
        "other": "Another indicator",
        "cities": "Cities",
        "breakdown": "Breakdown",
        "from": "From year",
        "to": "To year",
        "chart": "Chart",
        "lines": "Lines over time",
        "bars": "Bars, newest periods",
        "chart_title": "Chart",
        "table_title": "Table",
        "data": "Data, source, licence, how computed",
        "city": "City",
        "period": "Period",
        "value": "Value",
        "note": "Note",
        "basis": "Basis",
        "vintage": "Vintage",
        "no_row": "not in the source",
        "source": "Source",
        "table": "Table of the source",
        "at_source": "see it at the source",
        "licence": "Licence",
        "definition": "What is counted",
        "computed": "How computed",
        "as_published": (
            "The values are those of the source, only harmonised (keys, unit, period). Nothing is "
            "estimated or filled in."
        ),
        "signs": "Signs of the source",
        "breaks": "Breaks of basis",
        "break_note": (
            "Values left and right of a break rest on different bases. Their difference is no "
            "development; the line is therefore interrupted."
        ),
        "gap_note": (
            "A cross on the axis stands for a period without a figure, a hollow marker for a "
            "figure of limited use."
        ),
        "newest": "The {n} newest periods are shown; all of them are in the table.",
        "download": "Download",
        "excel": "CSV for spreadsheets in German (semicolon, decimal comma)",
        "csv": "CSV for programs (comma, decimal point)",
        "dataset": "Data set in the portal: {city}",
        "held": "Held back",
        "held_note": (
            "The figures of these cities did not pass a check and are not shown until that is "
            "settled: {cities}."
        ),
        "nothing": "There are no figures for this selection.",
        "nothing_mend": "Choose a longer period, more cities or “Total”.",
        "figures": "{n} figures",
        "span": "{first} to {last}",
        "span_one": "{first}",
        "districts": "Districts",
        "districts_of": "Districts of {city}",
        "districts_lead": "This indicator has figures of districts as well:",
        "districts_apart": (
            "Figures of districts are to be read on their own. They never stand in the series of "
            "the city and are not added up to it: source and way of counting can differ."
        ),
        "to_cities": "The whole cities compared",
        "map": "Map",
        "map_note": (
            "The area of a circle is the value; the numbers are those of the table. A cross "
            "stands for a district without a figure. Largest circle: {largest} ({unit})."
        ),
        "map_empty": "A cross stands for a district without a figure.",
        "map_today": "The outlines are the newest known ones, also of older figures.",
        "map_without": "Without an outline in the source: {names}.",
        "no_map": "No outlines of these districts are known, so there is no map.",
        "number": "No.",
        "district": "District",
        "total": "Total",
        "error_title": "That did not work",
        "back": "To the list of indicators",
        "reset": "Reset the selection",
        "errors": {
            "city": "There is no such city here. Please choose one of: {known}.",
            "many": "Please choose at most eight cities: more cannot be told apart.",
            "breakdown": "This indicator has no such breakdown. Please choose one from the list.",
            "year": "A year has four digits, for example 2015. Please enter it like that.",
            "order": "The first year is after the last. Please swap “From year” and “To year”.",
            "chart": "There is no such chart. Please choose lines or bars.",
            "period": "There are no figures of this period. Please choose one from the list.",
            "no_districts": "This indicator has no figures of districts.",
            "format": "There is no such format. Please choose excel or csv.",
            "unknown": "There is no such indicator here.",
            "near": "Did you mean:",
            "not_open": (
                "By the terms of their source these figures may not be passed on. They are only "
                "at the source itself."
            ),
            "not_ready": (
                "The figures are not ready: they have not been loaded yet, or a check holds them "
                "back. Please try again later."
            ),
        },
    },
}
