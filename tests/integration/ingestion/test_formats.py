"""Office files and Outlook's messages: what is read of each, and what is said of the rest."""

import io
import zipfile
from collections.abc import Iterator

import pytest

from ingestion.extract import Extractor
from ingestion.formats import kinds
from tests.integration.ingestion import ole

pytestmark = pytest.mark.integration

TEXT = "Der Stadtrat beschließt die Vorlage einstimmig."
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OPEN = "urn:oasis:names:tc:opendocument:xmlns"


@pytest.fixture(scope="module")
def extractor() -> Iterator[Extractor]:
    with Extractor(workers=1) as made:
        yield made


def packed(members: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, data in members.items():
            package.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else method)
    return target.getvalue()


def pptx(*slides: str) -> bytes:
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "ppt/presentation.xml": "<presentation/>",
            "ppt/media/image1.png": b"\x89PNG no picture",
            **{
                f"ppt/slides/slide{number}.xml": f'<sld xmlns:a="{DRAWING}"><a:p><a:r><a:t>{text}'
                "</a:t></a:r></a:p></sld>"
                for number, text in reversed(list(enumerate(slides, start=1)))
            },
        }
    )


def xlsx(rows: str, strings: str = "") -> bytes:
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": "<workbook/>",
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{strings}</sst>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>'
            "</worksheet>",
            "docProps/core.xml": "<p><title>Haushalt</title></p>",
        }
    )


def open_document(mime_type: str, body: str) -> bytes:
    return packed(
        {
            "mimetype": mime_type,
            "content.xml": f'<d xmlns:t="{OPEN}:text:1.0" xmlns:b="{OPEN}:table:1.0" '
            f'xmlns:w="{OPEN}:drawing:1.0">{body}</d>',
        }
    )


def test_a_presentation_is_read_slide_by_slide(extractor: Extractor) -> None:
    found = extractor.extract(pptx(*(f"{TEXT} Folie {number}" for number in range(1, 12))))
    assert (found.mime_type, found.error) == (kinds.PPTX, None)
    assert found.pages == tuple(f"{TEXT} Folie {number}" for number in range(1, 12))


def test_a_workbook_is_read_row_by_row(extractor: Extractor) -> None:
    strings = "<si><t>Ausgaben für</t><rPh><t>x</t></rPh></si>"
    strings += "<si><r><t>Rad</t></r><r><t>wege</t></r></si>"
    rows = (
        '<row><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row/>'
        '<row><c><v>0.30000000000000004</v></c><c><v>125000</v></c><c t="b"><v>1</v></c></row>'
        '<row><c t="inlineStr"><is><t>Summe  aller</t></is></c><c t="str"><v>Titel</v></c></row>'
    )
    found = extractor.extract(xlsx(rows, strings))
    assert (found.mime_type, found.title, found.error) == (kinds.XLSX, "Haushalt", None)
    assert found.pages == ("Ausgaben für Radwege\n0.3 125000 1\nSumme aller Titel",)


def test_a_workbook_whose_cells_multiply_one_text_is_too_large(extractor: Extractor) -> None:
    cell = '<c t="s"><v>0</v></c>'
    rows = f"<row>{cell * 3_000}</row>"
    found = extractor.extract(xlsx(rows, f"<si><t>{'x' * 100_000}</t></si>"))
    assert (found.status, found.pages) == ("too_large", ())
    wrong = extractor.extract(xlsx('<row><c t="s"><v>9</v></c></row>'))
    assert (wrong.status, wrong.pages) == ("failed", ())
    assert "a text that is not there" in str(wrong.error)


def test_open_sheets_and_slides(extractor: Extractor) -> None:
    row = "<b:table-row><b:c><t:p>Radwege</t:p></b:c><b:c><t:p>1.250 €</t:p></b:c></b:table-row>"
    sheet = f"<b:table>{row}{row}</b:table><b:table>{row}</b:table>"
    found = extractor.extract(open_document(kinds.ODS, sheet))
    line = "Radwege 1.250 €"
    assert (found.mime_type, found.pages) == (kinds.ODS, (f"{line}\n{line}", line))
    slides = f"<w:page><t:p>{TEXT}</t:p></w:page><w:page><t:p>Ende</t:p></w:page>"
    found = extractor.extract(open_document(kinds.ODP, slides))
    assert (found.mime_type, found.pages) == (kinds.ODP, (TEXT, "Ende"))


