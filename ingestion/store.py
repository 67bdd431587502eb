"""Records into the raw layer of one city, with provenance and history.

Records go through dlt (merge, scd2: a current row has ``_dlt_valid_to IS NULL``), all of a load in
one package. What belongs to the crawl (sightings, tombstones, the fetch table, its checkpoint or
its own row) follows in one transaction, so a row there says: all of it is in. A run that is killed
before leaves object rows which the next run finds unchanged: everything is worked out from the
lake, and nothing from local state.

A long crawl comes in portions. A portion only adds; what is gone is judged when the last one is in,
over all of them.
"""

import datetime as dt
import hashlib
import json
from collections import ChainMap, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from duckdb import DuckDBPyConnection

from ingestion import bookkeeping, renaming
from ingestion.absence import Seen, covered, drops, missing
from ingestion.absence_lake import Judgement, judge
from ingestion.bookkeeping import Book, Counts, Crawl, Key, State, Unfinished
from ingestion.city import City
from ingestion.dlt_load import LoadError, load_tables
from ingestion.known import Reach, read_state
from ingestion.loaded import Loaded
from ingestion.partial import is_mention, is_part_of, poorer
from ingestion.personal_data import DeletedNames
from ingestion.privacy import DELETION_REQUEST, bare, is_held_back
from ingestion.privacy_book import read_deleted
from ingestion.privacy_prints import Prints, read_prints
from ingestion.record import Record, Tombstone
from ingestion.tables import arrow_schema, table_name

if TYPE_CHECKING:
    from ingestion.blobs import Blobs

__all__ = ["Counts", "Crawl", "DropError", "LoadError", "LoadResult", "Store", "city_row"]

# So many rows may wait in memory for the loads that are written together with theirs.
_MOST_HELD: Final = 25_000


class DropError(RuntimeError):
    """Too much of what is known is missing; nothing is taken away, this load is not written."""


@dataclass(frozen=True)
class LoadResult:
    """What a load did.

    Attributes:
        counts: Per object type, in objects.
        is_complete: Whether the crawl was complete.
    """

    counts: Mapping[str, Counts]
    is_complete: bool

    @property
    def has_changed(self) -> bool:
        """Whether any object's row was written or ended."""
        return any(each.new or each.changed or each.removed for each in self.counts.values())


@dataclass(frozen=True, slots=True)
class _Row:
    """A record on its way into its table."""

    record: Record
    content_sha256: str
    retrieved_at: dt.datetime

    def columns(self) -> dict[str, Any]:
        return self.record.model_dump() | {
            "retrieved_at": self.retrieved_at,
            "content_sha256": self.content_sha256,
        }


@dataclass
class _Batch:
    """What a crawl brought: of each object the last record, and only if it is not known yet."""

    rows: dict[str, dict[str, _Row]] = field(default_factory=lambda: defaultdict(dict))
    # Objects of which only pages tell that are not their own.
    mentioned: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    models: dict[str, type[Record]] = field(default_factory=dict)
    seen: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    held_back: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    deleted: dict[Key, str] = field(default_factory=dict)
    # What is a request's object under another id, and answers that tell of such objects or names.
    moved: dict[Key, str] = field(default_factory=dict)
    telling: set[str] = field(default_factory=set)

    @property
    def brought(self) -> dict[str, set[str]]:
        """What the server still has, also where we must not keep it."""
        kinds = self.seen.keys() | self.held_back.keys()
        return {kind: self.seen[kind] | self.held_back[kind] for kind in kinds}

    @property
    def keys(self) -> set[Key]:
        """Every object that the crawl told of."""
        return _keys(self.brought) | self.deleted.keys()

    def forget_unchanged(self, state: State) -> None:
        """Drop what the lake has already, word for word."""
        for kind, rows in self.rows.items():
            known = state.known.get(kind, {})
            for id_ in rows.keys() & known.keys():
                if rows[id_].content_sha256 == known[id_].content_sha256:
                    del rows[id_]


@dataclass(frozen=True)
class _Package:
    """What one load has still to write."""

    crawl: Crawl
    state: State
    book: Book
    tables: Mapping[str, pa.Table]
    telling: frozenset[str]
    fetches: list[dict[str, Any]]


