"""Tables in terminals of any width."""

import io

import pytest
from rich.console import Console

from orchestration.stats_table import Column, Listing

CITIES = ("Koblenz", "Ludwigshafen am Rhein")
LISTING = Listing(
    (
        Column("Zeitraum", ("31.12.2021", "31.12.2022"), wraps=False),
        Column(CITIES[0], ("118.200", "113.600 (vorläufig)"), is_number=True),
        Column(CITIES[1], ("177.200", "keine Angabe: geheim"), is_number=True),
    ),
    ("Zensus 2011", "Zensus 2022"),
    "Grundlage",
)


def printed(listing: Listing, width: int) -> str:
    out = io.StringIO()
    listing.print(Console(file=out, width=width, color_system=None))
    return out.getvalue()


@pytest.mark.parametrize("width", range(22, 100))
def test_no_number_is_cut_or_broken_and_nothing_runs_over_the_edge(width: int) -> None:
    said = printed(LISTING, width)
    assert max(len(line.rstrip()) for line in said.splitlines()) <= width
    for word in ("31.12.2021", "118.200", "113.600", "177.200", "geheim", "Ludwigshafen"):
        assert word in said
    assert "…" not in said
    assert "Zensus" in said


def test_the_groups_stand_beside_then_between_then_with_each_row() -> None:
    wide, middle, narrow = (printed(LISTING, width) for width in (90, 50, 30))
    assert "Grundlage" in wide
    assert "Grundlage" not in middle
    assert "│ Zensus 2022 │" in middle
    assert "31.12.2022 (Zensus 2022)\n  Koblenz: 113.600 (vorläufig)" in narrow


def test_a_drawing_is_left_out_before_the_table_is() -> None:
    listing = Listing(
        (
            Column("Stadtteil", ("Mitte", "Nord"), wraps=False),
            Column("Wert", ("24.310", "0"), is_number=True),
            Column("", ("█" * 10, ""), wraps=False, is_drawing=True),
        )
    )
    assert "██████████" in printed(listing, 40)
    assert "█" not in printed(listing, 30)
    assert "┃ Stadtteil ┃" in printed(listing, 30)
    assert printed(listing, 15).startswith("Mitte\n  Wert: 24.310")


def test_what_a_source_wrote_is_never_markup() -> None:
    listing = Listing((Column("[bold]a", ("[red]x[/red]",)), Column("b", ("[/]",))), title="[i]t")
    for width in (60, 14):
        assert "[red]x[/red]" in printed(listing, width)
        assert "[/]" in printed(listing, width)
