"""The dbt project's promises, read from its files: no dbt, no database."""

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from catalog.dictionary import UNITS_DE
from ingestion.record import OBJECT_TYPES

TRANSFORMS = Path(__file__).parents[3] / "transforms"
MODELS = sorted((TRANSFORMS / "harmonised").glob("*.sql"))
ENGLISH = re.compile(r"\b(?:the|of|is|where|which|and)\b", re.IGNORECASE)
NUMERIC = {"integer", "bigint", "double"}
PROVENANCE = ["source_url", "retrieved_at", "first_seen_at", "last_seen_at", "content_sha256"]
REFERENCE_TABLES = {
    "place",
    "place_version",
    "indicator",
    "source",
    "statistic_table",
    "vocabulary_term",
}
THEMES = {"gove", "soci", "regi"}
SHARED = dict(
    re.findall(
        r"{% docs (\w+) %}(.*?){% enddocs %}",
        (TRANSFORMS / "docs" / "columns.md").read_text("utf-8"),
        re.DOTALL,
    )
)
DOCS = set(SHARED)


def resolved(description: str) -> str:
    """A description with its shared texts put in, as dbt does."""
    for name, text in SHARED.items():
        description = description.replace(f"{{{{ doc('{name}') }}}}", text.strip())
    return description


def described(sql: Path) -> dict[str, Any]:
    """What the .yml beside a model says of it."""
    (model,) = yaml.safe_load(sql.with_suffix(".yml").read_text("utf-8"))["models"]
    return model


@pytest.fixture(params=MODELS, ids=lambda path: path.stem)
def model(request: pytest.FixtureRequest) -> dict[str, Any]:
    return described(request.param)


def test_every_unit_has_german_words(model: dict[str, Any]) -> None:
    metas = [(column.get("config") or {}).get("meta") or {} for column in model["columns"]]
    assert {meta["unit"] for meta in metas if meta.get("unit")} <= set(UNITS_DE)


def test_each_model_has_its_yml_beside_it(model: dict[str, Any]) -> None:
    assert (TRANSFORMS / "harmonised" / f"{model['name']}.sql").is_file()


def test_tables_say_what_publishing_needs(model: dict[str, Any]) -> None:
    meta = model["config"]["meta"]
    assert model["description"]
    assert meta["title_de"]
    assert meta["title_en"]
    assert meta["description_de"]
    assert meta["theme"] in THEMES
    assert isinstance(meta["publish"], bool)
    names = [column["name"] for column in model["columns"]]
    assert set(meta["keys"]) <= set(names)
    assert len(set(names)) == len(names)


def test_columns_say_type_meaning_labels_and_whether_they_leave(model: dict[str, Any]) -> None:
    for column in model["columns"]:
        place = f"{model['name']}.{column['name']}"
        meta = column["config"]["meta"]
        assert column["data_type"], place
        assert len(column["description"]) > 8, place
        assert meta["label_de"], place
        assert meta["label_en"], place
        assert isinstance(meta["publish"], bool), place
        assert isinstance(meta["personal_data"], bool), place
        if column["data_type"] in NUMERIC:
            assert meta["unit"], place
        for doc in re.findall(r"doc\('(\w+)'\)", column["description"]):
            assert doc in DOCS, place


def test_columns_are_described_in_german(model: dict[str, Any]) -> None:
    for column in model["columns"]:
        place = f"{model['name']}.{column['name']}"
        text = column["config"]["meta"].get("description_de")
        assert text, place
        assert text != resolved(column["description"]), place
        # What stands in backticks is a name or code, the same in every language.
        assert ENGLISH.findall(re.sub(r"`[^`]*`", "", text)) == [], place
        assert text.endswith("."), place


def test_one_english_description_is_one_german_one() -> None:
    told: dict[str, set[str]] = {}
    for path in MODELS:
        for column in described(path)["columns"]:
            text = resolved(column["description"])
            told.setdefault(text, set()).add(column["config"]["meta"]["description_de"])
    assert {text: german for text, german in told.items() if len(german) > 1} == {}