class Store:
    """The raw dataset of one city, ``raw_<city_id>``; one writer at a time, by the lake's lock.

    Attributes:
        city_id: The city's id.
        schema: The dataset's name.
        fetches: Rows for the fetch table that the next load writes (``StoredAnswers`` adds them).
        blobs: Where the bodies of answers lie, once there is a ``StoredAnswers``.
    """

    def __init__(
        self,
        city_id: str,
        *,
        destination: Any,
        read: Callable[[], AbstractContextManager[DuckDBPyConnection]],
        write: Callable[[], AbstractContextManager[DuckDBPyConnection]],
        lock: Callable[[], AbstractContextManager[None]],
        pipelines: Path,
    ) -> None:
        """Remember how to reach the lake; nothing is opened yet.

        Args:
            city_id: The city's id.
            destination: dlt's destination.
            read: Opens a read-only connection with the lake as current database.
            write: Opens one that may write, and takes the lock.
            lock: Holds the lake for dlt; re-entrant together with ``write``.
            pipelines: A folder of this machine for dlt's working files.
        """
        self.city_id = city_id
        self.schema = f"raw_{city_id}"
        self.fetches: list[dict[str, Any]] = []
        self.blobs: Blobs | None = None
        self.read = read
        self._write, self._lock = write, lock
        self._destination, self._pipelines = destination, pipelines
        self._held: list[_Package] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write what several crawls bring in one package: each costs dlt seconds, however small.

        What the loads within it bring is in the lake when it ends, also where it ends early. The
        crawls must be of different systems.

        Raises:
            LoadError: The lake could not be written.
        """
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            self._commit(held)

    def load(self, system: str, records: Iterable[Record], *, crawl: Crawl) -> LoadResult:
        """Bring a crawl's records into the lake; what is unchanged is not written again.

        Args:
            system: The kind of server, e.g. ``sessionnet``: first part of the table names.
            records: Everything the crawl, or this portion of it, brought, read to its end; of
                several records of one object the last one counts. They may come from a generator
                that fills ``crawl``.
            crawl: What there is to know of the crawl; read when ``records`` has ended, and told
                what was committed.

        Returns:
            Counts per object type.

        Raises:
            DropError: A complete crawl, or a clean portion in its days, missed more than a tenth
                (and more than five) of the known objects of a type. Nothing was taken away and
                nothing of this load written; a crawl of several portions begins anew.
            LoadError: The lake could not be written.
        """
        self._rename(system)
        with self.read() as con:
            requests = bookkeeping.read_tombstones(con, self.schema, reason=DELETION_REQUEST)
            names = read_deleted(con, self.schema)
            prints = read_prints(con, self.schema)
        batch = self._collect(records, requests, crawl, (names, prints))
        with self.read() as con:
            whole = self._held_against_all(con, batch, crawl)
        self._brake(whole.dropped, crawl)
        with self.read() as con:
            brought, again = batch.brought, self._met_again(con, batch, crawl)
            reach = self._reach(con, batch, crawl)
            keys = batch.keys | crawl.retire | crawl.tombstones.keys() | _keys(whole.absent)
            state = read_state(con, self.schema, system, keys, reach)
            batch.forget_unchanged(state)
            self._keep_what_is_known_better(con, system, state, batch, crawl, again)
        absent = whole.absent or self._judged(reach, state, batch, crawl)
        book = self._book(state, batch, crawl, absent)
        book.met = {kind: ids - again.get(kind, set()) for kind, ids in brought.items()}
        crawl.portions += 1
        crawl.count(book.counts, again)
        tables = {
            table_name(system, kind): _arrow(batch.models[kind], rows)
            for kind, rows in sorted(batch.rows.items())
            if rows
        }
        package = _Package(crawl, state, book, tables, frozenset(batch.telling), self.fetches)
        self.fetches = []
        if self._held is None or not crawl.is_last:
            self._commit([package])
        else:
            self._held.append(package)
            if sum(len(rows) for each in self._held for rows in each.tables.values()) > _MOST_HELD:
                self._commit(self._held)
                self._held = []
        return LoadResult(book.counts, crawl.is_complete)

    def _commit(self, packages: list[_Package]) -> None:
        """Write loads: the rows of all in one package of dlt's, then the books of each."""
        if not packages:
            return
        tables = {name: rows for each in packages for name, rows in each.tables.items()}
        with self._lock():
            if tables:
                load_tables(
                    self.schema, tables, destination=self._destination, pipelines=self._pipelines
                )
            with self._write() as con:
                for each in packages:
                    bookkeeping.write(
                        con, self.schema, each.crawl, each.state, each.book, each.fetches
                    )
                    self._withhold(con, each.telling)
        for each in packages:
            each.crawl.loaded = {}
            each.crawl.committed()
        # Arrow keeps what the largest load needed; until the next one it may be of use elsewhere.
        pa.default_memory_pool().release_unused()

    def _withhold(self, con: DuckDBPyConnection, hashes: frozenset[str]) -> None:
        """Let go of the bodies of answers that tell what a deletion request covers.

        Whoever parses all answers again asks the server for these, and the gate stands there too.
        """
        if not hashes or self.blobs is None:
            return
        for sha256 in hashes - bookkeeping.shown_elsewhere(con, self.schema, hashes):
            self.blobs.delete(sha256)
        bookkeeping.withhold(con, self.schema, hashes, DELETION_REQUEST)

    def _rename(self, system: str) -> None:
        """Bring a lake of before to the ids of today."""
        if system != renaming.SYSTEM:
            return
        with self.read() as con:
            is_due = renaming.is_due(con, self.schema)
        if is_due:
            with self._write() as con:
                con.begin()
                renaming.rename_seats(con, self.schema)
                con.commit()

    def keep_answers(self, crawl: Crawl) -> None:
        """Commit what was answered in the middle of a portion: nobody asks for it again.

        Args:
            crawl: The crawl whose answers these are.
        """
        with self._write() as con:
            bookkeeping.write_answers(con, self.schema, crawl, self.fetches)
        self.fetches = []
        crawl.committed()

    def unfinished(self, system: str) -> Unfinished | None:
        """The crawl of a system that has not come to its end, if there is one."""
        with self.read() as con:
            return bookkeeping.read_unfinished(con, self.schema, system)

    def loaded(self, system: str) -> dict[str, Loaded]:
        """The answers of a system that need not be read again, by their URLs."""
        with self.read() as con:
            return bookkeeping.read_loaded(con, self.schema, system)

    def answered(self, system: str) -> Iterator[list[tuple[str, str]]]:
        """What an unfinished crawl was answered: URL → URL under which the answer is kept.

        Yields:
            Pairs, a few thousand at a time.
        """
        with self.read() as con:
            yield from bookkeeping.read_answered(con, self.schema, system)

    def forget(self, system: str) -> None:
        """Give an unfinished crawl up; what it loaded stays."""
        with self._write() as con:
            bookkeeping.forget(con, self.schema, system)

    def city(self, row: Mapping[str, Any]) -> bool:
        """Keep the city file's flat columns as the one row of the city's table.

        Args:
            row: Columns of ``city`` without ``retrieved_at`` and ``content_sha256``.

        Returns:
            Whether anything changed; the same row again writes nothing.
        """
        text = json.dumps(dict(row), ensure_ascii=False, sort_keys=True, default=str)
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        with self.read() as con:
            tables = bookkeeping.columns_of(con, self.schema)
            if "city" in tables:
                rows = con.execute(f"SELECT content_sha256 FROM {self.schema}.city").fetchall()  # noqa: S608
                if rows == [(sha256,)]:
                    return False
        full = dict(row) | {"retrieved_at": dt.datetime.now(dt.UTC), "content_sha256": sha256}
        with self._write() as con:
            bookkeeping.replace_city(con, self.schema, full)
        return True

    def _collect(
        self,
        records: Iterable[Record],
        requests: dict[Key, str],
        crawl: Crawl,
        known: tuple[DeletedNames, Prints],
    ) -> _Batch:
        batch = _Batch()
        names, prints = known
        withheld = ChainMap(batch.moved, requests)
        for told in records:
            if isinstance(told, Tombstone):
                self._collect_deleted(batch, told)
                continue
            kind, id_ = told.object_type, told.id
            if prints.knows(told) and (kind, id_) not in requests:
                batch.moved[kind, id_] = DELETION_REQUEST
            record = names.without_in(told)
            is_held = is_held_back(told, withheld)
            if (is_held or record is not told) and crawl.page_sha256:
                batch.telling.add(crawl.page_sha256)
            if is_held:
                batch.held_back[kind].add(id_)
                continue
            record = bare(record)
            if self._is_told_better(batch, record, crawl):
                continue
            batch.models[kind] = type(record)
            batch.seen[kind].add(id_)
            batch.deleted.pop((kind, id_), None)
            at = crawl.retrieved_at or dt.datetime.now(dt.UTC)
            batch.rows[kind][id_] = _Row(record, record.content_sha256, at)
        return batch

    def _held_against_all(self, con: DuckDBPyConnection, batch: _Batch, crawl: Crawl) -> Judgement:
        """What a complete crawl of everything did not bring; nothing for any other."""
        if not crawl.is_complete or not crawl.is_of_all:
            return Judgement()
        return judge(
            con,
            self.schema,
            crawl.system,
            brought=batch.brought,
            deleted=batch.deleted.keys(),
            since=crawl.since,
            until=crawl.until,
            accept_drop=crawl.accept_drop,
        )

    def _met_again(
        self, con: DuckDBPyConnection, batch: _Batch, crawl: Crawl
    ) -> Mapping[str, set[str]]:
        """Of what this portion brought that which an earlier one of the crawl brought too."""
        if not crawl.has_checkpoint:
            return {}
        return bookkeeping.met(con, self.schema, crawl.system, batch.brought)

    def _reach(self, con: DuckDBPyConnection, batch: _Batch, crawl: Crawl) -> Reach | None:
        """Of what within days this load has to say whether it is missing.

        A complete increment speaks for all of its portions; any clean portion is braked by itself.
        """
        if crawl.is_complete and not crawl.is_whole and crawl.since is not None:
            before = bookkeeping.met(con, self.schema, crawl.system) if crawl.has_checkpoint else {}
            return Reach(crawl.since, crawl.until, _union(before, batch.brought))
        if not crawl.is_complete and crawl.span is not None and not crawl.problems:
            return Reach(*crawl.span, batch.brought)
        return None

    @staticmethod
    def _is_told_better(batch: _Batch, record: Record, crawl: Crawl) -> bool:
        """Whether the object's own page was read already, and this one only mentions it.

        A mention that says all of it and more is none: a list of files does not tell their roles.
        """
        kind, id_ = record.object_type, record.id
        mentioned = batch.mentioned[kind]
        if not is_mention(kind, crawl.page_kind):
            mentioned.discard(id_)
            return False
        if id_ in batch.seen[kind] and id_ not in mentioned:
            told = batch.rows[kind][id_].record
            return not is_part_of(told.model_dump(), record.model_dump())
        mentioned.add(id_)
        return False

    def _keep_what_is_known_better(
        self,
        con: DuckDBPyConnection,
        system: str,
        state: State,
        batch: _Batch,
        crawl: Crawl,
        again: Seen,
    ) -> None:
        """Drop records that only say less, where the page that says more was not read just now."""
        for kind, rows in batch.rows.items():
            changed = rows.keys() & state.known.get(kind, {}).keys()
            if not crawl.problems:
                mentioned = batch.mentioned[kind]
                if crawl.is_whole:
                    mentioned = mentioned & again.get(kind, set())
                changed &= mentioned
            if changed:
                table = f"{self.schema}.{table_name(system, kind)}"
                brought = _arrow(batch.models[kind], {id_: rows[id_] for id_ in changed})
                for id_ in poorer(con, table, brought):
                    del rows[id_]

    @staticmethod
    def _collect_deleted(batch: _Batch, record: Tombstone) -> None:
        kind, id_ = record.deleted_object_type, record.deleted_id
        batch.deleted[kind, id_] = record.reason
        batch.rows[kind].pop(id_, None)
        batch.seen[kind].discard(id_)

    def _judged(
        self, reach: Reach | None, state: State, batch: _Batch, crawl: Crawl
    ) -> dict[str, set[str]]:
        """What is missing of all that had to come within days; a portion is only braked."""
        if reach is None:
            return {}
        cover = covered(state.known, reach.seen, reach.first, reach.last)
        # What the server itself declares deleted is no riddle and no reason to stop.
        told = {
            kind: {id_ for id_ in ids if (kind, id_) not in batch.deleted}
            for kind, ids in cover.items()
        }
        absent = missing(told, reach.seen)
        self._brake({} if crawl.accept_drop else drops(told, absent), crawl)
        return absent if crawl.is_complete else {}

    def _brake(self, dropped: Mapping[str, tuple[int, int]], crawl: Crawl) -> None:
        """Stop where too much is missing.

        Raises:
            DropError: It is.
        """
        if not dropped:
            return
        if crawl.has_checkpoint:
            # The next run has to look again, not to judge once more what this one saw.
            self.forget(crawl.system)
        written = "nothing was taken away" if crawl.has_checkpoint else "nothing was written"
        what = ", ".join(f"{few} of {all_} {kind}" for kind, (few, all_) in dropped.items())
        raise DropError(
            f"{self.city_id}/{crawl.system}: the crawl misses {what} → {written}; "
            "see whether the site is broken or was relaunched, and only if they are really "
            f"gone run `seehaus run --city {self.city_id} --accept-drop`"
        )

    @staticmethod
    def _book(state: State, batch: _Batch, crawl: Crawl, absent: Mapping[str, set[str]]) -> Book:
        missed = _keys(absent)
        gone = dict(batch.deleted) | crawl.tombstones | batch.moved
        for key in missed:
            sighting = state.sightings.get(key)
            if sighting is not None and sighting.missed:
                gone[key] = "disappeared"
        # A deletion request outranks whatever else is said of an object.
        gone = {
            key: reason
            for key, reason in gone.items()
            if state.tombstones.get(key) not in (reason, DELETION_REQUEST)
        }
        seen, held_back = _keys(batch.seen), _keys(batch.held_back)
        retire = {
            (kind, id_)
            # A row that says itself that its object is gone (a document's) stays current.
            for kind, id_ in (gone.keys() - seen) | crawl.retire | held_back
            if id_ in state.known.get(kind, {})
        }
        back = {
            key
            for key in seen & state.tombstones.keys() - crawl.tombstones.keys()
            if state.tombstones[key] != DELETION_REQUEST
        }
        return Book(
            seen=seen,
            missing=missed,
            gone=gone,
            back=back,
            retire=retire,
            counts=_counts(state, batch, absent, retire),
        )


