"""Sections of council papers, by headings as different vendors' forms word them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sections import amount, sections

PAPER = """Vorlage 0815/2026
Beschlussvorschlag:
Der Stadtrat beschließt den Ausbau.
Sachverhalt
Der Weg ist schmal. Der Antrag liegt vor.
2. Finanzielle Auswirkungen
Die Kosten betragen 1.250.000,00 Euro, davon im Haushalt 1.250.000 €.
Anlagen: Plan"""


def test_a_papers_sections_in_their_order() -> None:
    found = sections([PAPER, "Fortsetzung\nBegründung\nDarum."])
    assert [(each.kind, each.heading, each.page, each.text) for each in found] == [
        ("proposed_resolution", "Beschlussvorschlag", 1, "Der Stadtrat beschließt den Ausbau."),
        ("facts", "Sachverhalt", 1, "Der Weg ist schmal. Der Antrag liegt vor."),
        (
            "financial_impact",
            "Finanzielle Auswirkungen",
            1,
            "Die Kosten betragen 1.250.000,00 Euro, davon im Haushalt 1.250.000 €.",
        ),
        ("attachments", "Anlagen", 1, "Plan\nFortsetzung"),
        ("reasoning", "Begründung", 2, "Darum."),
    ]
    assert [each.amount_eur for each in found] == [None, None, 1_250_000.0, None, None]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Beschlussempfehlung", "proposed_resolution"),
        ("Geänderter Beschlussvorschlag", "proposed_resolution"),
        ("II. Sach- und Rechtslage", "facts"),
        ("Sachdarstellung:", "facts"),
        ("Erläuterungen", "reasoning"),
        ("Haushaltsrechtliche Auswirkungen", "financial_impact"),
        ("BEGRÜNDUNG", "reasoning"),
        ("Abstimmungsergebnis: einstimmig", "vote"),
        ("TOP Ö 3.1 Ausbau des Radwegs", "agenda_item"),
        ("Tagesordnungspunkt 4: Mitteilungen", "agenda_item"),
    ],
)
def test_wordings(line: str, kind: str) -> None:
    (found,) = sections([line])
    assert found.kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "begründung",
        "Die Begründung folgt.",
        "Finanzielle Auswirkungen hat das nicht",
        "(Beschluss)",
        "Der TOP 3 entfällt",
    ],
)
def test_sentences_are_no_headings(line: str) -> None:
    assert sections([line]) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Kosten: 12.500 Euro", 12_500.0),
        ("99,50 EUR", 99.5),
        ("1.000,- € und 2.000 €", None),
        ("rund 1,5 Mio. Euro", None),
        ("keine", None),
        ("im Jahr 2026", None),
    ],
)
def test_an_amount_is_a_field_only_where_it_is_the_only_one(text: str, value: float | None) -> None:
    assert amount(text) == value


@settings(deadline=None)
@given(st.lists(st.text(st.sampled_from("aB :.\n1€Begründung"), max_size=60), max_size=4))
def test_sections_hold_nothing_that_the_pages_do_not(pages: list[str]) -> None:
    words = set(" ".join(pages).replace(":", " ").split())
    for each in sections(pages):
        assert 1 <= each.page <= len(pages)
        assert set(each.text.replace(":", " ").split()) <= words
