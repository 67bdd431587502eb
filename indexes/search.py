"""Opens an index and answers questions with it."""

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from indexes.build import FORMAT, read_manifest
from indexes.dense import Dense
from indexes.embed import Embedder, load_embedder
from indexes.errors import IndexesError
from indexes.fuse import Found, fuse, top
from indexes.lexical import TOKENIZERS, Lexical
from indexes.lexical import VERSION as LEXICAL_VERSION
from indexes.passages import PASSAGE_MAKER, SCHEMA
from indexes.query import checked, item_number, item_numbers, references
from indexes.snippet import snippet

MAX_HITS: Final = 50
# An exact reference outranks every other document (fused scores end at 1); an agenda item's number
# is in every agenda, so it only lifts.
_REFERENCE_BOOST: Final = 1.0
_ITEM_BOOST: Final = 0.2
# What makes passages one document, the first of these that a passage has.
_WHOLE: Final = ("paper_id", "file_id", "pilot_report_id", "passage_id")


class NoIndexError(IndexesError):
    """There is no index yet."""


class MismatchError(IndexesError):
    """The index was built by another model or another version of this program."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One document that was found, with its best passage.

    Attributes:
        passage_id: The best passage.
        kind: ``paper``, ``agenda_item``, ``meeting`` (a meeting's own document),
            ``pilot_report`` or ``statistic``.
        section: Heading under which the text stands; None where it has none.
        page: Page of the file, from 1; None where the text is not from a file.
        snippet_html: Escaped HTML, the query's words in ``<mark>``.
        score: Fused score, higher is better; comparable within one answer only.
        source_url: The object's page at the city; None where it has none.
        file_url: The file, with ``#page=n``.
        dataset_url: The data set in the portal, empty without a portal.
        value: For a statistic its newest number in ``value_unit``, as of ``value_date``.
    """

    passage_id: str
    kind: str
    city_id: str
    city_name: str
    paper_id: str | None
    meeting_id: str | None
    file_id: str | None
    pilot_report_id: str | None
    title: str
    reference: str | None
    number: str | None
    section: str | None
    date: dt.date | None
    organization: str | None
    page: int | None
    snippet_html: str
    score: float
    source_url: str | None
    file_url: str | None
    dataset: str
    dataset_url: str
    indicator_id: str | None
    value: float | None
    value_unit: str | None
    value_date: dt.date | None
    value_decimals: int | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An answer.

    Attributes:
        query: What was searched, white space tidied.
        hits: The documents, best first.
        took_ms: Time from the checked query to the last snippet, in milliseconds.
        has_words: Whether any hit's passage has a word of the query; else all are only similar.
        version: Which version of the index answered.
    """

    query: str
    hits: tuple[Hit, ...]
    took_ms: float
    has_words: bool
    version: int


class Index:
    """An index folder, open. Follows ``current``: a new version is used from the next search on."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder | Callable[[], Embedder] | None = None,
        *,
        portal_url: str = "",
    ) -> None:
        """Touch nothing yet: the first search opens what is there. Arguments as for ``open``."""
        self._folder, self._portal = folder, portal_url.rstrip("/")
        self._given = embedder or (lambda: load_embedder("builtin", folder / "model"))
        self._embedder: Embedder | None = None
        self._lock = Lock()
        self._version: _Version | None = None

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder | Callable[[], Embedder] | None = None,
        *,
        portal_url: str = "",
    ) -> "Index":
        """Open the current version of an index.

        Args:
            folder: What ``build`` was given.
            embedder: The model or what opens it; by default the built-in one, cached in
                ``folder / "model"``.
            portal_url: The CKAN portal that hits link to.

        Raises:
            NoIndexError: Nothing was built there yet.
            MismatchError: Another model, or another version of this program, built it.
        """
        index = cls(folder, embedder, portal_url=portal_url)
        index.refresh()
        return index

    def refresh(self) -> "_Version":
        """The current version, opened anew only when ``current`` points elsewhere."""
        with self._lock:
            try:
                return self._current()
            except FileNotFoundError:
                # Two builds in between took the version away while it was being opened.
                return self._current()

    def _current(self) -> "_Version":
        target = (self._folder / "current").resolve()
        if self._version is None or self._version.folder != target:
            manifest = read_manifest(target)
            if manifest is None:
                raise NoIndexError(f"{self._folder}: no index yet → run `seehaus run`")
            self._check(manifest)
            self._version = _Version(target, manifest)
        return self._version

    def _check(self, manifest: Mapping[str, Any]) -> None:
        model = self._model()
        pairs = {
            "index format": (manifest["format"], FORMAT),
            "passage maker": (manifest["passage_maker"], PASSAGE_MAKER),
            "lexical version": (manifest["lexical"], LEXICAL_VERSION),
            "model": (manifest["model"], model.id),
            "weights": (manifest["weights_sha256"], model.weights_sha256),
            "precision": (manifest["precision"], model.precision),
        }
        wrong = [f"{name} {was}, here {now}" for name, (was, now) in pairs.items() if was != now]
        if wrong:
            raise MismatchError(
                f"{self._folder}: built with {'; '.join(wrong)} → build the index again "
                "(`seehaus run`) or set SEEHAUS_EMBEDDER to the model it was built with"
            )

    def _model(self) -> Embedder:
        if self._embedder is None:
            given = self._given
            # An embedder has no __call__; a factory is nothing but that.
            self._embedder = given() if callable(given) else given
        return self._embedder

    @property
    def manifest(self) -> Mapping[str, Any]:
        """The current version's manifest: counts by city and kind, model, versions."""
        return self.refresh().manifest

    @property
    def cities(self) -> Mapping[str, str]:
        """The cities in the index, id to name, by name."""
        return self.refresh().city_names

    def search(
        self,
        query: str,
        *,
        k: int = 10,
        cities: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
    ) -> SearchResult:
        """Find the documents that fit a question best.

        Args:
            query: A question or words, at most 500 characters.
            k: Most hits, 1 to 50.
            cities: Only these city ids; None or empty means all.
            kinds: Only these kinds; None or empty means all.

        Returns:
            The hits, one per document.

        Raises:
            indexes.query.QueryError: Empty, too long or with control characters.
            ValueError: ``k`` is out of range.
            NoIndexError: The index is gone.
            MismatchError: A new version was built by another model.
        """
        if not 1 <= k <= MAX_HITS:
            raise ValueError(f"k: {k} → 1 to {MAX_HITS}")
        text = checked(query)
        version = self.refresh()
        began = time.perf_counter()
        mask = version.mask(cities, kinds)
        rankings = {
            "stem": top(version.lexical["stem"].scores(text), mask=mask),
            "grams": top(version.lexical["grams"].scores(text), mask=mask),
            "dense": version.dense.search(self._model().query(text), mask=mask),
        }
        fused = fuse(rankings, version.documents, shown_first=version.is_page)
        found = version.boost(fused, text, mask)[:k]
        hits = tuple(self._hit(version.row(one.row), one, text) for one in found)
        has_words = any("<mark>" in hit.snippet_html for hit in hits)
        took = (time.perf_counter() - began) * 1000
        return SearchResult(text, hits, took, has_words, version.manifest["version"])

    def _hit(self, row: dict[str, Any], found: Found, query: str) -> Hit:
        facts = {name: row[name] for name in Hit.__dataclass_fields__ if name in row}
        facts |= {name: _link(row[name]) for name in ("source_url", "file_url")}
        if facts["file_url"] and row["page"]:
            facts["file_url"] = f"{facts['file_url'].split('#')[0]}#page={row['page']}"
        return Hit(
            **facts,
            snippet_html=snippet(row["text"], query),
            score=round(found.score, 6),
            dataset_url=f"{self._portal}/dataset/{row['dataset']}" if self._portal else "",
        )


