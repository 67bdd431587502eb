"""The data dictionary: what dbt's manifest says about every harmonised table and column.

It is the one source for what leaves the house: which columns are published, under which German
label, in which DataStore and Frictionless type. Nothing is guessed from the data.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa

LAYER: Final = "harmonised"


class DictionaryError(ValueError):
    """The manifest does not say what a table or column needs; names model, column and mend."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One type in the four languages that it is spoken in.

    Attributes:
        datastore: PostgreSQL's name for it, as CKAN's DataStore wants it.
        frictionless: The name in ``datapackage.json``.
        arrow: The type that published rows are cast to, so that equal rows give equal bytes.
    """

    datastore: str
    frictionless: str
    arrow: pa.DataType


_TEXT: Final = Kind("text", "string", pa.string())
_INT4: Final = Kind("int4", "integer", pa.int32())
_INT8: Final = Kind("int8", "integer", pa.int64())
_DOUBLE: Final = Kind("float8", "number", pa.float64())
_BOOLEAN: Final = Kind("bool", "boolean", pa.bool_())
_SORTED_BY: Final = frozenset({"start_at", "retrieved_at"})
# The DataStore's timestamps carry no zone, so all of ours are handed over in UTC.
_INSTANT: Final = Kind("timestamp", "datetime", pa.timestamp("us", tz="UTC"))

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "text": _TEXT,
        "varchar": _TEXT,
        "string": _TEXT,
        "json": _TEXT,
        "smallint": _INT4,
        "integer": _INT4,
        "int": _INT4,
        "int4": _INT4,
        "bigint": _INT8,
        "int8": _INT8,
        "hugeint": Kind("numeric", "integer", pa.decimal128(38, 0)),
        "double": _DOUBLE,
        "float8": _DOUBLE,
        "float": _DOUBLE,
        "boolean": _BOOLEAN,
        "bool": _BOOLEAN,
        "date": Kind("date", "date", pa.date32()),
        "timestamptz": _INSTANT,
        "timestamp with time zone": _INSTANT,
        "timestamp": _INSTANT,
    }
)


# The models say units in English; what is no word stays as it is.
UNITS_DE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "%": "%",
        "EUR": "EUR",
        "HTTP status code": "HTTP-Statuscode",
        "bytes": "Bytes",
        "count": "Anzahl",
        "days": "Tage",
        "degrees": "Grad",
        "digits": "Ziffern",
        "files": "Dateien",
        "km2": "km²",
        "ordinal number": "laufende Nummer",
        "page number": "Seitennummer",
        "pages": "Seiten",
        "percent": "%",
        "row number": "Zeilennummer",
        "see column unit": "siehe Spalte „Einheit“",
        "see indicator": "siehe Indikator",
        "share": "Anteil",
        "votes": "Stimmen",
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a harmonised table.

    Attributes:
        description: What it holds, in English; ``description_de`` says the same in German.
        unit: The unit of a number; None where there is none.
        label_de: What a citizen reads; the name itself where the manifest has no label.
        publish: Whether it may leave; ``personal_data`` holds it back all the same.
        public_office: The personal data is of who holds a public office, and about the office: the
            one kind of personal data that may leave.
    """

    name: str
    data_type: str
    description: str
    description_de: str
    unit: str | None
    label_de: str
    label_en: str
    publish: bool
    personal_data: bool
    public_office: bool = False

    @property
    def kind(self) -> Kind:
        """The column's type in the DataStore, in Frictionless and in Arrow."""
        return KINDS[self.data_type]

    @property
    def unit_de(self) -> str | None:
        """The unit in German."""
        return None if self.unit is None else UNITS_DE.get(self.unit, self.unit)

    @property
    def leaves(self) -> bool:
        """Whether the column is part of what is published."""
        return self.publish and (self.public_office or not self.personal_data)


