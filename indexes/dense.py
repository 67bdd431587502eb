"""The dense retriever: the only module that touches FAISS.

Three kinds by size, as measured: exact up to 200,000 passages; 8-bit with exact rescoring up to a
million; HNSW above. IVF and PQ are not here on purpose: with real questions they lose a tenth to a
third of the right passages.
"""

from pathlib import Path
from typing import Any, Final, Literal, cast

import numpy as np
import numpy.typing as npt

from indexes.e5_weights import Float32
from indexes.fuse import DEPTH, Ranking

Kind = Literal["flat", "sq8", "hnsw"]

FLAT_UP_TO: Final = 200_000
SQ8_UP_TO: Final = 1_000_000
_HNSW_LINKS: Final = 32
_HNSW_EF: Final = 256  # ≥ 128 as measured; above the depth of 200 that is asked for
_HNSW_EF_BUILD: Final = 200
_RESCORE: Final = 2  # times the wanted depth is scored again, exactly
# Below this many allowed passages a filtered search looks at each: HNSW finds too few otherwise.
_EXACT_BELOW: Final = 20_000
_VECTORS: Final = "vectors.f32.npy"
_INDEX: Final = "dense.faiss"


def kind_for(size: int, flat_up_to: int = FLAT_UP_TO, sq8_up_to: int = SQ8_UP_TO) -> Kind:
    """Which kind of index a number of passages gets."""
    if size <= flat_up_to:
        return "flat"
    return "sq8" if size <= sq8_up_to else "hnsw"


def write(vectors: Float32, folder: Path, kind: Kind) -> None:
    """Write the vectors, shape (n, d) of unit length, and for sq8 and hnsw their index.

    A flat index needs no file of FAISS's: it is the vectors themselves.

    Raises:
        OSError: The disk is full.
    """
    np.save(folder / _VECTORS, vectors)
    if kind == "flat":
        return
    faiss, width = _faiss(), vectors.shape[1]
    if kind == "sq8":
        index = faiss.IndexScalarQuantizer(
            width, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
        )
        index.train(vectors)
    else:
        index = faiss.IndexHNSWFlat(width, _HNSW_LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = _HNSW_EF_BUILD
    index.add(vectors)
    try:
        faiss.write_index(index, str(folder / _INDEX))
    except RuntimeError as error:  # FAISS says everything with this one
        raise OSError(f"{folder / _INDEX}: {error}") from error


class Dense:
    """Passages by the nearness of their vectors; safe across threads."""

    def __init__(self, folder: Path, kind: Kind) -> None:
        """Open what ``write`` wrote; vectors stay on disk, memory-mapped."""
        self._vectors = cast("Float32", np.load(folder / _VECTORS, mmap_mode="r"))
        self._kind = kind
        self._index: Any = self._open(folder)

    def _open(self, folder: Path) -> Any:
        faiss = _faiss()
        if self._kind == "flat":
            index = faiss.IndexFlatIP(self._vectors.shape[1])
            if len(self._vectors):
                index.add(np.ascontiguousarray(self._vectors))
            return index
        return faiss.read_index(str(folder / _INDEX))

    def search(
        self, query: Float32, depth: int = DEPTH, mask: npt.NDArray[np.bool_] | None = None
    ) -> Ranking:
        """The nearest passages.

        Args:
            query: A unit vector, shape (d,).
            depth: At most so many.
            mask: Shape (n,), True where a passage may be found.
        """
        allowed = len(self._vectors) if mask is None else int(mask.sum())
        depth = min(depth, allowed)
        if not depth:
            return Ranking(np.zeros(0, np.int64), np.zeros(0, np.float32))
        if mask is not None and allowed <= _EXACT_BELOW and self._kind != "flat":
            return self._exact(np.flatnonzero(mask), query, depth)
        wanted = min(depth * _RESCORE, allowed) if self._kind == "sq8" else depth
        scores, rows = self._index.search(query[None], wanted, params=self._parameters(mask))
        rows, scores = rows[0][rows[0] >= 0], scores[0][rows[0] >= 0]
        if self._kind == "sq8":
            return self._exact(rows, query, depth)
        return Ranking(rows.astype(np.int64), scores)

    def _exact(self, rows: npt.NDArray[np.int64], query: Float32, depth: int) -> Ranking:
        scores = self._vectors[rows] @ query
        order = np.argsort(-scores, kind="stable")[:depth]
        return Ranking(rows[order].astype(np.int64), scores[order])

    def _parameters(self, mask: npt.NDArray[np.bool_] | None) -> Any:
        faiss = _faiss()
        options: dict[str, Any] = {}
        if mask is not None:
            options["sel"] = faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))
        if self._kind == "hnsw":
            return faiss.SearchParametersHNSW(efSearch=_HNSW_EF, **options)
        return faiss.SearchParameters(**options) if options else None


def _faiss() -> Any:
    """FAISS, imported when it is needed; untyped, its stubs know half of what it has."""
    import faiss  # noqa: PLC0415 - slow to import

    return faiss
