"""The rows of one publication as one file, for the portal's action ``seehaus_publish``.

Gzip, one JSON list per line: operation, columns, records. The portal reads it line by line.
"""

import gzip
import io
import json
from collections.abc import Iterator

import polars as pl

from catalog.changes import RowChanges, batches

FILE_NAME = "rows.jsonl.gz"
MEDIA_TYPE = "application/gzip"


def changed_rows(changes: RowChanges) -> io.BytesIO:
    """Only what differs; deletions last."""
    return _packed(_of_changes(changes))


def all_rows(frame: pl.DataFrame) -> io.BytesIO:
    """Every row, for a table that is made anew."""
    return _packed(iter([("insert", frame)]))


def _of_changes(changes: RowChanges) -> Iterator[tuple[str, pl.DataFrame]]:
    yield "insert", changes.inserts
    for update in changes.updates:
        yield "update", update
    yield "delete", changes.deletes


def _packed(parts: Iterator[tuple[str, pl.DataFrame]]) -> io.BytesIO:
    target = io.BytesIO()
    # Level 1: the network is faster than a higher one; no time stamp: equal rows, equal bytes.
    with gzip.GzipFile(fileobj=target, mode="wb", compresslevel=1, mtime=0) as packed:
        for operation, frame in parts:
            for batch in batches(frame):
                line = [operation, frame.columns, batch]
                packed.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
    target.seek(0)
    return target