def test_a_zip_that_holds_an_office_file_is_a_zip(extractor: Extractor) -> None:
    """The inner file's names stand in the outer one's bytes, as if they were its own."""
    outer = packed({"Vortrag.pptx": pptx(TEXT), "a.txt": TEXT}, zipfile.ZIP_STORED)
    found = extractor.extract(outer)
    assert (found.mime_type, found.pages) == (kinds.ZIP, (TEXT, TEXT))
    assert [source.part for source in found.sources] == ["Vortrag.pptx", "a.txt"]


@pytest.mark.parametrize("root_class", [ole.OUTLOOK, bytes(16)], ids=["class", "streams"])
def test_an_outlook_message_with_all_that_is_attached(
    extractor: Extractor, root_class: bytes
) -> None:
    inner = ole.message("Innen", "", {"x.txt": b"ganz innen"}, html=f"<p>{TEXT}</p>".encode())
    attached = {
        "Anlage.pptx": pptx("Folie"),
        "alt.doc": ole.written({"WordDocument": b"x" * 100}),
        "lang.txt": b"Zeile um Zeile.\n" * 500,
        "Weitergeleitet": inner,
    }
    data = ole.written(ole.message("Stellungnahme", TEXT, attached), root_class)
    found = extractor.extract(data)
    assert (found.status, found.mime_type) == ("text", kinds.OUTLOOK)
    assert found.title == "Stellungnahme"
    assert "file 2: an old Word file (.doc)" in str(found.error)
    assert [source.part for source in found.sources] == [
        *(None, "Anlage.pptx", "lang.txt", "Weitergeleitet", "Weitergeleitet/x.txt")
    ]
    assert found.pages[0] == f"Stellungnahme\n\n{TEXT}"
    assert found.pages[3] == f"Innen\n\n{TEXT}"
    assert found.pages[4] == "ganz innen"
    assert "example.org" not in str(found)


def test_a_message_without_its_text_says_so_and_a_damaged_one_fails(extractor: Extractor) -> None:
    told = {**ole.message("Rundschreiben", "", {}), "__substg1.0_10090102": b"LZFu"}
    found = extractor.extract(ole.written(told, ole.OUTLOOK))
    assert "packed RTF" in str(found.error)
    data = ole.written(ole.message("Mail", TEXT, {"a": b"x" * 9_000}), ole.OUTLOOK)
    for end in (len(data) // 3, len(data) // 2, len(data) - 600):
        assert extractor.extract(data[:end]).status == "failed"
    deep = ole.message("Mail", TEXT, {})
    for _ in range(5):
        deep = ole.message("Mail", TEXT, {"Mail": deep})
    assert extractor.extract(ole.written(deep, ole.OUTLOOK)).status == "too_large"


@pytest.mark.parametrize(
    ("stream", "mime_type", "error"),
    [
        ("WordDocument", kinds.DOC, "an old Word file (.doc) is not read → publish it as PDF"),
        ("Workbook", kinds.XLS, "an old Excel file (.xls) is not read → publish it as XLSX"),
        ("PowerPoint Document", kinds.PPT, "an old PowerPoint file (.ppt) is not read"),
        ("VisioDocument", kinds.OLE, "an old Office file is not read"),
    ],
)
def test_old_office_files_are_unsupported_and_say_what_they_are(
    extractor: Extractor, stream: str, mime_type: str, error: str
) -> None:
    found = extractor.extract(ole.written({stream: b"x" * 5_000}))
    assert (found.status, found.mime_type, found.pages) == ("unsupported", mime_type, ())
    assert str(found.error).startswith(error)
