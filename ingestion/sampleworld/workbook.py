"""XLSX workbooks of one sheet, written as the office's program does: texts shared, cells merged."""

import io
import zipfile
from collections.abc import Sequence
from html import escape
from typing import Final

from ingestion.systems._grid import letter

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"

type_of_cell = str | int | float | None


def workbook(
    rows: Sequence[Sequence[type_of_cell]], *, sheet: str, merges: Sequence[str] = ()
) -> bytes:
    """A workbook; equal rows are equal bytes.

    Args:
        rows: The sheet's rows from the first, None is an empty cell.
        sheet: The sheet's name.
        merges: Areas like ``A1:B2``.
    """
    texts: dict[str, int] = {}
    lines = "".join(
        f'<row r="{number}">{_row(number, row, texts)}</row>'
        for number, row in enumerate(rows, start=1)
    )
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merges)
    merged = f'<mergeCells count="{len(merges)}">{areas}</mergeCells>' if merges else ""
    shared = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in texts)
    members = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_KIND}.sharedStrings+xml"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        f'<sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData>'
        f"{merged}</worksheet>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, xml in members.items():
            member = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(member, f'<?xml version="1.0" encoding="UTF-8"?>\n{xml}')
    return target.getvalue()


def _row(number: int, row: Sequence[type_of_cell], texts: dict[str, int]) -> str:
    cells = []
    for place, value in enumerate(row, start=1):
        name = f"{letter(place)}{number}"
        if value is None:
            continue
        if isinstance(value, str):
            cells.append(f'<c r="{name}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>')
        else:
            cells.append(f'<c r="{name}"><v>{value!r}</v></c>')
    return "".join(cells)
