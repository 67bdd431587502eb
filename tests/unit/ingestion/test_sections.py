"""Sections of council papers, by headings as different vendors' forms word them."""

from pathlib import Path

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


@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [
        ("section_headings.tsv", 0.98, 0.95),
        # What nobody thought of: four in ten are missed, but hardly anything is taken for one.
        ("section_headings_unseen.tsv", 0.95, 0.6),
    ],
)
def test_headings_of_the_cities_forms(name: str, precision: float, recall: float) -> None:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    labelled = [line.split("\t") for line in lines if not line.startswith("#")]
    judged = [(kind, next((x.kind for x in sections([text])), "-")) for kind, text in labelled]
    right = sum(kind == found != "-" for kind, found in judged)
    assert right / sum(found != "-" for _, found in judged) >= precision
    assert right / sum(kind != "-" for kind, _ in judged) >= recall
    assert sum(kind == "-" for kind, _ in judged) >= 10


def test_a_sentence_right_under_its_heading_begins_the_part() -> None:
    found = sections(["Beschlussvorschlag:\nDer Stadtrat beschließt:\n1. Der Weg wird gebaut."])
    assert [(each.kind, each.text) for each in found] == [
        ("proposed_resolution", "Der Stadtrat beschließt:\n1. Der Weg wird gebaut.")
    ]
    found = sections(
        ["Vorlage 12\nDer Stadtrat beschließt:\nDer Weg wird gebaut.\nBegründung\nDarum."]
    )
    assert [(each.kind, each.heading) for each in found] == [
        ("proposed_resolution", "Der Stadtrat beschließt"),
        ("reasoning", "Begründung"),
    ]


@pytest.mark.timeout(5)
@pytest.mark.parametrize(
    "piece", ["Der a ", "Beschluss ", "Finanzielle ", "TOP 1", "1.1.", "Anlage("]
)
def test_no_line_takes_long(piece: str) -> None:
    """Hostile lines: no pattern goes back and forth over them."""
    for line in (piece * 20_000, f"{piece * 20_000}:", f"{piece}:{piece * 20_000}"):
        sections([line] * 3)
