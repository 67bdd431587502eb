"""The sample world's attachments in every format: the same each time, and readable."""

import pytest

from ingestion.formats import Budget
from ingestion.formats.read import read
from ingestion.sampleworld import formats
from ingestion.sampleworld.papers import MARK, Section
from ingestion.sampleworld.pdf import Document

DOCUMENT = Document(
    "Musterstadt",
    "Anlage 2 Zeitplan <fünf>",
    (("Zur Vorlage", "0815/2026"),),
    (Section("Zeitplan", ("Größe {und} Maß \\ Ende.",), rows=(("Beschluss", "Mai 2026"),)),),
    "0815/2026",
)


@pytest.mark.parametrize("name", [*formats.FORMATS[1:], "html"])
def test_each_format_says_what_the_document_says(name: str) -> None:
    data = formats.written(DOCUMENT, name)
    assert data == formats.written(DOCUMENT, name)
    content = read(data, Budget(), None)
    text = "\n".join(page.text for page in content.pages).replace("\t", " ")
    words = [line.replace("\t", " ") for line in formats.lines(DOCUMENT) if line != MARK]
    assert [line for line in words if line not in text] == []
    assert content.problems == []
