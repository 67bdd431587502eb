"""Every system has its page: what is read of which page, what is not and why, how gently."""

from typing import get_args

import pytest

from ingestion.extract import TextStatus
from ingestion.formats import kinds as formats
from ingestion.record import OBJECT_TYPES
from ingestion.systems import SYSTEMS, load
from tests.unit.project.source_pages import FOLDER, kinds, section


@pytest.mark.parametrize("system", SYSTEMS)
def test_each_kind_of_page_is_told_with_its_records(system: str) -> None:
    told = kinds(system)
    assert sorted(told) == sorted(load(system).PAGES)
    assert set().union(*told.values()) <= OBJECT_TYPES.keys()


@pytest.mark.parametrize("page", [*SYSTEMS, "documents"])
def test_each_page_says_what_is_not_read_and_how_gently_is_asked(page: str) -> None:
    left_out = section(page, "What is not read, and why").strip().splitlines()[2:]
    assert len(left_out) >= 3
    assert all(len(row.split(" | ")) == 2 for row in left_out), left_out
    assert len(section(page, "Politeness").split()) > 20


def test_the_index_leads_to_every_page() -> None:
    index = (FOLDER / "index.md").read_text(encoding="utf-8")
    pages = {path.stem for path in FOLDER.glob("*.md")} - {"index"}
    assert pages == {*SYSTEMS, "documents", "elections", "pilot_report", "statistics"}
    assert all(f"]({page}.md)" in index for page in pages)


def test_documents_tell_every_outcome_and_every_kind_of_file() -> None:
    text = (FOLDER / "documents.md").read_text(encoding="utf-8")
    assert [status for status in get_args(TextStatus) if f"`{status}`" not in text] == []
    named = {
        formats.PDF: "PDF",
        formats.ZIP: "ZIP",
        formats.DOCX: "DOCX",
        formats.ODT: "ODT",
        formats.RTF: "RTF",
        formats.HTML: "HTML",
        formats.PLAIN: "plain text",
        formats.MAIL: "mail",
        formats.OLE: "OLE",
        **{kind: kind.partition("/")[2].upper() for kind in formats.PICTURES},
    }
    assert [word for word in named.values() if word not in text] == []
