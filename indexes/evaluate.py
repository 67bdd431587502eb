"""Measures the search on question sets: how often the right document comes first."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from indexes.embed import Embedder
from indexes.fuse import WEIGHTS, Ranking, fuse, top
from indexes.lexical import Lexical

_CUT: Final = 10
_ALONE: Final = ("stem", "grams", "dense")


@dataclass(frozen=True, slots=True)
class Questions:
    """A set of questions with the documents that answer them.

    Attributes:
        name: The file's stem.
        passages: The texts.
        documents: The document of each passage.
        queries: The questions.
        relevant: For each question the documents that answer it.
    """

    name: str
    passages: list[str]
    documents: list[int]
    queries: list[str]
    relevant: list[frozenset[int]]

    @classmethod
    def read(cls, path: Path) -> "Questions":
        """Read one JSON file: ``chunks``, ``doc``, ``queries``, ``rel``."""
        found = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            name=path.stem,
            passages=found["chunks"],
            documents=found["doc"],
            queries=found["queries"],
            relevant=[frozenset(one) for one in found["rel"]],
        )

    def every(self, step: int) -> "Questions":
        """Every ``step``-th question, all passages: smaller, and just as hard."""
        return Questions(
            self.name, self.passages, self.documents, self.queries[::step], self.relevant[::step]
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over all questions, each from 0 to 1."""

    recall_1: float
    recall_10: float
    ndcg_10: float


def evaluate(
    questions: Questions,
    embedder: Embedder,
    progress: Callable[[int, int, str], None] = lambda *_: None,
) -> dict[str, Figures]:
    """Measure each retriever alone and the fused recipe.

    Args:
        questions: The set.
        embedder: The model to measure.
        progress: Told of passages and questions done.

    Returns:
        By ``stem``, ``grams``, ``dense`` and ``fused``. Recall counts a question as answered when
        any of its documents is among the first; nDCG is with gains of 0 and 1.
    """
    documents = np.array(questions.documents, np.int64)
    lexical = {kind: Lexical.build(questions.passages, kind) for kind in ("stem", "grams")}
    vectors = embedder.passages(questions.passages)
    progress(len(questions.passages), len(questions.passages), f"{questions.name}: passages")
    found: dict[str, list[list[int]]] = {name: [] for name in (*_ALONE, "fused")}
    for number, query in enumerate(questions.queries, 1):
        rankings = {kind: top(index.scores(query)) for kind, index in lexical.items()}
        rankings["dense"] = top(vectors @ embedder.query(query))
        for name in _ALONE:
            found[name].append(_alone(rankings[name], documents))
        found["fused"].append([hit.document for hit in fuse(rankings, documents, WEIGHTS)])
        progress(number, len(questions.queries), f"{questions.name}: questions")
    return {name: _figures(lists, questions.relevant) for name, lists in found.items()}


def table(figures: Mapping[str, Mapping[str, Figures]]) -> str:
    """The figures of several sets as a Markdown table, ``R@1/R@10/nDCG@10`` per cell."""
    sets = list(figures)
    lines = ["| retriever | " + " | ".join(sets) + " |", "|---" * (len(sets) + 1) + "|"]
    for name in (*_ALONE, "fused"):
        cells = [figures[one][name] for one in sets]
        shown = [f"{c.recall_1:.3f} / {c.recall_10:.3f} / {c.ndcg_10:.3f}" for c in cells]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join(lines)


def _alone(ranking: Ranking, documents: np.ndarray) -> list[int]:
    return list(dict.fromkeys(documents[ranking.rows].tolist()))


def _figures(lists: Sequence[list[int]], relevant: Sequence[frozenset[int]]) -> Figures:
    first, ten, gain = [], [], []
    for found, right in zip(lists, relevant, strict=True):
        hits = [document in right for document in found[:_CUT]]
        first.append(any(hits[:1]))
        ten.append(any(hits))
        reached = sum(1 / np.log2(place + 2) for place, hit in enumerate(hits) if hit)
        ideal = sum(1 / np.log2(place + 2) for place in range(min(len(right), _CUT)))
        gain.append(reached / ideal if ideal else 0.0)
    return Figures(*(float(np.mean(values)) for values in (first, ten, gain)))
