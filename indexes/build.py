"""Builds an index beside the old one and swaps the two in one rename.

Layout below the folder: ``versions/<n>/`` (an index, whole and never changed), ``current`` (a link
to one of them), ``vectors/`` (what was embedded, by text and model), ``lock``.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import pyarrow as pa
from filelock import FileLock, Timeout

from indexes import dense, lexical
from indexes.embed import Embedder
from indexes.errors import IndexesError
from indexes.passages import PASSAGE_MAKER, SCHEMA
from indexes.vectors import VectorCache, forget_all_but

FORMAT: Final = "1"
KEPT: Final = 2
_BATCH: Final = 256
_TEMPORARY: Final = ".building"

Progress = Callable[[int, int, str], None]


class BuildError(IndexesError):
    """The index could not be written; the old one is untouched. Says why and the mend."""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did.

    Attributes:
        total: Passages in the index.
        embedded: Passages whose vector was computed now.
        reused: Passages whose vector was known.
        removed: Passages of the version before that are no more.
        changed: False where the input was the same and nothing was written.
        version: Number of the version that is current now.
    """

    total: int
    embedded: int
    reused: int
    removed: int
    changed: bool
    version: int


def build(
    passages: pa.Table,
    folder: Path,
    embedder: Embedder,
    progress: Progress = lambda *_: None,
    *,
    flat_up_to: int = dense.FLAT_UP_TO,
    sq8_up_to: int = dense.SQ8_UP_TO,
) -> BuildResult:
    """Bring the index in ``folder`` to these passages.

    The same passages, model and versions as in the current index write nothing. Vectors are kept in
    batches as they are computed: a killed build goes on where it was. The version before stays
    beside the new one, unless a text disappeared: what a city withdrew or the privacy gate redacted
    must be nowhere, so then older versions and vectors without a passage go at once.

    Args:
        passages: The table that ``indexes.passages.passages`` makes.
        folder: The index; made when missing.
        embedder: The model.
        progress: Called with (done, total, message).
        flat_up_to: Most passages of an exact index.
        sq8_up_to: Most passages of an 8-bit index.

    Returns:
        What was done.

    Raises:
        BuildError: The disk is full, or another build runs. The current index stays as it was.
    """
    if passages.schema.names != SCHEMA.names:
        raise BuildError(
            f"passages have the columns {passages.schema.names} → make them with passages()"
        )
    try:
        (folder / "versions").mkdir(parents=True, exist_ok=True)
        with FileLock(folder / "lock", timeout=0):
            return _build(passages, folder, embedder, progress, (flat_up_to, sq8_up_to))
    except Timeout as error:
        raise BuildError(f"{folder}: another build holds the lock → wait for it") from error
    except (OSError, sqlite3.Error) as error:
        raise BuildError(
            f"{folder}: {error} → the current index is untouched; make room (or mend the folder's "
            "rights) and build again"
        ) from error


def _build(
    passages: pa.Table,
    folder: Path,
    embedder: Embedder,
    progress: Progress,
    limits: tuple[int, int],
) -> BuildResult:
    for left in (folder / "versions").glob(f"{_TEMPORARY}*"):
        shutil.rmtree(left, ignore_errors=True)
    manifest = _manifest(passages, embedder, limits)
    hashes = _strings(passages, "content_sha256")
    old = read_manifest(folder / "current")
    if old is not None and old["content_sha256"] == manifest["content_sha256"]:
        _tidy(folder, old, hashes)
        same = passages.num_rows
        return BuildResult(same, 0, same, 0, changed=False, version=old["version"])
    ids_before, hashes_before = _ids_and_hashes(folder / "current") if old else (set(), set())
    number = 1 + max((int(path.name) for path in _versions(folder)), default=0)
    manifest |= {
        "version": number,
        "built_at": dt.datetime.now(dt.UTC).isoformat(),
        # Written down before the swap, so that a build killed behind it is tidied up by the next.
        "texts_vanished": bool(hashes_before.difference(hashes)),
    }
    with VectorCache(folder / "vectors", embedder) as cache:
        embedded = _embed(passages, hashes, cache, embedder, progress)
        temporary = folder / "versions" / f"{_TEMPORARY}-{number}"
        try:
            temporary.mkdir()
            _write(passages, temporary, cache, manifest, progress)
            _sync(temporary)
            temporary.rename(folder / "versions" / str(number))
        except BaseException:
            shutil.rmtree(temporary, ignore_errors=True)
            raise
    _point(folder, number)
    _tidy(folder, manifest, hashes)
    removed = len(ids_before.difference(_strings(passages, "passage_id")))
    total = passages.num_rows
    progress(total, total, "index swapped")
    return BuildResult(total, embedded, total - embedded, removed, changed=True, version=number)


