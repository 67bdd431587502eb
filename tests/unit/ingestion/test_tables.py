"""Every record model has a table, typed by its fields."""

from typing import Any, ClassVar

import pyarrow as pa
import pytest

from ingestion.documents import Document, DocumentPage, DocumentSection
from ingestion.record import OBJECT_TYPES, Meeting, Record
from ingestion.tables import arrow_schema, table_name


@pytest.mark.parametrize("model", [*OBJECT_TYPES.values(), Document, DocumentPage, DocumentSection])
def test_every_model_has_typed_columns_and_provenance(model: type[Record]) -> None:
    schema = arrow_schema(model)
    assert schema.names == [*model.model_fields, "retrieved_at", "content_sha256"]
    assert not any(pa.types.is_null(field.type) for field in schema)
    required = {field.name for field in schema if not field.nullable}
    assert required == {"id", "retrieved_at", "content_sha256"}


def test_the_types_are_the_models() -> None:
    schema = arrow_schema(Meeting)
    assert schema.field("start_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("is_cancelled").type == pa.bool_()
    assert schema.field("name").type == pa.string()
    assert arrow_schema(Document).field("text_status").type == pa.string()
    assert arrow_schema(DocumentPage).field("page").type == pa.int64()


def test_a_field_without_a_column_type_is_refused() -> None:
    class Nested(Record):
        object_type: ClassVar[str] = "nested"
        parts: list[str]

    with pytest.raises(TypeError, match=r"Nested\.parts: .* has no column type → use one of str"):
        arrow_schema(Nested)


@pytest.mark.parametrize(
    ("system", "kind", "name"),
    [
        ("sessionnet", "paper", "sessionnet_paper"),
        ("documents", "document", "document"),
        ("documents", "document_page", "document_page"),
    ],
)
def test_table_names(system: str, kind: str, name: Any) -> None:
    assert table_name(system, kind) == name
