"""The entries that the pages on table files show can be copied as they stand."""

import re
from pathlib import Path

from ruamel.yaml import YAML

from ingestion.statistics import check
from ingestion.systems._table_file_model import TableFileRequest
from tests.unit.project.source_pages import FOLDER


def example(page: str) -> str:
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    return str(found)


def test_the_source_on_the_page_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "beispiel.yml"
    file.write_text(example("table_file"), encoding="utf-8")
    assert check(file) == []


def test_the_request_to_start_from_is_valid() -> None:
    told = YAML(typ="safe").load(example("elections"))
    request = TableFileRequest.model_validate({"system": "table_file", **told})
    assert {column.role for column in request.columns} == {
        "region_key",
        "only",
        "measure",
        "skips",
    }
