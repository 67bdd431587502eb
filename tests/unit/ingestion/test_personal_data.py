"""Personal data is found where it is somebody's, and numbers of the town stay."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.personal_data import MARKERS, Official, find, redact

OFFICES = Official(domains=frozenset({"mainz.de"}))

PERSONAL = [
    ("max.mustermann@web.de", {"email": 1}),
    ("Schreiben Sie an erika_b@posteo.de oder an m.m@gmx.net.", {"email": 2}),
    ("kontakt (at) bürgerverein.de", {"email": 1}),
    ("beispiel(at)freenet.de", {"email": 1}),
    ("IBAN: DE89 3704 0044 0532 0130 00 bei der Sparkasse", {"iban": 1}),
    ("DE89370400440532013000", {"iban": 1}),
    ("Überweisung auf AT61 1904 3002 3457 3201.", {"iban": 1}),
    ("Tel. 06131 123456", {"phone": 1}),
    ("Telefon: 0261/12 34 56", {"phone": 1}),
    ("erreichbar unter 0171 2345678", {"phone": 1}),
    ("+49 6131 1234567", {"phone": 1}),
    ("Mobil: 0160-1234567", {"phone": 1}),
    ("geb. am 12.03.1956", {"birth_date": 1}),
    ("geboren am 1. Mai 1950 in Trier", {"birth_date": 1}),
    ("geb. 3.4.1971", {"birth_date": 1}),
    ("Geburtsdatum: 24.12.1999", {"birth_date": 1}),
    ("wohnhaft in der Kaiserstraße 5, 55116 Mainz", {"home_address": 1}),
    (
        "Herr Max Mustermann, Musterweg 12a, 56068 Koblenz",
        {"home_address": 1, "person_name": 1},
    ),
    (
        "Frau Dr. Erika Beispiel\nAm Alten Markt 3\n54290 Trier",
        {"home_address": 1, "person_name": 1},
    ),
    ("Eheleute Schmidt, wohnhaft Goethestr. 7", {"home_address": 1, "person_name": 1}),
    (
        "Frau Beispiel, geb. am 1.2.1960, wohnhaft Rheinufer 3, Tel. 0621 654321, e@b.de",
        {"person_name": 1, "birth_date": 1, "home_address": 1, "phone": 1, "email": 1},
    ),
]

NOBODYS = [
    "Drucksache 0815/2023",
    "Drucksache Nr. 0815/2023-12",
    "Vorlage 0123/2024-1 vom 11.05.2024",
    "Antrag 1234/2023 der Fraktion",
    "Az. 61 26 - 0815 / 2023",
    "Die Kosten betragen 1.250.000,00 Euro, davon 0,5 Mio. im Jahr 2024.",
    "2023/2024 und 2024-2025",
    "am 12.03.2024 um 18:00 Uhr im Rathaus",
    "Haushaltsstelle 0123456789",
    "Konto 0123 4567890 der Finanzbuchhaltung",
    "Flurstück 123/45, Flur 7, Gemarkung Bretzenheim",
    "DE89 3704 0044 0532 0130 01",  # the check digits are wrong: no account
    "DEB35 DE12 2024",
    "amt61@stadt.mainz.de",
    "Ausbau der Kaiserstraße 5 bis 7",
    "Rathaus, Jockel-Fuchs-Platz 1, 55116 Mainz",
    "Bebauungsplan Am Alten Markt 3, 54290 Trier",
    "Frau Müller weist auf die Kaiserstraße 5 hin.",
    "Der Verein wurde am 1.2.1960 gegründet.",
    "Beginn der Maßnahme: 01.04.2025, Ende: 30.09.2026",
    "Ja 23, Nein 11, Enthaltung 2",
    "Die Schülerzahl sank von 1.234 auf 1.198 (2019 bis 2024).",
    "EU-Verordnung 2016/679",
    "Telefonkosten 2024: 12.500 Euro",
]


@pytest.mark.parametrize(("text", "expected"), PERSONAL)
def test_what_is_personal_is_counted_and_taken_out(text: str, expected: dict[str, int]) -> None:
    redacted, counts = redact(text, OFFICES)
    assert dict(counts) == expected
    for kind, number in expected.items():
        assert redacted.count(MARKERS[kind]) == number  # type: ignore[index]


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_nobodys_stays(text: str) -> None:
    assert redact(text, OFFICES) == (text, Counter())


def test_all_cases_in_one_page() -> None:
    page = "\n\n".join([*(text for text, _ in PERSONAL), *NOBODYS])
    _, counts = redact(page, OFFICES)
    expected = Counter[str]()
    for _, each in PERSONAL:
        expected.update(each)
    assert counts == expected


def test_the_words_around_a_hit_stay() -> None:
    text = "Herr Muster, geb. am 1.2.1960, stellt den Antrag."
    assert redact(text)[0] == (
        "Herr [Name entfernt], geb. am [Geburtsdatum entfernt], stellt den Antrag."
    )


words = st.sampled_from(
    [text for text, _ in PERSONAL] + NOBODYS + list(MARKERS.values()) + ["\n", ", ", " "]
)
pages = st.one_of(st.text(), st.lists(words).map(" ".join), st.lists(words).map("".join))


@settings(deadline=None)
@given(pages)
def test_redacting_twice_finds_nothing_new(page: str) -> None:
    once, _ = redact(page)
    again, counts = redact(once)
    assert (again, counts) == (once, Counter())


@settings(deadline=None)
@given(pages)
def test_a_text_grows_by_its_markers_at_most(page: str) -> None:
    redacted, counts = redact(page)
    markers = sum(len(MARKERS[kind]) * number for kind, number in counts.items())
    assert len(redacted) <= len(page) + markers
    for kind, number in counts.items():
        assert redacted.count(MARKERS[kind]) == page.count(MARKERS[kind]) + number


@settings(deadline=None)
@given(pages)
def test_hits_lie_in_the_text_in_order_and_apart(page: str) -> None:
    at = 0
    for hit in find(page):
        assert at <= hit.start < hit.end <= len(page)
        at = hit.end


@pytest.mark.parametrize(
    "hostile",
    [
        "A" * 40_000,
        "Aa " * 14_000,
        "0" * 40_000,
        "a@" + "a." * 20_000,
        "1.1.1 " * 7_000,
        "DE12" * 10_000,
        "Tel" * 14_000,
        "A-" * 20_000,
        "Straße " * 6_000,
        "wohnhaft " * 3_000 + "Am Berg 5 " * 2_000,
        "geb. " * 8_000,
        "Herr Max " * 5_000,
        "Max " * 10_000,
        "Bürger " * 6_000,
        "Bürgerin M. M. M. von der " * 2_000,
        "Einwohnerfragestunde\n" * 2_000 + "Herr A " * 3_000,
        "Mit freundlichen Grüßen\n" * 2_000,
        "Name: " * 7_000,
        "Konto 1234 BLZ 550 501 20 " * 1_500,
        "Kennzeichen AA-A 1 " * 2_000,
        "a at b at " * 4_000,
        "Eheleute Max und " * 2_500,
    ],
    ids=lambda text: text[:8],
)
@pytest.mark.timeout(30)
def test_a_hostile_page_takes_no_time(hostile: str) -> None:
    redact(hostile)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        (
            "wohnhaft Musterzeile 12a, 55999 Beispielhausen, ledig",
            "wohnhaft [Anschrift entfernt], ledig",
        ),
        ("wohnt in der Hinteren Bleiche 4 und", "wohnt in der [Anschrift entfernt] und"),
        ("Wohnsitz: Musterzeile\n7", "Wohnsitz: [Anschrift entfernt]"),
        ("Konto DE02 1203 0000\n0000 2020 51.", "Konto [IBAN entfernt]."),
        ("wohnt im Stadtteil. Top 4 ist vertagt", "wohnt im Stadtteil. Top 4 ist vertagt"),
    ],
)
def test_what_a_line_break_or_a_strange_street_hides(text: str, rest: str) -> None:
    assert redact(text)[0] == rest
