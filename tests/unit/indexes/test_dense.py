from pathlib import Path

import numpy as np
import pytest

from indexes.dense import Dense, Kind, kind_for, write

WIDTH = 32


def vectors(size: int) -> np.ndarray:
    made = np.random.default_rng(7).normal(size=(size, WIDTH)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("size", "kind"),
    [(0, "flat"), (200_000, "flat"), (200_001, "sq8"), (1_000_000, "sq8"), (1_000_001, "hnsw")],
)
def test_the_kind_follows_the_size(size: int, kind: str) -> None:
    assert kind_for(size) == kind


@pytest.mark.parametrize("kind", ["flat", "sq8", "hnsw"])
def test_finds_the_nearest_exactly(kind: Kind, tmp_path: Path) -> None:
    every = vectors(2_000)
    write(every, tmp_path, kind)
    query = vectors(2_001)[-1]
    found = Dense(tmp_path, kind).search(query, 10)
    wanted = np.argsort(-(every @ query))[:10]
    assert found.rows.tolist() == wanted.tolist()
    assert found.scores == pytest.approx((every @ query)[wanted], abs=1e-5)


@pytest.mark.parametrize("kind", ["flat", "sq8", "hnsw"])
@pytest.mark.parametrize("exact_below", [0, 20_000])
def test_a_filter_holds(
    kind: Kind, exact_below: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexes.dense._EXACT_BELOW", exact_below)
    every = vectors(1_000)
    write(every, tmp_path, kind)
    mask = np.arange(1_000) % 5 == 3
    found = Dense(tmp_path, kind).search(every[0], 20, mask)
    wanted = [row for row in np.argsort(-(every @ every[0])).tolist() if mask[row]][:20]
    assert found.rows.tolist() == wanted


def test_nothing_is_found_in_nothing(tmp_path: Path) -> None:
    write(vectors(0), tmp_path, "flat")
    assert len(Dense(tmp_path, "flat").search(vectors(1)[0]).rows) == 0


def test_a_filter_that_leaves_nothing_finds_nothing(tmp_path: Path) -> None:
    write(vectors(5), tmp_path, "flat")
    found = Dense(tmp_path, "flat").search(vectors(1)[0], mask=np.zeros(5, bool))
    assert len(found.rows) == 0
