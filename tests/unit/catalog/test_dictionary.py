"""What leaves the house, in which types, and what the manifest must say."""

from typing import Any

import pyarrow as pa
import pytest

from catalog.dictionary import (
    Dictionary,
    DictionaryError,
    datastore_fields,
    datastore_indexes,
    markdown,
    table_schema,
)
from tests.unit.catalog import world


def changed(**changes: Any) -> dict[str, Any]:
    """The manifest with one column of `paper` said differently."""
    manifest = world.manifest()
    column = manifest["nodes"]["model.seehaus.paper"]["columns"]["name"]
    column.update({key: value for key, value in changes.items() if key != "meta"})
    column["config"]["meta"].update(changes.get("meta", {}))
    return manifest


def read(manifest: dict[str, Any]) -> Dictionary:
    return Dictionary.from_manifest(manifest)


def test_only_published_columns_without_personal_data_leave() -> None:
    paper = world.dictionary()["paper"]
    assert [column.name for column in paper.published] == [
        "paper_id",
        "city_id",
        "reference",
        "name",
        "paper_date",
        "main_text",
        "retrieved_at",
    ]
    assert paper.keys == ("paper_id",)


def test_staging_models_are_no_part_of_it() -> None:
    dictionary = world.dictionary()
    assert "stg" not in dictionary
    assert [table.name for table in dictionary] == sorted(world.TABLES)


@pytest.mark.parametrize(
    ("name", "column", "datastore", "frictionless", "arrow"),
    [
        ("paper", "name", "text", "string", pa.string()),
        ("paper", "paper_date", "date", "date", pa.date32()),
        ("meeting", "start_at", "timestamp", "datetime", pa.timestamp("us", tz="UTC")),
        ("meeting", "is_cancelled", "bool", "boolean", pa.bool_()),
        ("agenda_item", "position", "int4", "integer", pa.int32()),
        ("file", "size_bytes", "int8", "integer", pa.int64()),
        ("observation", "value", "float8", "number", pa.float64()),
        ("observation", "dimensions", "text", "string", pa.string()),
    ],
)
def test_types(
    name: str, column: str, datastore: str, frictionless: str, arrow: pa.DataType
) -> None:
    table = world.dictionary()[name]
    fields = {field["id"]: field for field in datastore_fields(table)}
    described = {field["name"]: field for field in table_schema(table)["fields"]}
    assert fields[column]["type"] == datastore
    assert described[column]["type"] == frictionless
    assert table.schema.field(column).type == arrow


def test_the_data_dictionary_of_the_datastore() -> None:
    fields = {f["id"]: f["info"] for f in datastore_fields(world.dictionary()["observation"])}
    assert fields["value"] == {
        "label": "Wert",
        "label_translated": {"en": "value"},
        "notes": "Was value ist. Einheit: Personen.",
        "notes_translated": {"en": "What value is. Unit: Personen."},
        "unit": "Personen",
    }


def test_notes_name_the_unit_in_the_language_of_the_notes() -> None:
    manifest = changed(data_type="double", meta={"unit": "ordinal number"})
    fields = {f["id"]: f["info"] for f in datastore_fields(read(manifest)["paper"])}
    assert fields["name"]["notes"] == "Was name ist. Einheit: laufende Nummer."
    assert fields["name"]["notes_translated"] == {"en": "What name is. Unit: ordinal number."}
    assert fields["name"]["unit"] == "laufende Nummer"


def test_notes_name_the_time_zone_once() -> None:
    said = changed(
        data_type="timestamptz",
        description="When it was seen (UTC).",
        meta={"description_de": "Wann es gesehen wurde (UTC)."},
    )
    told = {f["id"]: f["info"] for f in datastore_fields(read(said)["paper"])}
    assert told["name"]["notes"] == "Wann es gesehen wurde (UTC)."
    assert told["name"]["notes_translated"] == {"en": "When it was seen (UTC)."}
    assert told["retrieved_at"]["notes"] == "Was retrieved_at ist. Zeitangabe in UTC."
    assert told["retrieved_at"]["notes_translated"] == {"en": "What retrieved_at is. Time in UTC."}


def test_the_table_schema_is_german_and_keeps_the_english() -> None:
    manifest = changed(data_type="double", meta={"unit": "votes", "label_de": "Betreff"})
    fields = {field["name"]: field for field in table_schema(read(manifest)["paper"])["fields"]}
    assert fields["name"] == {
        "name": "name",
        "type": "number",
        "title": "Betreff",
        "description": "Was name ist.",
        "title_en": "name",
        "description_en": "What name is.",
        "unit": "Stimmen",
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"data_type": "geometry"}, r"paper\.name: data_type 'geometry' has no DataStore type"),
        ({"data_type": None}, r"paper\.name: data_type None"),
        ({"description": " "}, r"paper\.name: no description"),
        ({"meta": {"description_de": None}}, r"paper\.name: no `description_de`"),
        ({"meta": {"description_de": " \n"}}, r"paper\.name: no `description_de`"),
        ({"meta": {"publish": None}}, r"paper\.name: `publish` is not true or false"),
        ({"meta": {"personal_data": "no"}}, r"paper\.name: `personal_data` is not true or false"),
    ],
)
def test_errors_name_model_column_and_mend(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(DictionaryError, match=said + ".* → "):
        Dictionary.from_manifest(changed(**changes))


@pytest.mark.parametrize("field", ["title_de", "title_en", "description_de", "theme", "keys"])
def test_a_published_table_says_everything(field: str) -> None:
    manifest = world.manifest()
    del manifest["nodes"]["model.seehaus.paper"]["config"]["meta"][field]
    with pytest.raises(DictionaryError, match=f"paper: published, but has no `{field}`"):
        Dictionary.from_manifest(manifest)


def test_a_key_that_does_not_leave_is_an_error() -> None:
    manifest = world.manifest()
    manifest["nodes"]["model.seehaus.paper"]["config"]["meta"]["keys"] = ["originator"]
    with pytest.raises(DictionaryError, match=r"paper\.originator: is a key, but is not published"):
        Dictionary.from_manifest(manifest)


def test_a_manifest_without_nodes() -> None:
    with pytest.raises(DictionaryError, match="no `nodes`"):
        Dictionary.from_manifest({})


def test_pages() -> None:
    pages = markdown(world.dictionary())
    assert set(pages) == {"index.md", *(f"{name}.md" for name in world.TABLES)}
    assert "[paper](paper.md)" in pages["index.md"]
    row = next(line for line in pages["paper.md"].splitlines() if "`originator`" in line)
    assert row.endswith("| no (personal data) |")
    assert pages == markdown(world.dictionary())
    assert all(page.endswith("\n") and not page.endswith("\n\n") for page in pages.values())


def test_indexes_are_by_reference_and_time_and_never_by_the_first_key() -> None:
    table = world.dictionary()["observation"]

    found = datastore_indexes(table)

    assert table.keys[0] not in found
    assert {"city_id", "indicator_id", "period_start_date"} <= set(found)
    assert "value" not in found
