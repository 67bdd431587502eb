import html
import re

from hypothesis import given
from hypothesis import strategies as st

from indexes.snippet import snippet


def test_marks_other_forms_of_a_word_and_parts_of_compounds() -> None:
    found = snippet("Neue Radwege: das Radverkehrsnetz wächst.", "Verkehr Radweg")
    assert found == "Neue <mark>Radwege</mark>: das <mark>Radverkehrsnetz</mark> wächst."


def test_a_short_stem_marks_no_other_word() -> None:
    assert "<mark>" not in snippet("Die Beratung beginnt.", "Rat")


def test_escapes_the_text() -> None:
    found = snippet('<script>alert("x")</script> Schule & Dach', "Schule script")
    assert found == (
        "&lt;<mark>script</mark>&gt;alert(&quot;x&quot;)&lt;/<mark>script</mark>&gt; "
        "<mark>Schule</mark> &amp; Dach"
    )


def test_shows_the_window_with_the_words() -> None:
    text = " ".join(["davor"] * 100 + ["Fernwärme"] + ["danach"] * 100)
    found = snippet(text, "Fernwärme", words=20)
    assert "<mark>Fernwärme</mark>" in found
    assert found.startswith("… davor")
    assert found.endswith("danach …")
    assert len(found.split()) == 22


@given(st.text(max_size=300), st.text(max_size=40), st.integers(1, 12))
def test_is_a_part_of_the_text_with_marks_only(text: str, query: str, words: int) -> None:
    found = snippet(text, query, words)
    assert re.findall(r"<(?!/?mark>)", found) == []
    plain = html.unescape(re.sub(r"</?mark>", "", found))
    assert plain.removeprefix("… ").removesuffix(" …").strip() in text
