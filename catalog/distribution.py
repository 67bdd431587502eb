"""The files of a data set: which there are, what each is called and what is in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import pyarrow as pa

from catalog import files, formats, wording
from catalog.dictionary import Table

Key = Literal["csv", "parquet", "excel", "jsonl", "geojson", "datapackage"]
FRICTIONLESS: Final = "https://specs.frictionlessdata.io/tabular-data-package/"


@dataclass(frozen=True)
class Distribution:
    """One published file.

    Attributes:
        key: What kind of file; part of its address in every catalogue.
        name: The resource's name in CKAN, unique within the data set.
        format: The name in CKAN.
        file_type: The code in the EU's list of file types.
        is_registered: Whether IANA knows the media type.
        conforms_to: The standard that it keeps; empty where the format says it all.
    """

    key: Key
    name: str
    format: str
    file_type: str
    media_type: str
    file_name: str
    description: str
    body: bytes
    is_registered: bool = True
    conforms_to: str = ""

    @cached_property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return files.sha256(self.body)


def made(
    name: str, rows: pa.Table, table: Table, datapackage: bytes, *, for_spreadsheets: bool
) -> tuple[Distribution, ...]:
    """Make the files of one data set.

    Args:
        name: The data set's; the files are called after it.
        rows: Shape (n, published columns), sorted by key.
        table: What the rows are.
        datapackage: The description that lies beside them.
        for_spreadsheets: Whether a copy for Excel makes sense; not for the texts of documents.

    Returns:
        CSV, Parquet, then the others in the order in which people read them.

    Raises:
        catalog.formats.GeometryError: A row's geometry is none.
    """
    return tuple(_made(name, rows, table, datapackage, for_spreadsheets=for_spreadsheets))


def _made(
    name: str, rows: pa.Table, table: Table, datapackage: bytes, *, for_spreadsheets: bool
) -> Iterator[Distribution]:
    yield Distribution(
        "csv",
        "CSV",
        "CSV",
        "CSV",
        "text/csv",
        f"{name}.csv",
        wording.CSV,
        files.csv_bytes(rows),
    )
    yield Distribution(
        "parquet",
        "Parquet",
        "Parquet",
        "PARQUET",
        "application/vnd.apache.parquet",
        f"{name}.parquet",
        wording.PARQUET,
        files.parquet_bytes(rows),
    )
    if for_spreadsheets and rows.num_rows <= formats.EXCEL_ROWS:
        yield Distribution(
            "excel",
            "CSV für Excel",
            "CSV",
            "CSV",
            "text/csv",
            f"{name}-excel.csv",
            wording.EXCEL,
            formats.excel_csv_bytes(rows, table),
        )
    yield Distribution(
        "jsonl",
        "JSON Lines",
        "JSONL",
        "JSON",
        "application/x-ndjson",
        f"{name}.jsonl",
        wording.JSON_LINES,
        formats.json_lines_bytes(rows),
        is_registered=False,
        conforms_to="https://jsonlines.org/",
    )
    if (places := formats.geojson_bytes(rows, table)) is not None:
        yield Distribution(
            "geojson",
            "GeoJSON",
            "GeoJSON",
            "GEOJSON",
            "application/geo+json",
            f"{name}.geojson",
            wording.GEOJSON,
            places,
        )
    yield Distribution(
        "datapackage",
        "Datenpaket",
        "JSON",
        "JSON",
        "application/json",
        "datapackage.json",
        wording.DATAPACKAGE,
        datapackage,
        conforms_to=FRICTIONLESS,
    )
