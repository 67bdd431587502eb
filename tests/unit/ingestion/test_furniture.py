"""Running lines and page numbers go; no word of a document is lost with them."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.furniture import without_furniture


def test_letterhead_and_page_numbers_go_from_the_second_page_on() -> None:
    pages = [
        f"Stadt Musterstadt\nVorlage 12/2026\nSeite {n} von 3\nInhalt der {name}\n- {n} -"
        for n, name in enumerate(("eins", "zwei", "drei"), start=1)
    ]
    assert without_furniture(pages) == [
        "Stadt Musterstadt\nVorlage 12/2026\nInhalt der eins",
        "Inhalt der zwei",
        "Inhalt der drei",
    ]


def test_lines_that_only_look_alike_stay() -> None:
    pages = ["Summe 3.000 Euro\nText eins", "Summe 4.000 Euro\nText zwei"]
    assert without_furniture(pages) == pages


def test_a_lone_figure_is_a_page_number_only_with_the_others() -> None:
    assert without_furniture(["1\nText", "Text zwei"]) == ["1\nText", "Text zwei"]
    assert without_furniture(["Text\n1", "Anderes\n2"]) == ["Text", "Anderes"]


def test_what_repeats_in_the_middle_of_a_page_stays() -> None:
    long = [f"Zeile {at}" for at in "abcdefgh"]
    pages = ["\n".join([*long, "Ja", *reversed(long), str(n)]) for n in (7, 8)]
    assert all("Ja" in page for page in without_furniture(pages))


LINES = st.lists(
    st.sampled_from(["Kopf", "Seite 1", "Seite 2", "1", "2", "Text", "a b", "- 1 -", "Nr. 2", ""]),
    max_size=12,
)


@settings(deadline=None)
@given(st.lists(LINES.map("\n".join), max_size=5))
def test_every_word_but_page_numbers_is_still_there(pages: list[str]) -> None:
    kept = without_furniture(pages)
    assert len(kept) == len(pages)
    words = set(re.findall(r"[^\W\d]+", "\n".join(pages))) - {"Seite"}
    assert words <= set(re.findall(r"[^\W\d]+", "\n".join(kept)))
