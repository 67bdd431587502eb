"""The fused recipe: three rankings of passages to one ranking of documents."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

DEPTH: Final = 200
WEIGHTS: Final[Mapping[str, float]] = MappingProxyType({"stem": 0.2, "grams": 0.3, "dense": 0.5})

# A title repeats what a hit shows anyway: a page of the document is shown rather than a title that
# is better by less than this.
_SHOWN_FIRST: Final = 0.6

Scores = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


class Ranking(NamedTuple):
    """Passages found by one retriever: row numbers and scores, best first, both shape (n,)."""

    rows: Ids
    scores: Scores


class Found(NamedTuple):
    """One document: its number, fused score and best passage's row."""

    document: int
    score: float
    row: int


def top(scores: Scores, depth: int = DEPTH, mask: npt.NDArray[np.bool_] | None = None) -> Ranking:
    """The best of all passages' scores; only positive ones, equal ones in row order.

    Args:
        scores: Shape (n,).
        depth: At most so many.
        mask: Shape (n,), True where a passage may be found.
    """
    positive = scores > 0 if mask is None else (scores > 0) & mask
    rows = np.flatnonzero(positive)
    if len(rows) > depth:
        # All that are no worse than the depth-th best, so that ties do not depend on partition.
        edge = np.partition(scores[rows], -depth)[-depth]
        rows = rows[scores[rows] >= edge]
    order = np.argsort(-scores[rows], kind="stable")[:depth]
    return Ranking(rows[order].astype(np.int64), scores[rows][order])


def fuse(
    rankings: Mapping[str, Ranking],
    documents: npt.NDArray[np.int64],
    weights: Mapping[str, float] = WEIGHTS,
    shown_first: npt.NDArray[np.bool_] | None = None,
) -> list[Found]:
    """Join rankings: each document's best passage, min-max per query, weighted sum.

    Args:
        rankings: By the names of ``weights``; a retriever that found nothing adds nothing.
        documents: Shape (passages,): the document that each passage belongs to.
        weights: What each retriever counts.
        shown_first: Shape (passages,): passages to show rather than another of nearly their score.
            Decides which passage stands for a document, never the order of documents.

    Returns:
        Every document that any retriever found, best first; ties by document number. ``row`` is
        the passage with the highest weighted sum of its own.
    """
    total: dict[int, float] = {}
    own: dict[int, float] = {}
    for name, weight in weights.items():
        rows, scores = rankings[name]
        if not len(rows):
            continue
        best: dict[int, float] = {}
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
            best.setdefault(int(documents[row]), score)
        low = min(best.values())
        span = max(best.values()) - low
        for document, score in best.items():
            share = (score - low) / span if span > 0 else 1.0
            total[document] = total.get(document, 0.0) + weight * share
        for row, score in zip(rows.tolist(), scores.tolist(), strict=True):
            share = (score - low) / span if span > 0 else 1.0
            own[row] = own.get(row, 0.0) + weight * share
    shown = _shown(own, documents, shown_first)
    ordered = sorted(total, key=lambda document: (-total[document], document))
    return [Found(document, total[document], shown[document]) for document in ordered]


def _shown(
    own: Mapping[int, float],
    documents: npt.NDArray[np.int64],
    shown_first: npt.NDArray[np.bool_] | None,
) -> dict[int, int]:
    """The passage that stands for each document."""
    best: dict[int, tuple[float, int]] = {}
    for row, score in sorted(own.items()):
        lift = _SHOWN_FIRST if shown_first is not None and shown_first[row] else 0.0
        document = int(documents[row])
        if document not in best or score + lift > best[document][0]:
            best[document] = (score + lift, row)
    return {document: row for document, (_, row) in best.items()}