def _manifest(passages: pa.Table, embedder: Embedder, limits: tuple[int, int]) -> dict[str, Any]:
    """All that decides the index; ``content_sha256`` is over the rest and every passage."""
    facts: dict[str, Any] = {
        "format": FORMAT,
        "passage_maker": PASSAGE_MAKER,
        "lexical": lexical.VERSION,
        "model": embedder.id,
        "weights_sha256": embedder.weights_sha256,
        "precision": embedder.precision,
        "dimensions": embedder.dimensions,
        "dense": dense.kind_for(passages.num_rows, *limits),
        "passages": passages.num_rows,
        "kinds": _counts(passages, "kind"),
        "cities": _counts(passages, "city_id"),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode())
    for batch in passages.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            digest.update(json.dumps(row, sort_keys=True, default=str).encode())
    return facts | {"content_sha256": digest.hexdigest()}


def _counts(passages: pa.Table, column: str) -> dict[str, int]:
    return dict(sorted(Counter(_strings(passages, column)).items()))


def _strings(table: pa.Table, column: str) -> list[str]:
    return cast("list[str]", table[column].to_pylist())


def _embed(
    passages: pa.Table,
    hashes: Sequence[str],
    cache: VectorCache,
    embedder: Embedder,
    progress: Progress,
) -> int:
    """Compute what the cache lacks, batch by batch; returns how many passages that were."""
    missing = cache.missing(hashes)
    embedded = sum(one in missing for one in hashes)
    texts = passages["text"]
    todo = [row for row, one in enumerate(hashes) if one in missing]
    rows = list({hashes[row]: row for row in todo}.values())
    progress(0, len(rows), "embedding passages")
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        vectors = embedder.passages([texts[row].as_py() for row in part])
        cache.store([hashes[row] for row in part], vectors)
        progress(min(start + _BATCH, len(rows)), len(rows), "embedding passages")
    return embedded


def _write(
    passages: pa.Table,
    folder: Path,
    cache: VectorCache,
    manifest: dict[str, Any],
    progress: Progress,
) -> None:
    total = passages.num_rows
    with (
        pa.OSFile(str(folder / "passages.arrow"), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
    ):
        writer.write_table(passages.cast(SCHEMA), max_chunksize=10_000)
    for kind in lexical.TOKENIZERS:
        progress(0, total, f"indexing {kind}")
        texts = (text.as_py() for text in passages["text"])
        lexical.Lexical.build(texts, kind).save(folder / "lexical" / kind)
    progress(0, total, "indexing vectors")
    dense.write(cache.read(_strings(passages, "content_sha256")), folder, manifest["dense"])
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def read_manifest(version: Path) -> dict[str, Any] | None:
    """The manifest of one version's folder; None where there is none."""
    path = version / "manifest.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _ids_and_hashes(version: Path) -> tuple[set[str], set[str]]:
    with pa.memory_map(str(version / "passages.arrow")) as source:
        table = pa.ipc.open_file(source).read_all()
        return set(_strings(table, "passage_id")), set(_strings(table, "content_sha256"))


def _sync(folder: Path) -> None:
    """Bring every file to the disk before the swap: a power cut must not leave an empty index."""
    for path in (*folder.rglob("*"), folder):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _point(folder: Path, number: int) -> None:
    link = folder / ".current"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("versions") / str(number))
    link.replace(folder / "current")


def _versions(folder: Path) -> list[Path]:
    found = [path for path in (folder / "versions").iterdir() if path.name.isdigit()]
    return sorted(found, key=lambda path: int(path.name), reverse=True)


def _tidy(folder: Path, manifest: dict[str, Any], hashes: Sequence[str]) -> None:
    """Drop older versions; what vanished from the passages goes from them and the vectors too."""
    keep = 1 if manifest["texts_vanished"] else KEPT
    older = [path for path in _versions(folder) if int(path.name) != manifest["version"]]
    if older and manifest["texts_vanished"]:
        forget_all_but(folder / "vectors", hashes)
    for path in older[keep - 1 :]:
        try:
            shutil.rmtree(path)
        except OSError as error:
            raise BuildError(
                f"{path}: {error} → the new index is in place, but remove this folder by hand: "
                "it may hold withdrawn texts"
            ) from error
