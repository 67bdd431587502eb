import json
from pathlib import Path
from types import ModuleType

import pytest

from indexes.evaluate import Figures, Questions, _figures, evaluate, table


def test_counts_what_is_first_and_in_the_top_ten() -> None:
    lists = [[7, 1], [3, 9, 7], list(range(20, 40))]
    relevant = [frozenset({7}), frozenset({7}), frozenset({39})]
    figures = _figures(lists, relevant)
    assert figures.recall_1 == pytest.approx(1 / 3)
    assert figures.recall_10 == pytest.approx(2 / 3)
    assert figures.ndcg_10 == pytest.approx((1 + 0.5 + 0) / 3)


def test_measures_a_set_of_questions(tmp_path: Path, corpus: ModuleType) -> None:
    path = tmp_path / "klein.json"
    content = {
        "chunks": ["Der Radweg wird gebaut.", "Die Schule bekommt ein Dach.", "Der Haushalt."],
        "doc": [0, 1, 2],
        "queries": ["Radweg", "Schule Dach", "Haushalt"],
        "rel": [[0], [1], [2]],
    }
    path.write_text(json.dumps(content))
    questions = Questions.read(path)
    assert questions.every(2).queries == ["Radweg", "Haushalt"]
    told: list[str] = []
    figures = evaluate(
        questions, corpus.CountingEmbedder(), lambda _d, _t, message: told.append(message)
    )
    assert figures["fused"] == Figures(1.0, 1.0, 1.0)
    assert told[-1] == "klein: questions"
    assert "| fused | 1.000 / 1.000 / 1.000 |" in table({"klein": figures})