@dataclass(frozen=True, slots=True)
class Table:
    """One harmonised table.

    Attributes:
        theme: DCAT theme code in lower case (``gove``); also the CKAN group.
        keys: The columns that name a row.
        columns: All columns, in the model's order; ``published`` has those that leave.
    """

    name: str
    title_de: str
    title_en: str
    description: str
    description_de: str
    theme: str
    publish: bool
    keys: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that leave the house."""
        return tuple(column for column in self.columns if column.leaves)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of the published rows."""
        return pa.schema([pa.field(column.name, column.kind.arrow) for column in self.published])


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Every table of the harmonised layer."""

    tables: Mapping[str, Table]

    @classmethod
    def from_manifest(cls, manifest: Mapping[str, Any]) -> "Dictionary":
        """Read dbt's ``target/manifest.json``.

        Args:
            manifest: The parsed file.

        Raises:
            DictionaryError: A model or column lacks what publishing needs.
        """
        nodes = manifest.get("nodes")
        if not isinstance(nodes, Mapping):
            raise DictionaryError("manifest.json: no `nodes` in it → run `dbt parse` again")
        tables = {
            node["name"]: _table(node)
            for node in nodes.values()
            if node.get("resource_type") == "model" and node.get("schema") == LAYER
        }
        return cls(MappingProxyType(dict(sorted(tables.items()))))

    def __iter__(self) -> Iterator[Table]:
        """The tables in the order of their names."""
        return iter(self.tables.values())

    def __getitem__(self, name: str) -> Table:
        """One table by its name."""
        return self.tables[name]

    def __contains__(self, name: object) -> bool:
        """Whether there is such a table."""
        return name in self.tables


def _table(node: Mapping[str, Any]) -> Table:
    name = node["name"]
    meta = _meta(node)
    columns = tuple(_column(name, column) for column in node.get("columns", {}).values())
    table = Table(
        name=name,
        title_de=meta.get("title_de") or name,
        title_en=meta.get("title_en") or name,
        description=_text(node.get("description")),
        description_de=_text(meta.get("description_de")),
        theme=str(meta.get("theme") or "").lower(),
        publish=meta.get("publish") is True,
        keys=tuple(meta.get("keys") or ()),
        columns=columns,
    )
    if table.publish:
        _complete(table, meta)
    return table


def _complete(table: Table, meta: Mapping[str, Any]) -> None:
    for field in ("title_de", "title_en", "description_de", "theme", "keys"):
        if not meta.get(field):
            message = f"{table.name}: published, but has no `{field}` → add it to the model's meta"
            raise DictionaryError(message)
    leaving = {column.name for column in table.published}
    for key in table.keys:
        if key not in leaving:
            message = (
                f"{table.name}.{key}: is a key, but is not published → "
                "publish the column or name another key"
            )
            raise DictionaryError(message)


def _column(model: str, column: Mapping[str, Any]) -> Column:
    name, meta = column["name"], _meta(column)
    place = f"{model}.{name}"
    data_type = str(column.get("data_type") or "").lower().split("(")[0].strip()
    if data_type not in KINDS:
        message = (
            f"{place}: data_type {column.get('data_type')!r} has no DataStore type → "
            f"use one of {', '.join(KINDS)}, or add it to catalog/dictionary.py"
        )
        raise DictionaryError(message)
    description = _text(column.get("description"))
    if not description:
        raise DictionaryError(f"{place}: no description → describe the column in the model's yml")
    description_de = _text(meta.get("description_de"))
    if not description_de:
        message = (
            f"{place}: no `description_de` → describe the column in German in the column's meta"
        )
        raise DictionaryError(message)
    for flag in ("publish", "personal_data"):
        if not isinstance(meta.get(flag), bool):
            message = f"{place}: `{flag}` is not true or false → say it in the column's meta"
            raise DictionaryError(message)
    if meta.get("public_office", False) not in (True, False):
        message = f"{place}: `public_office` is not true or false → say it in the column's meta"
        raise DictionaryError(message)
    return Column(
        name=name,
        data_type=data_type,
        description=description,
        description_de=description_de,
        unit=str(meta["unit"]) if meta.get("unit") else None,
        label_de=str(meta.get("label_de") or name),
        label_en=str(meta.get("label_en") or name),
        publish=meta["publish"],
        personal_data=meta["personal_data"],
        public_office=meta.get("public_office", False),
    )


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    meta = (node.get("config") or {}).get("meta") or node.get("meta") or {}
    return meta if isinstance(meta, Mapping) else {}


def _text(value: object) -> str:
    return " ".join(str(value or "").split())


def datastore_fields(table: Table) -> list[dict[str, Any]]:
    """The DataStore's field list with CKAN's data dictionary, one entry per published column.

    Label and notes are German, notes end with time zone and unit. ``label_translated`` and
    ``notes_translated`` hold the English ones: CKAN shows these on its pages in English.
    """
    return [
        {
            "id": column.name,
            "type": column.kind.datastore,
            "info": {
                "label": column.label_de,
                "label_translated": {"en": column.label_en},
                "notes": _notes_de(column),
                "notes_translated": {"en": _notes_en(column)},
                **({"unit": column.unit_de} if column.unit else {}),
            },
        }
        for column in table.published
    ]


def datastore_indexes(table: Table) -> list[str]:
    """The columns by which programs filter and sort: references, days, and when a row changed.

    The first key column has the unique index already.
    """
    return [
        column.name
        for column in table.published
        if column.name != table.keys[0]
        and (
            column.name.endswith("_id")
            or column.kind.datastore == "date"
            or column.name in _SORTED_BY
        )
    ]


def _notes_de(column: Column) -> str:
    return _notes(
        column, column.description_de, "Zeitangabe in UTC.", f"Einheit: {column.unit_de}."
    )


def _notes_en(column: Column) -> str:
    return _notes(column, column.description, "Time in UTC.", f"Unit: {column.unit}.")


def _notes(column: Column, notes: str, zone: str, unit: str) -> str:
    if column.kind is _INSTANT and "UTC" not in notes:
        notes += f" {zone}"
    return f"{notes} {unit}" if column.unit else notes


def table_schema(table: Table) -> dict[str, Any]:
    """The Frictionless table schema of the published columns.

    Title, description and unit are German; Frictionless has no place for a second language, so the
    English title and description are properties of our own.
    """
    fields = [
        {
            "name": column.name,
            "type": column.kind.frictionless,
            "title": column.label_de,
            "description": column.description_de,
            "title_en": column.label_en,
            "description_en": column.description,
            **({"unit": column.unit_de} if column.unit else {}),
        }
        for column in table.published
    ]
    return {"fields": fields, "primaryKey": list(table.keys), "missingValues": [""]}


def markdown(dictionary: Dictionary) -> dict[str, str]:
    """Render the data dictionary's pages.

    Returns:
        File name (``index.md``, ``<table>.md``) to the page's text, ending in a newline.
    """
    pages = {f"{table.name}.md": _page(table) for table in dictionary}
    rows = [
        f"| [{table.name}]({table.name}.md) | {_cell(table.title_de)} | {_cell(table.title_en)} "
        f"| {len(table.published)} of {len(table.columns)} | {'yes' if table.publish else 'no'} |"
        for table in dictionary
    ]
    head = [
        "# Data dictionary",
        "",
        "Generated by `make docs` from the models' descriptions; do not edit by hand.",
        "",
        "| Table | Titel | Title | Published columns | Data set |",
        "| --- | --- | --- | --- | --- |",
    ]
    return {"index.md": "\n".join([*head, *rows]) + "\n", **pages}


def _page(table: Table) -> str:
    lines = [f"# {table.name}", "", f"**{table.title_de}** ({table.title_en})", ""]
    lines += [text for text in (table.description_de, table.description) if text]
    lines += ["", f"Key: {', '.join(f'`{key}`' for key in table.keys) or 'none'}."]
    lines += [f"Theme: `{table.theme}`.", ""] if table.theme else [""]
    lines += [
        "| Column | Bezeichnung | Type | Unit | Description | Published |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{column.name}` | {_cell(column.label_de)} | {column.data_type} "
        f"| {_cell(column.unit or '')} | {_cell(column.description)} "
        f"| {_published(table, column)} |"
        for column in table.columns
    ]
    return "\n".join(lines) + "\n"


def _published(table: Table, column: Column) -> str:
    if column.personal_data and not column.public_office:
        return "no (personal data)"
    if table.publish and column.leaves and column.public_office:
        return "yes (public office)"
    return "yes" if table.publish and column.publish else "no"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
