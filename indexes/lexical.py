"""The two lexical retrievers: German word stems and character 5-grams, both BM25.

Stems find words in another form; 5-grams find parts of compounds ("Rad" in "Radverkehrsnetz") and
forgive typing errors. Equal texts in equal order give equal files.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

# Part of the manifest: raise it with every change of how a text is cut.
VERSION: Final = "1"
_WORD: Final = re.compile(r"\w+")
_GRAM: Final = 5
# bm25s counts in 32 bit below this many (document, token) pairs.
_INT32_PAIRS: Final = 2_000_000_000

Tokens = Callable[[str], list[str]]


@cache
def stop_words() -> frozenset[str]:
    """Snowball's German stop words, as bm25s ships them."""
    from bm25s.stopwords import STOPWORDS_GERMAN  # noqa: PLC0415 - bm25s is slow to import

    return frozenset(STOPWORDS_GERMAN)


def stems(text: str) -> list[str]:
    """The Snowball stems of a text's words, in lower case, stop words left out."""
    stop = stop_words()
    return stemmed([word for word in _WORD.findall(text.lower()) if word not in stop])


def stemmed(words: list[str]) -> list[str]:
    """The Snowball stem of each word; the words in lower case."""
    import Stemmer  # noqa: PLC0415 - a C library, only when it is needed

    # One object per call: Snowball's stemmers are not safe across threads.
    found: list[str] = Stemmer.Stemmer("german").stemWords(words)
    return found


def grams(text: str) -> list[str]:
    """The character 5-grams of each word with a blank at either end; short words whole."""
    found: list[str] = []
    for word in _WORD.findall(text.lower()):
        padded = f" {word} "
        found += [padded[i : i + _GRAM] for i in range(max(len(padded) - _GRAM + 1, 1))]
    return found


TOKENIZERS: Final[Mapping[str, Tokens]] = MappingProxyType({"stem": stems, "grams": grams})


class Lexical:
    """One BM25 index over passages 0 … n-1."""

    def __init__(self, bm25: Any, size: int, tokens: Tokens) -> None:
        """Wrap a bm25s index; use ``build`` or ``open`` instead."""
        self._bm25, self._size, self._tokens = bm25, size, tokens

    @classmethod
    def build(cls, texts: Iterable[str], kind: str) -> "Lexical":
        """Index texts in their order.

        Args:
            texts: The passages.
            kind: ``stem`` or ``grams``.
        """
        tokens = TOKENIZERS[kind]
        vocabulary: dict[str, int] = {}
        ids: list[npt.NDArray[np.int32]] = []
        for text in texts:
            row = [vocabulary.setdefault(token, len(vocabulary)) for token in tokens(text)]
            ids.append(np.array(row, np.int32))
        if not vocabulary:
            return cls(None, len(ids), tokens)
        import bm25s  # noqa: PLC0415 - takes a second to import

        pairs = sum(map(len, ids))
        wide = "int64" if pairs > _INT32_PAIRS else "int32"
        bm25 = bm25s.BM25(method="lucene", int_dtype=wide)
        bm25.index((ids, vocabulary), show_progress=False)
        return cls(bm25, len(ids), tokens)

    @classmethod
    def open(cls, folder: Path, kind: str, size: int) -> "Lexical":
        """Open what ``save`` wrote; the arrays stay on disk."""
        if not (folder / "params.index.json").is_file():
            return cls(None, size, TOKENIZERS[kind])
        import bm25s  # noqa: PLC0415 - takes a second to import

        return cls(bm25s.BM25.load(folder, mmap=True), size, TOKENIZERS[kind])

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``; an index without a single word writes nothing."""
        folder.mkdir(parents=True, exist_ok=True)
        if self._bm25 is not None:
            self._bm25.save(folder, show_progress=False)

    def scores(self, query: str) -> npt.NDArray[np.float32]:
        """Every passage's score, shape (n,); 0 where no token of the query occurs."""
        if self._bm25 is None:
            return np.zeros(self._size, np.float32)
        known = self._bm25.vocab_dict
        ids = [known[token] for token in self._tokens(query) if token in known]
        if not ids:
            return np.zeros(self._size, np.float32)
        scores: npt.NDArray[np.float32] = self._bm25.get_scores_from_ids(ids)
        return scores
