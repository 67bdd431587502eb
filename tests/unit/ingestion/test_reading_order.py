"""In which order a page is read: columns, tables, footnotes, letterheads, broken words."""

import io
import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from ingestion.extract import normalise
from ingestion.formats import Budget
from ingestion.formats.pdf import Rect, in_columns, in_lines, in_runs, read
from ingestion.furniture import without_furniture

Draw = Callable[[Canvas], None]


def text_of(*pages: Draw) -> list[str]:
    """The pages of a PDF as they are stored."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    found = read(target.getvalue(), Budget(), None)
    return without_furniture([normalise(page.text) for page in found.pages])


def lines(canvas: Canvas, left: float, top: float, *said: str, size: float = 10) -> None:
    canvas.setFont("Helvetica", size)
    for number, line in enumerate(said):
        canvas.drawString(left, top - 14 * number, line)


PROSE = (
    "Der Radweg in der Beispielstraße soll im",
    "nächsten Jahr erneuert werden, weil der Be-",
    "lag an vielen Stellen gerissen ist und die",
    "Breite nicht mehr den Regeln entspricht.",
    "Die Anlieger wurden im Frühjahr befragt.",
)
OTHER = (
    "Für den Bau sind drei Abschnitte geplant.",
    "Der erste beginnt im März, die Verkehrs-",
    "und Umleitungspläne liegen der Vorlage bei.",
    "Der Rhein-Mosel-Platz bleibt während der",
    "ganzen Zeit für Busse und Räder geöffnet.",
)
ONE = (
    "Der Radweg in der Beispielstraße soll im\nnächsten Jahr erneuert werden, weil der Belag an "
    "vielen Stellen gerissen ist und die\nBreite nicht mehr den Regeln entspricht.\nDie Anlieger "
    "wurden im Frühjahr befragt."
)
TWO = (
    "Für den Bau sind drei Abschnitte geplant.\nDer erste beginnt im März, die Verkehrs- und "
    "Umleitungspläne liegen der Vorlage bei.\nDer Rhein-Mosel-Platz bleibt während der\nganzen "
    "Zeit für Busse und Räder geöffnet."
)


def test_two_columns_with_a_title_above_and_a_note_below() -> None:
    def page(canvas: Canvas) -> None:
        # Line by line over both columns, as some programs write it.
        lines(canvas, 60, 780, "Bericht über den Ausbau des Radwegs in der Neustadt", size=15)
        for number, (left, right) in enumerate(zip(PROSE, OTHER, strict=True)):
            lines(canvas, 60, 740 - 14 * number, left)
            lines(canvas, 320, 740 - 14 * number, right)
        lines(
            canvas,
            60,
            600,
            "Beide Abschnitte stehen unter dem Vorbehalt der Förderung durch das Land.",
        )

    assert text_of(page) == [
        "\n".join(
            (
                *("Bericht über den Ausbau des Radwegs in der Neustadt", ONE, TWO),
                "Beide Abschnitte stehen unter dem Vorbehalt der Förderung durch das Land.",
            )
        )
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_table_whose_cells_were_drawn_in_disorder_is_read_row_by_row(seed: int) -> None:
    rows = [(f"Posten {at}", f"{at}.000 €", str(2026 + at)) for at in range(1, 31)]
    cells = [(at, column) for at in range(30) for column in range(3)]
    random.Random(seed).shuffle(cells)

    def page(canvas: Canvas) -> None:
        lines(canvas, 60, 760, "Kosten nach Jahren")
        for at, column in cells:
            lines(canvas, 60 + 150 * column, 730 - 20 * at, rows[at][column])

    assert text_of(page) == ["\n".join(["Kosten nach Jahren", *(" ".join(row) for row in rows)])]


def test_a_footnote_is_read_after_the_text_though_it_was_drawn_before() -> None:
    def page(canvas: Canvas) -> None:
        lines(canvas, 60, 90, "1 Gemessen im Herbst an drei Stellen.", size=7)
        lines(canvas, 60, 740, *PROSE)
        lines(canvas, 60, 660, *OTHER)

    assert text_of(page) == [f"{ONE}\n{TWO}\n1 Gemessen im Herbst an drei Stellen."]


def test_letterhead_and_page_numbers_are_read_once() -> None:
    def page(number: int, *said: str) -> Draw:
        def draw(canvas: Canvas) -> None:
            lines(canvas, 60, 810, "Stadt Beispielhausen, Der Oberbürgermeister", size=8)
            lines(canvas, 60, 740, *said)
            lines(canvas, 60, 30, f"Vorlage 0815/2026 - Seite {number} von 2", size=8)

        return draw

    assert text_of(page(1, *PROSE), page(2, *OTHER)) == [
        f"Stadt Beispielhausen, Der Oberbürgermeister\n{ONE}\nVorlage 0815/2026 - Seite 1 von 2",
        TWO,
    ]


@settings(max_examples=25)
@given(st.integers(4, 12), st.booleans(), st.integers(0, 2**16))
def test_columns_of_prose_are_read_in_order_however_they_were_drawn(
    count: int, is_double: bool, seed: int
) -> None:
    sides = [
        [f"Spalte {side} hat hier die Zeile {at} mit Text" for at in range(count)] for side in "AB"
    ]
    sides = sides if is_double else sides[:1]
    drawn = [
        (60 + 270 * side, 740 - 14 * at, line)
        for side, column in enumerate(sides)
        for at, line in enumerate(column)
    ]
    random.Random(seed).shuffle(drawn)

    def page(canvas: Canvas) -> None:
        for left, top, line in drawn:
            lines(canvas, left, top, line)

    (found,) = text_of(page)
    words = found.split("\n")
    assert words == [line for column in sides for line in column]


@given(st.integers(1, 40), st.booleans())
def test_a_footer_that_was_written_before_the_text_is_read_after_it(
    count: int, has_head: bool
) -> None:
    body = [(60.0, 732.0 - 14 * at, 400.0, 740.0 - 14 * at) for at in range(count)]
    head = [(60.0, 802.0, 200.0, 810.0), (420.0, 802.0, 540.0, 810.0)] if has_head else []
    foot = [(60.0, 30.0, 200.0, 38.0), (420.0, 30.0, 540.0, 38.0)]
    read_order = [rect for run in in_runs([*head, *foot, *body]) for rect in run]
    assert read_order == [*head, *body, *foot]
    assert in_runs([*head, *body, *foot]) == in_runs(read_order)


RECTS = st.lists(
    st.builds(
        lambda left, top, width, height: (left, top - height, left + width, top),
        st.integers(0, 500).map(float),
        st.integers(20, 800).map(float),
        st.integers(1, 300).map(float),
        st.integers(1, 20).map(float),
    ),
    unique=True,
    max_size=40,
)


@given(RECTS)
def test_no_piece_of_text_is_lost_or_read_twice(rects: list[Rect]) -> None:
    assert Counter(piece for block in in_columns(rects) for piece in block) == Counter(rects)
    if rects:
        assert Counter(piece for run in in_runs(rects) for piece in run) == Counter(rects)
    assert Counter(piece for line in in_lines(rects) for piece in line) == Counter(rects)


@given(RECTS)
def test_every_line_is_read_from_the_left(rects: list[Rect]) -> None:
    for line in in_lines(rects):
        assert line == sorted(line, key=lambda rect: rect[0])


GERMAN = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyzäöüß"), min_size=4, max_size=14)


@given(st.lists(GERMAN, min_size=1, max_size=8), st.data())
def test_words_broken_at_line_ends_are_whole_again(words: list[str], data: st.DataObject) -> None:
    joining = {"und", "oder", "bzw", "sowie", "als", "wie", "noch", "bis"}
    told = []
    for word in words:
        at = data.draw(st.integers(2, len(word) - 2))
        break_ = data.draw(st.sampled_from(["-\n", "\u00ad\n", "\ufffe", "- \n", "-\n "]))
        told.append(word if word[at:] in joining else f"{word[:at]}{break_}{word[at:]}")
    assert normalise(" ".join(told)) == " ".join(words)


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("Bau-\nund Verkehrsausschuss", "Bau- und Verkehrsausschuss"),
        ("Haushalts-\noder Finanzplan", "Haushalts- oder Finanzplan"),
        ("Landes-\nBeispiel", "Landes-Beispiel"),
        ("Nr. 12-\n2026", "Nr. 12-2026"),
    ],
)
def test_hyphens_that_belong_there_stay(broken: str, whole: str) -> None:
    assert normalise(broken) == whole
