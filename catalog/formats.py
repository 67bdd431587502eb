"""Published rows in the forms that different readers want: Excel, programs, maps.

Equal rows give equal bytes, as in ``catalog.files``, whose CSV is the one that is true to the
letter. The copy for Excel is made for eyes: German numbers and dates, German headings, and texts
that a spreadsheet would take for a formula are marked as text.
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl
import pyarrow as pa

from catalog.changes import records
from catalog.dictionary import Table

EXCEL_ROWS: Final = 1_048_575
"""As many rows as a sheet takes below its heading."""
_EXCEL_CELL: Final = 32_767
_CUT: Final = " … (gekürzt)"
_FORMULA: Final = r"^[=+\-@\t\r]"
_GEOMETRIES: Final = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    }
)


class GeometryError(ValueError):
    """A published geometry is none; names table, row and mend."""


def excel_csv_bytes(rows: pa.Table, table: Table) -> bytes:
    """CSV as German spreadsheets open it: byte order mark, semicolon, decimal comma.

    Args:
        rows: Shape (n, published columns), n at most ``EXCEL_ROWS``.
        table: Its labels are the headings.

    Returns:
        UTF-8 with byte order mark, CRLF; dates as ``31.12.2023``, instants in UTC as
        ``31.12.2023 23:59:59``, truth as WAHR and FALSCH. A text that begins like a formula has an
        apostrophe before it; one longer than a cell is cut and says so.
    """
    frame = _frame(rows)
    columns = [_for_excel(name, kind) for name, kind in frame.schema.items()]
    buffer = io.BytesIO()
    frame.select(columns).rename(_headings(table)).write_csv(
        buffer,
        include_bom=True,
        separator=";",
        decimal_comma=True,
        line_terminator="\r\n",
        quote_style="necessary",
    )
    return buffer.getvalue()


def _for_excel(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.strftime("%d.%m.%Y %H:%M:%S")
    if kind == pl.Date:
        return column.dt.strftime("%d.%m.%Y")
    if kind == pl.Boolean:
        return pl.when(column).then(pl.lit("WAHR")).when(~column).then(pl.lit("FALSCH")).alias(name)
    if kind != pl.String:
        return column
    safe = pl.when(column.str.contains(_FORMULA)).then("'" + column).otherwise(column)
    short = safe.str.slice(0, _EXCEL_CELL - len(_CUT)) + _CUT
    return pl.when(safe.str.len_chars() > _EXCEL_CELL).then(short).otherwise(safe).alias(name)


def _headings(table: Table) -> dict[str, str]:
    """Column to label and unit; a label that two columns share is followed by the name."""
    said = {
        column.name: f"{column.label_de} [{column.unit_de}]" if column.unit else column.label_de
        for column in table.published
    }
    texts = list(said.values())
    return {
        name: text if texts.count(text) == 1 else f"{text} ({name})" for name, text in said.items()
    }


def json_lines_bytes(rows: pa.Table) -> bytes:
    """JSON Lines: UTF-8, one object per row, nulls said, ISO dates, instants in UTC."""
    frame = _frame(rows)
    columns = [_for_json(name, kind) for name, kind in frame.schema.items()]
    buffer = io.BytesIO()
    frame.with_columns(columns).write_ndjson(buffer)
    return buffer.getvalue()


def _for_json(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return column.dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(kind, pl.Decimal):
        return column.cast(pl.String)
    return column.dt.strftime("%Y-%m-%d") if kind == pl.Date else column


def geojson_bytes(rows: pa.Table, table: Table) -> bytes | None:
    """GeoJSON (RFC 7946) of the rows that lie somewhere.

    A row's place is its ``geometry`` (GeoJSON as text) or its ``longitude`` and ``latitude``
    (degrees of WGS 84); the other columns are its properties.

    Returns:
        A feature collection; None where no row has a place.

    Raises:
        GeometryError: A ``geometry`` is no GeoJSON geometry.
    """
    names = set(rows.column_names)
    if not ({"geometry"} <= names or {"latitude", "longitude"} <= names):
        return None
    features = list(_features(records(_frame(rows)), table))
    if not features:
        return None
    collection = {"type": "FeatureCollection", "features": features}
    return (json.dumps(collection, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _features(rows: Sequence[dict[str, Any]], table: Table) -> Iterator[dict[str, Any]]:
    for row in rows:
        key = "|".join(str(row[name]) for name in table.keys)
        geometry = _geometry(row, f"{table.name} {key}")
        if geometry is not None:
            properties = {
                name: value
                for name, value in row.items()
                if name not in {"geometry", "latitude", "longitude"}
            }
            yield {"type": "Feature", "id": key, "geometry": geometry, "properties": properties}


def _geometry(row: Mapping[str, Any], place: str) -> dict[str, Any] | None:
    text = row.get("geometry")
    if text:
        try:
            found = json.loads(text)
        except ValueError:
            found = None
        if not isinstance(found, dict) or found.get("type") not in _GEOMETRIES:
            message = f"{place}: geometry {text[:40]!r} is no GeoJSON geometry → see its model"
            raise GeometryError(message)
        return found
    if row.get("latitude") is None or row.get("longitude") is None:
        return None
    return {"type": "Point", "coordinates": [row["longitude"], row["latitude"]]}


def _frame(rows: pa.Table) -> pl.DataFrame:
    frame = pl.from_arrow(rows)
    assert isinstance(frame, pl.DataFrame)
    return frame