def kept_passages(folder: Path, cities: Collection[str]) -> pa.Table:
    """The passages of some cities in the current index, to carry them into the next one.

    Args:
        folder: The index folder.
        cities: City ids.

    Returns:
        Rows in the columns of ``indexes.passages.SCHEMA``; none where there is no index, or one of
        another passage maker, whose rows mean something else.
    """
    current = (folder / "current").resolve()
    manifest = read_manifest(current)
    if manifest is None or manifest["passage_maker"] != PASSAGE_MAKER:
        return SCHEMA.empty_table()
    with pa.memory_map(str(current / "passages.arrow")) as source:
        table = pa.ipc.open_file(source).read_all()
        wanted = pc.is_in(table["city_id"], pa.array(list(cities), pa.string()))
        return table.filter(wanted)


class _Version:
    """One version, memory-mapped."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder, self.manifest = folder, manifest
        self._source = pa.memory_map(str(folder / "passages.arrow"))
        self._table = pa.ipc.open_file(self._source).read_all()
        size = self._table.num_rows
        self.lexical = {
            kind: Lexical.open(folder / "lexical" / kind, kind, size) for kind in TOKENIZERS
        }
        self.dense = Dense(folder, manifest["dense"])
        self._codes = {name: _codes(self._table[name]) for name in ("city_id", "kind")}
        whole = pc.coalesce(*(self._table[name] for name in _WHOLE))
        self.documents = _codes(whole)[0].astype(np.int64)
        self.is_page = self._table["page"].is_valid().to_numpy(zero_copy_only=False)
        self._by_reference = self._named("reference", references)
        self._by_item = self._named("number", item_number)
        pairs = self._table.select(["city_id", "city_name"]).group_by(["city_id", "city_name"])
        names = pairs.aggregate([]).sort_by("city_name").to_pylist()
        self.city_names = {one["city_id"]: one["city_name"] for one in names}

    def _named(self, name: str, names: Callable[[str], Iterable[str]]) -> dict[str, list[int]]:
        """Rows by what a column names them, one row per name and document."""
        found: dict[str, dict[int, int]] = {}
        column = self._table[name]
        for row in np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)).tolist():
            for one in names(column[row].as_py()):
                found.setdefault(one, {}).setdefault(int(self.documents[row]), row)
        return {one: list(rows.values()) for one, rows in found.items()}

    def row(self, number: int) -> dict[str, Any]:
        """One passage."""
        return self._table.slice(number, 1).to_pylist()[0]

    def mask(
        self, cities: Collection[str] | None, kinds: Collection[str] | None
    ) -> npt.NDArray[np.bool_] | None:
        """Which passages the filters leave; None where there is no filter."""
        mask: npt.NDArray[np.bool_] | None = None
        for name, wanted in (("city_id", cities), ("kind", kinds)):
            if wanted:
                codes, values = self._codes[name]
                keep = np.isin(codes, [i for i, one in enumerate(values) if one in set(wanted)])
                mask = keep if mask is None else mask & keep
        return mask

    def boost(
        self, found: list[Found], query: str, mask: npt.NDArray[np.bool_] | None
    ) -> list[Found]:
        """Lift the documents whose reference, or agenda item whose number, the query names."""

        def rows(known: dict[str, list[int]], names: Iterable[str]) -> dict[int, int]:
            every = (row for name in names for row in known.get(name, []))
            return {int(self.documents[row]): row for row in every if mask is None or mask[row]}

        exact = rows(self._by_reference, references(query))
        items = rows(self._by_item, item_numbers(query))
        if not exact and not items:
            return found
        missing = exact.keys() - {one.document for one in found}
        every = [*found, *(Found(document, 0.0, exact[document]) for document in missing)]
        lifted = []
        for one in every:
            document, score, row = one
            if document in items:
                score, row = score + _ITEM_BOOST, items[document]
            if document in exact:
                score += _REFERENCE_BOOST
            lifted.append(Found(document, score, row))
        return sorted(lifted, key=lambda one: (-one.score, one.document))


def _link(url: str | None) -> str | None:
    """A URL that may stand in a page: a hostile source could send ``javascript:``."""
    return url if url and url.lower().startswith(("http://", "https://")) else None


def _codes(column: Any) -> tuple[npt.NDArray[np.int32], list[str]]:
    """A column as numbers and the values that they stand for."""
    encoded = column.combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
