"""A whole name in running text is a citizen's, unless the text or the city says whose it is."""

import pytest

from ingestion.personal_data import Holders, Official, find_all
from ingestion.personal_data.name_words import given_names, no_names

TOWN = Official(
    holders=Holders.of([("Erika Sandmann", "Sandmann")]),
    public=Holders.of([("Anna Seghers", None)]),
)


def names(*pages: str) -> list[str]:
    return [
        page[hit.start : hit.end]
        for page, hits in zip(pages, find_all(pages, TOWN), strict=True)
        for hit in hits
        if hit.kind == "person_name"
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Zum Lärm der Wärmepumpe schrieb Adrian Weber mehrfach.", "Adrian Weber"),
        ("Danach meldete sich Zoran Petrović zu Wort.", "Zoran Petrović"),
        ("Die Unterlagen gingen an Łukasz Wiśniewski.", "Łukasz Wiśniewski"),
        ("Es liegt ein Brief von Şükrü Özdemir vor.", "Şükrü Özdemir"),
        ("Geantwortet wurde Fatima El-Amin im März.", "Fatima El-Amin"),
        ("Das Fahrrad gehört Siobhan O'Brien.", "Siobhan O'Brien"),
        ("Mit Ronald McDonald wurde ein Vergleich geschlossen.", "Ronald McDonald"),
        ("Die Zuwendung an Karl-Heinz von der Au wird widerrufen.", "Karl-Heinz von der Au"),
    ],
)
def test_a_name_that_nothing_explains_is_found(text: str, name: str) -> None:
    assert names(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Der Vorschlag stammt von Erika Sandmann.",
        "Eine Lesung aus Büchern von Anna Seghers ist geplant.",
        "Die Büste von Paul Weber (1845 bis 1911) wird gereinigt.",
        "Der Platz wird nach Martha Klein benannt.",
        "Ein Gedenkstein für Karl Winter wird aufgestellt.",
        "Die Kita Maria Montessori erhält neue Fenster.",
        "Die Aufträge gehen an Peter Schmidt GmbH und Bäckerei Karl Lang.",
        "Die Karl Lang Straße wird saniert.",
        "Redaktion: Lena Vogt",
        "Ortsbürgermeister Heinz Wachter eröffnet das Fest.",
        "Ende August Sanierung der Halle",
        "vgl. Heinrich Moosmann, Geschichte der Stadt, 3. Auflage, S. 44",
        "Die Statue von Maria Himmelfahrt",
    ],
)
def test_whose_name_is_explained_stays(text: str) -> None:
    assert names(text) == []


def test_who_is_shown_in_an_office_on_one_page_stays_on_all() -> None:
    assert names("Schriftführer: Heiner Dallmann", "Heiner Dallmann verliest den Text.") == []


def test_who_attends_by_office_stays() -> None:
    page = "Anwesend\nFür die Verwaltung:\nJens Arnold\nTagesordnung\nEs schrieb Jens Busch."
    assert names(page) == ["Jens Busch"]


def test_no_given_name_is_a_word_that_begins_no_name() -> None:
    assert len(given_names()) > 6_000
    assert given_names() & no_names() <= {"August"}
