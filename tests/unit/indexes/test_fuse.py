import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from indexes.fuse import Ranking, fuse, top

NOTHING = Ranking(np.zeros(0, np.int64), np.zeros(0, np.float32))


def ranking(*pairs: tuple[int, float]) -> Ranking:
    return Ranking(
        np.array([row for row, _ in pairs], np.int64),
        np.array([score for _, score in pairs], np.float32),
    )


def test_weighs_what_each_retriever_found() -> None:
    # Documents 0 and 1; passages 0 and 1 are of document 0, passage 2 of document 1.
    documents = np.array([0, 0, 1])
    found = fuse(
        {
            "stem": ranking((0, 4.0), (2, 2.0)),
            "grams": ranking((2, 9.0), (0, 3.0)),
            "dense": ranking((1, 0.9), (2, 0.8), (0, 0.7)),
        },
        documents,
    )
    assert [(one.document, round(one.score, 6)) for one in found] == [(0, 0.7), (1, 0.3)]
    assert found[0].row == 1


def test_a_page_is_shown_rather_than_a_title_that_is_little_better() -> None:
    found = {
        "stem": ranking((0, 4.0), (2, 1.0)),
        "grams": NOTHING,
        "dense": ranking((1, 0.9), (2, 0.2)),
    }
    documents = np.array([0, 0, 1])
    weights = {"stem": 0.6, "grams": 0.0, "dense": 0.4}
    pages = np.array([False, True, False])
    assert fuse(found, documents, weights)[0].row == 0
    assert fuse(found, documents, weights, shown_first=pages)[0].row == 1


def test_one_document_alone_gets_the_whole_weight() -> None:
    found = fuse({"stem": NOTHING, "grams": NOTHING, "dense": ranking((5, 0.8))}, np.arange(6))
    assert (found[0].document, found[0].score) == (5, 0.5)


def test_nothing_found_is_nothing() -> None:
    assert fuse({"stem": NOTHING, "grams": NOTHING, "dense": NOTHING}, np.zeros(0, np.int64)) == []


@given(
    st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=60),
    st.integers(1, 10),
    st.integers(0, 5),
)
def test_top_is_the_head_of_a_stable_sort(values: list[float], depth: int, hide: int) -> None:
    scores = np.array(values, np.float32)
    mask = np.arange(len(values)) % 6 != hide
    rows = [row for row in range(len(values)) if values[row] > 0 and mask[row]]
    wanted = sorted(rows, key=lambda row: (-values[row], row))[:depth]
    assert top(scores, depth, mask).rows.tolist() == wanted