def city_row(city: City) -> dict[str, Any]:
    """A city file as the flat columns of the raw table ``city``."""
    return {
        "city_id": city.id,
        "name": city.name,
        "ags": city.ags,
        "ars": city.ars,
        "nuts3": city.nuts3,
        "wikidata": city.wikidata,
        "website": str(city.website),
        "publisher_name": city.publisher.name,
        "publisher_url": str(city.publisher.url),
        "publisher_email": str(city.publisher.email),
        "licence": city.licence,
        "council_system": city.council.system if city.council else None,
        "council_url": str(city.council.url) if city.council else None,
        "is_sample": city.is_sample,
    }


def _keys(of: Seen) -> set[Key]:
    return {(kind, id_) for kind, ids in of.items() for id_ in ids}


def _union(one: Seen, other: Seen) -> dict[str, set[str]]:
    kinds = one.keys() | other.keys()
    return {kind: {*one.get(kind, ()), *other.get(kind, ())} for kind in kinds}


def _arrow(model: type[Record], rows: Mapping[str, _Row]) -> pa.Table:
    ordered = (rows[id_].columns() for id_ in sorted(rows))
    return pa.Table.from_pylist(list(ordered), schema=arrow_schema(model))


def _counts(
    state: State, batch: _Batch, absent: Mapping[str, set[str]], retire: set[Key]
) -> dict[str, Counts]:
    kinds = (
        batch.seen.keys() | batch.held_back.keys() | absent.keys() | {kind for kind, _ in retire}
    )
    counts: dict[str, Counts] = {}
    for kind in sorted(kinds):
        known = state.known.get(kind, {})
        seen = batch.seen.get(kind, set())
        written = batch.rows.get(kind, {}).keys()
        counts[kind] = Counts(
            seen=len(seen),
            new=len(written - known.keys()),
            changed=len(written & known.keys()),
            unchanged=len(seen) - len(written),
            held_back=len(batch.held_back.get(kind, set())),
            missing=len(absent.get(kind, set())),
            removed=sum(1 for of, _ in retire if of == kind),
        )
    return {kind: each for kind, each in counts.items() if each != Counts()}
