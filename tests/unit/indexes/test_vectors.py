import hashlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from indexes.vectors import VectorCache, forget_all_but

HASHES = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2_000)]


def test_gives_back_what_was_stored_in_any_order(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    vectors = embedder.passages([f"Text {number}" for number in range(2_000)])
    with VectorCache(tmp_path, embedder) as cache:
        cache.store(HASHES, vectors)
    with VectorCache(tmp_path, embedder) as cache:
        assert cache.missing([*HASHES, "ff" * 32]) == {"ff" * 32}
        turned = cache.read(HASHES[::-1])
    assert np.abs(turned - vectors[::-1]).max() < 1e-3
    assert np.linalg.norm(turned, axis=1) == pytest.approx(1, abs=1e-6)


def test_another_models_vectors_lie_apart(corpus: ModuleType, tmp_path: Path) -> None:
    one, other = corpus.CountingEmbedder(), corpus.CountingEmbedder()
    other.weights_sha256 = "0" * 64
    with VectorCache(tmp_path, one) as cache:
        cache.store(HASHES[:1], one.passages(["x"]))
    with VectorCache(tmp_path, other) as cache:
        assert cache.missing(HASHES[:1]) == set(HASHES[:1])


def test_forgets_for_every_model_without_a_trace(corpus: ModuleType, tmp_path: Path) -> None:
    embedder = corpus.CountingEmbedder()
    vectors = embedder.passages(["bleibt", "geht"])
    with VectorCache(tmp_path, embedder) as cache:
        cache.store(HASHES[:2], vectors)
    forget_all_but(tmp_path, HASHES[:1])
    (path,) = tmp_path.glob("*.sqlite")
    raw = path.read_bytes()
    assert vectors[0].astype("<f2").tobytes() in raw
    assert vectors[1].astype("<f2").tobytes() not in raw
    assert bytes.fromhex(HASHES[1]) not in raw
