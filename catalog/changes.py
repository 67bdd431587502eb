"""What has to be sent: the rows that differ from what was last published.

The last published rows lie as Parquet in the state folder. They are trusted only while the
portal's recorded hash is theirs; a marker beside them says that a DataStore table was being
written when the process ended, so that the next run writes it whole.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from catalog.files import sha256

BATCH: Final = 5_000
# What no published column's name contains.
_OLD: Final = "\0old"
# One statement per set of changed columns: with more of them whole rows cost less.
_MOST_SETS: Final = 32


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What turns one set of rows into another.

    Attributes:
        inserts: Rows whose key is new, all columns.
        updates: Rows whose key was there, one frame per set of changed columns: the key columns
            first, then those that changed.
        deletes: Rows that are gone, key columns only.
    """

    inserts: pl.DataFrame
    updates: tuple[pl.DataFrame, ...]
    deletes: pl.DataFrame

    @property
    def added(self) -> int:
        """How many rows are new."""
        return len(self.inserts)

    @property
    def changed(self) -> int:
        """How many rows have another content."""
        return sum(map(len, self.updates))

    @property
    def removed(self) -> int:
        """How many rows are gone."""
        return len(self.deletes)


def row_changes(base: pa.Table, rows: pa.Table, keys: tuple[str, ...]) -> RowChanges | None:
    """Compare two sorted sets of published rows.

    Returns:
        What turns ``base`` into ``rows``; None where their columns differ, so that only a full
        reload helps.
    """
    if not base.schema.equals(rows.schema):
        return None
    old, new = _frame(base), _frame(rows)
    other = new.join(old, on=new.columns, how="anti", nulls_equal=True, maintain_order="left")
    return RowChanges(
        inserts=other.join(old, on=list(keys), how="anti", maintain_order="left"),
        updates=_updates(old, other, keys),
        deletes=old.select(keys).join(new, on=list(keys), how="anti", maintain_order="left"),
    )


def _updates(
    old: pl.DataFrame, other: pl.DataFrame, keys: Sequence[str]
) -> tuple[pl.DataFrame, ...]:
    """The changed rows, each with its key and only the columns that differ."""
    columns = [name for name in other.columns if name not in keys]
    both = other.join(old, on=list(keys), how="inner", suffix=_OLD, maintain_order="left")
    if both.is_empty():
        return ()
    marks = [
        pl.when(pl.col(name).ne_missing(pl.col(f"{name}{_OLD}")))
        .then(pl.lit("1"))
        .otherwise(pl.lit("0"))
        for name in columns
    ]
    parts = both.with_columns(pl.concat_str(marks).alias(_OLD)).partition_by(
        _OLD, maintain_order=True, as_dict=True
    )
    if len(parts) > _MOST_SETS:
        return (both.select(*keys, *columns),)
    return tuple(
        part.select(
            *keys, *(name for name, bit in zip(columns, str(mark), strict=True) if bit == "1")
        )
        for (mark,), part in parts.items()
    )


def everything(rows: pa.Table) -> pl.DataFrame:
    """All rows, for a full reload."""
    return _frame(rows)


def vanished(stored: list[dict[str, Any]], rows: pa.Table, keys: tuple[str, ...]) -> pl.DataFrame:
    """The keys among ``stored`` (as the DataStore tells them) that ``rows`` no longer has."""
    wanted = {tuple(record.values()) for record in records(_frame(rows).select(keys))}
    gone = [record for record in stored if tuple(record[key] for key in keys) not in wanted]
    return pl.DataFrame(gone, schema=list(keys), orient="row") if gone else pl.DataFrame()


def _frame(rows: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame


def records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON-ready records: dates and instants (UTC, without zone) in ISO form."""
    columns = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Datetime):
            columns.append(pl.col(name).dt.strftime("%Y-%m-%dT%H:%M:%S%.f"))
        elif kind == pl.Date:
            columns.append(pl.col(name).dt.strftime("%Y-%m-%d"))
        elif isinstance(kind, pl.Decimal):
            columns.append(pl.col(name).cast(pl.String))
    return frame.with_columns(columns).to_dicts()


def batches(frame: pl.DataFrame) -> Iterator[list[dict[str, Any]]]:
    """The frame's records in portions that one request carries."""
    for part in frame.iter_slices(BATCH):
        yield records(part)


@dataclass(frozen=True, slots=True)
class State:
    """What this machine remembers of one data set's last publication."""

    folder: Path
    name: str

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.parquet"

    @property
    def _marker(self) -> Path:
        return self.folder / f"{self.name}.unfinished"

    @property
    def was_published(self) -> bool:
        """Whether this machine has published it."""
        return self._file.exists()

    @property
    def is_unfinished(self) -> bool:
        """Whether a run ended while the DataStore table was being written."""
        return self._marker.exists()

    def begin(self) -> None:
        """Say, on disk, that the DataStore table is about to be written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._marker.open("w") as file:
            os.fsync(file.fileno())

    def base(self, published_hash: str) -> pa.Table | None:
        """The last published rows, if the portal's hash says that they still are."""
        try:
            body = self._file.read_bytes()
        except FileNotFoundError:
            return None
        return pq.read_table(pa.BufferReader(body)) if sha256(body) == published_hash else None

    def has(self, published_hash: str) -> bool:
        """Whether the remembered rows are those of this hash."""
        return self._file.exists() and sha256(self._file.read_bytes()) == published_hash

    def finish(self, parquet: bytes) -> None:
        """Remember the rows that are published now."""
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(f".{os.getpid()}.tmp")
        beside.write_bytes(parquet)
        beside.replace(self._file)
        self._marker.unlink(missing_ok=True)
