"""How well and how fast the search finds; prints tables for ``docs/benchmarks.md``.

python tests/benchmarks/bench_search.py quality --samples ../shared/samples/retrieval
python tests/benchmarks/bench_search.py speed --sizes 2000 8000 32000
"""

import argparse
import hashlib
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from indexes.build import build
from indexes.embed import BuiltinE5
from indexes.evaluate import Questions, evaluate, table
from indexes.passages import SCHEMA
from indexes.search import Index

_SYLLABLES = (
    *("stadt", "rat", "ver", "kehr", "schul", "bau", "plan", "wär", "me", "haus", "halt", "um"),
    *("welt", "kul", "tur", "sport", "rad", "weg"),
)


class RandomEmbedder:
    """Random unit vectors by text: the index's own cost without the model's."""

    id, weights_sha256, dimensions, precision = "random", "0" * 64, 384, "float32"

    def passages(self, texts: Sequence[str]) -> Any:
        """Vectors, shape (n, 384)."""
        return np.stack([self.query(text) for text in texts])

    def query(self, text: str) -> Any:
        """One vector, shape (384,)."""
        seed = int.from_bytes(hashlib.blake2s(text.encode(), digest_size=8).digest(), "big")
        vector = np.random.default_rng(seed).normal(size=384).astype(np.float32)
        return vector / np.linalg.norm(vector)


def made_passages(size: int) -> pa.Table:
    """Passages of 120 words from a vocabulary that grows with the square root, as texts' do."""
    random = np.random.default_rng(1)
    vocabulary = [
        "".join(random.choice(_SYLLABLES, random.integers(1, 5)))
        for _ in range(int(200 * math.sqrt(size)))
    ]
    weights = 1 / np.arange(1, len(vocabulary) + 1)
    weights /= weights.sum()
    rows = []
    for number in range(size):
        text = " ".join(random.choice(vocabulary, 120, p=weights))
        rows.append(
            {
                "passage_id": f"file/bench:{number:09}/1/0",
                "kind": "paper",
                "city_id": f"stadt{number % 4}",
                "city_name": f"Stadt {number % 4}",
                "paper_id": f"bench:{number // 12}",
                "file_id": f"bench:{number}",
                "page": 1,
                "title": "Vorlage",
                "text": text,
                "dataset": "bench-paper",
                "content_sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
        )
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def exponent(sizes: Sequence[int], costs: Sequence[float]) -> float:
    """The slope of log cost over log size: 1 is linear."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def timed(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Seconds that some work took, of wall time or of another clock."""
    began = clock()
    work()
    return clock() - began


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds: comparable also where the machine has other work."""
    return timed(work, time.process_time)


def quality(folder: Path) -> str:
    """The two question sets, and the model's own speed."""
    with tempfile.TemporaryDirectory() as cache:
        first = timed(lambda: BuiltinE5(Path(cache)))
        embedder = BuiltinE5(Path(cache))
        figures = {}
        for path in sorted(folder.glob("*.json")):
            figures[path.stem] = evaluate(Questions.read(path), embedder)
        texts = Questions.read(next(iter(sorted(folder.glob("xquad*.json"))))).passages[:120]
        wall = timed(lambda: embedder.passages(texts))
        queries = [timed(lambda: embedder.query("Wo entstehen Radwege?")) for _ in range(50)]
    return (
        f"{table(figures)}\n\nR@1 / R@10 / nDCG@10. Model built and opened in {first:.1f} s; "
        f"{len(texts) / wall:.1f} passages/s; one query {statistics.median(queries) * 1000:.1f} ms."
    )


def speed(sizes: Sequence[int]) -> str:
    """Cost of building and asking over several sizes, and how it grows."""
    heads = ("passages", "build CPU s", "unchanged CPU s", "open CPU s", "query CPU ms")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    with tempfile.TemporaryDirectory() as folder:  # imports are not the index's cost
        build(made_passages(50), Path(folder), RandomEmbedder())
        Index.open(Path(folder), RandomEmbedder()).search("Radweg")
    costs: list[tuple[float, float, float, float]] = []
    for size in sizes:
        passages, embedder = made_passages(size), RandomEmbedder()
        with tempfile.TemporaryDirectory() as folder:
            whole = cpu(lambda: build(passages, Path(folder), embedder))  # noqa: B023
            again = cpu(lambda: build(passages, Path(folder), embedder))  # noqa: B023
            opening = cpu(lambda: Index.open(Path(folder), embedder))  # noqa: B023
            index = Index.open(Path(folder), embedder)
            asked = [
                1000 * cpu(lambda: index.search(passages["text"][row].as_py()[:60]))  # noqa: B023
                for row in range(60)
            ]
        costs.append((whole, again, opening, statistics.median(asked)))
        lines.append("| {:,} | {:.2f} | {:.2f} | {:.2f} | {:.2f} |".format(size, *costs[-1]))
    grown = [exponent(sizes, column) for column in zip(*costs, strict=True)]
    lines.append("| exponent | " + " | ".join(f"{one:.2f}" for one in grown) + " |")
    return "\n".join(lines)


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["quality", "speed"])
    parser.add_argument("--samples", type=Path, default=Path("../shared/samples/retrieval"))
    parser.add_argument("--sizes", type=int, nargs="+", default=[2_000, 8_000, 32_000])
    given = parser.parse_args()
    text = quality(given.samples) if given.what == "quality" else speed(given.sizes)
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
