from pathlib import Path

import numpy as np
import pytest

from indexes.lexical import Lexical, grams, stems

TEXTS = [
    "Der Radverkehr in der Neustadt wird ausgebaut.",
    "Die Schule erhält ein neues Dach.",
    "Über die Schulen und ihre Dächer wird beraten.",
]


def test_stems_join_the_forms_of_a_word_and_drop_stop_words() -> None:
    assert stems("Die Schulen und der Schule") == ["schul", "schul"]


def test_grams_overlap_inside_words() -> None:
    assert grams("Radweg am Tor") == [" radw", "radwe", "adweg", "dweg ", " am ", " tor "]


@pytest.mark.parametrize(
    ("kind", "query", "best"), [("stem", "neue Schulen", 1), ("grams", "Rad Verkehr", 0)]
)
def test_the_best_text_comes_first(kind: str, query: str, best: int) -> None:
    assert int(np.argmax(Lexical.build(TEXTS, kind).scores(query))) == best


@pytest.mark.parametrize("kind", ["stem", "grams"])
def test_what_was_saved_scores_the_same(kind: str, tmp_path: Path) -> None:
    built = Lexical.build(TEXTS, kind)
    built.save(tmp_path / kind)
    opened = Lexical.open(tmp_path / kind, kind, len(TEXTS))
    assert np.array_equal(opened.scores("Schule"), built.scores("Schule"))
    assert built.scores("Schule").max() > 0


@pytest.mark.parametrize("kind", ["stem", "grams"])
def test_equal_texts_give_equal_files(kind: str, tmp_path: Path) -> None:
    for name in "ab":
        Lexical.build(TEXTS, kind).save(tmp_path / name)
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("texts", [[], ["", "§ !"]])
def test_texts_without_words_score_nothing(texts: list[str], tmp_path: Path) -> None:
    Lexical.build(texts, "stem").save(tmp_path)
    assert Lexical.open(tmp_path, "stem", len(texts)).scores("Schule").tolist() == [0] * len(texts)


def test_unknown_words_score_nothing() -> None:
    assert Lexical.build(TEXTS, "stem").scores("Xylophon").tolist() == [0, 0, 0]
