"""The entries that the pages on table files show can be copied as they stand."""

import re
from pathlib import Path

from ingestion.statistics import check, load_sources
from ingestion.systems._table_file_model import NamedColumn, TableFileRequest
from tests.unit.project.source_pages import FOLDER


def example(page: str) -> str:
    text = (FOLDER / f"{page}.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(.+?)```", text, re.DOTALL)
    return str(found)


def test_the_source_on_the_page_is_valid(tmp_path: Path) -> None:
    file = tmp_path / "beispiel.yml"
    file.write_text(example("table_file"), encoding="utf-8")
    assert check(file) == []


def test_the_page_on_elections_names_the_declared_columns() -> None:
    (table,) = load_sources()["wahlen_rlp"].tables
    request = table.request
    assert isinstance(request, TableFileRequest)
    text = (FOLDER / "elections.md").read_text(encoding="utf-8")
    named = [column for column in request.columns if isinstance(column, NamedColumn)]
    assert len(named) == 17
    assert [each.at for each in named if f"{each.at} {each.header}".strip() not in text] == []
    assert f"`{request.file.rpartition('/')[2]}`" in text