def test_shared_texts_are_all_in_use() -> None:
    used = "".join(path.with_suffix(".yml").read_text("utf-8") for path in MODELS)
    assert {doc for doc in DOCS if f"doc('{doc}')" not in used} == set()


def test_columns_follow_the_naming_rules(model: dict[str, Any]) -> None:
    suffixes = {"timestamptz": ("_at",), "date": ("_date",), "boolean": ("is_", "has_")}
    for column in model["columns"]:
        expected = suffixes.get(column["data_type"])
        name = column["name"]
        assert expected is None or name.endswith(expected) or name.startswith(expected), name


def test_rows_carry_their_provenance(model: dict[str, Any]) -> None:
    columns = {column["name"]: column for column in model["columns"]}
    if model["name"] in REFERENCE_TABLES:
        assert not set(PROVENANCE) & set(columns)
        return
    assert "city_id" in columns
    assert list(columns)[-len(PROVENANCE) :] == PROVENANCE
    for name in ("first_seen_at", "last_seen_at"):
        assert columns[name]["config"]["meta"]["publish"] is False


def test_the_key_is_unique_and_never_null(model: dict[str, Any]) -> None:
    for column in model["columns"]:
        if column["name"] in model["config"]["meta"]["keys"]:
            assert "unique" in column["data_tests"]
            assert {"type": "not_null"} in column["constraints"]


def test_references_are_tested(model: dict[str, Any]) -> None:
    """A column that is another table's key is tested against it."""
    keys = {
        key: path.stem
        for path in MODELS
        for key in described(path)["config"]["meta"]["keys"]
        if path.stem != "observation_current"
    }
    # Through another column, by another table's own reference, or free on purpose.
    tested_through = {("document_page", "city_id"), ("city", "ars"), ("rejected_row", "source_id")}
    for column in model["columns"]:
        name = column["name"]
        target = keys.get(name)
        own = name in model["config"]["meta"]["keys"]
        if target in (None, model["name"]) or own or (model["name"], name) in tested_through:
            continue
        tests = [test for test in column.get("data_tests", []) if isinstance(test, dict)]
        assert any("relationships" in test for test in tests), f"{model['name']}.{name}"


def test_every_staging_model_has_a_description() -> None:
    models = {path.stem for path in (TRANSFORMS / "staging").rglob("*.sql")}
    told = {
        model["name"]: model["description"]
        for path in (TRANSFORMS / "staging").rglob("*.yml")
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", [])
    }
    assert set(told) == models
    assert all(told.values())


def test_every_seed_has_a_description_and_typed_columns() -> None:
    seeds = yaml.safe_load((TRANSFORMS / "seeds" / "seeds.yml").read_text("utf-8"))["seeds"]
    assert {seed["name"] for seed in seeds} == {
        path.stem for path in (TRANSFORMS / "seeds").glob("*.csv")
    }
    for seed in seeds:
        header = (TRANSFORMS / "seeds" / f"{seed['name']}.csv").read_text("utf-8").splitlines()[0]
        assert list(seed["config"]["column_types"]) == header.split(","), seed["name"]


def raw_columns(name: str) -> dict[str, str]:
    """The macro's answer for one object, rendered without dbt."""
    found: dict[str, dict[str, str]] = {}

    def give(columns: dict[str, str]) -> str:
        found.setdefault("columns", columns)
        return ""

    environment = jinja2.Environment(autoescape=False, undefined=jinja2.StrictUndefined)
    source = (TRANSFORMS / "macros" / "raw_columns.sql").read_text("utf-8")
    template = environment.from_string(source + f"{{{{ raw_columns('{name}') }}}}")
    template.render({"return": give})
    return found["columns"]


@pytest.mark.parametrize("name", sorted(OBJECT_TYPES.keys() - {"tombstone"}))
def test_raw_columns_are_the_records_fields(name: str) -> None:
    assert set(raw_columns(name)) == {
        *OBJECT_TYPES[name].model_fields,
        "retrieved_at",
        "content_sha256",
    }
