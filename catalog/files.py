"""Published rows as files: equal rows give equal bytes, so a hash tells whether anything changed.

Cells are written as they are: a text that begins with ``=``, ``+``, ``-`` or ``@`` stays what the
council wrote. Escaping it for spreadsheets would falsify the data for every other reader; the
resource's description warns those who open the file in one.
"""

import hashlib
import io
import json
from collections.abc import Mapping
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.dictionary import Table, table_schema

_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


class RowsError(ValueError):
    """The rows do not fit the dictionary; names table and column."""


def published_rows(rows: pa.Table, table: Table) -> pa.Table:
    """Cut rows to what may leave, in the dictionary's types, sorted by key.

    Args:
        rows: Shape (n, columns of the harmonised table), any order.
        table: The dictionary's word on the table.

    Returns:
        Shape (n, published columns), not-a-number turned into null.

    Raises:
        RowsError: A published column is missing or has another type, or a key is not unique.
    """
    arrays = []
    for column in table.published:
        if column.name not in rows.column_names:
            message = (
                f"{table.name}.{column.name}: described, but not among the rows → "
                "build the model again, or take the column out of its yml"
            )
            raise RowsError(message)
        try:
            array = rows.column(column.name).cast(column.kind.arrow)
        except pa.ArrowInvalid as error:
            message = (
                f"{table.name}.{column.name}: the rows do not fit {column.data_type} ({error}) → "
                "correct the model's data_type"
            )
            raise RowsError(message) from None
        if pa.types.is_floating(array.type):
            array = pc.if_else(pc.is_finite(array), array, pa.scalar(None, array.type))
        arrays.append(array)
    cut = pa.Table.from_arrays(arrays, schema=table.schema)
    _check_keys(cut, table)
    return cut.sort_by([(key, "ascending") for key in table.keys]).combine_chunks()


def _check_keys(rows: pa.Table, table: Table) -> None:
    keys = rows.select(list(table.keys))
    if any(column.null_count for column in keys.columns):
        message = f"{table.name}: a key ({', '.join(table.keys)}) is null → see the model's tests"
        raise RowsError(message)
    distinct = keys.group_by(list(table.keys)).aggregate([]).num_rows
    if distinct != rows.num_rows:
        message = (
            f"{table.name}: {rows.num_rows - distinct} rows share a key "
            f"({', '.join(table.keys)}) → see the model's tests"
        )
        raise RowsError(message)


def csv_bytes(rows: pa.Table) -> bytes:
    """RFC 4180: UTF-8, comma, CRLF, decimal point, ISO dates, UTC instants.

    A missing value is empty, an empty text is ``""``.
    """
    buffer = io.BytesIO()
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    frame.write_csv(
        buffer, line_terminator="\r\n", quote_style="necessary", datetime_format=_INSTANT
    )
    return buffer.getvalue()


def parquet_bytes(rows: pa.Table) -> bytes:
    """Parquet with zstd; nothing in it depends on when or where it was written."""
    buffer = io.BytesIO()
    pq.write_table(rows.replace_schema_metadata(None), buffer, compression="zstd")
    return buffer.getvalue()


def datapackage_bytes(
    name: str, title: str, description: str, licence: Mapping[str, str], table: Table
) -> bytes:
    """Frictionless ``datapackage.json`` for the CSV file beside it."""
    package: dict[str, Any] = {
        "name": name,
        "title": title,
        "description": description,
        "profile": "tabular-data-package",
        "licenses": [dict(licence)],
        "resources": [
            {
                "name": name,
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "encoding": "utf-8",
                "format": "csv",
                "mediatype": "text/csv",
                "schema": table_schema(table),
            }
        ],
    }
    return (json.dumps(package, ensure_ascii=False, indent=2) + "\n").encode()


def sha256(body: bytes) -> str:
    """The hash by which a published file is known."""
    return hashlib.sha256(body).hexdigest()
