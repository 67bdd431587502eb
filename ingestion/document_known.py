"""What the lake knows of a city's files before a run over them.

Files and documents grow with a city's history, so they are not held in memory: a few thousand rows
at a time are read from the lake into private temporary files (see ``spill``), and looked up there
file by file.
"""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from duckdb import DuckDBPyConnection
from pydantic import BaseModel

from ingestion import bookkeeping, privacy_book
from ingestion.bookkeeping import DOCUMENTS, Key, columns_of
from ingestion.documents import Document
from ingestion.privacy import DELETION_REQUEST, Gate
from ingestion.record import File, Record
from ingestion.spill import SpilledMap, SpilledSet
from ingestion.store import Store
from ingestion.tables import table_name

_ROWS: Final = 2_000
_CURRENT: Final = "_dlt_valid_to IS NULL"


class Stored(BaseModel):
    """A document as it is in the lake.

    Attributes:
        document: Its current row.
        pages: How many of its pages are there.
        sections: How many of its sections are there.
    """

    document: Document
    pages: int = 0
    sections: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there: a killed run may have left some out."""
        told = self.document.page_count or 0, self.document.section_count or 0
        return (self.pages, self.sections) == told


class KnownFiles:
    """The files that a council system lists, and the documents made of them.

    Attributes:
        gate: The city's rules with what the lake adds to them.
        admitted: How many files may be asked for.
        held_back: How many may not.
    """

    def __init__(self, gate: Gate) -> None:
        """Know nothing but the gate; see ``read_files``."""
        self.gate = gate
        self.admitted = self.held_back = 0
        self._files = SpilledMap()
        self._met = SpilledSet()
        self._stored = SpilledMap()
        self._to_hide = SpilledSet()

    def files(self) -> Iterator[File]:
        """What may be asked for: new files first, then those that were not for longest."""
        return (File.model_validate_json(told) for _, told in self._files.items())

    def stored(self, file_id: str) -> Stored | None:
        """What the lake has of a file, all of it there or not."""
        told = self._stored.get(file_id)
        return Stored.model_validate_json(told) if told is not None else None

    def finished(self, file_id: str) -> Document | None:
        """The document of a file, if its pages are all there."""
        stored = self.stored(file_id)
        return stored.document if stored is not None and stored.is_whole else None

    def to_hide(self) -> Iterator[Document]:
        """Documents that are still shown, of files that are not admitted (any more)."""
        for file_id in self._to_hide:
            stored = self.stored(file_id)
            assert stored is not None
            yield stored.document

    def leave_out(self, is_settled: Callable[[Document, File], bool]) -> int:
        """Ask only for files that are new, that were met since, or that have to be read anew.

        Args:
            is_settled: Whether a whole document need not be made anew from the same bytes.

        Returns:
            How many files are not asked for.
        """
        left = 0
        for file in self.files():
            if file.id not in self._met:
                document = self.finished(file.id)
                if document is not None and is_settled(document, file):
                    del self._files[file.id]
                    left += 1
        return left

    def put_in_order(self, ids: list[str], met: Iterable[str] = ()) -> None:
        """Take in in which order files are to be asked for; what ``take_files`` tells follows.

        Args:
            ids: Ids of files.
            met: Those that the council's crawl met since they were asked for last.
        """
        self._files.update((id_, "") for id_ in ids)
        self._met.update(met)

    def take_files(self, files: list[File]) -> None:
        """Keep the files that the gate admits."""
        admitted = [file for file in files if self.gate.admits(file)]
        self._files.update((file.id, _json(file)) for file in admitted)
        kept = {file.id for file in admitted}
        for file in files:
            if file.id not in kept:
                del self._files[file.id]
        self.admitted += len(admitted)
        self.held_back += len(files) - len(admitted)

    def take_documents(self, told: list[Stored]) -> None:
        """Keep documents, after all files."""
        self._stored.update((each.document.file_id, _json(each)) for each in told)
        self._to_hide.update(
            each.document.file_id
            for each in told
            if each.document.privacy_status != "withdrawn"
            and each.document.file_id not in self._files
        )


def _json(model: BaseModel) -> str:
    return model.model_dump_json(exclude_defaults=True)


class _Closed(Container[Key]):
    """What a source calls non-public, as (object type, id)."""

    def __init__(self) -> None:
        self._kept = SpilledSet()

    def take(self, kind: str, ids: list[str]) -> None:
        self._kept.update(f"{kind} {id_}" for id_ in ids)

    def __contains__(self, key: object) -> bool:
        kind, id_ = key if isinstance(key, tuple) else (None, None)
        return id_ is not None and f"{kind} {id_}" in self._kept


def read_files(store: Store, system: str, gate: Gate) -> KnownFiles:
    """Read what the lake knows of a city's files, with the gate that this makes.

    Args:
        store: The city's store.
        system: The council system that lists the files.
        gate: The city's own rules.
    """
    with store.read() as con:
        con.begin()  # all of it as it stands at one moment
        return _Reader(con, store.schema, system).known(gate)


def shown_by_others(
    con: DuckDBPyConnection, schema: str, hashes: Collection[str], files: Collection[str]
) -> set[str]:
    """Which bytes are shown by a file of the city's that is none of those named.

    Args:
        con: A connection that reads the lake.
        schema: The city's dataset.
        hashes: SHA-256 of the bytes.
        files: Ids of files.
    """
    if "document" not in columns_of(con, schema):
        return set()
    rows = con.execute(
        f"SELECT DISTINCT sha256 FROM {schema}.document WHERE {_CURRENT} "  # noqa: S608 - names are ours
        "AND sha256 IN (SELECT unnest(?::VARCHAR[])) "
        "AND file_id NOT IN (SELECT unnest(?::VARCHAR[]))",
        [sorted(hashes), sorted(files)],
    ).fetchall()
    return {sha256 for (sha256,) in rows}


class _Reader:
    """One reading: which tables there are, and the connection."""

    def __init__(self, con: DuckDBPyConnection, schema: str, system: str) -> None:
        self._con, self._schema, self._system = con, schema, system
        self._columns: Mapping[str, AbstractSet[str]] = columns_of(con, schema)

    def known(self, gate: Gate) -> KnownFiles:
        requests = bookkeeping.read_tombstones(self._con, self._schema, reason=DELETION_REQUEST)
        review = privacy_book.read_known(self._con, self._schema, self._system)
        known = KnownFiles(gate.knowing(requests, self._closed(), review))
        files = table_name(self._system, "file")
        if files in self._columns:
            # A sighting tells the day: what was met on a later one than it was asked for is due,
            # so whatever a run leaves out (quiet hours, an outage) is the next one's.
            for rows in self._rows(
                "SELECT f.id, s.last_seen_at IS NULL OR f.retrieved_at > s.last_seen_at "  # noqa: S608 - names are ours
                "OR coalesce(m.last_seen_at::DATE > s.last_seen_at::DATE, false) "
                f"FROM {self._schema}.{files} AS f "
                f"LEFT JOIN {self._schema}.sighting AS s ON s.system = ? "
                "AND s.object_type = 'document' AND s.id = f.id "
                f"LEFT JOIN {self._schema}.sighting AS m ON m.system = ? "
                "AND m.object_type = 'file' AND m.id = f.id "
                f"WHERE f.{_CURRENT} ORDER BY s.last_seen_at NULLS FIRST, f.id",
                [DOCUMENTS, self._system],
            ):
                met = [id_ for id_, is_met in rows if is_met]
                known.put_in_order([id_ for id_, _ in rows], met)
            names = self._fields(File, files)
            for rows in self._rows(
                f"SELECT {', '.join(names)} FROM {self._schema}.{files} WHERE {_CURRENT}"  # noqa: S608
            ):
                known.take_files([File.model_validate(_named(names, row)) for row in rows])
        if "document" in self._columns:
            names = self._fields(Document, "document")
            for rows in self._rows(
                f"SELECT {', '.join(f'd.{name}' for name in names)}, "  # noqa: S608
                f"coalesce(p.number, 0), coalesce(s.number, 0) FROM {self._schema}.document AS d "
                f"LEFT JOIN ({self._counted('document_page')}) AS p ON p.file_id = d.file_id "
                f"LEFT JOIN ({self._counted('document_section')}) AS s ON s.file_id = d.file_id "
                f"WHERE d.{_CURRENT}"
            ):
                known.take_documents([_stored(names, row) for row in rows])
        return known

    def _closed(self) -> _Closed:
        """Files on what the source calls non-public are not asked for, whatever they say."""
        closed = _Closed()
        for kind in ("agenda_item", "paper"):
            table = table_name(self._system, kind)
            if table in self._columns:
                for rows in self._rows(
                    f"SELECT id FROM {self._schema}.{table} WHERE {_CURRENT} AND NOT is_public"  # noqa: S608
                ):
                    closed.take(kind, [id_ for (id_,) in rows])
        return closed

    def _counted(self, table: str) -> str:
        """A query for how many current rows of a table a file has."""
        if table not in self._columns:
            return "SELECT NULL::VARCHAR AS file_id, 0 AS number WHERE false"
        return (
            f"SELECT file_id, count(*) AS number FROM {self._schema}.{table} "  # noqa: S608
            f"WHERE {_CURRENT} GROUP BY file_id"
        )

    def _fields(self, model: type[Record], table: str) -> list[str]:
        # A table that was written before a field existed lacks its column.
        return [name for name in model.model_fields if name in self._columns[table]]

    def _rows(self, sql: str, values: Collection[Any] = ()) -> Iterator[list[tuple[Any, ...]]]:
        self._con.execute(sql, list(values))
        while rows := self._con.fetchmany(_ROWS):
            yield rows


def _named(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(names, row, strict=True))


def _stored(names: list[str], row: tuple[Any, ...]) -> Stored:
    *fields, pages, sections = row
    document = Document.model_validate(_named(names, tuple(fields)))
    return Stored(document=document, pages=pages, sections=sections)
