"""The fused recipe must stay as good as it was measured."""

from pathlib import Path

import pytest

from indexes.embed import BuiltinE5
from indexes.evaluate import Questions, evaluate

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# R@1, R@10, nDCG@10 of 0.2 stem + 0.3 5-grams + 0.5 dense over all questions.
MEASURED = {"xquad_de": (0.948, 0.997, 0.976), "covid_faq_de": (0.504, 0.851, 0.670)}


@pytest.mark.parametrize("name", ["covid_faq_de", pytest.param("xquad_de", marks=pytest.mark.long)])
def test_the_recipe_is_as_good_as_measured(name: str, samples: Path, tmp_path: Path) -> None:
    questions = Questions.read(samples / "retrieval" / f"{name}.json")
    figures = evaluate(questions, BuiltinE5(tmp_path))
    fused = figures["fused"]
    found = (fused.recall_1, fused.recall_10, fused.ndcg_10)
    assert found == pytest.approx(MEASURED[name], abs=0.02)
    # Fusing must be worth it: better than each retriever alone.
    assert fused.ndcg_10 > max(figures[one].ndcg_10 for one in ("stem", "grams", "dense"))
